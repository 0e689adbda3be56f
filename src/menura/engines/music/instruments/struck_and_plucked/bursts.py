"""`Burst`: the noise of plectrum, hammer, key and damper, new for every hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import MAX_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.struck_and_plucked.facts import Noise

_DECAYS = 6.0
_BANK_FRAMES = 1 << 16


class Burst:
    """Noise in a band that dies away.

    The noise is coloured once; a hit takes its own stretch of it, so that a burst costs no more
    than its samples.

    Args:
        noise: its band, length and level.
        rate: frames per second.
    """

    def __init__(self, noise: Noise, rate: int) -> None:
        self._noise = noise
        decay_frames = noise.decay_ms / 1000 * rate
        at = np.arange(min(round(_DECAYS * decay_frames), _BANK_FRAMES // 2), dtype=np.float32)
        # The first half millisecond rises, so that no hit begins with a click of its own.
        rising = np.minimum(1, at / (5e-4 * rate))
        self._envelope = (np.exp(-at / decay_frames) * rising).astype(np.float32)
        hz = np.maximum(np.arange(_BANK_FRAMES // 2 + 1) * (rate / _BANK_FRAMES), 1.0)
        band = np.exp(-((np.log2(hz / noise.hz) / noise.octaves) ** 2)) * (hz < MAX_HZ * rate)
        white = np.random.default_rng(round(noise.hz)).standard_normal(_BANK_FRAMES)
        coloured = np.fft.irfft(np.fft.rfft(white) * band, _BANK_FRAMES)
        self._bank = (coloured / coloured.std()).astype(np.float32)

    def over(
        self,
        sound: NDArray[np.float32],
        start: int,
        loudness: float,
        rng: np.random.Generator,
        *,
        force: float,
        gain_db: float = 0.0,
    ) -> NDArray[np.float32]:
        """Returns the sound with a new burst over it, longer if the burst ends later.

        Args:
            sound: shape (frames,); may be written to.
            start: frame of the burst.
            loudness: rms of the note.
            rng: draws the stretch of noise.
            force: of the hit.
            gain_db: against the usual level of the burst.
        """
        noise = self._noise
        level_db = noise.level_db + noise.force_db * (force - 0.63) + gain_db
        first = int(rng.integers(_BANK_FRAMES - self._envelope.size))
        # 3 dB: at its peak a burst of this rms is as loud as a note of the same figure.
        gain = np.float32(2**0.5 * loudness * 10 ** (level_db / 20))
        burst = self._bank[first : first + self._envelope.size] * (gain * self._envelope)
        end = start + burst.size
        if end > sound.size:
            sound = np.concatenate([sound, np.zeros(end - sound.size, np.float32)])
        sound[start:end] += burst
        return sound
