"""How people play: how exactly, how evenly, where against the beat."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MEMORY_BEATS = 6
"""How long a player stays ahead or behind: deviations are correlated over several beats (Hennig et
al., 2011)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """How exactly a role is played.

    Attributes:
        spread_ms: standard deviation of single onsets.
        drift_ms: standard deviation of the slow wandering around the beat.
        late_ms: where it sits against the beat.
        force: standard deviation of velocities.
    """

    spread_ms: float
    drift_ms: float
    late_ms: float
    force: float


def human_of(role: str, style: str, *, machine: bool) -> Human:
    """Returns how a role is played in a style; machines keep to the grid."""
    table = facts()
    human = Human(**table["roles"][role])
    share = table["machine"]["share"] if machine else 1.0
    late_ms = table["feels"].get(style, human.late_ms)
    return Human(
        spread_ms=human.spread_ms * share,
        drift_ms=human.drift_ms * share,
        late_ms=late_ms * share,
        force=human.force * share,
    )


def deviations(
    human: Human, beats: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns how late each onset is.

    Args:
        human: who plays.
        beats: onsets in quarter notes, rising.
        rng: of the part in the section.

    Returns:
        Same shape, seconds; below 0 is early.
    """
    if not beats.size:
        return np.zeros(0)
    first = float(np.floor(beats[0]))
    count = int(beats[-1] - first) + 2
    steps = rng.normal(0.0, 1.0, count + _MEMORY_BEATS)
    kernel = np.full(_MEMORY_BEATS, 1 / np.sqrt(_MEMORY_BEATS))
    drift = np.convolve(steps, kernel, mode="valid")[:count]
    wander = np.interp(beats - first, np.arange(count), drift) * human.drift_ms
    # nobody is further off than this without being heard to stumble
    single = np.clip(rng.normal(0.0, human.spread_ms, beats.size), -2.5 * human.spread_ms,
                     2.5 * human.spread_ms)  # fmt: skip
    late: NDArray[np.float64] = (human.late_ms + wander + single) / 1000
    return late


@functools.cache
def facts() -> dict[str, Any]:
    """Returns humans.toml."""
    text = (resources.files(__package__) / "humans.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
