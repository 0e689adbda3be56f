"""A transcript, as ElevenLabs' API tells it."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.text.language import guess_language
from menura.text.transcript import Segment, to_srt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNDETERMINED = "und"
"""The code of ISO 639 for a language that nobody can tell."""
_FORMATS = {"srt": "application/x-subrip", "txt": "text/plain"}


def transcript(
    told: Mapping[str, Any], granularity: str, formats: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Returns a transcript in their words, and what of it is not known or not there.

    Args:
        told: a `Transcript`, as plain values.
        granularity: `none`, `word` or `character`: which times are wanted.
        formats: those that are wanted besides.
    """
    lacking = ["logprob: not known, so 0"] if told["segments"] else []
    timed = bool(told["words"]) and granularity != "none"
    if told["segments"] and not told["words"] and granularity != "none":
        lacking.append(f"timestamps_granularity: {told['model']} has no times of words")
    if timed and granularity == "character":
        lacking.append("timestamps_granularity: characters share the time of their word evenly")
    code, sure, guessed = _language(told)
    lacking += ["language_code: guessed from the words"] if guessed else []
    lacking += [f"additional_formats: {name}" for name in formats if name not in _FORMATS]
    body = {
        "language_code": code,
        "language_probability": sure,
        "text": told["text"],
        "words": _timed(told["words"], granularity) if timed else _plain(told["text"]),
        "transcription_id": None,
        "audio_duration_secs": round(told["duration_s"], 3),
    }
    made = [_format(name, told) for name in formats if name in _FORMATS]
    return body | ({"additional_formats": made} if formats else {}), lacking


def language_of_two(code: str | None) -> str | None:
    """Returns a language as models know it: `en` for `eng`; what is no such code, as it is."""
    if not code:
        return None
    two = {three: two for two, three in _codes().items()}
    return two.get(code.lower(), code)


def _language(told: Mapping[str, Any]) -> tuple[str, float, bool]:
    """Returns the code of a transcript's language, how sure that is, and whether it is guessed."""
    if told["language"]:
        named = str(told["language"])
        return _codes().get(named.lower(), named), 1.0, False
    found = guess_language(told["text"])
    if found is None:
        return UNDETERMINED, 0.0, False
    family = "zh" if found in {"cmn", "yue"} else found.partition("-")[0]
    return _codes().get(family, family), 0.0, True


def _timed(words: Sequence[Mapping[str, Any]], granularity: str) -> list[dict[str, Any]]:
    """Returns words with their times, and the blanks between them."""
    rows: list[dict[str, Any]] = []
    for word in words:
        start, end = round(word["start_s"], 3), round(max(word["end_s"], word["start_s"]), 3)
        if rows:
            last = rows[-1]["end"]
            rows.append(_row(" ", "spacing", last, max(last, start), granularity))
        rows.append(_row(word["text"], "word", start, end, granularity))
    return rows


def _plain(text: str) -> list[dict[str, Any]]:
    """Returns the words of a text without times."""
    rows: list[dict[str, Any]] = []
    for word in text.split():
        rows += [_row(" ", "spacing", None, None, "none")] if rows else []
        rows.append(_row(word, "word", None, None, "none"))
    return rows


def _row(
    text: str, kind: str, start: float | None, end: float | None, granularity: str
) -> dict[str, Any]:
    row: dict[str, Any] = {"text": text, "start": start, "end": end, "type": kind}
    row |= {"speaker_id": None, "logprob": 0.0}
    if granularity == "character" and start is not None and end is not None:
        step = (end - start) / max(len(text), 1)
        row["characters"] = [
            {
                "text": char,
                "start": round(start + at * step, 3),
                "end": round(start + (at + 1) * step, 3),
            }
            for at, char in enumerate(text)
        ]
    return row


def _format(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    segments = [Segment(**each) for each in told["segments"]]
    return {
        "requested_format": name,
        "file_extension": name,
        "content_type": _FORMATS[name],
        "is_base64_encoded": False,
        "content": to_srt(segments) if name == "srt" else told["text"],
    }


@functools.cache
def _codes() -> Mapping[str, str]:
    path = Path(__file__).with_name("tongues.toml")
    codes: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))["codes"]
    return codes
