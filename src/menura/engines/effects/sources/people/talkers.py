"""Talkers: people who babble without words, pulse by pulse.

Each pulse of the folds is one grain: what a throat of that shape answers to it (X. Rodet, "Time-
domain formant-wave-function synthesis", Computer Music Journal 8, 1984). Syllables move the shape
from vowel to vowel; consonants are grains of noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import fade_out
from menura.dsp.throat import STEP_TICKS, Tract, tract_response
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

VOICE_RATE = RATE // 2
"""Voices of a crowd are made at half the rate: little of them lies above 12 kHz."""
VOICE_FRAMES = BLOCK_FRAMES // 2
TAPS = 200
_MOUTHS = 8
_FRONTS = 4
_SHAPES = _MOUTHS * _FRONTS
_NOISES = 24
_MOUTH_SPAN = (0.14, 7.0)
_FRONT_SPAN = (0.38, 0.62)


def make_bank(
    tracts_m: list[float], tilt_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns grains, shape (tracts * _SHAPES + _NOISES, TAPS), float32.

    Args:
        tracts_m: lengths of throats; for each a grid of mouths by places of the narrowing.
        tilt_hz: how soft the voices are: above it pulses fall by another 12 dB per octave.
        rng: draws the noise of consonants.
    """
    ratio = np.geomspace(*_MOUTH_SPAN, _MOUTHS)
    front = np.linspace(*_FRONT_SPAN, _FRONTS)
    ratios, fronts = (grid.reshape(-1) for grid in np.meshgrid(ratio, front, indexing="ij"))
    lengths = np.repeat(tracts_m, _SHAPES)
    ratios, fronts = np.tile(ratios, len(tracts_m)), np.tile(fronts, len(tracts_m))
    tract = Tract(
        back_m=_each(lengths * (1 - fronts)), front_m=_each(lengths * fronts), ratio=_each(ratios)
    )
    response = tract_response(tract, np.arange(lengths.size), VOICE_RATE)
    frames = 2 * (response.shape[1] - 1)
    hz = np.fft.rfftfreq(frames, 1 / VOICE_RATE)
    # Pulses of flow fall by 12 dB per octave, what radiates by 6.
    pulse = 1j * hz / ((1 + 1j * hz / 220) * (1 + 1j * hz / tilt_hz) ** 2)
    voiced = np.fft.irfft(response * pulse, frames)[:, :TAPS] * fade_out(TAPS)
    # Open mouths are louder; who speaks evens that out by half, with less or more effort.
    energy = np.sum(voiced**2, axis=1, keepdims=True)
    voiced /= energy**0.25
    voiced /= np.sqrt(np.mean(np.sum(voiced**2, axis=1)))
    shape = np.sin(np.pi * (np.arange(TAPS) + 0.5) / TAPS) ** 2
    white = np.fft.rfft(rng.standard_normal((_NOISES, TAPS)) * shape)
    octave = np.log2(np.maximum(np.fft.rfftfreq(TAPS, 1 / VOICE_RATE), 1.0))
    # Plosives and hissing sounds: from "k" near 2 kHz to "s" over 5 kHz.
    centre = np.log2(np.geomspace(2000, 6500, _NOISES))[:, np.newaxis]
    noise = np.fft.irfft(white * 10 ** (-np.maximum(np.abs(octave - centre) - 0.4, 0)), TAPS)
    noise /= np.sqrt(np.sum(noise**2, axis=1, keepdims=True))
    return np.concatenate([voiced, noise]).astype(np.float32)


