"""Synthesisers: oscillators in unison through a filter that an envelope opens, one patch each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.instruments.synths.patch import NAMES, read_patch
from menura.engines.music.instruments.synths.synth import Synth

if TYPE_CHECKING:
    from menura.engines.music.instruments.base import Instrument

__all__ = ["NAMES", "create"]


def create(name: str, rate: int) -> Instrument:
    """Returns an instrument of NAMES at a rate in Hz.

    Raises:
        NotFound: if there is no such instrument.
    """
    return Synth(read_patch(name), rate)
