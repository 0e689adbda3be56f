"""Addresses: URLs, e-mail, domains, file names, paths, hashtags, handles."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from menura.text.normalize.english.facts import spell
from menura.text.normalize.scanner import Rule, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅞]+|.", re.DOTALL)
_NAMES = {
    ".": "dot",
    "-": "dash",
    "_": "underscore",
    "/": "slash",
    "\\": "backslash",
    ":": "colon",
    "@": "at",
    "?": "question mark",
    "!": "exclamation mark",
    "&": "and",
    "=": "equals",
    "+": "plus",
    "#": "hash",
    "%": "percent",
    "~": "tilde",
    ",": "comma",
    ";": "semicolon",
    "*": "asterisk",
    "(": "open parenthesis",
    ")": "close parenthesis",
    "'": "apostrophe",
    "$": "dollar",
    "[": "open bracket",
    "]": "close bracket",
}
_TRAILING = re.compile(r"[.,;:!?'\")\]}>»”’*]+$")
# Long enough for any address a person would have read out; the rest is read as another one.
_MAX_CHARS = 2000


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules that start with a letter."""
    table = facts.tables["addresses"]
    domains, extensions = alternatives(*table["domains"]), alternatives(*table["extensions"])
    slashed = facts.tables["slashed"]
    label = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}"

    def address(match: re.Match[str]) -> str:
        return _read(facts, match["address"])

    def camel(match: re.Match[str]) -> str:
        return _read(facts, match[0])

    def choice(match: re.Match[str]) -> str | None:
        said = slashed.get(match[0]) or slashed.get(match[0].lower())
        return None if said is None else facts.localize(said)

    def quotient(match: re.Match[str]) -> str:
        return f"{match['a']} over {match['b']}"

    path = rf"(?:[/?#][^\s<>\"“”]{{0,{_MAX_CHARS}}}(?<![.,;:!?'\")\]}}*’]))?"
    return [
        Rule(
            re.compile(
                rf"(?P<address>(?:https?|ftp|file|ssh|git)://[^\s<>\"“”]{{1,{_MAX_CHARS}}}"
                r"(?<![.,;:!?'\")\]}*’]))"
            ),
            address,
        ),
        Rule(
            re.compile(
                rf"(?P<address>(?:mailto:)?[A-Za-z0-9][\w.+-]{{0,63}}@{label}(?:\.{label}){{1,5}})(?!\w)"
            ),
            address,
        ),
        Rule(re.compile(rf"(?P<address>www\.{label}(?:\.{label}){{1,5}}{path})"), address),
        Rule(
            re.compile(
                rf"(?P<address>{label}(?:\.{label}){{0,4}}\.(?:{domains})(?![\w-]|\.\w)(?::\d{{1,5}})?{path})"
            ),
            lambda match: address(match) if match[0].count(".") and _is_domain(match[0]) else None,
        ),
        Rule(
            re.compile(rf"(?P<address>[A-Za-z]:\\[^\s<>\"|?*]{{0,{_MAX_CHARS}}}(?<![.,;:!?)]))"),
            address,
        ),
        Rule(
            re.compile(
                rf"(?P<address>[\w-]{{1,64}}(?:/[\w.-]{{1,64}}){{0,16}}(?:\.\w{{1,16}}){{0,3}}\.(?:{extensions}))(?!\w|\.\w)"
            ),
            address,
        ),
        Rule(
            re.compile(r"(?P<address>[A-Za-z][\w.-]{0,63}(?:/[\w.-]{1,64}){2,16})(?![\w])"), address
        ),
        Rule(re.compile(r"[A-Za-z]{1,6}/[A-Za-z]{0,6}(?!\w)"), choice),
        Rule(re.compile(r"(?P<a>[a-z])/(?P<b>[a-z])(?!\w)"), quotient),
        Rule(re.compile(r"[A-Za-z]\w{0,40}_\w{0,40}(?!\w)"), camel),
        Rule(re.compile(r"(?P<name>C|F)#(?!\w)"), lambda match: f"{match['name']} sharp"),
    ]


def numbered(facts: Facts) -> list[Rule]:
    """Returns the rules for addresses that start with a digit."""
    return [
        rule
        for rule in rules(facts)[:6]
        if "https?" not in rule.pattern.pattern and "www" not in rule.pattern.pattern
    ]


def signed(facts: Facts) -> list[Rule]:
    """Returns the rules for paths, hashtags and handles."""

    def path(match: re.Match[str]) -> str:
        return _read(facts, match[0])

    def tag(match: re.Match[str]) -> str:
        return f"hashtag {_read(facts, match['name'])}"

    def handle(match: re.Match[str]) -> str:
        return f"at {_read(facts, match['name'])}"

    def extension(match: re.Match[str]) -> str:
        return f"dot {_read(facts, match[0][1:])}"

    word = r"[^\W\d_]"
    return [
        Rule(
            re.compile(
                r"(?<![\w)])(?:~|\.{1,2})?/[\w.@+-]{1,64}(?:/[\w.@+-]{0,64}){0,24}(?<![.,])"
            ),
            path,
        ),
        Rule(re.compile(r"(?<!\w)#(?=\d)"), lambda _: "number"),
        Rule(re.compile(rf"(?<![\w&])#(?P<name>\w{{0,64}}{word}\w{{0,64}})"), tag),
        Rule(re.compile(r"(?<![\w.])@(?P<name>[A-Za-z]\w{0,63}(?:\.\w{1,32})?)"), handle),
        Rule(re.compile(r"(?<![\w.])\.[a-z][a-z0-9]{1,24}(?!\w)"), extension),
    ]


def _is_domain(written: str) -> bool:
    """Whether it is a name on the network, and not two sentences without a blank between."""
    host = re.split(r"[/:?#]", written, maxsplit=1)[0]
    last, before = host.rsplit(".", 1)[-1], host.rsplit(".", 1)[0]
    return (
        last.islower()
        and not before.isdigit()
        and (len(last) > 2 or before.islower() or "/" in written)
    )


def _read(facts: Facts, address: str) -> str:
    """Returns the words, letters, digits and signs of an address."""
    table = facts.tables["addresses"]
    words: list[str] = []
    for piece in _PIECE.findall(address):
        lower = piece.lower()
        if piece.isdecimal():
            say = (
                facts.numerals.cardinal
                if len(piece) <= 2 and piece[0] != "0"
                else facts.numerals.decimals
            )
            if len(piece) == 4 and piece[:2] in ("19", "20"):
                say = facts.numerals.year
            words.append(say(piece))
        elif piece.isalpha():
            spelled = lower in table["spelled"] or (
                piece.isascii()
                and lower not in table["plain"]
                and (len(piece) <= 2 or not re.search(r"[aeiouy]", lower))
                and len(piece) <= 5
            )
            words.append(spell(piece) if spelled else piece)
        elif piece in _NAMES:
            words.append(_NAMES[piece])
        elif piece.isdigit():  # a raised or lowered one
            words.append(facts.numerals.cardinal(str(unicodedata.digit(piece))))
        else:
            words.append(piece)
    return " ".join(words)
