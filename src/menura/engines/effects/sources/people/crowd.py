"""`Crowd`: people who talk around the listener: some near by one by one, many as their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.convolution import Equaliser
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.noise import Wander
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.people.talkers import TAPS, VOICE_FRAMES, Talker, make_bank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_SEATS = 4
"""Directions in which the near ones are."""
HOP_RATE = RATE / HOP_FRAMES
"""Levels of noise a second."""
_WANDER_POWER = 0.72
_TRIAL_BLOCKS = 48


def gather_crowd(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Crowd:
    """Returns a crowd of the source's variant."""
    return Crowd(source["talk"] | source[wish.variant], wish, rng)


class Crowd:
    """A bed of babble.

    Args:
        table: of a variant: what `Talker` reads, `near` (talkers from-to), `share` (of men,
            women, children), `tilt_hz`, `far_db` (the many against the near ones), `far` (bands:
            `db` and `points`),
            `syllabic` and `swell` (how much the many go up and down, fast and slowly).
        wish: intensity is how many talk, and how loud; size how many there are.
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        few, many = table["near"]
        count = round(few + (many - few) * wish.intensity)
        tilt_hz = float(table["tilt_hz"]) * 2 ** (1.2 * (wish.intensity - 0.5))
        self._bank = make_bank(list(table["tracts_m"]), tilt_hz, rng)
        who = rng.choice(len(table["share"]), count, p=np.array(table["share"]))
        self._rng = rng
        streams = zip(who.tolist(), rng.spawn(count), strict=True)
        self._talkers = [Talker(table, kind, wish.intensity, own) for kind, own in streams]
        self._seats = rng.permutation(np.arange(count) % _SEATS)
        self._sizes = rng.uniform(0.5, 1.0, count)
        angle = (np.arange(_SEATS) + 0.5 + rng.uniform(-0.3, 0.3, _SEATS)) / _SEATS * np.pi / 2
        self._ears = np.stack([np.cos(angle), np.sin(angle)])
        self._tails = np.zeros((_SEATS, TAPS), np.float32)
        self._position = 0
        self._upsampler = Equaliser(np.tile(_half_band(), (2, 1)), BLOCK_FRAMES)
        bands = [[tuple(point) for point in band["points"]] for band in table["far"]]
        self._noise = MovingNoise(make_shapes(bands, RATE), BLOCK_FRAMES, 2, rng)
        hops = self._noise.hops
        self._syllabic, self._swell = float(table["syllabic"]), float(table["swell"])
        self._fast = Syllables((2, len(bands)), float(table["syllables_per_s"]), rng)
        self._slow = Wander(0.4, round(HOP_RATE), hops, rng)
        far = 10 ** (float(table["far_db"]) / 10) * 2 ** (2 * (wish.size - 0.5))
        near_power = 10 ** (LEVEL_DBFS / 10) / (1 + far)
        uneven = (1 + self._syllabic**2) * (1 + _WANDER_POWER * self._swell**2)
        powers = 10 ** (np.array([float(band["db"]) for band in table["far"]]) / 10)
        self._far = np.sqrt(near_power * far / uneven * powers / powers.sum())
        self._near = np.float32(np.sqrt(near_power / self._expected(table, who, wish)))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        fast = np.abs(1 + self._syllabic * self._fast.next(self._noise.hops))
        slow = 1 + self._swell * self._slow.next()
        levels = self._far * fast * np.abs(slow)[:, np.newaxis]
        block = self._noise.next(levels.astype(np.float64))
        voices = np.zeros((2, BLOCK_FRAMES), np.float32)
        voices[:, ::2] = (self._ears * self._near).astype(np.float32) @ self._babble()
        block += self._upsampler.process(voices)
        return block

    def _babble(self) -> NDArray[np.float32]:
        """Returns what is said in each direction, shape (_SEATS, VOICE_FRAMES)."""
        said = []
        for talker, seat, size in zip(self._talkers, self._seats, self._sizes, strict=True):
            grains = talker.speak(self._position)
            grains[1] *= size
            grains[0] += seat * (VOICE_FRAMES + TAPS)
            said.append(grains)
        self._position += VOICE_FRAMES
        at, sizes, rows = np.concatenate(said, axis=1)
        whole = np.zeros((_SEATS, VOICE_FRAMES + TAPS), np.float32)
        if at.size:
            places = (at.astype(np.int64)[:, np.newaxis] + np.arange(TAPS)).reshape(-1)
            laid = self._bank[rows.astype(np.int64)] * sizes.astype(np.float32)[:, np.newaxis]
            whole += np.bincount(places, laid.reshape(-1), whole.size).reshape(whole.shape)
        whole[:, :TAPS] += self._tails
        self._tails = whole[:, VOICE_FRAMES:].copy()
        return whole[:, :VOICE_FRAMES]

    def _expected(self, table: Mapping[str, Any], who: NDArray[np.int64], wish: Wish) -> float:
        """Returns the power of the babble before `_near`, of both channels' mean.

        Others who talk alike are listened to for some seconds: what their grains add up to, apart
        from each other but for `coherence` (low resonances still ring when the next comes).
        """
        energy = np.sum(self._bank.astype(np.float64) ** 2, axis=1)
        whole = 0.0
        for size, kind, rng in zip(self._sizes, who, self._rng.spawn(who.size), strict=True):
            talker = Talker(table, int(kind), wish.intensity, rng)
            for number in range(_TRIAL_BLOCKS):
                _, sizes, rows = talker.speak(number * VOICE_FRAMES)
                whole += size**2 * float(np.sum(sizes**2 * energy[rows.astype(np.int64)]))
        return whole * float(table["coherence"]) / 2 / (_TRIAL_BLOCKS * VOICE_FRAMES)


def _half_band() -> NDArray[np.float32]:
    """Returns what fills in between the frames of half the rate: a windowed sinc."""
    at = np.arange(-47, 48)
    return np.asarray(np.sinc(at / 2) * np.kaiser(at.size, 7.0), np.float32)


class Syllables:
    """How the level of many voices goes up and down: noise that favours the rate of syllables.

    Args:
        shape: of what goes on its own.
        per_s: syllables a second.
        rng: draws the course.
    """

    def __init__(self, shape: tuple[int, ...], per_s: float, rng: np.random.Generator) -> None:
        radius, turn = 0.86, 2 * np.pi * per_s / HOP_RATE
        self._one, self._two = 2 * radius * np.cos(turn), -(radius**2)
        # The variance of a process of second order (G. Box and G. Jenkins, "Time Series
        # Analysis", 1976, equation 3.2.28).
        free = (1 - self._two) / ((1 + self._two) * ((1 - self._two) ** 2 - self._one**2))
        self._size = 1 / np.sqrt(free)
        self._rng, self._shape = rng, shape
        self._past = rng.standard_normal((2, *shape))

    def next(self, count: int) -> NDArray[np.float64]:
        """Returns the next values, shape (shape[0], count, ...), of variance 1."""
        course = self._rng.standard_normal((count, *self._shape)) * self._size
        last, before = self._past
        for number in range(count):
            course[number] += self._one * last + self._two * before
            last, before = course[number], last
        self._past = np.stack([last, before])
        return np.asarray(np.moveaxis(course, 0, 1), np.float64)
