"""Hands: claps of two palms, snaps of fingers, and the applause of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import Grains, fade_out
from menura.dsp.moving import WINDOW, MovingNoise, unit_shape
from menura.dsp.noise import Wander
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.impacts.edges import finished
from menura.engines.effects.sources.people.crowd import Crowd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

_TAPS = 1280
_BLOCK_S = BLOCK_FRAMES / RATE
_LEVEL = 10 ** (LEVEL_DBFS / 20)


def make_claps(
    count: int, table: Mapping[str, Any], hard: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns claps of as many people, shape (count, _TAPS), float32, of mean energy 1.

    Air is pressed out between the palms (a broad burst) and rings in the hollow they leave: B.
    Repp, "The sound of two hands clapping", JASA 81 (1987): palm to palm is dull, with a peak
    under 1 kHz, fingers on palm sharp, near 2 kHz. L. Peltola, C. Erkut, P. Cook and V. Valimaki,
    "Synthesis of hand clapping sounds", IEEE TASLP 15 (2007): noise through one resonance.

    Args:
        count: people.
        table: `hz` (from dull to sharp), `ring_s` (decay of the hollow from-to), `burst_s`,
            `burst_db` (against the ring).
        hard: 0 to 1.
        rng: draws hands.
    """
    t = np.arange(_TAPS) / RATE
    low, high = table["hz"]
    # A hollow hand is a soft one: hard claps are sharper.
    hz = np.exp(rng.uniform(np.log(low), np.log(high), (count, 1))) * 2 ** (0.5 * (hard - 0.5))
    short, long = table["ring_s"]
    ring_s = rng.uniform(short, long, (count, 1))
    noise = rng.standard_normal((2, count, _TAPS), np.float32)
    envelope = np.exp(-t / ring_s) * np.minimum(1, t / 0.0006)
    ring = _resonate(noise[0] * np.exp(-t / 0.003), hz, 1 / ring_s) * envelope
    puff = noise[1] * np.exp(-t / float(table["burst_s"])) * np.minimum(1, t / 0.0002)
    burst = _resonate(puff, 1.6 * hz, 3.2 * hz)
    claps = _unit(ring) + _unit(burst) * 10 ** ((table["burst_db"] + 5 * (hard - 0.5)) / 20)
    return np.asarray(_unit(claps * fade_out(_TAPS)), np.float32)


