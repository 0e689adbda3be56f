"""What is read in five languages, made from one table each."""

from __future__ import annotations

import calendar
import re
from typing import Any

from menura.text.normalize.european.numerals import Numerals
from menura.text.normalize.scanner import MARKER, Rule, Scanner, alternatives

_NUMBER = r"(?:\d{1,3}(?:\.\d{3}){1,12}+(?![.\d])|\d{1,3}(?: \d{3}){1,12}+(?! ?\d)|\d++)(?:,\d++)?+"
_END = r"(?![\w/]|[.,:-]\d)"


def scanner(numerals: Numerals) -> Scanner:
    """Returns the scanner made from a language's table and number words."""
    reader = _Reader(numerals)
    tables = reader.tables
    currencies = alternatives(*tables["currencies"])
    months = alternatives(*tables["months"], *(name.lower() for name in tables["months"]))
    words = tables["words"]
    short = _short_forms(tables["abbreviations"])
    units = alternatives(*tables["units"])
    digit = [
        # A number to call: with a 0 first and a slash or hyphen, digit by digit.
        Rule(
            re.compile(r"(?P<area>0\d{1,5})\s?[/-]\s?(?P<line>\d{3,12})(?![\w/]|[.,:-]\d)"),
            reader.telephone,
        ),
        Rule(
            re.compile(
                rf"(?:(?P<whole>\d{{1,3}})\s)?(?P<top>\d{{1,2}})/(?P<bottom>\d{{1,2}}){_END}"
                rf"(?:\s(?P<unit>{units})(?!\w))?"
            ),
            reader.fraction,
        ),
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
        Rule(re.compile(rf"(?P<number>{_NUMBER})\s?(?P<unit>{units})(?!\w)"), reader.measure),
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
        Rule(re.compile(rf"(?<!\w){short}"), reader.short),
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
        rf"|(?<!\w){short}"
    )
    opener = re.compile(rf"(?<!\w)(?:{currencies})\s$")
    rules = {"letter": letter, "digit": digit, "sign": sign}
    return Scanner(trigger, opener, rules, lambda number: reader.whole(number, "count"))


def _short_forms(table: dict[str, Any]) -> str:
    """Returns a pattern for the short forms of a language, also with a capital."""
    groups = []
    for key, ahead in (("always", r"(?![^\W_])"), ("numbered", r"(?=\s?\d)")):
        forms = {form for name in table[key] for form in (name, name[0].upper() + name[1:])}
        # The longest first: "n. Chr." before "n.".
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        written = "|".join(re.escape(form).replace(r"\ ", r"\s?") for form in ordered)
        groups.append(f"(?P<{key}>{written}){ahead}")
    return f"(?:{'|'.join(groups)})"


