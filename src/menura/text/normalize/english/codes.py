"""Numbers that name something: telephones, versions, network addresses, ISBN, part numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.english.facts import spell
from menura.text.normalize.scanner import Rule

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_END = r"(?![\w-]|\.\d)"
_DIGITS = re.compile(r"\d+")


def numbered(facts: Facts) -> list[Rule]:
    """Returns the rules that start with a digit."""

    def groups(match: re.Match[str]) -> str:
        return _groups(facts, match[0])

    def ip(match: re.Match[str]) -> str | None:
        parts = match["ip"].split(".")
        if any(int(part) > 255 for part in parts):
            return None
        words = " dot ".join(facts.numerals.cardinal(part) for part in parts)
        if match["mask"]:
            words += f" slash {facts.numerals.cardinal(match['mask'])}"
        if match["port"]:
            words += f" colon {facts.numerals.decimals(match['port'])}"
        return words

    def dotted(match: re.Match[str]) -> str:
        return _dotted(facts, match[0])

    def emergency(match: re.Match[str]) -> str | None:
        after = match.string[max(0, match.start() - 8) : match.start()].lower()
        if re.search(r"(?:call|dial|phone|ring|a|to)\s$", after):
            return facts.numerals.decimals(match[0])
        return None

    def vanity(match: re.Match[str]) -> str:
        return f"{_groups(facts, match['number'])}, {match['word'].lower()}"

    return [
        Rule(re.compile(rf"(?:1[-. ])?\(?\d{{3}}\)?[-.]\d{{3}}[-.]\d{{4}}{_END}"), groups),
        Rule(re.compile(r"(?P<number>1-\d{3})-(?P<word>[A-Z]{3,10})(?!\w)"), vanity),
        Rule(re.compile(rf"\d{{3}}-\d{{4}}{_END}"), groups),
        Rule(re.compile(rf"0\d{{2,4}}[ -]\d{{3,4}}(?:[ -]\d{{3,4}})?{_END}"), groups),
        Rule(re.compile(r"(?:911|999|112)(?![\w,.:/-]\w|\w)"), emergency),
        Rule(
            re.compile(
                r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?:/(?P<mask>\d{1,2})|:(?P<port>\d{1,5}))?"
                r"(?![\w]|\.\d)"
            ),
            ip,
        ),
        Rule(re.compile(r"\d++(?:\.\d++){2,}+(?!\w)"), dotted),
        Rule(re.compile(r"(?!\d{4}-\d{2}-\d{2}\b)\d++(?:-\d++){2,}+(?:-[Xx])?(?!\w)"), groups),
    ]


def signed(facts: Facts) -> list[Rule]:
    """Returns the rules for telephone numbers that start with a sign."""

    def international(match: re.Match[str]) -> str | None:
        digits = sum(char.isdigit() for char in match[0])
        return f"plus {_groups(facts, match[0])}" if digits >= 7 else None

    def local(match: re.Match[str]) -> str:
        return _groups(facts, match[0])

    return [
        Rule(
            re.compile(rf"\+\d{{1,14}}(?:[ .-]?(?:\(\d{{1,5}}\)|\d{{1,5}})){{0,7}}{_END}"),
            international,
        ),
        Rule(re.compile(rf"\(\d{{2,5}}\)[ -]?\d{{3,4}}[ .-]\d{{3,4}}{_END}"), local),
    ]


def worded(facts: Facts) -> list[Rule]:
    """Returns the rules that start with letters."""

    def version(match: re.Match[str]) -> str:
        return f"version {_dotted(facts, match['number'])}"

    def isbn(match: re.Match[str]) -> str:
        kind = "I S B N"
        if match["kind"]:
            kind += f" {facts.numerals.cardinal(match['kind'])}"
        return f"{kind}, {_groups(facts, match['number'])}"

    return [
        Rule(
            re.compile(
                r"(?:v|V(?=\d{1,9}\.\d))(?:er)?\.?\s?(?P<number>\d{1,9}(?:\.\d{1,9}){0,9}+)(?![\w-])"
            ),
            version,
        ),
        Rule(re.compile(r"ISBN(?:-(?P<kind>1[03]))?:?\s(?P<number>[\d-]{9,18}[Xx]?)(?!\w)"), isbn),
    ]


def part(facts: Facts, written: str) -> str:
    """Returns letters and digits mixed, as in "MP3", "H2O" and "AB-1234-X"."""
    words: list[str] = []
    longest = 4 if written[0].isdigit() else 2  # 1080p, but F B five zero zero two
    for piece in re.findall(r"[A-Z]{2,}(?=[a-z]{1,2}(?![a-z]))|[^\W\d_]+|\d+", written):
        if piece.isdigit():
            short = len(piece) <= longest and piece[0] != "0"
            hundred = len(piece) in (3, 4) and piece.endswith("00") and piece[0] != "0"
            say = facts.numerals.cardinal if short or hundred else facts.numerals.digits
            words.append(say(piece))
        elif piece in facts.tables["words"]["spoken"] or (
            not piece.isupper() and (len(piece) > 1 or longest == 4)
        ):
            words.append(piece)
        else:
            words.append(spell(piece))
    joined = " ".join(words)
    return joined.replace("A ", "A-", 1) if words[0] == "A" and len(words) > 1 else joined


def _groups(facts: Facts, written: str) -> str:
    """Returns groups of digits, each read digit by digit, with a pause between them."""
    groups = _DIGITS.findall(written)
    words = []
    for index, group in enumerate(groups):
        toll_free = group in ("800", "900") and index < 2 and len(groups) > 1
        words.append(
            facts.numerals.cardinal(group) if toll_free else facts.numerals.decimals(group)
        )
    if written[-1:] in ("X", "x"):
        words.append("X")
    return ", ".join(words)


def _dotted(facts: Facts, written: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", written):
        return facts.numerals.number(written.replace(".", ","))  # grouped as on the Continent
    numbers = (facts.numerals.number(part) for part in written.split("."))
    return " point ".join(numbers)
