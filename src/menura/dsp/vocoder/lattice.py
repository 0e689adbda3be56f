"""The cheapest path through a lattice of costs, found without a loop over its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEVER = np.float32(1e6)


def cheapest_path(costs: NDArray[np.float32], transitions: NDArray[np.float32]) -> NDArray[np.intp]:
    """Returns the state of each step on the path of least cost, shape (steps,).

    It is the Viterbi algorithm as a tree of products in the (min, +) semiring: pairs of steps
    are joined level by level, then the path is read from the top down, a level at a time. Memory
    and work are of order steps * states^3.

    Args:
        costs: shape (steps, states), of being in a state.
        transitions: shape (steps - 1, states, states), from a state (axis 1) to the next (axis 2).
    """
    steps, states = costs.shape
    if steps == 1:
        return np.asarray(np.argmin(costs, axis=1))
    levels = [_links(costs, transitions)]
    while levels[-1].shape[0] > 1:
        levels.append(_joined(levels[-1][0::2], levels[-1][1::2]))
    total = levels.pop()[0]
    first, last = np.divmod(int(np.argmin(total)), states)
    ends = np.array([first, last], dtype=np.intp)
    while levels:
        links = levels.pop()
        left = links[0::2][np.arange(ends.size - 1), ends[:-1], :]
        right = links[1::2][np.arange(ends.size - 1), :, ends[1:]]
        middle = np.argmin(left + right, axis=1)
        merged = np.empty(2 * ends.size - 1, dtype=np.intp)
        merged[0::2], merged[1::2] = ends, middle
        ends = merged
    return ends[:steps]


def _links(costs: NDArray[np.float32], transitions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the cost of each step from state to state, padded to a power of two of steps.

    What is padded stays where it is at no cost.
    """
    steps, states = costs.shape
    count = 1 << int(np.ceil(np.log2(max(steps - 1, 1))))
    stay = np.where(np.eye(states, dtype=bool), np.float32(0), _NEVER)
    links = np.broadcast_to(stay, (count, states, states)).copy()
    links[: steps - 1] = transitions + costs[1:, None, :]
    links[0] += costs[0][:, None]
    return links


def _joined(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    best = left[:, :, 0, None] + right[:, 0, None, :]
    for state in range(1, left.shape[1]):
        np.minimum(best, left[:, :, state, None] + right[:, state, None, :], out=best)
    return best
