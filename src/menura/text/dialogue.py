"""Dialogue: who says what, from lines such as `Ann: Hello.` or from JSON, and the gaps between."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_CHARS = 1_000_000
MAX_TURNS = 10_000
MAX_NAME_CHARS = 40
MAX_NAME_WORDS = 5
MAX_DIRECTION_CHARS = 80

_BREAKS_OF_RULE = 2

# "Ann:", "ANN (softly):", "**Ann:**", "Anne :", "安娜："; a colon inside a time or address has
# something right behind it.
_SPEAKER = re.compile(
    rf"""[^\S\n]* (?P<mark>\*\*|__)?
    (?P<name>[^\W\d_][^\n:：()\[\]*"“”<>/\\?!,;]{{0,{MAX_NAME_CHARS + 1}}}?) (?:(?P=mark))?
    [^\S\n]* (?:[(\[](?P<direction>[^()\[\]\n]{{1,{MAX_DIRECTION_CHARS}}})[)\]])?
    [^\S\n]* (?: :(?:\*\*|__)?(?=\s|$) | ： ) [^\S\n]*""",
    re.VERBOSE,
)
_DIRECTION = re.compile(
    rf"[(\[](?!\s*pause\b)(?P<direction>[^()\[\]\n]{{1,{MAX_DIRECTION_CHARS}}})[)\]]\s*(?=\S)",
    re.IGNORECASE,
)
_RULE = re.compile(r"[^\S\n]*([*=~#_—-])(?:[^\S\n]*\1){2,}[^\S\n]*")
_LINE = re.compile(r"[^\n]*\n?")
_JSON = re.compile(r"\s*\[\s*[\]{]")
_CLOSERS = "\"'”’»)]* "


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one speaker says before the next one does.

    Attributes:
        speaker: name, 1 to 40 characters, as it was first spelled.
        text: as written, over several lines or paragraphs.
        direction: how it is said, from brackets before it; None = nothing is written.
        span: where the text stands in the source, as (start, stop) in code points; None if it
            came from JSON, where escapes part the two.
        breaks: blank lines before it; a rule (`---`) counts as two.
    """

    speaker: str
    text: str
    direction: str | None = None
    span: tuple[int, int] | None = None
    breaks: int = 0


def parse(source: str) -> tuple[Turn, ...]:
    """Returns the turns of a dialogue in order.

    A speaker stands at the start of a line, before a colon and a blank, and looks like a name:
    at most 40 characters and five words, which begin with a capital (or in a script that has
    none), a figure, or are "of", "von" and the like. A name that spoke before, or opens the
    script, may be in small letters. What follows belongs to the same turn until the next speaker.

    Args:
        source: lines such as `Ann: Hello.` or `Ann (softly): Hello.`, or a JSON array of objects
            `{"speaker": ..., "text": ..., "direction": ...}`, the last one optional.

    Raises:
        InvalidText: if there is no speaker, one says nothing, it is too long, or it begins as
            JSON and is none of this kind.
    """
    if len(source) > MAX_CHARS:
        raise InvalidText(f"the dialogue is over the limit of {MAX_CHARS} characters")
    if not source.strip():
        raise InvalidText("the dialogue is empty: write lines such as `Ann: Hello.`")
    turns = tuple(_from_json(source) if _JSON.match(source) else _from_lines(source))
    if len(turns) > MAX_TURNS:
        raise InvalidText(f"a dialogue has at most {MAX_TURNS} turns: split it")
    return turns


def gaps(turns: Sequence[Turn]) -> tuple[float, ...]:
    """Returns the silence between each turn and the next, in seconds: one less than turns.

    Shorter after a question, none after a dash, longer where a speaker goes on, trails off, or
    where more blank lines than between the other turns announce something new. The values and
    their sources (Stivers et al. 2009, ...) are in dialogue.toml.
    """
    seconds: Mapping[str, float] = _facts()["gaps"]
    usual = min((turn.breaks for turn in turns[1:]), default=0)
    return tuple(seconds[_transition(a, b, usual)] for a, b in pairwise(turns))


def _transition(before: Turn, after: Turn, usual_breaks: int) -> str:
    if after.breaks > usual_breaks or after.breaks >= _BREAKS_OF_RULE:
        return "topic"
    end = before.text.rstrip(_CLOSERS + "\n")
    if end.endswith(("—", "–", "--", " -")):
        return "interrupted"
    if end.endswith(("…", "...")):
        return "trailing"
    if before.speaker == after.speaker:
        return "same_speaker"
    return "question" if end.endswith(("?", "？", "؟", ";", "՞")) else "statement"


def _from_lines(source: str) -> Iterator[Turn]:
    names: dict[str, str] = {}
    speaker: str | None = None
    direction: str | None = None
    start = stop = breaks = before = 0
    for line in _LINE.finditer(source):
        written = line[0].strip()
        found = None
        if not written:
            breaks += 1
            continue
        if _RULE.fullmatch(line[0].rstrip("\r\n")):
            breaks += _BREAKS_OF_RULE
            continue
        found = _SPEAKER.match(source, line.start(), line.end())
        if found and _is_name(found, names):
            if speaker is not None:
                yield _turn(source, speaker, direction, (start, stop), before)
            name = _name(found)
            speaker = names.setdefault(name.casefold(), name)
            direction, start, before = found["direction"], found.end(), breaks
            stop = start
        elif speaker is None:
            line_number = source.count("\n", 0, line.start()) + 1
            raise InvalidText(
                f"line {line_number} has no speaker: begin with a name and a colon, such as "
                "`Ann: Hello.`"
            )
        stop = max(stop, line.start() + len(line[0].rstrip()))
        breaks = 0
    if speaker is None:
        raise InvalidText("the dialogue has no speaker: write lines such as `Ann: Hello.`")
    yield _turn(source, speaker, direction, (start, stop), before)


def _turn(
    source: str, speaker: str, direction: str | None, span: tuple[int, int], breaks: int
) -> Turn:
    start, stop = span
    start += len(source[start:stop]) - len(source[start:stop].lstrip())
    found = _DIRECTION.match(source, start, stop)
    if found and direction is None:
        direction, start = found["direction"], found.end()
    if start >= stop:
        line = source.count("\n", 0, span[0]) + 1
        raise InvalidText(f"line {line}: {speaker} says nothing: write it behind the colon")
    direction = direction.strip() if direction else None
    return Turn(
        speaker=speaker,
        text=source[start:stop],
        direction=direction or None,
        span=(start, stop),
        breaks=breaks,
    )


def _name(found: re.Match[str]) -> str:
    return " ".join(found["name"].split())


def _is_name(found: re.Match[str], names: Mapping[str, str]) -> bool:
    name = _name(found)
    folded = name.casefold()
    if folded in names:
        return True
    words = name.split()
    facts = _facts()
    if len(name) > MAX_NAME_CHARS or len(words) > MAX_NAME_WORDS:
        return False
    if folded.rstrip(".") in facts["nobody"] or words[0].casefold() in facts["no_first"]:
        return False
    if not names and len(words) == 1:
        return True
    return not words[0][0].islower() and all(
        not word[0].islower() or word in facts["particles"] for word in words
    )


def _from_json(source: str) -> Iterator[Turn]:
    try:
        rows = json.loads(source, object_pairs_hook=_once)
    except InvalidText:
        raise
    except json.JSONDecodeError as error:
        raise InvalidText(
            f"the dialogue is no JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InvalidText(
            "the dialogue's JSON is nested too deep or holds too long a number"
        ) from (error)
    if not rows:
        raise InvalidText('the dialogue is empty: give objects with a "speaker" and a "text"')
    names: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        turn = _from_row(row, number)
        yield replace(turn, speaker=names.setdefault(turn.speaker.casefold(), turn.speaker))


def _from_row(row: object, number: int) -> Turn:
    if not isinstance(row, dict):
        raise InvalidText(f"turn {number} is an object with a speaker and a text")
    if unknown := row.keys() - {"speaker", "text", "direction"}:
        raise InvalidText(f"turn {number} has an unknown field {min(unknown)!r:.40}")
    speaker = _line(row, "speaker", MAX_NAME_CHARS, number)
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidText(f"turn {number}: {speaker} says nothing: give it a text")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidText(f"turn {number} holds half of a surrogate pair: mend its escapes")
    direction = None
    if row.get("direction") is not None:
        direction = _line(row, "direction", MAX_DIRECTION_CHARS, number)
    return Turn(speaker=speaker, text=text.strip(), direction=direction)


def _line(row: Mapping[str, Any], field: str, limit: int, number: int) -> str:
    value = row.get(field)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not 0 < len(text) <= limit or not text.isprintable():
        raise InvalidText(
            f"turn {number} needs a {field} of 1 to {limit} printable characters, not {value!r:.40}"
        )
    return text


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise InvalidText("a turn of the dialogue gives a field twice: keep one")
    return row


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("dialogue.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
