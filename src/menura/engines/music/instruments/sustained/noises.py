"""`Noises`: breath, bow hair and wind, coloured once and cut to length for every note."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.sustained.spectra import blend, loudness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts

_BANK_FRAMES = 1 << 16
_HIGHEST = 0.45
_DECAYS = 6.0
_AUDIBLE_DB = -80.0
_RISE_S = 0.002
_PULSE_FLOOR, _PULSE = 0.55, 0.5


class Noises:
    """The noises of an instrument.

    Args:
        facts: of the instrument.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, rate: int) -> None:
        noise = facts.noise
        self._noise = noise
        self._rate = rate
        hz, gain_db = np.array(noise.colour).T

        def colour(at: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(10 ** (np.interp(np.log(at), np.log(hz), gain_db) / 20))

        def band(at: NDArray[np.float64]) -> NDArray[np.float64]:
            octaves = np.log2(at / noise.onset_hz) / noise.onset_octaves
            return np.asarray(np.exp(-(octaves**2)))

        def low(at: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.exp(-((at / noise.rough_hz) ** 2)))

        name = int.from_bytes(facts.name.encode()[:8], "big")
        self._steady = self._bank(colour, [name, 1])
        self._onset = self._bank(band, [name, 2]) if noise.onset_db > _AUDIBLE_DB else None
        self._rough = self._bank(low, [name, 3]) if noise.roughness else None

    def roughen(self, tone: NDArray[np.float32], rng: np.random.Generator) -> None:
        """Modulates a tone, shape (frames,), in place: noise appears around its harmonics."""
        if self._rough is not None:
            shaken = _cut(self._rough, tone.size, rng) * np.float32(self._noise.roughness)
            shaken += np.float32(1 / math.sqrt(1 + self._noise.roughness**2))
            tone *= shaken

    def breathe(
        self,
        tone: NDArray[np.float32],
        level: NDArray[np.float32],
        force: float,
        rng: np.random.Generator,
    ) -> None:
        """Adds the steady noise to a tone, shape (frames,), in place.

        It comes in puffs with the tone's own swing, as air and bow do.

        Args:
            tone: the note.
            level: rms of the note over time, shape (frames,).
            force: of the note.
            rng: draws the stretch of noise.
        """
        level_db = blend(self._noise.level_db, loudness(force))
        if level_db < _AUDIBLE_DB:
            return
        noise = _cut(self._steady, tone.size, rng) * np.float32(10 ** (level_db / 20))
        puffs = np.abs(tone)
        puffs *= np.float32(_PULSE)
        puffs += level * np.float32(_PULSE_FLOOR)
        noise *= puffs
        tone += noise

    def strike(
        self, tone: NDArray[np.float32], rms: float, force: float, rng: np.random.Generator
    ) -> None:
        """Adds the noise of the attack to a tone, shape (frames,), in place."""
        if self._onset is None:
            return
        noise = self._noise
        decay = noise.onset_ms / 1000 * self._rate
        frames = min(round(_DECAYS * decay), tone.size, _BANK_FRAMES // 2)
        at = np.arange(frames, dtype=np.float32)
        level_db = noise.onset_db + 8 * (force - 0.63) + 1.5 * rng.normal()
        burst = np.exp(at * np.float32(-1 / decay)) * np.float32(rms * 10 ** (level_db / 20))
        burst *= np.minimum(at * np.float32(1 / (_RISE_S * self._rate)), 1)
        burst *= _cut(self._onset, frames, rng)
        tone[:frames] += burst

    def _bank(
        self, curve: Callable[[NDArray[np.float64]], NDArray[np.float64]], seed: list[int]
    ) -> NDArray[np.float32]:
        hz = np.maximum(np.arange(_BANK_FRAMES // 2 + 1) * (self._rate / _BANK_FRAMES), 1.0)
        shape = curve(hz) * (hz < _HIGHEST * self._rate)
        white = np.random.default_rng(seed).standard_normal(_BANK_FRAMES)
        coloured = np.fft.irfft(np.fft.rfft(white) * shape, _BANK_FRAMES)
        # Twice around, so that most stretches are one piece of it.
        return np.tile((coloured / coloured.std()).astype(np.float32), 2)


def _cut(bank: NDArray[np.float32], frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a stretch of a bank, which is a circle, shape (frames,); not to be written to."""
    first = int(rng.integers(_BANK_FRAMES))
    if first + frames <= bank.size:
        return bank[first : first + frames]
    turns = -(-(first + frames) // _BANK_FRAMES)
    return np.tile(bank[:_BANK_FRAMES], turns)[first : first + frames]
