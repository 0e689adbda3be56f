"""`output_format`: what a client may ask for, and the format of ours that it means."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from fastapi import Query

from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

Door: TypeAlias = Literal["speech", "effects", "music", "voices"]
FormatQuery: TypeAlias = Annotated[
    str | None,
    Query(
        alias="output_format",
        max_length=64,
        description="codec_rate_bitrate, such as `mp3_44100_128` or `pcm_24000`",
    ),
]
"""The query parameter of every route that gives sound; None = the default."""


def format_of(asked: str | None, door: Door, default: str | None = None) -> str:
    """Returns the name of our format that a value of `output_format` means.

    Args:
        asked: the value; None = the default.
        door: what is made.
        default: of this route; None = that of most.

    Raises:
        Problem: 400, if this door has no such format.
    """
    facts = _facts()
    name = asked or default or facts["default"]
    known = [*facts["everywhere"], *facts["more"][door]]
    if name not in known:
        raise Problem(
            status=400,
            code="invalid_output_format",
            message=f"there is no output_format {name!r:.40} here; there are {', '.join(known)}",
            param="output_format",
        )
    return str(facts["ours"].get(name, name))


@functools.cache
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("formats.toml").read_text(encoding="utf-8"))
