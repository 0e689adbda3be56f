"""Loudness and peaks after ITU-R BS.1770-4 and EBU R 128, of streams and of whole sounds.

The K-weighting is applied as a sampled impulse response, not as a recursion: at its length the
response has fallen below 1e-7 of its peak, and integrated loudness agrees with `pyloudnorm` to
within 0.01 LU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.fir import FirBank
from menura.audio.peaks import TruePeak, peak
from menura.audio.spool import let_go
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio.audio import Audio

SILENCE = float("-inf")
_OFFSET_LU = -0.691
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_HOPS_A_SECOND = 10
_MOMENTARY_HOPS = 4
_SHORT_TERM_HOPS = 30
# The shelf sits at 1.7 kHz: below this rate the bilinear transform has no room for it, and the
# response at 48 kHz is taken as far as it goes.
_LOWEST_RATE_HZ = 8_000
_STANDARD_RATE_HZ = 48_000
_K_RESPONSE_S = 0.075


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """How loud a sound is. Silence is minus infinity.

    Attributes:
        integrated_lufs: gated loudness of all of it; of a sound under 400 ms, its plain mean.
        short_term_max_lufs: loudest 3 s (or all of a shorter sound).
        momentary_max_lufs: loudest 400 ms.
        true_peak_dbtp: highest point of the waveform between samples, four times oversampled.
        sample_peak_db: highest sample, dB of full scale.
    """

    integrated_lufs: float
    short_term_max_lufs: float
    momentary_max_lufs: float
    true_peak_dbtp: float
    sample_peak_db: float


def measure(audio: Audio) -> Loudness:
    """Returns the loudness and peaks of a whole sound."""
    meter = Meter(audio.rate, audio.channels)
    step = 2**18
    for start in range(0, audio.frames, step):
        meter.process(audio.slice(start, start + step))
        let_go(audio)
    return meter.loudness()


class Meter:
    """Measures a stream; what it says does not depend on how the stream was cut.

    Args:
        rate: Hz of the blocks.
        channels: channels of the blocks; 5 and 6 are taken as 5.0 and 5.1 (BS.1770-4, table 3).
        peaks: whether peaks are measured; else the true peak is the sample peak.
    """

    def __init__(self, rate: int, channels: int, *, peaks: bool = True) -> None:
        self._rate = rate
        self._weights = channel_weights(channels)
        weighting = k_weighting(rate)
        self._weighting = FirBank(weighting[None], channels, _fft_frames(len(weighting)))
        self._between = TruePeak(channels) if peaks else None
        self._sample_peak = 0.0
        self._frames = 0
        self._energy = np.zeros(0, np.float32)
        self._hops: list[NDArray[np.float64]] = []

    def process(self, block: Audio) -> None:
        """Takes the next block.

        Raises:
            InvalidInput: if the block has another rate or number of channels.
        """
        if block.rate != self._rate or block.channels != len(self._weights):
            raise InvalidInput(
                f"expected {len(self._weights)} channels at {self._rate} Hz, "
                f"not {block.channels} at {block.rate} Hz"
            )
        if not block.frames:
            return
        self._sample_peak = max(self._sample_peak, peak(block.samples))
        if self._between is not None:
            self._between.process(block.samples)
        for filtered in self._weighting.process(block.samples):
            self._add(self._weighted(filtered[0]))

    def loudness(self) -> Loudness:
        """Returns the measures of all that was taken so far; more may follow."""
        hops, size = self._all_hops()
        momentary = _windows(hops, size, _MOMENTARY_HOPS)
        short_term = _windows(hops, size, _SHORT_TERM_HOPS)
        between = 0.0 if self._between is None else self._between.highest()
        return Loudness(
            integrated_lufs=_gated(momentary),
            short_term_max_lufs=_lufs(float(short_term.max(initial=0.0))),
            momentary_max_lufs=_lufs(float(momentary.max(initial=0.0))),
            true_peak_dbtp=decibels(max(self._sample_peak, between)),
            sample_peak_db=decibels(self._sample_peak),
        )

    @property
    def integrated_lufs(self) -> float:
        """See `Loudness`."""
        return self.loudness().integrated_lufs

    @property
    def short_term_max_lufs(self) -> float:
        """See `Loudness`."""
        return self.loudness().short_term_max_lufs

    @property
    def true_peak_dbtp(self) -> float:
        """See `Loudness`."""
        return self.loudness().true_peak_dbtp

    @property
    def sample_peak_db(self) -> float:
        """See `Loudness`."""
        return decibels(self._sample_peak)

    def _weighted(self, filtered: NDArray[np.float32]) -> NDArray[np.float32]:
        """The energy of each frame of all channels, shape (frames,)."""
        energy = np.zeros(filtered.shape[1], np.float32)
        for weight, channel in zip(self._weights, filtered, strict=True):
            if weight:
                square = np.square(channel)
                energy += square if weight == 1 else square * np.float32(weight)
        return energy

    def _add(self, energy: NDArray[np.float32]) -> None:
        """Sums weighted energy into hops of 100 ms; keeps what is not a whole hop."""
        joined = np.concatenate([self._energy, energy])
        bounds = _bounds(self._rate, self._frames, self._frames + len(joined))
        starts = bounds[:-1] - self._frames
        if len(starts):
            stop = int(bounds[-1]) - self._frames
            self._hops.append(np.add.reduceat(joined[:stop], starts) / np.diff(bounds))
            joined = joined[stop:]
            self._frames += stop
        self._energy = joined

    def _all_hops(self) -> tuple[NDArray[np.float64], float]:
        """Mean energy of each 100 ms, and the mean of all of it, as if the sound ended here."""
        tail = self._weighting.rest(0)
        energy = np.concatenate([self._energy, self._weighted(tail[0])])
        bounds = _bounds(self._rate, self._frames, self._frames + len(energy))
        starts = bounds[:-1] - self._frames
        last = np.zeros(0)
        if len(starts):
            stop = int(bounds[-1]) - self._frames
            last = np.add.reduceat(energy[:stop], starts) / np.diff(bounds)
        hops = np.concatenate([*self._hops, last])
        whole = float(hops.mean()) if len(hops) else float(energy.mean()) if len(energy) else 0.0
        return hops, whole


def channel_weights(channels: int) -> NDArray[np.float64]:
    """Returns the weight of each channel's energy: surrounds 1.41, LFE none, all others 1."""
    if channels == 5:
        return np.array([1, 1, 1, 1.41, 1.41])
    if channels == 6:
        return np.array([1, 1, 1, 0, 1.41, 1.41])
    return np.ones(channels)


