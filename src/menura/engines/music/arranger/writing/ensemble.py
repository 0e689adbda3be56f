"""`write`: a plan becomes a score, section by section and part by part."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.attention import attend
from menura.engines.music.arranger.bars import Bar, bars_of, meters_of, section_starts
from menura.engines.music.arranger.writing.arps import write_arp
from menura.engines.music.arranger.writing.bass import write_bass
from menura.engines.music.arranger.writing.comping import write_comping
from menura.engines.music.arranger.writing.counter import write_counter
from menura.engines.music.arranger.writing.drums import write_drums
from menura.engines.music.arranger.writing.duets import write_duet
from menura.engines.music.arranger.writing.given import given_tune
from menura.engines.music.arranger.writing.hits import is_hit, struck
from menura.engines.music.arranger.writing.melody import climax_beat, write_melody
from menura.engines.music.arranger.writing.pads import write_drone, write_pad
from menura.engines.music.arranger.writing.quartet import Chorale, write_quartet
from menura.engines.music.arranger.writing.ritardando import tempi_with_ritardando
from menura.engines.music.arranger.writing.sharing import share_tune
from menura.engines.music.arranger.writing.stave import Stave
from menura.engines.music.arranger.writing.styles import duet_of, own_style, plain_style, style_of
from menura.engines.music.arranger.writing.timpani import write_timpani
from menura.engines.music.chords import SILENCE
from menura.engines.music.score import Line, Note, Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.engines.music.plan import MusicPlan, Part

_QUARTET = frozenset({"melody", "counter", "chords", "bass"})
_ENDINGS = frozenset({"cadence", "hit"})


def write(plan: MusicPlan) -> Score:
    """Returns the notes of a plan.

    Each section is written from its own seed and from what the piece and its namesakes share, so
    that the notes of one do not hang on those of another.

    Raises:
        InvalidInput: at a symbol that is no chord.
        NotFound: at an instrument that is none.
    """
    bars = list(bars_of(plan))
    names = frozenset(part.name for part in plan.parts if part.role == "melody")
    climax = climax_beat(bars, names)
    lines: dict[str, list[Note]] = {part.name: [] for part in plan.parts}
    chorale: Chorale | None = None
    groups = itertools.groupby(bars, key=lambda bar: bar.section)
    sections = {at: tuple(inside) for at, inside in groups}
    for at, inside in sections.items():
        attend()
        playing = [part for part in plan.parts if part.name in plan.sections[at].parts]
        staves = {part.name: _stave(plan, part, at, inside) for part in playing}
        quartet = [staves[part.name] for part in _quartet(playing, plan)]
        chorale = write_quartet(quartet, chorale) if quartet else None
        for name, notes in _write_section(staves, chorale, climax).items():
            lines[name] += notes
    return Score(
        key=plan.key,
        meter=plan.meter,
        tempi=tempi_with_ritardando(plan, bars),
        sections=tuple(zip(section_starts(plan), (s.name for s in plan.sections), strict=True)),
        chords=_changes(bars, plan),
        lines=tuple(
            Line(part=name, notes=_ordered(notes, bars[-1].end)) for name, notes in lines.items()
        ),
        beats=bars[-1].end,
        meters=meters_of(bars, plan.meter),
    )


def _write_section(
    staves: dict[str, Stave], chorale: Chorale | None, climax: float | None
) -> dict[str, list[Note]]:
    """Returns the notes of each part in a section, whose chorale is written already."""
    written = dict(chorale.lines) if chorale else {}
    top = [staves[name] for name in list(written)[:1]]
    singers = [s for s in staves.values() if s.part.role == "melody" and s.part.name not in written]
    tune: list[Note] = []
    melody = next((stave.plan.melody for stave in staves.values()), ())
    if melody and (singers or top):
        lead = (singers or top)[0]
        tune = given_tune(lead, melody)
        written |= share_tune(singers or [lead], tune)
    elif len(singers) > 1 and duet_of(singers[0].style):
        written |= write_duet(singers, climax)
        tune = written[singers[0].part.name]
    elif singers:
        tune = write_melody(singers[0], climax)
        written |= share_tune(singers, tune)
    elif top:
        tune = written[top[0].part.name]
    for name, stave in staves.items():
        if name not in written:
            written[name] = _write_part(stave, tune)
    if all(map(is_hit, staves.values())):
        return {name: struck(staves[name], notes) for name, notes in written.items()}
    return written


def _write_part(stave: Stave, tune: Sequence[Note]) -> list[Note]:
    role = stave.part.role
    if stave.part.instrument == "timpani":
        return write_timpani(stave)
    if role in {"drums", "percussion"}:
        return write_drums(stave)
    if role == "bass":
        return write_drone(stave) if stave.style == "drone" else write_bass(stave)
    if role == "counter":
        return write_counter(stave, tune)
    writers = {"chords": write_comping, "pad": write_pad, "arp": write_arp, "drone": write_drone}
    return writers[role](stave)


def _stave(plan: MusicPlan, part: Part, at: int, bars: tuple[Bar, ...]) -> Stave:
    section, last = plan.sections[at], at == len(plan.sections) - 1
    before = plan.sections[at - 1] if at else None
    return Stave(
        plan=plan,
        part=part,
        style=style_of(plan, part),
        bars=bars,
        seed=section.seed,
        closing=last and not plan.loop and plan.ending in _ENDINGS,
        following="" if last else plan.sections[at + 1].name,
        arrival=before is None or section.energy >= before.energy,
    )


def _quartet(playing: Sequence[Part], plan: MusicPlan) -> list[Part]:
    """Returns the parts that are written as one chorale, highest first; none under three."""
    order = {"melody": 0, "counter": 1, "chords": 1, "bass": 2}
    asked = [p for p in playing if (plain_style(p) or own_style(plan, p)) == "chorale"]
    voices = [p for p in asked if p.role in _QUARTET]
    if not 3 <= len(voices) <= 5 or voices[0].role not in {"melody", "counter"}:
        return []
    return sorted(voices, key=lambda part: order[part.role])


def _changes(bars: Iterable[Bar], plan: MusicPlan) -> tuple[tuple[float, str], ...]:
    found = [
        (beat, SILENCE if chord is None else chord.symbol(plan.key))
        for bar in bars
        for beat, chord in bar.chords
    ]
    return tuple(next(group) for _, group in itertools.groupby(found, key=lambda pair: pair[1]))


def _ordered(notes: Iterable[Note], end: float) -> tuple[Note, ...]:
    """Returns the notes by beat, none beyond the end of the piece."""
    inside = (note for note in notes if note.beat < end - 1e-6)
    cut = (
        replace(note, beats=end - note.beat) if note.beat + note.beats > end else note
        for note in inside
    )
    return tuple(sorted(cut, key=lambda note: (note.beat, note.pitch)))
