"""`Loops`: several players on one pitch, played once and remembered as a circle."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import HOP_FRAMES, accumulate, find_places, read_table
from menura.engines.music.instruments.sustained.gesture import to_hz
from menura.engines.music.instruments.sustained.tables import Tables, Wanted, near_pitch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Ensemble, Facts

LOOP_S = 2.5
CACHE_BYTES = 48 * 2**20
SOFT, LOUD = 0.25, 1.0
"""Forces at which a section is played; between them the two are mixed."""
_VARIANTS = 3
_WAYS = 32
_CREST = 1.09
"""How much more than the mean the loudest 400 ms of players who beat against each other are."""
_DRIFT_CENTS = 2.0


@dataclass(frozen=True, slots=True)
class Loop:
    """A section on one pitch, steady.

    Attributes:
        waves: left and right at SOFT, left and right at LOUD, shape (4, frames). The loudest
            400 ms of a note have a mean rms of about 1.
        likeness: correlation of the two forces.
    """

    waves: NDArray[np.float32]
    likeness: float

    @property
    def frames(self) -> int:
        """Length of the circle."""
        return int(self.waves.shape[1])

    def power(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the rms of a mixture with so much of LOUD, shape of `mix`."""
        return np.asarray(
            np.sqrt(mix**2 + (1 - mix) ** 2 + 2 * self.likeness * mix * (1 - mix)), np.float64
        )


class Loops:
    """Loops of a section.

    Every player has a pitch and a vibrato of his own and sits in his own place. All of them go
    through a whole number of cycles, so that the circle has no seam.

    Args:
        facts: of the section.
        ensemble: who plays.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, ensemble: Ensemble, rate: int) -> None:
        self._facts = facts
        self._ensemble = ensemble
        self._rate = rate
        self._tables = Tables(facts, rate)
        self._made: OrderedDict[tuple[float, bool], Loop] = OrderedDict()
        self._bytes = 0

    def get(self, pitch: float, muted: bool) -> Loop:
        """Returns the loop of a pitch (to the cent)."""
        key = (round(pitch, 2), muted)
        found = self._made.get(key)
        if found is not None:
            self._made.move_to_end(key)
            return found
        made = self._make(*key)
        self._made[key] = made
        self._bytes += made.waves.nbytes
        while self._bytes > CACHE_BYTES and len(self._made) > 1:
            self._bytes -= self._made.popitem(last=False)[1].waves.nbytes
        return made

    def _make(self, pitch: float, muted: bool) -> Loop:
        facts, ensemble = self._facts, self._ensemble
        name = int.from_bytes(facts.name.encode()[:8], "big")
        rng = np.random.default_rng([name, round((pitch + 100) * 100)])
        hz = to_hz(pitch)
        cycles = round(LOOP_S * hz)
        hops = round(cycles / hz * self._rate / HOP_FRAMES)
        seconds = hops * HOP_FRAMES / self._rate
        places = np.linspace(-1, 1, ensemble.players)
        # Of many ways to share out what is out of tune, one that makes neither side sharp.
        ways = rng.permuted(np.tile(places, (_WAYS, 1)), axis=1)
        tuned = ensemble.cents * ways[np.argmin(np.abs(ways @ places))]
        heard = np.zeros((hops * HOP_FRAMES, 4), np.float32)
        for index, (place, cents) in enumerate(zip(places, tuned, strict=True)):
            extra = round(seconds * hz * (2 ** (cents / 1200) - 1))
            curve = self._moving(hops, seconds, rng)
            phase = accumulate(2 ** (curve / 1200), self._rate)
            phase *= (cycles + extra) / phase[-1]
            entries = find_places(phase + rng.random())
            wanted = Wanted(
                voice=0,
                hz=to_hz(near_pitch(pitch)),
                highest_hz=to_hz(near_pitch(pitch) + 0.25),
                dark=SOFT,
                bright=LOUD,
                muted=muted,
                variant=index % _VARIANTS,
                swings=False,
            )
            rows = read_table(self._tables.get(wanted), entries)
            heard += rows @ _seat(np.pi / 4 * (1 + ensemble.width * place))
        waves = np.ascontiguousarray(heard.T)
        # A pitch over what the rate can hold is silent.
        waves[:2] /= max(float(np.sqrt(np.mean(waves[:2] ** 2))), 1e-9) * _CREST
        waves[2:] /= max(float(np.sqrt(np.mean(waves[2:] ** 2))), 1e-9) * _CREST
        return Loop(waves, float(np.mean(waves[:2] * waves[2:])))

    def _moving(self, hops: int, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Returns a player's pitch over his own, drift and vibrato, cents, shape (hops + 1,)."""
        vibrato = self._facts.vibrato
        way = np.linspace(0, 1, hops + 1)
        slow = np.sin(2 * np.pi * (int(rng.integers(1, 4)) * way + rng.random()))
        cents = _DRIFT_CENTS * slow
        if vibrato.hz:
            turns = round(seconds * (vibrato.hz + vibrato.spread_hz * rng.uniform(-2, 2)))
            swell = 0.85 + 0.15 * np.sin(2 * np.pi * (way + rng.random()))
            swing = swell * np.sin(2 * np.pi * (turns * way + rng.random()) + 0.5 * slow)
            cents += vibrato.cents * rng.uniform(0.7, 1.0) * swing
        return np.asarray(cents, np.float64)


def _seat(angle: float) -> NDArray[np.float32]:
    """Returns how the waves of a table (dark, bright less dark) reach those of a loop."""
    left, right = np.cos(angle), np.sin(angle)
    return np.array([[left, right, left, right], [0, 0, left, right]], np.float32)
