"""Plan documents: TOML that a person edits, read field by field, every one checked."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_CHARS = 1_000_000
MAX_SEED = 2**63 - 1
MAX_TEXT_CHARS = 200
MAX_TEXTS = 64
_MANY_DOTS = 200
_DOT = re.compile(r"\.(?![0-9])|(?<![0-9])\.|\.[0-9]+(?=\.)")
"""A dot that is not the point of a number: between keys or in words."""
_HEADING = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]")
_FIELD = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


class Table:
    """A table of a document. A field without a usual value (None) has to be there.

    Every method raises InvalidInput, naming the table, if a field is missing or not as it should.

    Attributes:
        where: how an error names it, such as `section 3`.

    Args:
        where: see above.
        fields: what stands in it.
        lines: the document's lines by table and field, as `find_lines` gives them.
        key: this table's name and number there.
    """

    def __init__(
        self,
        where: str,
        fields: dict[str, Any],
        lines: Mapping[tuple[str, int, str], int] | None = None,
        key: tuple[str, int] = ("", 0),
    ) -> None:
        self.where = where
        self._fields = fields
        self._taken: set[str] = set()
        self._lines = lines or {}
        self._key = key

    def at(self, name: str = "") -> str:
        """Returns how an error names a field's place, such as `line 7, section 3`."""
        line = self._lines.get((*self._key, name)) or self._lines.get((*self._key, ""))
        return self.where if line is None else f"line {line}, {self.where}"

    def error(self, name: str, message: str) -> InvalidInput:
        """Returns what to raise if a field is wrong; the message goes without its place."""
        return InvalidInput(f"{self.at(name)}: {message}")

    def number(self, name: str, usual: float | None, low: float, high: float) -> float:
        """Returns a number from `low` to `high`."""
        value = self._take(name, usual)
        if type(value) not in {int, float} or not low <= value <= high:
            raise self._wrong(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def whole(self, name: str, usual: int | None, low: int, high: int) -> int:
        """Returns a whole number from `low` to `high`."""
        value = self._take(name, usual)
        if type(value) is not int or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}", value)
        return value

    def truth(self, name: str, *, default: bool) -> bool:
        """Returns true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def text(self, name: str, usual: str | None, most: int = MAX_TEXT_CHARS) -> str:
        """Returns one line of text."""
        value = self._take(name, usual)
        if not _is_line(value, most):
            raise self._wrong(name, f"one line of up to {most} characters", value)
        return str(value)

    def choice(self, name: str, usual: str | None, choices: Sequence[str]) -> str:
        """Returns one of the choices."""
        value = self._take(name, usual)
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(name, f"one of {', '.join(filter(None, choices))}", value)
        return value

    def texts(
        self, name: str, usual: tuple[str, ...] | None, most: int = MAX_TEXTS
    ) -> tuple[str, ...]:
        """Returns a list of lines of text."""
        value = self._take(name, usual)
        listed = isinstance(value, list | tuple) and len(value) <= most
        if not listed or not all(_is_line(entry, MAX_TEXT_CHARS) for entry in value):
            raise self._wrong(name, f"a list of up to {most} texts", value)
        return tuple(value)

    def numbers(self, name: str, most: int, low: float, high: float) -> tuple[float, ...]:
        """Returns a list of numbers, each from `low` to `high`; () if it is not there."""
        value = self._take(name, ())
        wanted = f"a list of up to {most} numbers from {low:g} to {high:g}"
        if not isinstance(value, list | tuple):
            raise self._wrong(name, wanted, value)
        if len(value) > most:
            raise self._wrong(name, wanted, f"{len(value)} of them")
        for number in value:
            if type(number) not in {int, float} or not low <= number <= high:
                raise self._wrong(name, wanted, number)
        return tuple(float(n) for n in value)

    def rows(self, name: str, most: int, width: int) -> list[list[Any]]:
        """Returns a list of lists of `width` values."""
        value = self._take(name, [])
        listed = isinstance(value, list) and len(value) <= most
        if not listed or not all(isinstance(row, list) and len(row) == width for row in value):
            raise self._wrong(name, f"a list of up to {most} lists of {width} values", value)
        return list(value)

    def tables(self, name: str, most: int) -> list[Table]:
        """Returns the tables under [[name]], at least one."""
        value = self._take(name, [])
        listed = isinstance(value, list) and 1 <= len(value) <= most
        if not listed or not all(isinstance(entry, dict) for entry in value):
            raise InvalidInput(f"{self.where}: it needs 1 to {most} tables [[{name}]]")
        return [
            Table(f"{name} {at}", entry, self._lines, (name, at))
            for at, entry in enumerate(value, start=1)
        ]

    def refuse_others(self, allowed: frozenset[str] = frozenset()) -> None:
        """Refuses fields that nobody has asked for: a slip of the pen should not pass unseen."""
        others = self._fields.keys() - self._taken - allowed
        if others:
            known = ", ".join(sorted(self._taken))
            other = min(others)
            raise InvalidInput(f"{self.at(other)}: there is no field {other!r:.60}: {known}")

    def _take(self, name: str, usual: Any) -> Any:
        self._taken.add(name)
        if name not in self._fields and usual is None:
            raise InvalidInput(f"{self.at()}: {name} is missing")
        return self._fields.get(name, usual)

    def _wrong(self, name: str, wanted: str, value: object) -> InvalidInput:
        plain = isinstance(value, str | int | float)
        told = shown(value) if plain else type(value).__name__
        return InvalidInput(f"{self.at(name)}: {name} is {wanted}, not {told:.60}")


def parse_document(text: str) -> dict[str, Any]:
    """Returns what a TOML document holds.

    Raises:
        InvalidInput: naming the line, if it is none.
    """
    if len(text) > MAX_CHARS:
        raise InvalidInput(f"the plan has {len(text)} characters, over the limit of {MAX_CHARS}")
    for number, line in enumerate(text.split("\n"), start=1):
        # The parser's time grows with the square of the keys joined by dots.
        if line.count(".") > _MANY_DOTS and len(_DOT.findall(line)) > _MANY_DOTS:
            raise InvalidInput(f"the plan's line {number} has too many dots: a key has none")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as err:
        why = "it nests too deep" if isinstance(err, RecursionError) else f"{err!s:.200}"
        raise InvalidInput(f"the plan is no TOML document: {why}") from None


def find_lines(text: str) -> dict[tuple[str, int, str], int]:
    """Returns on which line each field of a document stands, counted from 1.

    A key is (table, its number counted from 1 or 0 for the head, field); field "" is its heading.
    """
    lines: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    table, number = "", 0
    for at, line in enumerate(text.split("\n"), start=1):
        if heading := _HEADING.match(line):
            table = heading[1]
            number = counts[table] = counts.get(table, 0) + 1
            lines[table, number, ""] = at
        elif field := _FIELD.match(line):
            lines.setdefault((table, number, field[1]), at)
    return lines


def quoted(text: str) -> str:
    """Returns a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Iterable[str]) -> str:
    """Returns texts as a TOML list on one line."""
    return f"[{', '.join(map(quoted, texts))}]"


def _is_line(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and value.isprintable()
