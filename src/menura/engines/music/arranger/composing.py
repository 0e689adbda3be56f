"""Composing: from what a prompt asks to a plan that fills the time exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.accompanying import accompany, rounds_bars, tune_key
from menura.engines.music.arranger.casting import Cast, Wish, cast
from menura.engines.music.arranger.choosing import choose_genre, join_genres
from menura.engines.music.arranger.form import (
    Stretch,
    choose_form,
    divided,
    fit,
    is_known,
    named_form,
    on_cues,
    shape,
)
from menura.engines.music.arranger.genres import genre_names
from menura.engines.music.arranger.granting import grant_colours, grant_mix, grant_textures
from menura.engines.music.arranger.harmony import Passage, harmonise
from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.timing import (
    DEFAULT_DURATION_S,
    MAX_DURATION_S,
    MIN_DURATION_S,
    MIN_TAIL_S,
    Fit,
    Segment,
    Tempo,
    bar_seconds,
    fit_loop,
    fit_piece,
    place_cues,
)
from menura.engines.music.arranger.tonality import choose_key
from menura.engines.music.arranger.writing.styles import (
    style_of_qualities,
    touched,
    unplayed_styles,
)
from menura.engines.music.plan import MusicPlan, Part, Section
from menura.text.brief.character import settle_character
from menura.text.keys import Key
from menura.text.melody import Notes, read_melody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre, Slot
    from menura.tasks import Music
    from menura.text.brief import MusicBrief
    from menura.text.brief.brief import InstrumentWish

_KEY, _TEMPO, _FORM, _CAST, _SECTION = range(5)
"""What a generator draws for: a choice of one kind never disturbs those of another."""
_OPPOSITE = {"major": "minor", "minor": "major"}
"""A piece that turns to a mode at its end begins in the other one."""
_ARC, _RELEASE = ("tension", "climax", "release"), 0.1
"""Sections of a piece that lets go, and by how much its energy falls at the end to have them."""
_CHORUS_BARS = 12
"""Bars of a blues, which are not divided."""
_SMALL_S = 12.0
"""In a piece as short as this everybody plays all the time."""
_MANY_SECTIONS_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A plan, and what had to give way in it.

    Attributes:
        plan: ready to be written out.
        notes: for the report, one line each.
    """

    plan: MusicPlan
    notes: tuple[str, ...]


def compose(brief: MusicBrief, task: Music, seed: int) -> Composed:
    """Returns a plan for what is asked: its genre, key, tempo, form, band and harmony.

    The same brief, task and seed give the same plan. Numbers and names of the brief are met
    exactly; chance decides only what they leave open.

    Args:
        brief: what the prompt and the fields of the task ask.
        task: gives the cues, and whether the instruments it names play alone.
        seed: of the whole piece; each section gets its own from it.
    """
    wishes, notes = _wishes(brief)
    known = [name for name in brief.genres if name in genre_names()]
    leaning = (*brief.moods, *brief.purposes)
    genre = join_genres(known or [choose_genre(leaning, wishes, brief.exclude, brief.avoid)])
    meter = brief.meter or genre.meter
    tune = read_melody(task.melody) if task.melody else ()
    if tune and brief.bars is None and brief.duration_s is None:
        brief = replace(brief, bars=rounds_bars(tune, meter))
    fitted = _fit(brief, genre, meter, _rng(seed, _TEMPO))
    only = brief.only_named or bool(task.instruments)
    if not only:
        suggested = [Wish(choices=(name,)) for name in brief.suggested if name in players()]
        wishes += [wish for wish in suggested if wish.choices[0] not in _named(wishes)]
        wishes += _missing_roles(brief, genre, wishes)
    band = _styled(cast(genre, wishes, brief.exclude, _rng(seed, _CAST), only=only), brief)
    mode = brief.mode or _OPPOSITE.get(brief.closing_mode or "")
    asked = brief.key or (tune_key(tune, mode) if tune else None)
    key = choose_key(asked, mode, genre, band, _rng(seed, _KEY))
    segments, cues, unplaced = place_cues(fitted, meter, task.cues)
    stretches = _form(brief, genre, fitted, segments if cues else [], _rng(seed, _FORM))
    closing = "" if brief.loop or brief.closing_mode in {None, key.mode} else brief.closing_mode
    if brief.form and len(stretches) < len(brief.form):
        notes.append(f"{fitted.bars} bars hold {len(stretches)} of {len(brief.form)} sections")
    small = fitted.duration_s <= _SMALL_S
    names = _playing(band, stretches, everybody=small or brief.density == "dense")
    if tune:
        leads = tuple(slot.name for slot in band.slots if slot.role == "melody")
        names = [tuple(dict.fromkeys((*playing, *leads))) for playing in names]
        notes += _cut_tune(tune, fitted, meter)
    textures, untextured = grant_textures(brief)
    mix, unmixed = grant_mix(brief)
    notes += untextured + unmixed
    plan = MusicPlan(
        title=_title(brief, genre),
        genre=genre.name,
        key=key,
        meter=meter,
        bpm=fitted.bpm,
        swing=_swing(brief, genre),
        duration_s=fitted.duration_s,
        loop=brief.loop,
        ending=_ending(brief, genre, small=small),
        moods=grant_colours(brief),
        parts=tuple(_part(slot) for slot in band.slots),
        sections=_sections(
            stretches, names, genre, key, seed, loop=brief.loop, closing=closing or ""
        ),
        seed=seed,
        cues=tuple(cues),
        melody=tune,
        textures=textures,
        mix=mix,
    )
    if tune:
        plan = accompany(plan, genre)
    return Composed(plan=plan, notes=(*notes, *fitted.notes, *band.notes, *unplaced))


