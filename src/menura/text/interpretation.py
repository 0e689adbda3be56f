"""Interpretation: what SSML's `<say-as>` makes of a text, in words.

After W3C, "SSML 1.0 say-as attribute values" (note of 2005). A text is first written in the form
that the language's normalisation reads without doubt, "3/4/2025" as "2025-04-03".
"""

from __future__ import annotations

import calendar
import functools
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from menura.text.normalize import numbers, roman_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from menura.text.normalize import Numbers
    from menura.text.prosody import SayAs

_PLACE = re.compile(r"(\d{1,15})\s?(?:\.|º|ª|°|st|nd|rd|th|er|re|e)?")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>[0-5]\d)(?:[:.]?(?P<second>[0-5]\d))?)?"
    r"\s?(?:(?P<half>[ap])\.?(?:m\.?)?)?",
    re.IGNORECASE,
)
_STRETCH = re.compile(r"(?P<minute>\d{1,3}):(?P<second>[0-5]\d)")
_FRACTION = re.compile(r"(?:(\d{1,9})[ +])?\s?(\d{1,9})\s?[/⁄]\s?(\d{1,9})")
_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{NO-BREAK SPACE}": " "})
_CENTURY_TURN = 69  # POSIX, strptime: two digits from here are of the 20th century


class Interpretation(NamedTuple):
    """What a text comes to.

    Attributes:
        said: its words; None = it is to be read as any text.
        missed: what was asked for and is not done, or "".
    """

    said: str | None
    missed: str = ""


def interpret(text: str, say_as: SayAs, language: str) -> Interpretation:
    """Returns a text as its author wants it understood.

    English, German, French, Spanish, Italian and Portuguese know all kinds; other languages read
    whole numbers as cardinals, and spell.

    Args:
        text: a cleaned one, without blanks at its ends.
        say_as: the kind and format; "characters", "digits" and "telephone" are read as any text.
        language: tag of espeak-ng.
    """
    if say_as.kind in _SPELLED:
        return Interpretation(None)
    if say_as.kind == "expletive":
        beeps = _facts()["beep"]
        said = beeps.get(language.partition("-")[0], beeps["default"])
        return Interpretation(said, f'say-as expletive: "{said}" is said, no tone covers it')
    written = text.translate(_SIGNS)
    known = numbers(language)
    if known is not None:
        said = _KINDS[say_as.kind](written, say_as.format, known)
    else:
        said = _digits(written) if say_as.kind == "cardinal" else None
    if said is not None:
        return Interpretation(said)
    asked = f"say-as {say_as.kind} {say_as.format}".rstrip()
    return Interpretation(None, f"{asked}: {text[:40]!r} is none in {language}, read as written")


def _digits(text: str) -> str | None:
    """Returns a whole number in digits, also a Roman one, for a synthesiser to read."""
    value = roman_value(text.upper())
    if value is not None:
        return str(value)
    return text if text.isdecimal() else None


def _cardinal(text: str, _: str, reader: Numbers) -> str | None:
    return reader.cardinal(_digits(text) or text)


def _ordinal(text: str, _: str, reader: Numbers) -> str | None:
    found = _PLACE.fullmatch(_digits(text) or text)
    return reader.ordinal(str(int(found[1]))) if found else None


def _date(text: str, form: str, reader: Numbers) -> str | None:
    if not form:
        return reader.normalize(text)
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    widths = _facts()["widths"]
    if len(parts) == 1 < len(form) and text.isdecimal():
        places = [sum(widths[key] for key in form[:count]) for count in range(len(form) + 1)]
        if len(text) == places[-1]:
            parts = [text[a:b] for a, b in pairwise(places)]
    if len(parts) != len(form):
        return None
    fields = dict(zip(form, parts, strict=True))
    if "m" in fields and not fields["m"].isdecimal():
        fields["m"] = str(reader.month(fields["m"]) or "")
    if not all(field.isdecimal() and len(field) <= widths[key] for key, field in fields.items()):
        return None
    if len(fields.get("y", "")) == 2:
        fields["y"] = f"{19 if int(fields['y']) >= _CENTURY_TURN else 20}{fields['y']}"
    month, day = int(fields.get("m", "1")), int(fields.get("d", "1"))
    # 2000 is a leap year: without the month any day up to 31 may be.
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2000, month)[1]:
        return None
    padded = {
        key: field.zfill(2) if key != "y" else field.zfill(4) for key, field in fields.items()
    }
    return reader.date(padded)


def _time(text: str, form: str, reader: Numbers) -> str | None:
    if form == "ms":
        found = _STRETCH.fullmatch(text)
        if found is None:
            return None
        words = (reader.stretch(found[unit], unit) for unit in ("minute", "second"))
        return " ".join(words)
    found = _CLOCK.fullmatch(text)
    if found is None and not form:
        return reader.normalize(text)
    if found is None or (form.endswith("12") and not 1 <= int(found["hour"]) <= 12):
        return None
    written = ":".join(filter(None, (found["hour"], found["minute"] or "00", found["second"])))
    return reader.normalize(f"{written}{found['half']}m" if found["half"] else written)


def _fraction(text: str, _: str, reader: Numbers) -> str | None:
    found = _FRACTION.fullmatch(text)
    return reader.fraction(found[1] or "", found[2], found[3]) if found else None


def _unit(text: str, _: str, reader: Numbers) -> str | None:
    return reader.normalize(text)


def _currency(text: str, form: str, reader: Numbers) -> str | None:
    number = re.sub(r"[^\d.,-]", "", text)
    if form and re.fullmatch(r"-?\d[\d.,]*", text):
        return reader.money(number, form.upper())
    return reader.normalize(text)


_KINDS: Mapping[str, Callable[[str, str, Numbers], str | None]] = {
    "cardinal": _cardinal,
    "ordinal": _ordinal,
    "date": _date,
    "time": _time,
    "fraction": _fraction,
    "unit": _unit,
    "currency": _currency,
}
_SPELLED = frozenset(("characters", "digits", "telephone"))


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("interpretation.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
