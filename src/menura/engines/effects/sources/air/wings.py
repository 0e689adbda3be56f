"""Wings: beats of large, small and insect's wings, that go on and are never quite even."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import MovingNoise, make_shapes
from menura.dsp.waves import HOP_FRAMES, accumulate, draw_curve, find_places, make_table, read_table
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TICKS = BLOCK_FRAMES // HOP_FRAMES
_KNOTS = 4
_CYCLE = 512


class Wings:
    """A pair of wings that beats.

    C. Pennycuick, "Wingbeat frequency of birds in steady cruising flight", Journal of Experimental
    Biology 199 (1996): f goes with mass^(3/8) span^(-23/24) ..., of bodies of one shape as
    mass^(-1/6) to mass^(-1/3). The noise of a stroke goes with its speed: bands that are higher
    with higher powers of it, so that each downstroke grows brighter and louder; the upstroke is
    folded and weak.

    Args:
        table: of the variant.
        wish: size lowers the rate of beats, intensity raises it a little and drives the strokes.
        rng: draws what differs.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        rates = np.log(table["beats_hz"])
        self._hz = float(np.exp(np.interp(wish.size, (0, 0.5, 1), rates)))
        self._hz *= 2 ** (0.5 * (wish.intensity - 0.5)) * float(rng.uniform(0.96, 1.04))
        self._pace, self._at_s = wish.pace, 0.0
        self._uneven = float(table["uneven"])
        self._phase = 0.0
        self._gains = _cycle(table, wish)
        larger = 2 ** (1.2 * (0.5 - wish.size))
        curves = [[(hz * larger, db) for hz, db in band["points"]] for band in table["bands"]]
        power = float((self._gains**2).mean(axis=1).sum())
        tone = float(table.get("tone_share", 0.0))
        self._gains *= np.sqrt((1 - tone) / power)
        self._shapes = make_shapes(curves, RATE)
        self._noises = [MovingNoise(s[np.newaxis], BLOCK_FRAMES, 1, rng) for s in self._shapes]
        self._even = np.ones((self._noises[0].hops, 1))
        count = max(1, min(40, int(0.4 * RATE / (1.3 * self._hz))))
        sizes = 10 ** (-float(table.get("fall_db", 6.0)) / 20 * np.log2(np.arange(1, count + 1)))
        sizes *= np.sqrt(2 * tone / np.sum(sizes**2))
        turned = sizes * np.exp(2j * np.pi * rng.random(count))
        self._table = make_table(turned[np.newaxis]) if tone else None
        # Beats differ from each other, and come in bouts.
        per_s = min(3.0, self._hz)
        self._course = Course(per_s, RATE / BLOCK_FRAMES * _KNOTS, rng, rows=2)
        self._last = self._course.take(1)
        self._level = 10 ** (LEVEL_DBFS / 20)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        knots = np.concatenate([self._last, self._course.take(_KNOTS)], axis=1)
        self._last = knots[:, -1:]
        at = np.linspace(0, _KNOTS, _TICKS + 1)
        whole = np.minimum(at.astype(np.int64), _KNOTS - 1)
        drift = knots[:, whole] + (knots[:, whole + 1] - knots[:, whole]) * (at - whole)
        hz = self._hz * (1 + self._uneven * drift[0])
        if self._pace is not None:
            hz = hz * self._pace.factors(self._at_s + np.arange(hz.size) * HOP_FRAMES / RATE)
            self._at_s += _TICKS * HOP_FRAMES / RATE
        phase = accumulate(np.maximum(hz, 0.2 * self._hz), RATE) + self._phase
        self._phase = float(phase[-1] % 1)
        strength = self._level * 10 ** (2.0 * drift[1] / 20)
        place = phase % 1 * _CYCLE
        block = np.zeros(BLOCK_FRAMES, np.float32)
        for noise, gain in zip(self._noises, self._gains, strict=True):
            curve = np.interp(place, np.arange(_CYCLE + 1), gain) * strength
            block += noise.next(self._even)[0] * draw_curve(curve)
        if self._table is not None:
            wave = read_table(self._table, find_places(phase))[:, 0]
            block += wave * draw_curve(strength)
        return block[np.newaxis]


def _cycle(table: Mapping[str, Any], wish: Wish) -> NDArray[np.float64]:
    """Returns the level of each band over a beat, shape (bands, _CYCLE + 1)."""
    turn = np.linspace(0, 1, _CYCLE + 1)
    down = float(table["down"])
    # Down in its share of the beat, then up, more slowly and half folded.
    speed = np.where(
        turn < down,
        np.sin(np.pi * turn / down),
        float(table["up"]) * np.sin(np.pi * (turn - down) / (1 - down)),
    )
    clap = np.exp(
        -((((turn - down - 0.02) + 0.5) % 1 - 0.5) ** 2) / (2 * float(table["clap_s"]) ** 2)
    )
    rows = []
    for band in table["bands"]:
        db = float(band["db"]) + float(band.get("hard_db", 0.0)) * (wish.intensity - 0.5)
        row = speed ** float(band["power"]) + float(band.get("clap", 0.0)) * clap
        rows.append(10 ** (db / 20) * row)
    return np.stack(rows)
