"""Sections: an outline gets its chords and who plays in each stretch of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.form import called, is_known
from menura.engines.music.arranger.harmony import Passage, harmonise
from menura.engines.music.arranger.outline import ARC
from menura.engines.music.plan import Section
from menura.text.keys import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.genres import Genre

SECTION = 4
"""What the generators of sections draw for, beside those of composing."""
_BEATING = frozenset({"drums", "percussion", "drone"})
_HARMONY = frozenset({"chords", "pad", "arp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all sections of a piece share.

    Attributes:
        genre: gives their progressions.
        key: of the piece.
        seed: of the piece.
        loop: whether the end leads into the beginning.
        closing: mode that the piece turns to behind its peak, or "".
        ground_bars: after how many bars its harmony comes again, for a canon over it; 0 = freely.
        spelt: whether its sections keep the letters that somebody gave them.
    """

    genre: Genre
    key: Key
    seed: int
    loop: bool
    closing: str
    ground_bars: int = 0
    spelt: bool = False


def who_plays(
    band: Cast, stretches: Sequence[Stretch], *, everybody: bool
) -> list[tuple[str, ...]]:
    """Returns the names of the parts that play in each section; every part plays somewhere."""
    playing = [
        {slot.name for slot in band.slots if everybody or slot.plays(s.name, s.presence)}
        for s in stretches
    ]
    loudest = max(range(len(stretches)), key=lambda at: stretches[at].energy)
    for slot in band.slots:
        if not any(slot.name in names for names in playing):
            playing[loudest].add(slot.name)
    tonal = [slot for slot in band.slots if slot.role not in _BEATING]
    for names in playing:
        harmony = {slot.name for slot in tonal if slot.role in _HARMONY}
        if tonal and not names & (harmony or {slot.name for slot in tonal}):
            names.add(next((s.name for s in tonal if s.name in harmony), tonal[0].name))
    return [tuple(slot.name for slot in band.slots if slot.name in names) for names in playing]


def make_sections(
    stretches: Sequence[Stretch], names: Sequence[tuple[str, ...]], setting: Setting
) -> tuple[Section, ...]:
    """Returns the sections with their chords: those of one name begin with the same ones.

    Args:
        stretches: the form.
        names: for each stretch the parts that play in it.
        setting: what they share.
    """
    found = []
    genre, key, seed = setting.genre, setting.key, setting.seed
    given = [stretch.name for stretch in stretches]
    titles = given if setting.spelt else called(given)
    peak = max(range(len(stretches)), key=lambda at: (stretches[at].energy, at))
    for at, stretch in enumerate(stretches):
        last = at == len(stretches) - 1
        turned = last or at > peak
        mode = setting.closing if turned else _darkened(stretch.name, genre, key)
        passage = Passage(
            name=stretch.name if is_known(stretch.name) else "verse",
            bars=stretch.bars,
            key=Key(key.tonic, mode) if mode else key,
            closes=last and not setting.loop,
            turns=last and setting.loop,
        )
        letters = int.from_bytes(stretch.name.encode(), "big")
        rng = np.random.default_rng([seed, SECTION, letters])
        found.append(
            Section(
                name=titles[at],
                bars=stretch.bars,
                energy=stretch.energy,
                energy_end=stretch.energy_end,
                chords=_grounded(genre, passage, setting.ground_bars, rng),
                parts=names[at],
                seed=int(np.random.default_rng([seed, SECTION, at, letters]).integers(2**31)),
                mode=mode,
                tempo=stretch.tempo,
                tempo_end=stretch.tempo_end,
                cut_beats=stretch.cut_beats,
                approach_cut_beats=stretch.approach_cut_beats,
            )
        )
    return tuple(found)


def _grounded(
    genre: Genre, passage: Passage, ground_bars: int, rng: np.random.Generator
) -> tuple[str, ...]:
    """Returns the chords of a section; over a ground what goes with a tune goes with its echo."""
    length = min(ground_bars, passage.bars // 2)
    if not length:
        return harmonise(genre, passage, rng)
    short = replace(passage, bars=length, closes=False, turns=False)
    ground = harmonise(genre, short, rng)
    chords = tuple(ground[bar % length] for bar in range(passage.bars))
    if not passage.closes:
        return chords
    return (*chords[:-1], harmonise(genre, replace(passage, bars=1), rng)[-1])


def _darkened(name: str, genre: Genre, key: Key) -> str:
    """Returns the minor mode for the tension of a piece in major, where the genre has it so."""
    tense = name == ARC[0] and not key.is_minor and name in genre.harmony.get("minor", {})
    return "minor" if tense else ""
