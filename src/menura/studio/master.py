"""The master: DC blocker, gain, limiter and watermark, for a mix and, alike, for its stems."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.dsp.dynamics import Limiter
from menura.dsp.filters import DcBlocker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio.loudness import Loudness
    from menura.safeguards.watermark import Embedder

TRUE_PEAK_DBTP = -1.0
"""EBU R 128 s1 and every large platform's ceiling for what is delivered."""

RENDER_CEILING_DB = TRUE_PEAK_DBTP - 1.5
"""Leaves the mark, and the last gain that makes up for what limiting took, their room: with it
the loudness of speech came out exact in 11 of 12 cases; with no room, in 4."""

STREAM_CEILING_DB = -3.0
"""A stream cannot be turned down afterwards: 2 dB are left for the mark and for peaks that lie
between samples."""


class Master:
    """Finishes a stream of buses: the mix first, then its stems, stacked as channels.

    The gains of limiter and mark come from the mix and apply to every bus linearly, so the
    finished stems still add up to the finished mix.

    Args:
        rate: frames per second, Hz.
        channels: channels of the mix and its stems.
        control: channels of the mix, which lead.
        gain_db: applied first, dB.
        ceiling_db: highest sample after the limiter, dB re full scale.
        mark: the watermark, or None where marking is off.
    """

    def __init__(
        self,
        *,
        rate: int,
        channels: int,
        control: int,
        gain_db: float,
        ceiling_db: float,
        mark: Embedder | None,
    ) -> None:
        self._rate = rate
        self._gain = np.float32(10 ** (gain_db / 20))
        self._blocker = DcBlocker(rate, channels)
        self._limiter = Limiter(rate, ceiling_db, channels, control)
        self._mark = mark

    @property
    def reduction_db(self) -> float:
        """The limiter's largest gain reduction so far, dB."""
        return self._limiter.reduction_db

    def process(self, buses: Audio) -> Audio:
        """Returns finished sound, at most 65 ms behind the input."""
        clean = self._blocker.process(buses.samples)
        clean *= self._gain
        return self._marked(self._limiter.process(clean))

    def finish(self) -> Audio:
        """Returns the rest; in all, as much comes out as went in."""
        rest = self._marked(self._limiter.finish())
        if self._mark is None:
            return rest
        end = self._mark.finish()
        return Audio(np.concatenate([rest.samples, end.samples], axis=1), self._rate)

    def _marked(self, samples: NDArray[np.float32]) -> Audio:
        audio = Audio(samples, self._rate)
        return audio if self._mark is None else self._mark.process(audio)


def facts(loudness: Loudness, duration_s: float) -> dict[str, Any]:
    """Returns what a report says of a finished sound; None where silence has no level."""
    levels = {
        "loudness_lufs": loudness.integrated_lufs,
        "true_peak_dbtp": loudness.true_peak_dbtp,
    }
    finite = {k: round(v, 3) if math.isfinite(v) else None for k, v in levels.items()}
    return {"duration_s": round(duration_s, 3)} | finite


class Ear:
    """Hears the tempo and key of finished music, whatever was asked.

    It keeps the sound as one channel at the rate at which metrics listen.

    Args:
        rate: Hz of what is heard.
    """

    def __init__(self, rate: int) -> None:
        from menura.audio.resample import Resampler
        from menura.metrics.windows import RATE

        self._resampler = Resampler(rate, RATE, 1)
        self._kept: list[Audio] = []

    def process(self, block: Audio) -> None:
        """Takes the next block."""
        self._kept.append(self._resampler.process(block.mono()))

    def heard(self, gain_db: float) -> dict[str, Any]:
        """Returns tempo and key of all that was taken, which is all there is.

        Args:
            gain_db: applied to the sound before it is heard.
        """
        from menura.metrics import estimate_key, estimate_tempo

        kept, self._kept = [*self._kept, self._resampler.finish()], []
        sound = np.concatenate([audio.samples for audio in kept], axis=1)
        del kept
        sound *= np.float32(10 ** (gain_db / 20))
        audio = Audio(sound, self._resampler.rate_out)
        tempo, key = estimate_tempo(audio), estimate_key(audio)
        return {
            "heard_bpm": None if tempo is None else tempo.bpm,
            "heard_key": None if key is None else str(key),
        }


def gain_to(target_lufs: float, measured_lufs: float) -> float:
    """Returns the gain that brings a sound to the target, dB; silence is left alone."""
    return target_lufs - measured_lufs if math.isfinite(measured_lufs) else 0.0
