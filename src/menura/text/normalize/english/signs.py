"""Signs by themselves: emoji, mathematics, marks of emphasis, everything that has a name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from menura.text.normalize.scanner import Rule, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_MAX_EMPHASIS_CHARS = 200
_ZWJ, _STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_TONES = "\U0001f3fb-\U0001f3ff"
_PICTURE = (
    "[\u2190-\u21ff\u231a-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_SEQUENCE = rf"{_PICTURE}{_STYLE}?[{_TONES}]?(?:{_ZWJ}{_PICTURE}{_STYLE}?[{_TONES}]?){{0,8}}"
_NOISE = re.compile(r"\b(?:sign|symbol|black|white|heavy|medium|emoji|modifier)\b ?")
_SUPERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules, which start with a sign."""
    names = facts.tables["signs"]
    reader = _Reader(facts)
    word = r"[^\W_]"
    return [
        # Headings, quotations and items of a list in plain text.
        Rule(re.compile(r"(?:(?<=\n)|\A)(?:#{1,6}|[*+>])(?=\s)"), lambda _: ","),
        Rule(re.compile(r"[\U0001f1e6-\U0001f1ff]{2}"), reader.flag),
        Rule(re.compile(rf"[#*]{_STYLE}?{_KEYCAP}"), reader.keycap),
        Rule(re.compile(rf"(?P<sequence>{_SEQUENCE})(?P=sequence)*+"), reader.picture),
        Rule(
            re.compile(
                r"(?P<mark>[*_~`]{1,3})(?P<word>[^\W\d_²³]{1,64}(?:['’-][^\W\d_²³]{1,64})?)(?P=mark)(?!\w)"
            ),
            reader.emphasized,
        ),
        Rule(
            re.compile(r"(?<!\w)(?P<mark>\*{1,3}|~~|_{1,2}|`)(?P<word>[^\W\d_²³]{1,64})"),
            reader.opened,
        ),
        Rule(re.compile(rf"(?<={word})\*{{1,12}}(?!\s?\d)"), reader.masked),
        Rule(re.compile(r"(?P<sign>[-=_*~#+.])(?P=sign){2,}+"), reader.ruled),
        Rule(re.compile(r"[²³¹⁰⁴⁵⁶⁷⁸⁹]++|[₀-₉]++"), reader.raised),
        Rule(re.compile(r"(?:(?<=\d)|(?<=\d\s))\*(?=\s?\d)"), lambda _: "times"),
        Rule(re.compile(alternatives(*names)), reader.named),
        Rule(re.compile(r"[^\w\s]"), reader.unknown),
    ]


def worded() -> list[Rule]:
    """Returns the rule for the last word of an emphasis: bold**."""

    def closed(match: re.Match[str]) -> str | None:
        before = match.string[max(0, match.start() - _MAX_EMPHASIS_CHARS) : match.start()]
        return match["word"] if match["mark"] in before else None

    closing = r"(?P<word>[^\W\d_²³]{1,64})(?P<mark>\*{1,3}|~~|_{1,2}|`)(?![\w*])"
    return [Rule(re.compile(closing), closed)]


def _spoken(facts: Facts, name: str) -> str:
    """Returns the name of a character in Unicode in words."""
    words = _NOISE.sub("", name.lower().replace("-", " ")).strip() or name.lower()
    return re.sub(r"\d+", lambda found: facts.numerals.cardinal(found[0]), words)


class _Reader:
    """Reads the matches of the rules that start with a sign."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tables = facts.tables
        self._names, self._emoji, self._tones, self._flags = (
            self._tables["signs"],
            self._tables["emoji"],
            self._tables["skin_tones"],
            self._tables["flags"],
        )

    def picture(self, match: re.Match[str]) -> str:
        sequence = match["sequence"]
        if sequence in self._names:
            return str(self._names[sequence])
        words = [self._name(char) for char in sequence if char not in (_ZWJ, _STYLE)]
        count = len(match[0]) // len(sequence)
        times = f", {self._facts.numerals.cardinal(str(count))} times" if count > 1 else ""
        return ", ".join(words) + times

    def _name(self, char: str) -> str:
        if char in self._emoji:
            return str(self._emoji[char])
        if char in self._tones:
            return str(self._tones[char])
        return _spoken(self._facts, unicodedata.name(char, "symbol"))

    def flag(self, match: re.Match[str]) -> str:
        code = "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in match[0])
        return (
            f"flag of {self._flags[code]}" if code in self._flags else f"flag of {' '.join(code)}"
        )

    def keycap(self, match: re.Match[str]) -> str:
        sign = match[0][0]
        return (
            f"keycap {self._facts.numerals.cardinal(sign) if sign.isdigit() else self._names[sign]}"
        )

    def named(self, match: re.Match[str]) -> str:
        return str(self._names[match[0]])

    def ruled(self, match: re.Match[str]) -> str | None:
        return {"_": "blank", "-": None, ".": None}.get(match["sign"], ",")

    def raised(self, match: re.Match[str]) -> str:
        number = match[0].translate(_SUPERS)
        words = {"2": "squared", "3": "cubed"}
        if match[0] in ("²", "³"):
            return words[number]
        digits = self._facts.numerals.decimals(number)
        return digits if "₀" <= match[0][0] <= "₉" else f"to the power of {digits}"

    def emphasized(self, match: re.Match[str]) -> str:
        return match["word"]

    def opened(self, match: re.Match[str]) -> str | None:
        ahead = match.string[match.end() : match.end() + _MAX_EMPHASIS_CHARS]
        return match["word"] if match["mark"] in ahead.split("\n", 1)[0] else None

    def unknown(self, match: re.Match[str]) -> str | None:
        char = match[0]
        if unicodedata.category(char) not in ("Sm", "Sc", "So", "Sk"):
            return None
        return _spoken(self._facts, unicodedata.name(char, "symbol"))

    def masked(self, match: re.Match[str]) -> str:
        return " ".join(["star"] * len(match[0]))