class Talker:
    """One who babbles: phrases of syllables, with pauses to breathe and to listen.

    Args:
        table: `hz`, `tracts_m` (of men, women and children), `syllables_per_s`, `phrase`
            (syllables from-to), `pause_s` (mean), `melody` (octaves of its pitch), `open` (how
            wide mouths go, 0 to 1), `voiced` (share of a syllable), `consonants`, `laughs`.
        who: which of the `tracts_m`.
        keen: 0 to 1: pitch, pace and pauses.
        rng: draws all that is said.
    """

    def __init__(
        self, table: Mapping[str, Any], who: int, keen: float, rng: np.random.Generator
    ) -> None:
        self._table, self._rng = table, rng
        self._first = who * _SHAPES
        self._noise = len(table["tracts_m"]) * _SHAPES
        own = float(np.exp(rng.normal(0, 0.12))) * 2 ** (0.5 * (keen - 0.5))
        self._hz = float(table["hz"][who]) * own
        self._per_s = float(table["syllables_per_s"]) * float(np.exp(rng.normal(0, 0.1)))
        self._pause_s = float(table["pause_s"]) * 2 ** (0.5 - keen)
        self._at = float(rng.random()) * self._pause_s * VOICE_RATE
        self._mouth, self._front, self._left, self._lean = 3.0, 1.5, 0, 1.0
        self._laughing = False
        self._queue: list[NDArray[np.float64]] = []

    def speak(self, start: int) -> NDArray[np.float64]:
        """Returns grains of the block that begins at a frame: rows (frame in it, size, grain).

        Frames are those of VOICE_RATE, a block has VOICE_FRAMES.
        """
        end = start + VOICE_FRAMES
        while self._at < end:
            if self._left == 0:
                self._breathe()
            else:
                self._queue.append(self._syllable())
        if not self._queue:
            return np.zeros((3, 0))
        said = np.concatenate(self._queue, axis=1)
        now = said[0] < end
        self._queue = [said[:, ~now]] if not now.all() else []
        ready = said[:, now]
        ready[0] = np.maximum(ready[0] - start, 0)
        return ready

    def _breathe(self) -> None:
        rng = self._rng
        self._at += float(rng.gamma(1.6, self._pause_s / 1.6)) * VOICE_RATE
        least, most = self._table["phrase"]
        self._left = int(rng.integers(least, most + 1))
        self._laughing = rng.random() < float(self._table["laughs"])
        self._lean = 2 ** float(rng.normal(0.5 * float(self._table["melody"]), 0.06))

    def _syllable(self) -> NDArray[np.float64]:
        rng, table = self._rng, self._table
        self._left -= 1
        length_s = float(np.exp(rng.normal(0, 0.22))) / self._per_s
        if self._left == 0:
            length_s *= 1.4  # the last of a phrase is long
        melody = float(table["melody"])
        bend = float(rng.normal(0, 0.35 * melody))
        hz = self._hz * self._lean * (1.6 if self._laughing else 1.0)
        voiced_s = length_s * float(table["voiced"]) * (0.6 if self._laughing else 1.0)
        count = max(3, int(voiced_s * hz))
        share = (np.arange(count) + 0.5) / count
        period = VOICE_RATE / (hz * 2 ** (bend * (share - 0.5)))
        period *= 1 + 0.012 * rng.standard_normal(count)
        lead = (length_s - voiced_s) * VOICE_RATE * 0.7
        at = self._at + lead + np.cumsum(period) - period[0]
        stress = float(np.exp(rng.normal(0, 0.3)))
        sizes = stress * np.minimum(1, share / 0.18) * np.minimum(1, (1 - share) / 0.35) ** 0.7
        sizes *= np.exp(0.08 * rng.standard_normal(count))
        mouth, front = self._aim()
        # It takes a third of the syllable to get there, and then goes on towards the next.
        way = np.minimum(share * 3, 1)
        mouths = (self._mouth + (mouth - self._mouth) * way).round().astype(np.int64)
        fronts = (self._front + (front - self._front) * way).round().astype(np.int64)
        self._mouth, self._front = 0.75 * mouth, front
        rows = self._first + mouths * _FRONTS + fronts
        grains = np.stack([at, sizes, rows.astype(np.float64)])
        self._at += length_s * VOICE_RATE
        self._lean *= 2 ** (-0.05 * melody)
        if rng.random() < float(table["consonants"]):
            grains = np.concatenate([self._consonant(grains[0, 0], lead, stress), grains], axis=1)
        return grains

    def _aim(self) -> tuple[float, float]:
        """Returns where the mouth and the tongue go, in places of the grid."""
        wide = float(self._table["open"])
        if self._laughing:
            return (_MOUTHS - 1) * 0.9, (_FRONTS - 1) * 0.5
        mouth = float(self._rng.beta(1 + 2 * wide, 3 - 2 * wide)) * (_MOUTHS - 1)
        return mouth, float(self._rng.random()) * (_FRONTS - 1)

    def _consonant(self, onset: float, lead: float, stress: float) -> NDArray[np.float64]:
        rng = self._rng
        hissing = rng.random() < 0.4
        count = int(rng.integers(6, 12)) if hissing else 2
        step = TAPS / 2
        at = np.maximum(onset - min(lead, count * step) + step * np.arange(count), self._at - lead)
        place = int(rng.integers(_NOISES // 3, _NOISES) if hissing else rng.integers(_NOISES))
        near = np.clip(place + rng.integers(-2, 3, count), 0, _NOISES - 1)
        arch = np.sin(np.pi * (np.arange(count) + 1) / (count + 1))
        size = stress * (0.22 if hissing else 0.4) * arch
        return np.stack([np.maximum(at, 0), size, (self._noise + near).astype(np.float64)])


def _each(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns a curve that has one of the values at each step of `tract_response`."""
    return np.repeat(values, STEP_TICKS)