def k_weighting(rate: int) -> NDArray[np.float64]:
    """Returns the impulse response of the K-weighting at `rate` Hz, shape (taps,).

    BS.1770-4 gives coefficients at 48 kHz only; the analogue prototypes behind them (shelf at
    1681.97 Hz, high-pass at 38.14 Hz) and their bilinear transform for any rate are from
    B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES
    Convention 145 (2018).
    """
    design_rate = rate if rate >= _LOWEST_RATE_HZ else _STANDARD_RATE_HZ
    k = math.tan(math.pi * 1681.974450955533 / design_rate)
    q, gain_high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    gain_band = gain_high**0.4996667741545416
    shelf_b = [
        gain_high + gain_band * k / q + k * k,
        2 * (k * k - gain_high),
        gain_high - gain_band * k / q + k * k,
    ]
    shelf_a = [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]
    k = math.tan(math.pi * 38.13547087602444 / design_rate)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    # BS.1770-4 leaves the numerator of the high-pass unscaled, so that 997 Hz comes out right.
    pass_a = [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    # Sampled on a grid so fine that the response has died out before it wraps around.
    size = 2 ** math.ceil(math.log2(rate))
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * rate / design_rate)
    shelf = np.polyval(shelf_b[::-1], delay) / np.polyval(shelf_a[::-1], delay)
    high_pass = np.polyval([1.0, -2.0, 1.0], delay) / np.polyval(pass_a[::-1], delay)
    response: NDArray[np.float64] = np.fft.irfft(shelf * high_pass, size)
    return response[: round(_K_RESPONSE_S * rate)]


def decibels(amplitude: float) -> float:
    """Returns an amplitude (1 = full scale) in dB; minus infinity for none."""
    return 20 * math.log10(amplitude) if amplitude > 0 else SILENCE


def _fft_frames(taps: int) -> int:
    """A power of two that leaves about three quarters of each FFT for new sound."""
    return int(2 ** math.ceil(math.log2(taps * 4)))


def _bounds(rate: int, start: int, stop: int) -> NDArray[np.int64]:
    """Frames where 100 ms hops begin and end, from `start` (such a frame) up to `stop`."""
    first = round(start * _HOPS_A_SECOND / rate)
    last = stop * _HOPS_A_SECOND // rate
    bounds = np.round(np.arange(first, last + 1) * (rate / _HOPS_A_SECOND)).astype(np.int64)
    result: NDArray[np.int64] = bounds[bounds <= stop]
    return result


def _windows(hops: NDArray[np.float64], whole: float, length: int) -> NDArray[np.float64]:
    """Mean energy of each window of `length` hops; of all of it if the sound is shorter."""
    if len(hops) < length:
        return np.array([whole])
    total = np.concatenate([[0.0], np.cumsum(hops)])
    result: NDArray[np.float64] = np.maximum(total[length:] - total[:-length], 0.0) / length
    return result


def _gated(energies: NDArray[np.float64]) -> float:
    """Integrated loudness (BS.1770-4, annex 1)."""
    loud = energies[energies > _energy(_ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return SILENCE
    gate = float(loud.mean()) * 10 ** (_RELATIVE_GATE_LU / 10)
    return _lufs(float(loud[loud > gate].mean()))


def _lufs(energy: float) -> float:
    return _OFFSET_LU + 10 * math.log10(energy) if energy > 0 else SILENCE


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LU) / 10))
