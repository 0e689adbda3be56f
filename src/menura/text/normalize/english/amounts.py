"""Plain numbers, quantities with units, ranges, fractions, powers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.english.facts import NUMBER
from menura.text.normalize.scanner import Rule, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NUMBER = rf"(?:{NUMBER}|\.\d++)"
_MAX_DENOMINATOR = 100


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules for numbers that mean something with what follows."""
    numerals, tables = facts.numerals, facts.tables
    units, context = tables["units"], tables["unit_context"]
    vulgar = tables["fractions"]
    reader = _Reader(facts)
    symbol = alternatives(*units)
    exp = r"(?:[²³]|\^[23])"
    named = (
        rf"(?P<gap>[ -]?)(?P<unit>{symbol})(?P<exp>{exp})?"
        rf"(?:/(?P<per>{alternatives(*context['per'])})(?P<perexp>{exp})?)?"
        r"(?![\w°²³/$&@']|-\d)(?:\.(?=\s[a-z0-9]))?"
    )
    dash = r"(?:-|\s-\s|\s?[–—]\s?)"
    bare = r"(?P<gap>)(?P<unit>(?!))?(?P<exp>(?!))?(?P<per>(?!))?(?P<perexp>(?!))?"
    times = r"\s?(?P<sign>[x×])\s?"
    three = rf"(?P<a>{NUMBER}){times}(?P<b>{NUMBER})(?:\s?(?P=sign)\s?(?P<c>{NUMBER}))?"
    mark = rf"[{''.join(vulgar)}]"
    counted = "|".join(tables["counted"]["words"])
    uncounted = "|".join(tables["counted"]["not"])
    return [
        Rule(
            re.compile(
                rf"(?P<number>{NUMBER})(?P<short>{alternatives(*tables['counted']['short'])})"
                rf"(?P<plus>\+)?(?=\s(?!(?:{uncounted})(?!\w))(?:[a-z]{{2,40}}s|{counted})(?!\w))"
            ),
            reader.crowd,
        ),
        Rule(
            re.compile("\\d\ufe0f?\u20e3"), lambda match: f"keycap {numerals.cardinal(match[0][0])}"
        ),
        Rule(
            re.compile(
                r"(?P<degrees>\d{1,3})° ?(?P<minutes>\d{1,2})'(?: ?(?P<seconds>\d{1,2})\")?"
            ),
            reader.angle,
        ),
        Rule(re.compile(rf"{three}{named}"), reader.size),
        Rule(re.compile(rf"{three}{bare}(?!\w)"), reader.size),
        Rule(
            re.compile(
                rf"(?P<first>{NUMBER})(?:(?P<dash>{dash})(?P<last>{NUMBER})|\s?(?P<vulgar>{mark}))?"
                rf"(?:\s(?P<scale>hundred|thousand|million|billion|trillion))?{named}"
            ),
            reader.quantity,
        ),
        Rule(
            re.compile(r"(?P<feet>\d{1,3})' ?(?P<inches>\d{1,2}(?:\.\d)?)\"?(?!\w)"), reader.height
        ),
        Rule(re.compile(rf"(?P<number>{NUMBER})\"(?=\s?[x×]|\s[a-z])"), reader.inches),
        Rule(
            re.compile(
                rf"(?P<number>{NUMBER})(?:[eE](?P<exponent>[+-]?\d{{1,9}})(?!\w)"
                r"|\s?[×x*·]\s?10(?:\^(?P<open>\()?(?P<e>[+-]?\d{1,9})(?(open)\))|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9})))"
            ),
            lambda match: (
                reader.science(match)
                if match["exponent"] or match["raised"]
                else f"{numerals.number(match['number'])} times ten to the power of "
                + _signed(facts, match["e"])
            ),
        ),
        Rule(
            re.compile(
                rf"(?P<number>{NUMBER})(?:\^(?P<open>\()?(?P<exponent>[+-]?\d{{1,9}}|[a-z](?!\w))(?(open)\))"
                r"|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,9}))"
            ),
            reader.power,
        ),
        Rule(
            re.compile(
                r"(?:(?P<whole>(?<![/.\d])[1-9]\d{0,8})[ -])?"
                r"(?P<top>\d{1,3})/(?P<bottom>\d{1,4})(?![\w/]|[.,]\d)"
            ),
            reader.fraction,
        ),
        Rule(re.compile(rf"(?P<number>{NUMBER})\s?(?P<vulgar>{mark})"), reader.mixed),
        Rule(
            re.compile(r"(?P<number>\d{1,3}(?:,\d{3}){1,9}+|\d{1,36}+)(?:st|nd|rd|th)(?!\w)"),
            reader.ordinal,
        ),
        Rule(
            re.compile(
                rf"(?P<first>{NUMBER})(?P<dash>-|\s?[–—]\s?)(?P<last>{NUMBER})(?!\w|-\d|\s?%)"
            ),
            reader.span,
        ),
        Rule(re.compile(rf"(?P<number>{NUMBER})\s-\s(?=\d)"), reader.difference),
        Rule(re.compile(rf"(?P<number>{NUMBER})k(?!\w)"), reader.thousands),
    ]


