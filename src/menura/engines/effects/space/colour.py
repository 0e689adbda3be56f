"""Places and barriers that colour all that is heard: telephones, water, doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import minimum_phase
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Barrier, Room

_TAPS = 1536
_CURVE_HZ = np.geomspace(15, RATE / 2, 256)


def colour(place: Room | Barrier) -> NDArray[np.float32] | None:
    """Returns a minimum-phase response, shape (taps,), float32; None if the place does not colour.

    Its gain is that of the place's curve: near 0 dB where it lets most through.
    """
    if not place.curve:
        return None
    points = np.array(place.curve)
    gain_db = np.interp(np.log(_CURVE_HZ), np.log(points[:, 0]), points[:, 1])
    return minimum_phase(_CURVE_HZ, gain_db, RATE, _TAPS)
