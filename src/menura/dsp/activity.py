"""Where in a recording something is heard: by its level, in frames of 30 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_S = 0.03
SILENCE_DB = -60.0
"""Below this nothing is heard, however quiet the rest is."""
ABOVE_FLOOR_DB = 12.0
BELOW_TOP_DB = 20.0
"""What counts is this far above the quietest tenth, or this far below the loudest twentieth,
whichever is lower: speech that has no pauses has no floor."""
PAUSE_S = 0.7
"""A shorter pause parts nothing."""
MARGIN_S = 0.2
"""Kept on both sides: consonants are quieter than vowels."""
SHORTEST_FRAMES = 2


def stretches(samples: NDArray[np.float32], rate: int, longest_s: float) -> list[tuple[int, int]]:
    """Returns where something is heard: (first frame, frame after the last), in order.

    Args:
        samples: shape (frames,), float32.
        rate: Hz.
        longest_s: what goes on for longer is parted where it is quietest.
    """
    hop = round(FRAME_S * rate)
    levels_db = _levels(samples, hop)
    if not levels_db.size:
        return []
    floor, top = np.percentile(levels_db, (10, 95))
    least_db = max(SILENCE_DB, min(floor + ABOVE_FLOOR_DB, top - BELOW_TOP_DB))
    heard = np.flatnonzero(levels_db > least_db)
    if not heard.size:
        return []
    breaks = np.flatnonzero(np.diff(heard) > PAUSE_S / FRAME_S)
    firsts = heard[np.concatenate(([0], breaks + 1))]
    lasts = heard[np.concatenate((breaks, [heard.size - 1]))] + 1
    margin, longest = round(MARGIN_S / FRAME_S), int(longest_s / FRAME_S)
    found: list[tuple[int, int]] = []
    for first, last in zip(firsts, lasts, strict=True):
        if last - first >= SHORTEST_FRAMES:
            begin, end = max(0, int(first) - margin), min(levels_db.size, int(last) + margin)
            found += _parted(levels_db, begin, end, longest)
    return [(begin * hop, min(end * hop, samples.size)) for begin, end in found]


def _levels(samples: NDArray[np.float32], hop: int) -> NDArray[np.float64]:
    """Returns the level of each piece of `hop` frames, dBFS (mean square); -120 = nothing."""
    padded = np.pad(samples, (0, -samples.size % hop)).reshape(-1, hop)
    squares = np.einsum("ij,ij->i", padded, padded, dtype=np.float64) / hop
    levels: NDArray[np.float64] = 10 * np.log10(squares + 1e-12)
    return levels


def _parted(
    levels_db: NDArray[np.float64], begin: int, end: int, longest: int
) -> list[tuple[int, int]]:
    """Returns a stretch in pieces of at most `longest`, parted in the quieter half behind."""
    found: list[tuple[int, int]] = []
    while end - begin > longest:
        middle = begin + longest // 2
        cut = middle + int(np.argmin(levels_db[middle : begin + longest])) + 1
        found.append((begin, cut))
        begin = cut
    return [*found, (begin, end)]
