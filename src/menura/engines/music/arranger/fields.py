"""`Table`: a table of a plan document whose fields are taken one by one, and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SEED = 2**63 - 1
MAX_TEXT_CHARS = 200
MAX_TEXTS = 64


class Table:
    """A table of a document. A field without a usual value (None) has to be there.

    Every method raises InvalidInput, naming the table, if a field is missing or not as it should.

    Attributes:
        where: how an error names it, such as `section 3`.
    """

    def __init__(self, where: str, fields: dict[str, Any]) -> None:
        self.where = where
        self._fields = fields
        self._taken: set[str] = set()

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

    def text(self, name: str, usual: str | None) -> str:
        """Returns one line of text."""
        value = self._take(name, usual)
        if not _is_line(value):
            raise self._wrong(name, f"one line of up to {MAX_TEXT_CHARS} characters", value)
        return str(value)

    def choice(self, name: str, usual: str | None, choices: Sequence[str]) -> str:
        """Returns one of the choices."""
        value = self._take(name, usual)
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(name, f"one of {', '.join(choices)}", value)
        return value

    def texts(
        self, name: str, usual: tuple[str, ...] | None, most: int = MAX_TEXTS
    ) -> tuple[str, ...]:
        """Returns a list of lines of text."""
        value = self._take(name, usual)
        listed = isinstance(value, list | tuple) and len(value) <= most
        if not listed or not all(_is_line(entry) for entry in value):
            raise self._wrong(name, f"a list of up to {most} texts", value)
        return tuple(value)

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
        return [Table(f"{name} {at}", entry) for at, entry in enumerate(value, start=1)]

    def refuse_others(self) -> None:
        """Refuses fields that nobody has asked for: a slip of the pen should not pass unseen."""
        others = self._fields.keys() - self._taken - {"duration_s"}
        if others:
            known = ", ".join(sorted(self._taken))
            raise InvalidInput(f"{self.where}: there is no field {min(others)!r:.60}: {known}")

    def _take(self, name: str, usual: Any) -> Any:
        self._taken.add(name)
        if name not in self._fields and usual is None:
            raise InvalidInput(f"{self.where}: {name} is missing")
        return self._fields.get(name, usual)

    def _wrong(self, name: str, wanted: str, value: object) -> InvalidInput:
        shown = repr(value) if isinstance(value, str | int | float) else type(value).__name__
        return InvalidInput(f"{self.where}: {name} is {wanted}, not {shown:.60}")


def _is_line(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_CHARS and value.isprintable()
