"""The telephone line: what sound goes through before it is written as G.711.

One channel at 8 kHz, the band of 300 to 3400 Hz (ITU-T G.712), active speech at -20 dBm0, from
which it is 26 dB to the largest sample.

ITU-T G.711 ties its codes to power: the sequence of its tables 5 (A-law) and 6 (mu-law) is a sine
of 1 kHz at 0 dBm0, so that a sine up to the virtual decision value (4096 and 8159 steps) has
+3.14 and +3.17 dBm0. A sine is 3.01 dB below a square wave; 8159 steps of 1/8192 are another
0.035 dB below full scale. So 0 dBm0 is -6.15 and -6.21 dBov, and -20 dBm0 is -26.15 and -26.21.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.active_level import ActiveMeter
from menura.audio.audio import Audio
from menura.audio.fir import FirBank
from menura.audio.resample import Resampler
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LINE_RATE_HZ = 8_000
SPEECH_DBM0 = -20.0
STREAM_GAIN_DB = -9.6
"""Brings speech of exactly -16 LUFS to the line's level, within 1.3 dB.

The mean over 18 voices of both speech engines, English and German, 2 to 18 s: -9.6 dB, from -8.5
to -10.9. A stream is -16 LUFS as far as its voice's calibration goes: with that error its level
was between -16.9 and -22.0 dBm0, on average -19.9. Only a file is measured.
"""

_SINE_DB = 10 * math.log10(2)
# Sine at the virtual decision value: its power in dBm0, and its peak if 16 bits span -1 to 1.
_OVERLOAD_DBM0 = {"alaw": 3.14, "ulaw": 3.17}
_OVERLOAD_PEAK = {"alaw": 4096 / 4096, "ulaw": 8159 / 8192}
# Flat from 300 to 3400 Hz within 0.1 dB; what is below 100 Hz (hum, breath) is 50 dB down. The
# cut-offs lie in the middle between.
_BAND_HZ = (200.0, 3_650.0)
_TAPS = 161
_KAISER = 5.65
_FFT_FRAMES = 512


def zero_dbm0_db(law: str) -> float:
    """Returns 0 dBm0 in dBov (0 dB is a full-scale square wave) under `ulaw` or `alaw`."""
    return 20 * math.log10(_OVERLOAD_PEAK[law]) - _SINE_DB - _OVERLOAD_DBM0[law]


def gain_to_line(blocks: Iterable[Audio], law: str) -> float:
    """Returns the gain, dB, that brings the speech in `blocks` to -20 dBm0 on the line.

    Sound with such peaks that it would be clipped stays lower; silence keeps its level.

    Args:
        blocks: the whole sound, of one rate and number of channels.
        law: `ulaw` or `alaw`.
    """
    meter = ActiveMeter(LINE_RATE_HZ)
    line: Line | None = None
    for block in blocks:
        line = line or Line(block.rate, block.channels, 0.0)
        meter.process(line.process(block))
    if line is not None:
        meter.process(line.finish())
    found = meter.level()
    if not math.isfinite(found.active_db):
        return 0.0
    gain_db = zero_dbm0_db(law) + SPEECH_DBM0 - found.active_db
    return min(gain_db, 20 * math.log10(_OVERLOAD_PEAK[law] / found.peak))


class Line:
    """Turns blocks of any sound into what the line carries, without delaying it.

    Args:
        rate: Hz of the blocks.
        channels: channels of the blocks, which are mixed to one.
        gain_db: applied to all.
    """

    rate_out = LINE_RATE_HZ

    def __init__(self, rate: int, channels: int, gain_db: float) -> None:
        self.rate_in = rate
        self._channels = channels
        self._resampler = Resampler(rate, LINE_RATE_HZ, 1)
        self._band = FirBank(10 ** (gain_db / 20) * band_pass(), 1, _FFT_FRAMES)
        self._early = _TAPS // 2

    def process(self, block: Audio) -> Audio:
        """Returns what `block` completes, one channel at 8 kHz.

        Raises:
            InvalidInput: if the block has another rate or number of channels.
        """
        if block.channels != self._channels:
            raise InvalidInput(f"expected {self._channels} channels, not {block.channels}")
        return self._filtered(self._resampler.process(block.mono()).samples)

    def finish(self) -> Audio:
        """Returns the rest, after the last block."""
        rest = self._resampler.finish().samples
        ringing = np.zeros((1, _TAPS // 2), np.float32)
        middle = self._filtered(np.concatenate([rest, ringing], axis=1)).samples
        return self._audio([middle, self._punctual(self._band.rest(0)[0])])

    def _filtered(self, samples: NDArray[np.float32]) -> Audio:
        return self._audio([self._punctual(piece[0]) for piece in self._band.process(samples)])

    def _punctual(self, filtered: NDArray[np.float64]) -> NDArray[np.float32]:
        """Drops what the filter's delay puts before the sound."""
        early = min(self._early, filtered.shape[1])
        self._early -= early
        return filtered[:, early:].astype(np.float32)

    def _audio(self, pieces: list[NDArray[np.float32]]) -> Audio:
        empty = np.zeros((1, 0), np.float32)
        return Audio(np.concatenate([empty, *pieces], axis=1), LINE_RATE_HZ)


def band_pass() -> NDArray[np.float64]:
    """Returns the response of the line at 8 kHz, shape (1, taps); symmetric: no phase distortion.

    The difference of two sincs under a Kaiser window of 60 dB (Oppenheim and Schafer, 7.5.3).
    """
    n = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * hz / LINE_RATE_HZ for hz in _BAND_HZ)
    ideal = high * np.sinc(high * n) - low * np.sinc(low * n)
    response: NDArray[np.float64] = (ideal * np.kaiser(_TAPS, _KAISER))[None]
    return response
