"""Which port and channel of a MIDI file each part speaks on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DRUM_CHANNEL = 9
_MELODIC = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a part speaks.

    Attributes:
        port: from 0; each has sixteen channels of its own.
        channel: from 0.
    """

    port: int
    channel: int


def seats(sounds: Sequence[tuple[int, bool]]) -> list[Seat]:
    """Returns where each part speaks: no two melodic parts, and no two unlike kits, on one seat.

    A wheel or a program of one part would else change another. Beyond fifteen melodic parts, or
    one kit, the next port is taken, which a track names in its meta event 21 hex.

    Args:
        sounds: of each part its program and whether it is a kit.
    """
    found, tunes = [], 0
    kits: list[int] = []
    for program, is_kit in sounds:
        if is_kit:
            if program not in kits:
                kits.append(program)
            found.append(Seat(kits.index(program), DRUM_CHANNEL))
        else:
            found.append(Seat(tunes // len(_MELODIC), _MELODIC[tunes % len(_MELODIC)]))
            tunes += 1
    return found
