"""Sources of sound: physically informed models in families."""

from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE, Bed, Wish
from menura.engines.effects.sources.pace import Pace
from menura.engines.effects.sources.registry import (
    FAMILIES,
    Source,
    bed,
    event,
    find,
    sources,
)

__all__ = [
    "BLOCK_FRAMES",
    "FAMILIES",
    "LEVEL_DBFS",
    "RATE",
    "Bed",
    "Pace",
    "Source",
    "Wish",
    "bed",
    "event",
    "find",
    "sources",
]
