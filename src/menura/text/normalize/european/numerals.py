"""Numbers, places, years and fractions in the words of one language, made from its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from menura.text.normalize.european.cardinals import MAX_DIGITS

if TYPE_CHECKING:
    from menura.text.normalize.european.cardinals import Reader


class Numerals:
    """Reads numbers.

    Args:
        tables: the language's TOML.
        cardinal: its number words.
    """

    def __init__(self, tables: dict[str, Any], cardinal: Reader) -> None:
        self.tables = tables
        self.cardinal = cardinal
        self.words = tables["words"]
        self.months = tables["months"]
        self.ordinals = tables["ordinals"]

    def digits(self, number: str) -> str:
        """Returns digits one by one, long runs in groups of three with a pause between."""
        names = [self.cardinal(int(digit), "count") for digit in number]
        if len(names) <= 6:
            return " ".join(names)
        return ", ".join(" ".join(names[i : i + 3]) for i in range(0, len(names), 3))

    def whole(self, number: str, form: str) -> str:
        """Returns a whole number in words; with a 0 first, or too long, digit by digit."""
        if len(number) > MAX_DIGITS or (len(number) > 1 and number[0] == "0"):
            return self.digits(number)
        return self.cardinal(int(number), form)

    def number(self, number: str, form: str = "count") -> str:
        """Returns a number as it is written, with grouping stops or blanks and a decimal comma."""
        whole, _, fraction = number.replace(".", "").replace(" ", "").partition(",")
        if not fraction:
            return self.whole(whole, form)
        pairs = self.words["pairs"] and len(fraction) == 2 and fraction[0] != "0"
        tail = (
            self.cardinal(int(fraction), "count")
            if pairs
            else " ".join(self.cardinal(int(digit), "count") for digit in fraction)
        )
        return f"{self.whole(whole, 'count')} {self.words['comma']} {tail}"

    def year(self, number: str) -> str:
        """Returns a year."""
        value = int(number)
        if self.words["hundreds"] and 1100 <= value <= 1999:
            rest = value % 100
            return f"{self.cardinal(value // 100, 'm')}hundert" + (
                self.cardinal(rest, "count") if rest else ""
            )
        return self.cardinal(value, "count")

    def place(self, number: int, *, feminine: bool = False) -> str:
        """Returns the words for a place in an order, in German as behind "der"."""
        if self.words["hundreds"]:
            return f"{self.stem(number)}e"
        names = self.ordinals["names"]
        if number <= len(names):
            name = names[number - 1]
            if feminine:
                name = self.ordinals["feminine"].get(name, name)
                if self.ordinals["swap"] and name.endswith("o"):
                    name = name[:-1] + "a"
            return str(name)
        if suffix := self.ordinals["suffix"]:
            words = self.cardinal(number, "count")
            for old, new in self.ordinals["stems"].items():
                if words.endswith(old):
                    words = words[: -len(old)] + new
                    break
            ending = suffix[:-1] + "a" if feminine and suffix.endswith("o") else suffix
            return f"{words}{ending}"
        return self.cardinal(number, "f" if feminine else "count")

    def parts(self, whole: str, top: str, bottom: str, *, named: bool = True) -> str | None:
        """Returns a fraction in words; None if it has no name and `named` asks for one."""
        fractions = self.tables["fractions"]
        words = fractions["names"].get(f"{top}/{bottom}")
        if words is None:
            if named:
                return None
            over = f"{self.whole(top, 'count')} {fractions['over']} {self.whole(bottom, 'count')}"
            return f"{self.whole(whole, 'count')} {fractions['and']}{over}" if whole else over
        return f"{self.whole(whole, 'm')} {self.behind(top, bottom)}" if whole else str(words)

    def behind(self, top: str, bottom: str) -> str:
        """Returns a fraction that has a name as it is said behind a whole number."""
        fractions = self.tables["fractions"]
        words = fractions["names"][f"{top}/{bottom}"]
        return f"{fractions['and']}{fractions['behind'].get(words, words)}"

    def day_month(self, day: int, month: int) -> str:
        """Returns a day of a month without its year."""
        first = str(self.words["first"])
        words = first if day == 1 and first else self.cardinal(day, "count")
        if self.words["hundreds"]:
            words = f"{self.stem(day)}{self.ordinals['ending']}"
        return f"{words} {self.words['of']}{self.months[month - 1]}"

    def month_year(self, month: int, year: str) -> str:
        """Returns a month with its year."""
        return f"{self.months[month - 1]} {self.words['of']}{self.year(year)}"

    def stem(self, number: int) -> str:
        """Returns a German ordinal without its ending."""
        rest = number % 100
        irregular = self.ordinals["irregular"]
        if str(rest) in irregular:
            head = self.cardinal(number - rest, "m") if number > rest else ""
            return head + str(irregular[str(rest)])
        return self.cardinal(number, "count") + ("t" if 0 < rest < 20 else "st")
