"""Hail on tin, on the ground and against a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.weather.downpour import Downpour
from menura.engines.effects.sources.weather.drops import hailfall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.sources.base import Wish


def fall_hail(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Downpour:
    """Returns hail from a few stones (intensity 0) to a barrage (1); size is that of the stones."""
    share = (0.0, 0.5, 1.0)
    per_m2_s = float(np.exp(np.interp(wish.intensity, share, np.log(table["per_m2_s"]))))
    usual_mm = float(np.interp(wish.size, share, table["usual_mm"]))
    largest_mm = float(np.interp(wish.size, share, table["largest_mm"]))
    fall = hailfall(per_m2_s, usual_mm, largest_mm)
    return Downpour(fall, table["surfaces"][wish.variant], table, rng)
