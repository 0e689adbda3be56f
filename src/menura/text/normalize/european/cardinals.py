"""Number words of five languages, with the gender of what is counted.

Each function takes a value below 10^15 and a form: "count" where the number stands by itself, "m"
and "f" before a masculine or feminine noun.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reader = Callable[[int, str], str]

MAX_DIGITS = 15
MAX_WORD_CHARS = 40
"""A longer German number is written in two words: unbroken runs are cut for the synthesiser."""

_DE_SCALES = (("Million", "Millionen"), ("Milliarde", "Milliarden"), ("Billion", "Billionen"))


@functools.cache
def _words(language: str, key: str) -> tuple[str, ...]:
    """Returns the ones (up to where they are regular), tens or hundreds of a language."""
    path = Path(__file__).with_name(f"{language}.toml")
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["numbers"][key])


def german(value: int, form: str = "count") -> str:
    """Returns the German words: "einundzwanzig"; 1 is "eins", "ein" or "eine"."""
    words: list[str] = []
    for power, (one, many) in reversed(list(enumerate(_DE_SCALES, 2))):
        group = value // 1000**power % 1000
        if group:
            words.append(f"eine {one}" if group == 1 else f"{_german(group, 'f')} {many}")
    thousands, rest = divmod(value % 1_000_000, 1000)
    tail = f"{_german(thousands, 'm')}tausend" if thousands else ""
    if rest or not (words or tail):
        last = _german(rest, form)
        tail += f" {last}" if tail and len(tail) + len(last) > MAX_WORD_CHARS else last
    return " ".join([*words, tail] if tail else words)


def _german(value: int, form: str) -> str:
    hundreds, rest = divmod(value, 100)
    head = (
        ("ein" if hundreds == 1 else _words("de", "ones")[hundreds]) + "hundert" if hundreds else ""
    )
    if rest == 0 and head:
        return head
    if rest == 1:
        return head + {"count": "eins", "m": "ein", "f": "eine"}[form]
    if rest < 20:
        return head + _words("de", "ones")[rest]
    tens, ones = divmod(rest, 10)
    joint = ("ein" if ones == 1 else _words("de", "ones")[ones]) + "und" if ones else ""
    return head + joint + _words("de", "tens")[tens]


def french(value: int, form: str = "count") -> str:
    """Returns the French words: "vingt et un", "quatre-vingts"; 1 is "un" or "une"."""
    words: list[str] = []
    for power, name in ((4, "billion"), (3, "milliard"), (2, "million")):
        group = value // 1000**power % 1000
        if group:
            words.append(f"{_french(group, 'm')} {name}{'s' if group > 1 else ''}")
    thousands, rest = divmod(value % 1_000_000, 1000)
    if thousands:
        # "cent" and "vingt" take no s before "mille".
        words.append("mille" if thousands == 1 else f"{_french(thousands, 'm', last=False)} mille")
    if rest or not words:
        words.append(_french(rest, form))
    return " ".join(words)


def _french(value: int, form: str, *, last: bool = True) -> str:
    hundreds, rest = divmod(value, 100)
    words: list[str] = []
    if hundreds:
        plural = "s" if hundreds > 1 and not rest and last else ""
        words.append(
            f"cent{plural}" if hundreds == 1 else f"{_words('fr', 'ones')[hundreds]} cent{plural}"
        )
    if rest or not hundreds:
        one = "une" if form == "f" else "un"
        tens, ones = divmod(rest, 10)
        if rest == 1:
            words.append(one)
        elif rest < 20:
            words.append(_words("fr", "ones")[rest])
        elif tens in (7, 9):
            joint = " et " if rest == 71 else "-"
            words.append(f"{_words('fr', 'tens')[tens]}{joint}{_words('fr', 'ones')[10 + ones]}")
        elif ones == 1:
            words.append(f"{_words('fr', 'tens')[tens]}{'-' if tens == 8 else ' et '}{one}")
        elif ones:
            words.append(f"{_words('fr', 'tens')[tens]}-{_words('fr', 'ones')[ones]}")
        else:
            words.append(_words("fr", "tens")[tens] + ("s" if tens == 8 and last else ""))
    return " ".join(words)


def spanish(value: int, form: str = "count") -> str:
    """Returns the Spanish words: "veintiuno", "veintiún" (m) or "veintiuna" (f)."""
    words: list[str] = []
    for power, one, many in ((12, "billón", "billones"), (6, "millón", "millones")):
        group = value // 10**power % 1_000_000
        if group:
            words.append(f"un {one}" if group == 1 else f"{_spanish_thousands(group, 'm')} {many}")
    rest = value % 1_000_000
    if rest or not words:
        words.append(_spanish_thousands(rest, form))
    return " ".join(words)


def _spanish_thousands(value: int, form: str) -> str:
    thousands, rest = divmod(value, 1000)
    words: list[str] = []
    if thousands:
        before = "f" if form == "f" else "m"
        words.append("mil" if thousands == 1 else f"{_spanish(thousands, before)} mil")
    if rest or not thousands:
        words.append(_spanish(rest, form))
    return " ".join(words)


def _spanish(value: int, form: str) -> str:
    hundreds, rest = divmod(value, 100)
    if value == 100:
        return "cien"
    words: list[str] = []
    if hundreds:
        name = _words("es", "hundreds")[hundreds]
        words.append(name[:-2] + "as" if form == "f" and hundreds > 1 else name)
    if rest or not hundreds:
        tens, ones = divmod(rest, 10)
        tail = (
            _words("es", "ones")[rest]
            if rest < 30
            else _words("es", "tens")[tens] + (f" y {_words('es', 'ones')[ones]}" if ones else "")
        )
        if ones == 1 and rest != 11 and form != "count":
            stem = tail[:-1]
            tail = stem + "a" if form == "f" else "veintiún" if rest == 21 else stem
        words.append(tail)
    return " ".join(words)


def italian(value: int, form: str = "count") -> str:
    """Returns the Italian words: "ventuno"; 1 is "uno", "un" or "una"."""
    if value == 1:
        return {"count": "uno", "m": "un", "f": "una"}[form]
    words: list[str] = []
    for power, one, many in (
        (4, "bilione", "bilioni"),
        (3, "miliardo", "miliardi"),
        (2, "milione", "milioni"),
    ):
        group = value // 1000**power % 1000
        if group:
            words.append(f"un {one}" if group == 1 else f"{_italian(group)} {many}")
    thousands, rest = divmod(value % 1_000_000, 1000)
    tail = "" if not thousands else "mille" if thousands == 1 else f"{_italian(thousands)}mila"
    if rest or not (words or tail):
        tail += _italian(rest)
    if len(tail) > 3 and tail.endswith("tre"):
        tail = tail[:-1] + "é"
    return " ".join([*words, tail] if tail else words)


def _italian(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    head = ("" if hundreds == 1 else _words("it", "ones")[hundreds]) + "cento" if hundreds else ""
    if rest == 0 and head:
        return head
    tens, ones = divmod(rest, 10)
    if rest < 20:
        tail = _words("it", "ones")[rest]
    else:
        name = _words("it", "tens")[tens]
        tail = (name[:-1] if ones in (1, 8) else name) + (
            _words("it", "ones")[ones] if ones else ""
        )
    return (head[:-1] if head and tail.startswith("ott") else head) + tail


def portuguese(value: int, form: str = "count") -> str:
    """Returns the words of Portugal: "dezasseis"; 1 and 2 have a feminine, "uma" and "duas"."""
    words: list[str] = []
    for power, one, many in ((12, "bilião", "biliões"), (6, "milhão", "milhões")):
        group = value // 10**power % 1_000_000
        if group:
            words.append(
                f"um {one}" if group == 1 else f"{_portuguese_thousands(group, 'm')} {many}"
            )
    return _portuguese_tail(words, value % 1_000_000, form)


def brazilian(value: int, form: str = "count") -> str:
    """Returns the words of Brazil: "dezesseis", and "bilhão" for a thousand million."""
    words: list[str] = []
    for power, one, many in (
        (12, "trilhão", "trilhões"),
        (9, "bilhão", "bilhões"),
        (6, "milhão", "milhões"),
    ):
        group = value // 10**power % 1000
        if group:
            words.append(f"um {one}" if group == 1 else f"{_portuguese(group, 'm')} {many}")
    text = _portuguese_tail(words, value % 1_000_000, form)
    return text.replace("dezas", "dezes").replace("dezanove", "dezenove")


def _portuguese_tail(words: list[str], rest: int, form: str) -> str:
    if not words:
        return _portuguese_thousands(rest, form)
    if rest:
        joint = "e " if rest < 100 or (rest < 1000 and rest % 100 == 0) else ""
        words.append(joint + _portuguese_thousands(rest, form))
    return " ".join(words)


def _portuguese_thousands(value: int, form: str) -> str:
    thousands, rest = divmod(value, 1000)
    if not thousands:
        return _portuguese(rest, form)
    head = "mil" if thousands == 1 else f"{_portuguese(thousands, form)} mil"
    if not rest:
        return head
    joint = " e " if rest < 100 or rest % 100 == 0 else " "
    return head + joint + _portuguese(rest, form)


def _portuguese(value: int, form: str) -> str:
    hundreds, rest = divmod(value, 100)
    if value == 100:
        return "cem"
    words: list[str] = []
    if hundreds:
        name = _words("pt", "hundreds")[hundreds]
        words.append(name[:-2] + "as" if form == "f" and hundreds > 1 else name)
    if rest or not hundreds:
        tens, ones = divmod(rest, 10)
        feminine = {1: "uma", 2: "duas"} if form == "f" else {}
        if rest < 20:
            words.append(feminine.get(rest, _words("pt", "ones")[rest]))
        else:
            words.append(_words("pt", "tens")[tens])
            if ones:
                words.append(feminine.get(ones, _words("pt", "ones")[ones]))
    return " e ".join(words)


READERS: Mapping[str, Reader] = {
    "de": german,
    "fr": french,
    "es": spanish,
    "it": italian,
    "pt": portuguese,
    "pt-br": brazilian,
}
