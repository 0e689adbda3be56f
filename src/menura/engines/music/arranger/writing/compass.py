"""`Compass`: how low and high an instrument goes, and where it sings."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from menura.engines.music.arranger.players import find_player

TUNE_SPAN = 19
"""Semitones of a tune that can be sung: an octave and a fifth."""
_UNKNOWN = {"tune": 67, "hold": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compass:
    """What an instrument can play.

    Attributes:
        low: lowest MIDI pitch.
        high: highest MIDI pitch.
        tune: middle of where it sings a tune best.
        hold: whether its tones last as long as they are held.
        strum: whether its chords are rolled over strings.
    """

    low: int
    high: int
    tune: int
    hold: bool
    strum: bool

    def tune_window(self, shift: int = 0) -> tuple[int, int]:
        """Returns the lowest and highest pitch of a tune, TUNE_SPAN apart or less."""
        bottom = self.tune - TUNE_SPAN // 2 + shift
        bottom = max(self.low, min(bottom, self.high - TUNE_SPAN))
        return bottom, min(bottom + TUNE_SPAN, self.high)

    def fitted(self, pitch: float) -> float:
        """Returns a pitch moved by octaves into the compass."""
        while pitch < self.low:
            pitch += 12
        while pitch > self.high:
            pitch -= 12
        return pitch if pitch >= self.low else float(self.low)


def compass(instrument: str) -> Compass:
    """Returns the compass of an instrument.

    Raises:
        NotFound: if there is no such instrument.
    """
    facts, player = _facts().get(instrument, _UNKNOWN), find_player(instrument)
    return Compass(
        low=player.low,
        high=player.high,
        tune=facts["tune"],
        hold=facts["hold"],
        strum=facts.get("strum", False),
    )


@functools.cache
def _facts() -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / "compass.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
