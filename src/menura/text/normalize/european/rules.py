"""What is read in five languages, made from one table each."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING, Any

from menura.text.normalize.european.cardinals import MAX_DIGITS
from menura.text.normalize.scanner import MARKER, Rule, Scanner, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.european.cardinals import Reader

_NUMBER = r"(?:\d{1,3}(?:\.\d{3}){1,12}+(?![.\d])|\d{1,3}(?: \d{3}){1,12}+(?! ?\d)|\d++)(?:,\d++)?+"
_END = r"(?![\w/]|[.,:-]\d)"


def scanner(tables: dict[str, Any], cardinal: Reader) -> Scanner:
    """Returns the scanner made from a language's table and number words."""
    reader = _Reader(tables, cardinal)
    currencies = alternatives(*tables["currencies"])
    months = alternatives(*tables["months"], *(name.lower() for name in tables["months"]))
    words = tables["words"]
    digit = [
        Rule(re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)" + _END), reader.date),
        Rule(
            re.compile(rf"(?P<d>\d{{1,2}})(?P<s>[./-])(?P<m>\d{{1,2}})(?P=s)(?P<y>\d{{4}}){_END}"),
            reader.date,
        ),
        Rule(re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d\d)" + _END), reader.date),
        Rule(re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?!\d)(?P<y>(?!))?"), reader.short_date),
        Rule(
            re.compile(
                rf"(?P<d>\d{{1,2}}){words['day_mark']}\s(?P<of>{words['of']})(?P<m>{months})(?!\w)"
            ),
            reader.named_day,
        ),
        Rule(
            re.compile(
                r"(?P<h>\d{1,2}):(?P<min>[0-5]\d)(?::(?P<sec>[0-5]\d))?"
                rf"(?:\s?(?:{words['hour_mark']})(?!\w))?(?![\w:])"
            ),
            reader.time,
        ),
        Rule(
            re.compile(
                rf"(?P<h>\d{{1,2}})\s?(?:{words['hour_joint']})(?:\s?(?P<min>[0-5]\d))?(?P<sec>(?!))?(?!\w)"
            ),
            reader.time,
        ),
        Rule(
            re.compile(
                rf"(?P<number>{_NUMBER})(?:\s(?P<scale>{words['scales']}))?\s?(?P<sign>{currencies})(?!\w)"
            ),
            reader.money,
        ),
        Rule(
            re.compile(rf"(?P<a>{_NUMBER})(?:-|\s?–\s?)(?P<b>{_NUMBER})(?P<tail>\s?%)?(?!\w|-\d)"),
            reader.span,
        ),
        Rule(re.compile(rf"(?P<number>{_NUMBER})\s?%"), reader.percent),
        Rule(
            re.compile(rf"(?P<number>\d{{1,3}})(?P<mark>{words['ordinal_mark']})"), reader.ordinal
        ),
        Rule(re.compile(r"\d{1,6}[^\W\d_][\w-]{0,60}"), lambda match: match[0]),
        Rule(re.compile(rf"(?P<number>{_NUMBER})(?P<next>(?=\s[^\W\d_]))?"), reader.plain),
        Rule(re.compile(r"\d++"), lambda match: reader.digits(match[0])),
    ]
    sign = [
        Rule(
            re.compile(
                rf"(?P<minus>(?<![\w)])-)?(?P<sign>{currencies})\s?(?P<number>{_NUMBER})"
                rf"(?:\s(?P<scale>{words['scales']}))?"
            ),
            reader.money,
        ),
        Rule(re.compile(r"(?<![\w)\]%-])-(?=\d)"), lambda _: str(words["minus"])),
        Rule(re.compile(alternatives(*tables["signs"])), lambda match: tables["signs"][match[0]]),
    ]
    # Addresses, names with digits in them and codes are left to the synthesiser.
    letter = [
        Rule(
            re.compile(r"(?:\w{2,8}://|www\.|[\w.+-]{1,64}@)[^\s]{1,2000}"), lambda match: match[0]
        ),
        Rule(re.compile(r"[^\W\d_]{1,40}[-.]?\d[\w.-]{0,60}(?<![.-])"), lambda match: match[0]),
        Rule(
            re.compile(rf"(?P<sign>{currencies})\s?(?P<number>{_NUMBER})(?P<scale>(?!))?"),
            reader.money,
        ),
    ]
    trigger = re.compile(
        rf"[\d{MARKER}{re.escape(''.join(k for k in tables['signs'] if len(k) == 1))}]"
    )
    opener = re.compile(rf"(?<!\w)(?:{currencies})\s$")
    rules = {"letter": letter, "digit": digit, "sign": sign}
    return Scanner(trigger, opener, rules, lambda number: reader.whole(number, "count"))


