"""Rain on soil, leaves, tin, glass, an umbrella, water and pavement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.weather.downpour import Downpour
from menura.engines.effects.sources.weather.drops import rainfall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.sources.base import Wish


def fall_rain(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Downpour:
    """Returns rain from a drizzle (intensity 0) to a cloudburst (1); size makes drops larger."""
    grades = table["mm_h"]
    share = np.linspace(0, 1, len(grades))
    mm_h = float(np.exp(np.interp(wish.intensity, share, np.log(grades))))
    largest_mm = float(np.interp(wish.size, (0.0, 0.5, 1.0), table["largest_mm"]))
    return Downpour(rainfall(mm_h, largest_mm), table["surfaces"][wish.variant], table, rng)
