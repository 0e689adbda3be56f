"""Forms and sections that a prompt or a field asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.text.brief.evidence import names
from menura.text.brief.scanning import find_mentions
from menura.text.brief.tokens import normalize, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention
    from menura.text.brief.tokens import Token

MAX_SECTIONS = 256
MAX_NAME_CHARS = 40
_MIN_FORM = 3
_JOINTS = frozenset({"and", "then", "a", "an", "the", "to", "into", "followed", "by", "another"})
_NAME = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LETTER = re.compile(r"[^\W\d_]")


def settle_form(evidence: Evidence) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Returns the form, if one was told from beginning to end, and the sections that must occur."""
    asked = evidence.asked("section")
    evidence.credit("sections", asked)
    sections = list(names(asked))
    if "drop" in sections and "build" not in sections:
        # No drop without what builds up to it (Snoman, "Dance Music Manual", on arrangement).
        sections.insert(sections.index("drop"), "build")
    forms = evidence.asked("form")
    if forms:
        evidence.credit("form", forms)
        return _spell(forms[-1].id), tuple(sections)
    told = max(_runs(evidence, asked), key=len, default=[])
    if told and told[0].id == "solo":
        told = told[1:]  # somebody's solo, told before the form begins
    if len(told) < _MIN_FORM:
        return None, tuple(sections)
    evidence.credit("form", told)
    return tuple(mention.id for mention in told), tuple(sections)


def parse_form(text: str) -> tuple[str, ...]:
    """Returns the sections that a field names: `intro verse chorus`, `AABA`, `first-theme coda`.

    What the vocabulary does not know is a name of its own: letters and digits, with hyphens for
    blanks.

    Raises:
        InvalidInput: if something can be no name, or the sections are none or too many.
    """
    text = normalize(text)
    tokens = tokenize(text)
    words = _words(text, tokens)
    mentions = [m for m in find_mentions(text, tokens) if m.kind in {"section", "form"}]
    first = {start for start, _ in words}
    last = {end for _, end in words}
    known = {m.start: m for m in reversed(mentions) if m.start in first and m.end in last}
    letters = all(len(token.word) == 1 for token in tokens)
    found: list[str] = []
    behind = 0
    for start, end in words:
        if start < behind:
            continue
        behind = end
        if start in known:
            mention = known[start]
            behind = mention.end
            found.extend(_spell(mention.id) if mention.kind == "form" else (mention.id,))
        elif letters or end - start > 1 or tokens[start].word not in _JOINTS:
            found.append(_free_name(text[tokens[start].start : tokens[end - 1].end]))
    if not 0 < len(found) <= MAX_SECTIONS:
        raise InvalidInput(f"a form names 1 to {MAX_SECTIONS} sections, not {len(found)}")
    return tuple(found)


def _words(text: str, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Returns first token and end of each word, parts that hyphens join together."""
    words: list[tuple[int, int]] = []
    for at, token in enumerate(tokens):
        joined = words and text[tokens[at - 1].end : token.start] in {"", "-"}
        words[-1:] = [(words[-1][0], at + 1)] if joined else [*words[-1:], (at, at + 1)]
    return words


def _free_name(text: str) -> str:
    name = text.casefold()
    if len(name) > MAX_NAME_CHARS or not _NAME.fullmatch(name) or not _LETTER.search(name):
        raise InvalidInput(
            f"no section is called {text!r:.40}: a name has letters and digits, at most"
            f" {MAX_NAME_CHARS}, with hyphens for blanks"
        )
    return name


def _runs(evidence: Evidence, asked: Sequence[Mention]) -> list[list[Mention]]:
    """Returns sections named one right after the other."""
    runs: list[list[Mention]] = []
    for mention in asked:
        behind = runs[-1][-1].end if runs else 0
        between = [token.word for token in evidence.tokens[behind : mention.start]]
        if runs and all(word in _JOINTS for word in between):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return runs


def _spell(form: str) -> tuple[str, ...]:
    return tuple(form.split()) if " " in form else tuple(form)
