"""`Tables`: the waves of an instrument at some pitch and force, made when needed, remembered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import make_table
from menura.engines.music.instruments.sustained.spectra import (
    MAX_HARMONICS,
    loudness,
    turn_harmonics,
    weigh_harmonics,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts

HIGHEST = 0.45
"""No harmonic lies above this share of the rate, wherever the pitch bends."""
CACHE_BYTES = 24 * 2**20
DARK = 0.35
"""Share of a note's force at which its darker wave is taken: what is heard while it begins."""
FORCE_STEPS = 24
BEND = 1.03


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which waves.

    Attributes:
        voice: index of the voice.
        hz: frequency of the voice.
        highest_hz: the highest it comes to.
        dark: force of the darker wave.
        bright: force of the brighter wave.
        muted: whether the mute is on.
        variant: which of several instruments of a kind.
        swings: whether what vibrato changes is wanted too.
        low_hz: without harmonics below.
        high_hz: without harmonics above; 0 = none are left out.
    """

    voice: int
    hz: float
    highest_hz: float
    dark: float
    bright: float
    muted: bool = False
    variant: int = 0
    swings: bool = True
    low_hz: float = 0.0
    high_hz: float = 0.0


class Tables:
    """Waves of rms 1, several to a table: dark, bright minus dark, and what vibrato changes.

    Where there is no vibrato of the pitch there are two waves. A table for a rotor holds one.

    Args:
        facts: of the instrument.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, rate: int) -> None:
        self._facts = facts
        self._rate = rate
        self._made: OrderedDict[Wanted, NDArray[np.float32]] = OrderedDict()
        self._bytes = 0

    def get(self, wanted: Wanted) -> NDArray[np.float32]:
        """Returns a table, shape (TABLE_FRAMES, 1, 2 or 4)."""
        found = self._made.get(wanted)
        if found is not None:
            self._made.move_to_end(wanted)
            return found
        made = make_table(self._harmonics(wanted))
        self._made[wanted] = made
        self._bytes += made.nbytes
        while self._bytes > CACHE_BYTES and len(self._made) > 1:
            self._bytes -= self._made.popitem(last=False)[1].nbytes
        return made

    def _harmonics(self, wanted: Wanted) -> NDArray[np.complex128]:
        facts = self._facts
        count = int(HIGHEST * self._rate / (wanted.highest_hz * BEND))
        count = min(max(count, 1), MAX_HARMONICS)
        voice = facts.voices[wanted.voice]

        def weigh(hz: float, force: float) -> NDArray[np.float64]:
            return weigh_harmonics(
                facts, voice, hz, loudness(force), count,
                muted=wanted.muted, variant=wanted.variant,
            )  # fmt: skip

        bright = weigh(wanted.hz, wanted.bright)
        if facts.rotor is not None:
            waves = [bright]
        else:
            dark = weigh(wanted.hz, wanted.dark)
            waves = [dark, bright - dark]
        if facts.vibrato.cents and wanted.swings:
            bend = 2 ** (facts.vibrato.cents / 1200)
            high, low = (weigh(wanted.hz * side, wanted.bright) for side in (bend, 1 / bend))
            waves += [(high - low) / 2, np.zeros(count)]
        at = np.arange(1, count + 1) * wanted.hz
        chosen = at >= wanted.low_hz
        if wanted.high_hz:
            chosen &= at < wanted.high_hz
        chosen &= at <= HIGHEST * self._rate
        # A wave's rms is 1 where the squares of its amplitudes sum to 2.
        turned = turn_harmonics(facts.source, count) * (np.sqrt(2) * chosen)
        return np.asarray(np.stack(waves) * turned, np.complex128)


def near_force(force: float) -> float:
    """Returns the force at which waves are made for a force."""
    return round(force * FORCE_STEPS) / FORCE_STEPS


def near_pitch(pitch: float) -> float:
    """Returns the pitch at which waves are made for a pitch: half a semitone moves no formant."""
    return round(pitch * 2) / 2
