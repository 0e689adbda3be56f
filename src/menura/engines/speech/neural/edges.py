"""Where speech begins and ends in what a network has made, and the silence around it cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_S = 0.01
QUIET_DB = -40.0
"""Below the loudest hundredth of a second; a weak final consonant is some 30 dB below a vowel."""
FLOOR = 1e-5
"""Nothing under -100 dB of full scale counts as speech."""
BEFORE_S, AFTER_S = 0.015, 0.06
"""What is kept around: the closure of a first plosive, and the release of a last one."""


def edges(samples: NDArray[np.float32], rate: int) -> tuple[int, int]:
    """Returns the first frame that is heard and the one behind the last; all if nothing is.

    Args:
        samples: shape (frames,), one frame at least.
        rate: Hz.
    """
    hop = max(1, round(HOP_S * rate))
    padded = np.pad(samples, (0, -samples.size % hop)).astype(np.float64)
    power = np.mean(padded.reshape(-1, hop) ** 2, axis=1)
    least = max(float(power.max()) * 10 ** (QUIET_DB / 10), FLOOR**2)
    loud = np.flatnonzero(power >= least)
    if not loud.size:
        return 0, int(samples.size)
    return int(loud[0]) * hop, min(int(samples.size), (int(loud[-1]) + 1) * hop)


def kept(start: int, stop: int, frames: int, rate: int) -> tuple[int, int]:
    """Returns what is kept of a sound of so many frames that is heard from `start` to `stop`."""
    before, after = round(BEFORE_S * rate), round(AFTER_S * rate)
    return max(0, start - before), min(frames, stop + after)
