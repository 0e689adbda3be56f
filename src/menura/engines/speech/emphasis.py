"""Emphasis: what the levels of SSML's `<emphasis>` change in a manner of speaking."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.text.prosody import Style


def emphasised(style: Style) -> Style:
    """Returns a style with what its emphasis changes in pitch, pace and level."""
    if style.emphasis is None:
        return style
    change = _changes()[style.emphasis]
    return dataclasses.replace(
        style,
        pitch_semitones=style.pitch_semitones + change["pitch_semitones"],
        rate=style.rate * change["rate"],
        volume_db=style.volume_db + change["volume_db"],
    )


def accent_semitones(style: Style) -> float:
    """Returns how far the stressed syllables of a style's words stand out."""
    return 0.0 if style.emphasis is None else _changes()[style.emphasis]["accent_semitones"]


@functools.cache
def _changes() -> Mapping[str, Mapping[str, float]]:
    text = (resources.files(__package__) / "emphasis.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