class _Reader:
    """Reads the matches of one language's rules."""

    def __init__(self, tables: dict[str, Any], cardinal: Reader) -> None:
        self._cardinal = cardinal
        self._words = tables["words"]
        self._months = tables["months"]
        self._currencies = tables["currencies"]
        self._ordinals = tables["ordinals"]
        self._agreement = tables["agreement"]

    def digits(self, number: str) -> str:
        names = [self._cardinal(int(digit), "count") for digit in number]
        if len(names) <= 6:
            return " ".join(names)
        return ", ".join(" ".join(names[i : i + 3]) for i in range(0, len(names), 3))

    def whole(self, number: str, form: str) -> str:
        if len(number) > MAX_DIGITS or (len(number) > 1 and number[0] == "0"):
            return self.digits(number)
        return self._cardinal(int(number), form)

    def number(self, number: str, form: str = "count") -> str:
        whole, _, fraction = number.replace(".", "").replace(" ", "").partition(",")
        if not fraction:
            return self.whole(whole, form)
        pairs = self._words["pairs"] and len(fraction) == 2 and fraction[0] != "0"
        tail = (
            self._cardinal(int(fraction), "count")
            if pairs
            else " ".join(self._cardinal(int(digit), "count") for digit in fraction)
        )
        return f"{self.whole(whole, 'count')} {self._words['comma']} {tail}"

    def year(self, number: str) -> str:
        value = int(number)
        if self._words["hundreds"] and 1100 <= value <= 1999:
            rest = value % 100
            return f"{self._cardinal(value // 100, 'm')}hundert" + (
                self._cardinal(rest, "count") if rest else ""
            )
        return self._cardinal(value, "count")

    def date(self, match: re.Match[str]) -> str | None:
        day, month = int(match["d"]), int(match["m"])
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2000, month)[1]:
            return None
        text: str = self._words["date"]
        return text.format(
            day=self._day(match, day), month=self._months[month - 1], year=self.year(match["y"])
        )

    def short_date(self, match: re.Match[str]) -> str | None:
        day, month = int(match["d"]), int(match["m"])
        if self._words["hundreds"] is False or not 1 <= month <= 12 or not 1 <= day <= 31:
            return None
        return f"{self._day(match, day)} {self._months[month - 1]}"

    def named_day(self, match: re.Match[str]) -> str:
        return f"{self._day(match, int(match['d']))} {match['of']}{match['m']}"

    def _day(self, match: re.Match[str], day: int) -> str:
        if not self._words["hundreds"]:
            first: str = self._words["first"]
            return first if day == 1 and first else self._cardinal(day, "count")
        return self._stem(day) + self._ending(match)

    def _stem(self, number: int) -> str:
        """Returns a German ordinal without its ending."""
        rest = number % 100
        irregular = self._ordinals["irregular"]
        if str(rest) in irregular:
            head = self._cardinal(number - rest, "m") if number > rest else ""
            return head + str(irregular[str(rest)])
        return self._cardinal(number, "count") + ("t" if 0 < rest < 20 else "st")

    def _ending(self, match: re.Match[str]) -> str:
        before = re.search(r"(\w+)\s$", match.string[max(0, match.start() - 24) : match.start()])
        word = before[1].lower() if before else ""
        return str(self._ordinals["endings"].get(word, self._ordinals["ending"]))

    def ordinal(self, match: re.Match[str]) -> str | None:
        number = int(match["number"])
        if number == 0:
            return None
        if self._words["hundreds"]:
            return self._stem(number) + self._ending(match)
        mark = match["mark"].strip(".").lower()
        feminine = mark in self._ordinals["feminine_marks"]
        names = self._ordinals["names"]
        if number <= len(names):
            name = names[number - 1]
            if feminine:
                name = self._ordinals["feminine"].get(name, name)
                if self._ordinals["swap"] and name.endswith("o"):
                    name = name[:-1] + "a"
            return str(name)
        if suffix := self._ordinals["suffix"]:
            words = self._cardinal(number, "count")
            for old, new in self._ordinals["stems"].items():
                if words.endswith(old):
                    words = words[: -len(old)] + new
                    break
            ending = suffix[:-1] + "a" if feminine and suffix.endswith("o") else suffix
            return f"{words}{ending}"
        return self._cardinal(number, "f" if feminine else "count")

    def time(self, match: re.Match[str]) -> str | None:
        hour = int(match["h"])
        if hour > 24:
            return None
        minute = int(match["min"] or 0)
        form = self._words["hour_form"]
        name = self._words["hours"][hour != 1]
        words: str = self._words["time" if minute else "full_hour"]
        said = words.format(
            hour=self._cardinal(hour, form), name=name, minute=self._cardinal(minute, "count")
        )
        if match["sec"] and int(match["sec"]):
            second = self._words["seconds"]
            said += " " + second.format(self._cardinal(int(match["sec"]), "f"))
        return said

    def money(self, match: re.Match[str]) -> str:
        one, many, form, cent, cents, cent_form = self._currencies[match["sign"]]
        whole, _, fraction = match["number"].replace(".", "").replace(" ", "").partition(",")
        minus = (
            f"{self._words['minus']} " if "minus" in match.groupdict() and match["minus"] else ""
        )
        if match["scale"]:
            of = self._words["scale_of"]
            return f"{minus}{self.number(match['number'], 'm')} {match['scale']} {of}{many}"
        if fraction and len(fraction) != 2:
            return f"{minus}{self.number(match['number'])} {many}"
        major = f"{self.whole(whole, form)} {one if whole == '1' else many}"
        if self._words["scale_of"] and whole.endswith("000000"):
            major = f"{self.whole(whole, form)} {self._words['scale_of']}{many}"
        if not fraction or int(fraction) == 0:
            return minus + major
        value = int(fraction)
        minor = self._cardinal(value, cent_form)
        if whole == "0":
            return f"{minus}{minor} {cent if value == 1 else cents}"
        joint: str = self._words["money"]
        said = joint.format(
            major=major,
            minor=minor,
            count=self._cardinal(value, "count"),
            cents=cent if value == 1 else cents,
        )
        return minus + said

    def percent(self, match: re.Match[str]) -> str:
        return (
            f"{self.number(match['number'], self._words['percent_form'])} {self._words['percent']}"
        )

    def span(self, match: re.Match[str]) -> str:
        words = f"{self.number(match['a'])} {self._words['to']} {self.number(match['b'])}"
        return f"{words} {self._words['percent']}" if match["tail"] else words

    def plain(self, match: re.Match[str]) -> str:
        number = match["number"]
        if len(number) == 4 and number.isdecimal() and 1100 <= int(number) <= 1999:
            return self.year(number)
        form = "count"
        if match["next"] is not None:
            following = re.match(r"\s([^\W\d_]+)", match.string[match.end() : match.end() + 32])
            if following:
                form = self._form(following[1])
        return self.number(number, form)

    def _form(self, noun: str) -> str:
        """Returns the gender a noun shows by its ending; most show none, and count as no noun."""
        rules = self._agreement
        if rules["capital"] and not noun[0].isupper():
            return "count"
        if len(noun) < 3 or noun in rules["exceptions"]:
            return "count"
        if noun.endswith(tuple(rules["feminine"])):
            return "f"
        return "m" if noun.endswith(tuple(rules["masculine"])) else "count"
