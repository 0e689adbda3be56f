"""Measuring how large keys and values get, so that they can be kept in eight bits.

The scales are fixed while a model runs, so they are measured when it is converted: the model
writes a few seconds by itself, and what it wrote is then read at positions from the first to the
last, because keys carry the positions. A scale is per channel, with room above the largest value
seen; what exceeds even that is clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.runtime.codec_lm import CodecLm

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.session import Machine

PROMPTS = ("calm piano music", "loud drums and electric guitar, fast", "rain and wind")
FRAMES = 100
HEADROOM = 1.25
SPANS = 3
SMALLEST = 1e-6


def measure_scales(folder: Path, machine: Machine | None = None) -> dict[str, NDArray[np.float32]]:
    """Returns the scales of a converted model's small cache, `key_N` and `value_N`.

    Args:
        folder: holds the graphs; its facts have been saved.
        machine: what it runs on.

    Raises:
        EngineFailed: if the model gives no numbers.
    """
    model = CodecLm.open(folder, machine, small_cache=False)
    largest = model.writer.largest(PROMPTS, FRAMES, SPANS)
    return {
        name: np.maximum(size * np.float32(HEADROOM / 127), np.float32(SMALLEST))
        for name, size in largest.items()
    }
