"""Takes in fewer parts than they have stems: each part is the sum of some."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.take import Take

BLOCK_FRAMES = 2**18


def in_parts(take: Take, parts: Mapping[str, Sequence[str]], rest: str) -> Take:
    """Returns a take whose stems are summed to parts; together they are still the whole.

    Args:
        take: with stems.
        parts: part -> names of its stems; one that has none of them is left out.
        rest: the part that all other stems go to.
    """
    part_of = {stem: part for part, stems in parts.items() for stem in stems}
    found: dict[str, list[Audio]] = {}
    for name, audio in take.stems.items():
        found.setdefault(part_of.get(name, rest), []).append(audio)
    order = sorted(found, key=[*parts, rest].index)
    return dataclasses.replace(take, stems={name: _sum(found[name]) for name in order})


def _sum(sounds: Sequence[Audio]) -> Audio:
    """Returns sounds of one length together."""
    first = sounds[0]
    spool = Spool(first.rate, first.channels, frames=first.frames)
    for start in range(0, first.frames, BLOCK_FRAMES):
        blocks = [sound.slice(start, start + BLOCK_FRAMES).samples for sound in sounds]
        spool.append(Audio(np.sum(blocks, axis=0, dtype=np.float32), first.rate))
    return spool.audio()
