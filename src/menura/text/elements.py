"""What the elements of SSML mean: the styles they make, and the pauses."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText
from menura.text.alphabets import to_ipa
from menura.text.prosody import SayAs, Style, VoiceWish, change, read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_PAUSE_S = 60.0
MAX_VALUE_CHARS = 128
MAX_AGE_YEARS = 150

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def enter(name: str, style: Style, attributes: Mapping[str, str]) -> Style:
    """Returns the style inside an element, in a text of style `style`.

    Args:
        name: the element's, one that is known.
        style: that of the text around.
        attributes: by name, all known; "xml:lang" for the one of XML.

    Raises:
        InvalidText: if an attribute is missing, or its value is none.
    """
    return _ENTER.get(name, _spoken_in)(style, attributes)


def end_s(name: str) -> float | None:
    """Returns the pause that the beginning and the end of an element make, or None."""
    facts = _facts()
    return float(facts["pauses"][facts["ends"][name]]) if name in facts["ends"] else None


def _speak(style: Style, attributes: Mapping[str, str]) -> Style:
    if attributes.get("version", "1.1") not in {"1.0", "1.1"}:
        raise InvalidText(f"SSML {attributes['version']!r:.40} is not supported: use version 1.1")
    return _spoken_in(style, attributes)


def _spoken_in(style: Style, attributes: Mapping[str, str]) -> Style:
    if "xml:lang" not in attributes:
        return style
    return replace(style, language=_language("xml:lang", attributes))


def _lang(style: Style, attributes: Mapping[str, str]) -> Style:
    return replace(style, language=_language("xml:lang", attributes))


def _emphasis(style: Style, attributes: Mapping[str, str]) -> Style:
    level = attributes.get("level", "moderate")
    levels = _facts()["emphasis"]["levels"]
    if level not in levels:
        raise InvalidText(f"an emphasis has a level of {', '.join(levels)}, not {level!r:.40}")
    return replace(style, emphasis=level)


def _say_as(style: Style, attributes: Mapping[str, str]) -> Style:
    facts = _facts()["say-as"]
    asked = short("interpret-as", attributes)
    kind = facts["same"].get(asked, asked)
    if kind not in facts["formats"]:
        known = ", ".join([*facts["formats"], *facts["same"]])
        raise InvalidText(f"say-as interprets as {known}, not {asked!r:.40}")
    form = attributes.get("format", "")
    formats = facts["formats"][kind]
    if form and form not in formats and not ("" in formats and re.fullmatch(r"[\w+-]{1,16}", form)):
        takes = f"takes {', '.join(formats)}" if any(formats) else "takes no such format"
        raise InvalidText(f"say-as {kind} {takes}, not {form!r:.40}")
    return replace(style, say_as=SayAs(kind=kind, format=form))


def _phoneme(style: Style, attributes: Mapping[str, str]) -> Style:
    if "ph" not in attributes:
        raise InvalidText("<phoneme> lacks its ph: write how the text sounds")
    return replace(style, phonemes=to_ipa(attributes["ph"], attributes.get("alphabet", "ipa")))


def _voice(style: Style, attributes: Mapping[str, str]) -> Style:
    if not attributes:
        raise InvalidText("<voice> asks for nothing: give it a name, gender, age or language")
    gender = attributes.get("gender")
    if gender not in {None, "male", "female", "neutral"}:
        raise InvalidText(f"a voice's gender is male, female or neutral, not {gender!r:.40}")
    languages = [key for key in ("languages", "language", "xml:lang") if key in attributes]
    wish = VoiceWish(
        name=short("name", attributes) if "name" in attributes else None,
        gender=gender,
        age_years=_whole("age", attributes, 0, MAX_AGE_YEARS),
        variant=_whole("variant", attributes, 1, 1000),
        language=_language(languages[0], attributes) if languages else None,
    )
    return _spoken_in(replace(style, voice=wish), attributes)


_ENTER: Mapping[str, Callable[[Style, Mapping[str, str]], Style]] = {
    "speak": _speak,
    "lang": _lang,
    "emphasis": _emphasis,
    "say-as": _say_as,
    "phoneme": _phoneme,
    "voice": _voice,
    "prosody": change,
}


def break_s(attributes: Mapping[str, str]) -> float:
    """Returns how long a `<break>` lasts: its time, else its strength's.

    Raises:
        InvalidText: if the strength is unknown, or the time none or over 60 s.
    """
    strengths: dict[str, float] = _facts()["pauses"]
    strength = attributes.get("strength", "medium")
    if strength not in strengths:
        raise InvalidText(f"a break's strength is {', '.join(strengths)}, not {strength!r:.40}")
    return pause_s(attributes["time"]) if "time" in attributes else strengths[strength]


def pause_s(value: str) -> float:
    """Returns how long a pause written as "2s" or "500ms" lasts; "" = as after a sentence.

    Raises:
        InvalidText: if it is none, or over 60 s.
    """
    if not value:
        return float(_facts()["pauses"]["medium"])
    sign, number, unit = read_number(value.strip(), "pause", "2s or 500ms", {"s", "ms"})
    seconds = number if unit == "s" else number / 1000.0
    if sign < 0 or seconds > MAX_PAUSE_S:
        raise InvalidText(f"a pause lasts from 0 to {MAX_PAUSE_S:g} s, not {value!r:.40}")
    return seconds


def short(name: str, attributes: Mapping[str, str]) -> str:
    """Returns an attribute's value without the blanks at its ends.

    Raises:
        InvalidText: if it has not 1 to 128 characters, all printable, or is missing.
    """
    value = attributes.get(name, "").strip()
    if not 0 < len(value) <= MAX_VALUE_CHARS or not value.isprintable():
        raise InvalidText(f"{name} is 1 to {MAX_VALUE_CHARS} printable characters")
    return value


def _whole(name: str, attributes: Mapping[str, str], low: int, high: int) -> int | None:
    if name not in attributes:
        return None
    value = attributes[name].strip()
    if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
        raise InvalidText(f"{name} is a whole number from {low} to {high}, not {value!r:.40}")
    return int(value)


def _language(name: str, attributes: Mapping[str, str]) -> str:
    tag = (attributes.get(name, "").split() or [""])[0]
    if not _TAG.fullmatch(tag):
        raise InvalidText(f"{name} is a language tag such as en-GB, not {tag!r:.40}")
    return tag


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("elements.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