def _rng(seed: int, what: int) -> np.random.Generator:
    return np.random.default_rng([seed, what])


def _wishes(brief: MusicBrief) -> tuple[list[Wish], list[str]]:
    """Returns the instruments of the brief that exist here, the lead first, and the others."""
    wishes: list[Wish] = []
    notes: list[str] = []
    lead = brief.lead
    for wish in brief.instruments:
        choices = tuple(name for name in (wish.choices or (wish.name,)) if name in players())
        if not choices:
            notes.append(f"there is no instrument {wish.name!r:.60}: it does not play")
            continue
        action = next((a for a in wish.actions if a in {"swell", "answer"}), "")
        role = wish.role or ("melody" if wish.name == lead and not action else "")
        lead = None if wish.name == lead else lead
        apart = bool(wish.keys) and players()[choices[0]].roles[0] == "percussion"
        exact = wish.name == choices[0] or bool(wish.qualities and not wish.keys) or apart
        style = wish.name if apart else _style(wish)  # kick or hats are in every kit and groove
        touch = tuple(touched((*wish.qualities, *wish.actions)))
        wishes.append(
            Wish(
                choices=choices,
                role=role,
                action=action,
                style=style,
                touch=touch,
                open=not exact,
            )
        )
    wishes.sort(key=lambda wish: (wish.role != "melody", wish.open))
    return wishes, notes


def _style(wish: InstrumentWish) -> str:
    return style_of_qualities(wish.role or "", (*wish.qualities, *wish.actions))


def _missing_roles(brief: MusicBrief, genre: Genre, wishes: Sequence[Wish]) -> list[Wish]:
    """Returns a player for each role asked for that nobody has; one of the genre's if he can."""
    taken = {slot.role for slot in genre.slots} | {wish.role for wish in wishes}
    band = {name for slot in genre.slots for name in slot.instruments}
    found = []
    for role in dict.fromkeys(brief.roles):
        able = [name for name, player in players().items() if role in player.roles]
        able.sort(key=lambda name: (name not in band, players()[name].roles.index(role)))
        if able and role not in taken:
            found.append(Wish(choices=tuple(able), role=role, open=True))
    return found


def _named(wishes: Sequence[Wish]) -> set[str]:
    return {name for wish in wishes for name in wish.choices[:1]}


def _cut_tune(tune: Notes, fitted: Fit, meter: tuple[int, int]) -> list[str]:
    """Returns what to say of a tune that is longer than the piece."""
    beats = fitted.bars * meter[0] * 4 / meter[1] - fitted.cut_beats
    lost = sum(beat >= beats - 1e-6 for beat, _, _ in tune)
    if not lost:
        return []
    return [f"the melody is longer than the piece: its last {lost} notes are left out"]