def plain(facts: Facts) -> list[Rule]:
    """Returns the rule for a number by itself, which never fails."""
    return [
        Rule(re.compile(NUMBER), lambda match: facts.numerals.number(match[0])),
        Rule(re.compile(r"\d++"), lambda match: facts.numerals.number(match[0])),
    ]


def signed(facts: Facts) -> list[Rule]:
    """Returns the rules for numbers that start with a sign, and for fraction signs."""
    vulgar = facts.tables["fractions"]
    numerals = facts.numerals
    words = {"-": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about"}

    def sign(match: re.Match[str]) -> str:
        return words[match[0]]

    return [
        Rule(re.compile(r"(?<![\w)\]%'\"-])(?:[-+±~≈])(?=\.?\d|[$£€¥₹])"), sign),
        Rule(re.compile(r"±(?=\d)"), sign),
        Rule(re.compile(r"(?<![\w.])\.\d++(?![\w]|\.\d)"), lambda match: numerals.number(match[0])),
        Rule(re.compile(rf"[{''.join(vulgar)}]"), lambda match: " ".join(vulgar[match[0]])),
    ]


def _mixed(whole: str, fraction: list[str]) -> str:
    top, bottom = fraction
    if not whole:
        return f"{top} {bottom}"
    return f"{whole} and {'a' if bottom in ('half', 'quarter') else top} {bottom}"


def _fraction(facts: Facts, top: str, bottom: str) -> str | None:
    value, below = int(top), int(bottom)
    numerals = facts.numerals
    if (len(top) > 1 and top[0] == "0") or bottom[0] == "0" or not 2 <= below <= 1000:
        return None
    if (below > _MAX_DENOMINATOR and below != 1000) or value > _MAX_DENOMINATOR:
        return f"{numerals.cardinal(top)} over {numerals.cardinal(bottom)}"
    if below == 2:
        name = "half" if value == 1 else "halves"
    elif below == 4:
        name = "quarter" if value == 1 else "quarters"
    else:
        name = numerals.ordinal(bottom).removeprefix("one ") + ("" if value == 1 else "s")
    return f"{numerals.cardinal(top)} {name}"


def _signed(facts: Facts, number: str) -> str:
    if number.isalpha():
        return number
    words = facts.numerals.cardinal(number.lstrip("+-"))
    return f"minus {words}" if number.startswith("-") else words


def _pauses(match: re.Match[str], unit: str) -> bool:
    """Whether the dash between two numbers is a pause: set apart, and the second is no more."""
    if match["dash"].strip() != "—" or not match["dash"][0].isspace():
        return False
    first, last = (float(match[name].replace(",", "")) for name in ("first", "last"))
    return unit == "%" or last <= first


def _raised(facts: Facts, number: str) -> str:
    if number in ("2", "3"):
        return "squared" if number == "2" else "cubed"
    return f"to the power of {_signed(facts, number)}"


class _Reader:
    """Reads the matches of the rules for numbers that mean something with what follows."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._numerals, self._tables = facts.numerals, facts.tables
        self._units, self._context = self._tables["units"], self._tables["unit_context"]
        self._vulgar = self._tables["fractions"]

    def unit(self, match: re.Match[str], *, single: bool) -> str | None:
        """Returns what is said for the unit of a match."""
        name, gap = match["unit"], match["gap"]
        if not match["exp"] and not match["per"]:
            if gap == " " and name in self._context["joined"]:
                return None
            if not gap and name in self._context["apart"]:
                return None
            rest = match.string[match.end() : match.end() + 2]
            if gap and len(name) == 1 and name.isupper() and re.match(r"\.|\s[A-Z]", rest):
                return None  # an initial
        one, many = self._units[name]
        words = one if single else many
        if match["exp"]:
            words = ("square " if match["exp"][-1] in "²2" else "cubic ") + words
        if match["per"]:
            per = self._context["per"][match["per"]]
            square = match["perexp"]
            if square and per in self._context["times"]:
                per += " squared" if square[-1] in "²2" else " cubed"
            elif square:
                per = ("square " if square[-1] in "²2" else "cubic ") + per
            words += f" per {per}"
        return self._facts.localize(words)

    def quantity(self, match: re.Match[str]) -> str | None:
        first, last = match["first"], match["last"]
        words = self._numerals.number(first)
        if last and _pauses(match, match["unit"]):
            return None
        if last:
            words += f" to {self._numerals.number(last)}"
        elif match["vulgar"]:
            words = _mixed(words if first else "", self._vulgar[match["vulgar"]])
        if match["scale"]:
            words += f" {match['scale']}"
        counted = not last and not match["scale"] and not match["vulgar"]
        single = match["gap"] == "-" or (counted and first == "1")
        said = self.unit(match, single=single)
        return None if said is None else f"{words} {said}"

    def crowd(self, match: re.Match[str]) -> str:
        plus = " plus" if match["plus"] else ""
        scale = self._tables["magnitudes"][match["short"]]
        return f"{self._numerals.number(match['number'])} {scale}{plus}"

    def size(self, match: re.Match[str]) -> str | None:
        parts = [self._numerals.number(match[name]) for name in ("a", "b", "c") if match[name]]
        words = " by ".join(parts)
        if match["unit"]:
            said = self.unit(match, single=False)
            return None if said is None else f"{words} {said}"
        if match["sign"] == "×":
            return None
        return words

    def angle(self, match: re.Match[str]) -> str:
        parts = []
        for name in ("degrees", "minutes", "seconds"):
            if match[name]:
                plural = name if match[name] != "1" else name[:-1]
                parts.append(f"{self._numerals.number(match[name])} {plural}")
        return " ".join(parts)

    def height(self, match: re.Match[str]) -> str:
        feet = (
            f"{self._numerals.number(match['feet'])} {'foot' if match['feet'] == '1' else 'feet'}"
        )
        if not match["inches"]:
            return feet
        inches = match["inches"]
        return f"{feet} {self._numerals.number(inches)} {'inch' if inches == '1' else 'inches'}"

    def inches(self, match: re.Match[str]) -> str | None:
        before = match.string[max(0, match.start() - 300) : match.start()]
        if before.count('"') % 2:
            return None  # it closes a quotation
        number = match["number"]
        return f"{self._numerals.number(number)} {'inch' if number == '1' else 'inches'}"

    def science(self, match: re.Match[str]) -> str:
        power = (match["exponent"] or match["raised"] or "").translate(_SUPER)
        number = self._numerals.number(match["number"])
        return f"{number} times ten to the power of {_signed(self._facts, power)}"

    def power(self, match: re.Match[str]) -> str:
        raised = (match["exponent"] or match["raised"]).translate(_SUPER)
        return f"{self._numerals.number(match['number'])} {_raised(self._facts, raised)}"

    def fraction(self, match: re.Match[str]) -> str | None:
        whole, top, bottom = match["whole"], match["top"], match["bottom"]
        if (top, bottom) in (("24", "7"), ("9", "11")) or (top == bottom and not whole):
            return f"{self._numerals.cardinal(top)} {self._numerals.cardinal(bottom)}"
        words = _fraction(self._facts, top, bottom)
        if words is None:
            return None
        if whole:
            article = re.sub("^one (?=half|quarter)", "a ", words)
            return f"{self._numerals.number(whole)} and {article}"
        return words

    def mixed(self, match: re.Match[str]) -> str:
        return _mixed(self._numerals.number(match["number"]), self._vulgar[match["vulgar"]])

    def ordinal(self, match: re.Match[str]) -> str:
        return self._numerals.ordinal(match["number"].replace(",", ""))

    def span(self, match: re.Match[str]) -> str | None:
        if _pauses(match, ""):
            return None
        return f"{self._numerals.number(match['first'])} to {self._numerals.number(match['last'])}"

    def difference(self, match: re.Match[str]) -> str:
        return f"{self._numerals.number(match['number'])} minus "

    def thousands(self, match: re.Match[str]) -> str:
        return f"{self._numerals.number(match['number'])} thousand"
