"""`Transcript`: what is said in a recording, and when; as SRT and WebVTT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWord:
    """A word that was heard.

    Attributes:
        text: without blanks around it.
        start_s: when its first token is, seconds.
        end_s: when its last token is over, seconds; approximate.
    """

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What is said between two pauses.

    Attributes:
        text: without blanks around it.
        start_s: where the sound begins, seconds.
        end_s: where it ends, seconds.
        words: with their times, if the model has them.
    """

    text: str
    start_s: float
    end_s: float
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What is said in a recording.

    Attributes:
        text: all of it; empty if nothing was heard.
        language: that was named, such as `en`; None = the model found it, and does not say.
        segments: in their order.
        words: of all segments; none if the model has no times.
        duration_s: of the recording.
        model: that heard it.
        ignored: what was asked and is not done.
    """

    text: str
    language: str | None
    segments: tuple[Segment, ...]
    words: tuple[HeardWord, ...]
    duration_s: float
    model: str
    ignored: tuple[str, ...] = ()


def to_srt(segments: Iterable[Segment]) -> str:
    """Returns the segments as SubRip, a cue each."""
    return "\n".join(
        f"{i}\n{_clock(each.start_s, ',')} --> {_clock(each.end_s, ',')}\n{_line(each.text)}\n"
        for i, each in enumerate(segments, 1)
    )


def to_vtt(segments: Iterable[Segment]) -> str:
    """Returns the segments as WebVTT, a cue each."""
    return "WEBVTT\n\n" + "\n".join(
        f"{_clock(each.start_s, '.')} --> {_clock(each.end_s, '.')}\n{_escaped(each.text)}\n"
        for each in segments
    )


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _line(text: str) -> str:
    """Returns a text as one line that is no line of times."""
    return " ".join(text.split()).replace("-->", "->")


def _escaped(text: str) -> str:
    line = " ".join(text.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