def _styled(band: Cast, brief: MusicBrief) -> Cast:
    """Returns the band with the styles that the brief names for a role."""
    styles = {role: style for role, style in brief.styles if style not in unplayed_styles()}
    slots = []
    for slot in band.slots:
        style = styles.get(slot.role, slot.styles[0] if slot.styles else "")
        style = "" if f"{slot.role}:{style}" in brief.avoid else style
        touch = [word for word in band.touches.get(slot.name, ()) if word != style]
        slots.append(replace(slot, styles=(" ".join([*touch, style]).strip(),)))
    return replace(band, slots=tuple(slots))


def _fit(brief: MusicBrief, genre: Genre, meter: tuple[int, int], rng: np.random.Generator) -> Fit:
    low, high, usual = genre.tempo
    leaning = 2 * brief.character.tempo - 1
    usual *= ((high if leaning > 0 else low) / usual) ** (0.6 * abs(leaning))
    drawn = usual * float(np.exp(0.05 * rng.standard_normal()))
    if brief.tempo_range is not None:
        low, high = brief.tempo_range
        if not low <= usual <= high:
            drawn *= float(np.sqrt(low * high)) / usual
    wished = float(round(min(max(drawn, low), high)))
    tempo = Tempo(low=low, high=high, usual=min(max(wished, low), high))
    if brief.bpm is not None:
        tempo = Tempo(low=brief.bpm, high=brief.bpm, usual=brief.bpm, exact=True)
    duration_s = brief.duration_s
    if brief.bars is not None and duration_s is None:
        tempo = replace(tempo, exact=True)
        duration_s = brief.bars * bar_seconds(meter, tempo.usual)
        duration_s += 0.0 if brief.loop else min(MIN_TAIL_S, 0.25 * duration_s)
        duration_s = min(max(duration_s, MIN_DURATION_S), MAX_DURATION_S)
    phrase = math.gcd(*(bars for form in genre.forms for _, bars, _ in form.sections))
    phrase = phrase if phrase % _CHORUS_BARS == 0 else 4
    if brief.loop:
        return fit_loop(
            duration_s or DEFAULT_DURATION_S, meter, tempo, exact_duration=duration_s is not None
        )
    return fit_piece(duration_s or DEFAULT_DURATION_S, meter, tempo, phrase)


def _form(
    brief: MusicBrief,
    genre: Genre,
    fitted: Fit,
    segments: Sequence[Segment],
    rng: np.random.Generator,
) -> list[Stretch]:
    """Returns the sections with bars and energies, divided where the segments between cues end."""
    bars = sum(segment.bars for segment in segments) or fitted.bars
    asked = tuple(name for name in brief.sections if name not in brief.avoid)
    energies = [energy for _, energy in brief.energy]
    if energies and energies[-1] < max(energies) - _RELEASE:
        able = any(set(_ARC) <= {name for name, _, _ in form.sections} for form in genre.forms)
        arc = (_ARC[0], *(asked or _ARC[1:2]), _ARC[-1])
        asked = tuple(dict.fromkeys(arc)) if able else asked
    template = named_form(brief.form) if brief.form else []
    template = template or choose_form(genre.forms, asked, bars, rng)
    template = [stretch for stretch in template if stretch.name not in brief.avoid] or template
    fixed = bool(brief.form)
    if fitted.duration_s <= _SMALL_S and not fixed and not asked:
        template = [max(template, key=lambda stretch: stretch.energy)]
    stretches = fit(template, bars, asked, fixed=fixed)
    alone = len(stretches) == 1 and bars > 1 and bars % _CHORUS_BARS
    if alone and fitted.duration_s > _MANY_SECTIONS_S and not fixed:
        chorus = all(stretch.bars == _CHORUS_BARS for stretch in template)
        half = bars - bars % _CHORUS_BARS if chorus and bars > _CHORUS_BARS else bars // 2
        one = stretches[0]
        stretches = [
            Stretch(name=one.name, bars=half, energy=one.energy),
            Stretch(name="ending", bars=bars - half, energy=one.energy),
        ]
    stretches = shape(stretches, brief.energy, brief.character.energy)
    stretches = _turned(stretches, brief)
    if segments:
        stretches = on_cues(stretches, segments)
    elif fitted.cut_beats:
        last = stretches[-1]
        stretches[-1] = replace(last, cut_beats=fitted.cut_beats)
    return divided(stretches)