def clap_once(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one clap, shape (frames,), float32; larger hands are duller."""
    table = source[wish.variant] | {
        "hz": np.array(source[wish.variant]["hz"]) * 2 ** (0.5 - wish.size)
    }
    return finished(make_claps(1, table, wish.intensity, rng)[0])


def snap_once(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a snap of fingers, shape (frames,), float32.

    The finger slides off the thumb, strikes the palm, and its hollow rings.
    """
    table = source[wish.variant] | {
        "hz": np.array(source[wish.variant]["hz"]) * 2 ** (0.5 - wish.size)
    }
    strike = make_claps(1, table, wish.intensity, rng)[0]
    slide_s = float(table["slide_s"]) * float(np.exp(rng.normal(0, 0.2)))
    frames = int(slide_s * RATE)
    share = np.arange(frames) / frames
    slide = rng.standard_normal(frames, np.float32) * (share**3).astype(np.float32)
    slide[1:] -= 0.9 * slide[:-1].copy()
    slide *= np.float32(10 ** (float(table["slide_db"]) / 20) / np.sqrt(np.sum(slide**2)))
    return finished(np.concatenate([slide, strike]))


class Applause:
    """A bed of people who clap: those near by each at their own pace, the rest as noise.

    Args:
        table: what `make_claps` reads, and `people` (from-to), `per_s` (from-to), `far_db`
            (the rest against those near; left out = nobody), `wane` (how much it goes up and down).
        wish: intensity is how many clap, and how hard and fast; size makes the hall larger.
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        few, many = table["people"]
        count = round(few * (many / few) ** wish.intensity)
        self._rng, self._count = rng, count
        variants = 3
        bank = make_claps(count * variants, table, wish.intensity, rng)
        self._grains = Grains(bank, BLOCK_FRAMES, 2)
        self._variants = variants
        slow, fast = table["per_s"]
        pace = 0.85 + 0.3 * wish.intensity
        self._per_s = rng.uniform(slow, fast, count) * pace
        self._next = rng.random(count) / self._per_s
        self._next[0] = 0.02
        self._sizes = np.exp(rng.normal(0, 0.4, count))
        self._angles = (rng.permutation(count) + rng.random(count)) / count * np.pi / 2
        far = 0.0
        self._noise = None
        if "far_db" in table:
            far = 10 ** (float(table["far_db"]) / 10) * 2 ** (2 * (wish.size - 0.5))
            spectrum = (np.abs(np.fft.rfft(bank, WINDOW)) ** 2).mean(axis=0)
            smooth = np.convolve(spectrum, np.ones(9) / 9, mode="same")
            self._noise = MovingNoise(unit_shape(smooth)[np.newaxis], BLOCK_FRAMES, 2, rng)
            self._wane = float(table["wane"])
            self._course = Wander(2.0, round(RATE / 1024), self._noise.hops, rng)
        near = _LEVEL**2 / (1 + far)
        self._far = _LEVEL * np.sqrt(far / (1 + far))
        spread = np.exp(2 * 0.15**2)  # claps of one person differ by 15 %
        power = float(np.sum(self._sizes**2 * self._per_s)) / RATE / 2 * spread
        self._gain = np.sqrt(near / power)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        rng = self._rng
        most = int(np.ceil(_BLOCK_S * float(self._per_s.max()) * 1.3)) + 1
        # Claps of each person in turn: uneven by some 6 % (Peltola et al. 2007).
        steps = np.exp(rng.normal(0, 0.06, (most, self._count))) / self._per_s
        times = self._next + np.concatenate([np.zeros((1, self._count)), np.cumsum(steps, axis=0)])
        here = times < _BLOCK_S
        self._next = times[here.sum(axis=0), np.arange(self._count)] - _BLOCK_S
        order, who = np.nonzero(here)
        at = (times[order, who] * RATE).astype(np.int64)
        gains = self._gain * self._sizes[who] * np.exp(rng.normal(0, 0.15, who.size))
        rows = who * self._variants + rng.integers(0, self._variants, who.size)
        block = self._grains.next(at, gains, rows, self._angles[who])
        if self._noise is not None:
            level = self._far * np.abs(1 + self._wane * self._course.next())
            block = block + self._noise.next(level[:, np.newaxis].astype(np.float64))
        return np.asarray(block, np.float32)


class Cheers:
    """A bed of applause and of those who cheer while they clap.

    Args:
        hands: the applause.
        voices: the cheers.
        voices_db: level of the cheers against the applause.
    """

    channels = 2

    def __init__(self, hands: Applause, voices: Crowd, voices_db: float) -> None:
        share = 10 ** (voices_db / 10)
        self._hands, self._voices = hands, voices
        self._clapped = np.float32(np.sqrt(1 / (1 + share)))
        self._cheered = np.float32(np.sqrt(share / (1 + share)))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        block = self._hands.next() * self._clapped
        block += self._voices.next() * self._cheered
        return block


def applaud(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns the applause of a hall or of a few, applause and cheers, or cheers alone."""
    table = source["hands"] | source[wish.variant]
    if not table.get("claps", True):
        return Crowd(source["voices"], wish, rng)
    hands = Applause(table, wish, rng)
    if "voices_db" not in table:
        return hands
    voices = Crowd(source["voices"], wish, rng)
    return Cheers(hands, voices, float(table["voices_db"]) + 6 * (wish.intensity - 0.5))


def _resonate(
    pushed: NDArray[np.float32], hz: NDArray[np.float64], bandwidth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns rows through one resonance each, by its response in frequency."""
    frames = 2 * _TAPS
    bins = np.fft.rfftfreq(frames, 1 / RATE)
    s = 1j * bins
    response = s * hz / (hz**2 + s * bandwidth + s**2)
    heard = np.fft.irfft(np.fft.rfft(pushed, frames) * response, frames)[:, :_TAPS]
    return np.asarray(heard, np.float64)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.sqrt(np.sum(rows**2, axis=1, keepdims=True)), np.float64)
