"""The delay pattern: each codebook lags the one before it by a frame.

Copet et al., Simple and Controllable Music Generation, 2023, section 2.2. Column 0 of what a model
reads is the start code in every codebook; column c holds of codebook k the frame
c - 1 - delay[k], and the start code where there is no such frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def columns(
    codes: NDArray[np.int64], delays: Sequence[int], start: int, first: int, stop: int
) -> NDArray[np.int64]:
    """Returns columns [first, stop) of delayed codes, shape (prompts, codebooks, stop - first).

    Args:
        codes: shape (prompts, codebooks, frames).
        delays: of each codebook, in frames.
        start: the start code, which is also the padding.
        first: the first column wanted.
        stop: the column after the last one wanted.
    """
    frames = np.arange(first, stop) - 1 - np.asarray(delays)[:, np.newaxis]
    inside = (frames >= 0) & (frames < codes.shape[2])
    if codes.shape[2] == 0:
        return np.full((*codes.shape[:2], stop - first), start, np.int64)
    at = np.clip(frames, 0, codes.shape[2] - 1)
    found = np.take_along_axis(codes, np.broadcast_to(at, (len(codes), *at.shape)), axis=2)
    return np.where(inside, found, start)


def column_count(frames: int, delays: Sequence[int]) -> int:
    """Returns how many columns hold so many frames of every codebook, the start included."""
    return frames + max(delays) + 1 if frames else 1
