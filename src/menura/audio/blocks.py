"""Blocks: the pieces in which sound travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.audio import Audio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


def regrouped(blocks: Iterable[Audio], frames: int) -> Iterator[Audio]:
    """Yields the same sound in blocks of `frames`; the last may be shorter."""
    waiting: list[NDArray[np.float32]] = []
    held = 0
    rate = 0
    for block in blocks:
        waiting.append(block.samples)
        held += block.frames
        rate = block.rate
        if held >= frames:
            joined = np.concatenate(waiting, axis=1)
            whole = held // frames * frames
            for start in range(0, whole, frames):
                yield Audio(joined[:, start : start + frames], rate)
            waiting, held = [joined[:, whole:]], held - whole
    if held:
        yield Audio(np.concatenate(waiting, axis=1), rate)