def _turned(stretches: list[Stretch], brief: MusicBrief) -> list[Stretch]:
    """Returns the form with its last section as strong as the moods that the piece turns to."""
    if not brief.closing_moods or brief.energy or len(stretches) < 2:
        return stretches
    turn = settle_character(brief.closing_moods, ()).energy - brief.character.energy
    last = stretches[-1]
    energy, presence = (min(max(e + 0.5 * turn, 0.05), 1.0) for e in (last.energy, last.presence))
    return [*stretches[:-1], replace(last, energy=round(energy, 3), presence=presence)]


def _playing(band: Cast, stretches: Sequence[Stretch], *, everybody: bool) -> list[tuple[str, ...]]:
    """Returns the names of the parts that play in each section; every part plays somewhere."""
    playing = [
        {slot.name for slot in band.slots if everybody or slot.plays(s.name, s.presence)}
        for s in stretches
    ]
    loudest = max(range(len(stretches)), key=lambda at: stretches[at].energy)
    for slot in band.slots:
        if not any(slot.name in names for names in playing):
            playing[loudest].add(slot.name)
    tonal = [slot for slot in band.slots if slot.role not in {"drums", "percussion", "drone"}]
    for names in playing:
        harmony = {slot.name for slot in tonal if slot.role in {"chords", "pad", "arp"}}
        if tonal and not names & (harmony or {slot.name for slot in tonal}):
            names.add(next((s.name for s in tonal if s.name in harmony), tonal[0].name))
    return [tuple(slot.name for slot in band.slots if slot.name in names) for names in playing]


def _sections(
    stretches: Sequence[Stretch],
    names: Sequence[tuple[str, ...]],
    genre: Genre,
    key: Key,
    seed: int,
    *,
    loop: bool,
    closing: str,
) -> tuple[Section, ...]:
    """Returns the sections with their chords: those of one name begin with the same ones."""
    found = []
    peak = max(range(len(stretches)), key=lambda at: (stretches[at].energy, at))
    for at, stretch in enumerate(stretches):
        last = at == len(stretches) - 1
        mode = closing if last or at > peak else _darkened(stretch.name, genre, key)
        passage = Passage(
            name=stretch.name if is_known(stretch.name) else "verse",
            bars=stretch.bars,
            key=Key(key.tonic, mode) if mode else key,
            closes=last and not loop,
            turns=last and loop,
        )
        letters = int.from_bytes(stretch.name.encode(), "big")
        rng = np.random.default_rng([seed, _SECTION, letters])
        found.append(
            Section(
                name=stretch.name,
                bars=stretch.bars,
                energy=stretch.energy,
                chords=harmonise(genre, passage, rng),
                parts=names[at],
                seed=int(np.random.default_rng([seed, _SECTION, at, letters]).integers(2**31)),
                mode=mode,
                tempo=stretch.tempo,
                cut_beats=stretch.cut_beats,
            )
        )
    return tuple(found)


def _darkened(name: str, genre: Genre, key: Key) -> str:
    """Returns the minor mode for the tension of a piece in major, where the genre has it so."""
    tense = name == _ARC[0] and not key.is_minor and name in genre.harmony.get("minor", {})
    return "minor" if tense else ""


def _part(slot: Slot) -> Part:
    return Part(
        name=slot.name,
        role=slot.role,
        instrument=slot.instruments[0],
        style=slot.styles[0] if slot.styles else "",
        gain_db=slot.gain_db,
        pan=slot.pan,
    )


def _swing(brief: MusicBrief, genre: Genre) -> float:
    return genre.swing if brief.swing is None else brief.swing


def _ending(brief: MusicBrief, genre: Genre, *, small: bool) -> str:
    if brief.loop:
        return "none"
    if brief.ending in {"cadence", "fade", "hit"}:
        return brief.ending
    return "cadence" if small else genre.ending


def _title(brief: MusicBrief, genre: Genre) -> str:
    return " ".join([*brief.moods[:2], genre.name]).capitalize()
