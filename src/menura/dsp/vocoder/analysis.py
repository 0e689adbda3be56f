"""From sound to features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.aperiodicity import measure_aperiodicity
from menura.dsp.vocoder.envelope import trace_envelope
from menura.dsp.vocoder.features import MIN_RATE_HZ, Features, count_rows
from menura.dsp.vocoder.pitch import track_pitch
from menura.dsp.vocoder.refinement import refine_pitch
from menura.dsp.vocoder.warping import double
from menura.errors import InvalidAudio, InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

APERIODICITY_EXPONENT = 1.6
"""Movement within four periods counts as noise where it is measured, and once more in a copy: of
espeak-ng at 2.4 kHz, a share of 0.27 came back as 0.48, and with this power as 0.36.
"""


def analyse(
    samples: NDArray[np.float32], rate: int, *, voiced: NDArray[np.bool_] | None = None
) -> Features:
    """Returns the features of one voice, alone and dry. It draws nothing at random.

    Args:
        samples: shape (frames,), float32, range [-1, 1].
        rate: frames per second, Hz, from 8,000.
        voiced: shape (rows,) with rows = `count_rows(frames, rate)`: which rows have a voice,
            where the synthesiser that made the sound can tell. It overrides what is measured,
            and the pitch is interpolated where none can be found.

    Raises:
        InvalidAudio: if the sound is not mono float32, or holds what is no number.
        InvalidInput: if `voiced` has another length than the features.
    """
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise InvalidAudio(
            f"a voice is analysed in mono, float32, shape (frames,), not {samples.dtype} of "
            f"shape {samples.shape}: mix it down first"
        )
    if rate < MIN_RATE_HZ:
        raise InvalidAudio(f"the vocoder needs {MIN_RATE_HZ} Hz or more, not {rate}: resample it")
    if not np.isfinite(samples).all():
        raise InvalidAudio("the sound holds values that are no numbers: repair or decode it again")
    rows = count_rows(samples.size, rate)
    if voiced is not None and (voiced.shape != (rows,) or voiced.dtype != np.bool_):
        raise InvalidInput(
            f"voicing of this sound is {rows} booleans, one each 5 ms, not {voiced.dtype} of "
            f"shape {voiced.shape}"
        )
    doubled = double(samples)
    f0_hz = refine_pitch(doubled, rate, track_pitch(samples, rate, voiced))
    log_envelope = trace_envelope(samples, rate, f0_hz)
    share = measure_aperiodicity(doubled, rate, f0_hz, log_envelope.shape[1])
    return Features(
        f0_hz=f0_hz,
        log_envelope=log_envelope,
        aperiodicity=share**APERIODICITY_EXPONENT,
        rate=rate,
        frames=samples.size,
    )
