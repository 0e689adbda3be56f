"""Where in a sound the mark is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.circle import BIN_S
from menura.safeguards.watermark.features import FRAME_S, PADDING, STEPS, Stretch
from menura.safeguards.watermark.layout import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from menura.safeguards.watermark.places import Hit


_PIECE_S = 0.5  # of sound that is judged at once, with its neighbours: 1.5 s
_SHARE = 0.3  # of the usual agreement that a marked piece has
_GAP_S = 3.0  # shorter gaps are pauses or noise, not places without a mark


def marked_spans(
    stretch: Stretch, hit: Hit, pilot: NDArray[np.float32]
) -> list[tuple[float, float]]:
    """Returns where in the stretch the levels agree with the pilot, (start, stop) in seconds.

    Args:
        stretch: the levels.
        hit: where the pattern lies in it.
        pilot: shape (cells, bands), +1, -1 and 0.
    """
    # Half a column more or less makes no difference here.
    start, phase = divmod(PADDING + math.floor(hit.shift), STEPS)
    levels = stretch.levels[:, phase::STEPS][:, start : start + LAYOUT.bands]
    offset_s = hit.offset * BIN_S
    cells = np.floor((stretch.centres_s * hit.rate - offset_s) / LAYOUT.cell_s).astype(np.intp)
    agreement = np.einsum("fb,fb->f", levels, pilot[cells % LAYOUT.cells])
    size = round(_PIECE_S / FRAME_S)
    edges = np.arange(0, max(len(agreement) - size // 2, 1), size)
    pieces = np.add.reduceat(agreement, edges)
    smooth = np.convolve(pieces, np.ones(3))[1:-1]  # "same" would be longer than two pieces
    marked = np.flatnonzero(smooth > _SHARE * np.quantile(smooth, 0.8))
    ends = np.append(edges[1:], len(agreement))
    return list(
        join(
            (stretch.start_s + edges[piece] * FRAME_S, stretch.start_s + ends[piece] * FRAME_S)
            for piece in marked
        )
    )


def join(spans: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Returns the spans in order, those less than 3 s apart made one."""
    joined: list[tuple[float, float]] = []
    for start_s, stop_s in sorted(spans):
        if joined and start_s - joined[-1][1] < _GAP_S:
            joined[-1] = (joined[-1][0], max(joined[-1][1], float(stop_s)))
        else:
            joined.append((float(start_s), float(stop_s)))
    return tuple((round(start_s, 3), round(stop_s, 3)) for start_s, stop_s in joined)