class _Reader(Numerals):
    """Reads the matches of one language's rules."""

    def __init__(self, numerals: Numerals) -> None:
        super().__init__(numerals.tables, numerals.cardinal)
        tables = self.tables
        self._units = tables["units"]
        self._short = {
            form.replace(" ", "").lower(): words
            for key in ("always", "numbered")
            for form, words in tables["abbreviations"][key].items()
        }
        self._closing = {f.replace(" ", "").lower() for f in tables["abbreviations"]["closing"]}
        self._currencies = tables["currencies"]
        self._agreement = tables["agreement"]

    def telephone(self, match: re.Match[str]) -> str:
        return f"{self.digits(match['area'])}, {self.digits(match['line'])}"

    def measure(self, match: re.Match[str]) -> str:
        return self._measure(match["number"], match["unit"])

    def _measure(self, number: str, unit: str) -> str:
        one, many, form = self._units[unit]
        return f"{self.number(number, form)} {one if number == '1' else many}"

    def fraction(self, match: re.Match[str]) -> str | None:
        whole, top, bottom = match["whole"] or "", match["top"], match["bottom"]
        words = self.parts(whole, top, bottom)
        if words is None or not match["unit"]:
            return words
        one, many, form = self._units[match["unit"]]
        unit = many if whole not in {"", "1"} else one
        if whole and self.tables["fractions"]["unit_first"]:
            return f"{self.whole(whole, form)} {unit} {self.behind(top, bottom)}"
        return f"{words} {unit}"

    def short(self, match: re.Match[str]) -> str:
        written = re.sub(r"\s", "", match[0]).lower()
        said: str = self._short[written]
        if match[0][0].isupper():
            said = said[0].upper() + said[1:]
        if not match[0].endswith("."):
            return said
        rest = match.string[match.end() : match.end() + 8].lstrip("\"')”’»“]")
        ends = not rest.strip() or rest[0] == "\n"
        new = written in self._closing and rest[:1].isspace() and rest.strip()[:1].isupper()
        return f"{said}." if ends or new else said

    def date(self, match: re.Match[str]) -> str | None:
        day, month = int(match["d"]), int(match["m"])
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2000, month)[1]:
            return None
        text: str = self.words["date"]
        return text.format(
            day=self._day(match, day), month=self.months[month - 1], year=self.year(match["y"])
        )

    def short_date(self, match: re.Match[str]) -> str | None:
        day, month = int(match["d"]), int(match["m"])
        if self.words["hundreds"] is False or not 1 <= month <= 12 or not 1 <= day <= 31:
            return None
        return f"{self._day(match, day)} {self.months[month - 1]}"

    def named_day(self, match: re.Match[str]) -> str:
        return f"{self._day(match, int(match['d']))} {match['of']}{match['m']}"

    def _day(self, match: re.Match[str], day: int) -> str:
        if not self.words["hundreds"]:
            first: str = self.words["first"]
            return first if day == 1 and first else self.cardinal(day, "count")
        return self.stem(day) + self._ending(match)

    def _ending(self, match: re.Match[str]) -> str:
        ahead = match.string[max(0, match.start() - 32) : match.start()]
        before = re.search(r"(?:(\w+)\s)?(?<!\w)(\w+)\s$", ahead)
        word = before[2].lower() if before else ""
        if word == "der" and before and (before[1] or "").lower() in self.ordinals["datives"]:
            return str(self.ordinals["endings"]["dem"])
        if word in self.ordinals["endings"]:
            return str(self.ordinals["endings"][word])
        noun = re.match(r"\s([^\W\d_]+)", match.string[match.end() : match.end() + 40])
        gender = self.ordinals["genders"].get(noun[1] if noun else "")
        return str(self.ordinals["strong"].get(gender, self.ordinals["ending"]))

    def ordinal(self, match: re.Match[str]) -> str | None:
        number = int(match["number"])
        if number == 0:
            return None
        if self.words["hundreds"]:
            return self.stem(number) + self._ending(match)
        mark = match["mark"].strip(".").lower()
        return self.place(number, feminine=mark in self.ordinals["feminine_marks"])

    def time(self, match: re.Match[str]) -> str | None:
        hour = int(match["h"])
        if hour > 24:
            return None
        minute = int(match["min"] or 0)
        form = self.words["hour_form"]
        name = self.words["hours"][hour != 1]
        words: str = self.words["time" if minute else "full_hour"]
        said = words.format(
            hour=self.cardinal(hour, form), name=name, minute=self.cardinal(minute, "count")
        )
        if match["sec"] and int(match["sec"]):
            second = self.words["seconds"]
            said += " " + second.format(self.cardinal(int(match["sec"]), "f"))
        return said

    def money(self, match: re.Match[str]) -> str:
        one, many, form, cent, cents, cent_form = self._currencies[match["sign"]]
        whole, _, fraction = match["number"].replace(".", "").replace(" ", "").partition(",")
        minus = f"{self.words['minus']} " if "minus" in match.groupdict() and match["minus"] else ""
        if match["scale"]:
            of = self.words["scale_of"]
            scale = self._short.get(match["scale"].lower(), match["scale"])
            return f"{minus}{self.number(match['number'], 'm')} {scale} {of}{many}"
        if fraction and len(fraction) != 2:
            return f"{minus}{self.number(match['number'])} {many}"
        major = f"{self.whole(whole, form)} {one if whole == '1' else many}"
        if self.words["scale_of"] and whole.endswith("000000"):
            major = f"{self.whole(whole, form)} {self.words['scale_of']}{many}"
        if not fraction or int(fraction) == 0:
            return minus + major
        value = int(fraction)
        minor = self.cardinal(value, cent_form)
        if whole == "0":
            return f"{minus}{minor} {cent if value == 1 else cents}"
        joint: str = self.words["money"]
        said = joint.format(
            major=major,
            minor=minor,
            count=self.cardinal(value, "count"),
            cents=cent if value == 1 else cents,
        )
        return minus + said

    def percent(self, match: re.Match[str]) -> str:
        return f"{self.number(match['number'], self.words['percent_form'])} {self.words['percent']}"

    def span(self, match: re.Match[str]) -> str:
        words = f"{self.number(match['a'])} {self.words['to']} {self.number(match['b'])}"
        return f"{words} {self.words['percent']}" if match["tail"] else words

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
