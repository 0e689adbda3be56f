"""Forms and sections that a prompt or a field asks for."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.text.brief.evidence import names
from menura.text.brief.scanning import find_mentions
from menura.text.brief.tokens import normalize, tokenize
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention

MAX_SECTIONS = 256
_MIN_FORM = 3
_JOINTS = frozenset({"and", "then", "a", "an", "the", "to", "into", "followed", "by", "another"})


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
    """Returns the sections that a field names: `intro verse chorus`, `AABA`, `rondo`.

    Raises:
        InvalidInput: if one of them is no section.
    """
    text = normalize(text)
    tokens = tokenize(text)
    mentions = [m for m in find_mentions(text, tokens) if m.kind in {"section", "form"}]
    found: list[str] = []
    behind = 0
    for _, group in groupby(mentions, key=lambda mention: mention.start):
        mention = next(group)
        _check_plain([token.word for token in tokens[behind : mention.start]])
        found.extend(_spell(mention.id) if mention.kind == "form" else (mention.id,))
        behind = mention.end
    _check_plain([token.word for token in tokens[behind:]])
    if not 0 < len(found) <= MAX_SECTIONS:
        raise InvalidInput(f"a form names 1 to {MAX_SECTIONS} sections, not {len(found)}")
    return tuple(found)


def _check_plain(words: Sequence[str]) -> None:
    for word in words:
        if word not in _JOINTS:
            listed = ", ".join(vocabulary().other["section"])
            raise InvalidInput(f"no section is called {word!r:.40}: {listed}")


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
