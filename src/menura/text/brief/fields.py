"""The typed fields of a task that are written as text: key, meter, names of players."""

from __future__ import annotations

import difflib
import functools
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.text.brief.evidence import Evidence
from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.meters import METERS, parse_meter
from menura.text.brief.players import Draft, read_players
from menura.text.brief.scanning import find_ignored, find_mentions
from menura.text.brief.tokens import normalize, tokenize
from menura.text.brief.vocabulary import vocabulary
from menura.text.keys import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SHOWN_CHARS = 60
_EXCLUDED = frozenset({*PLAYERS, "role", "texture", "voice", "absence"})


def parse_key(text: str) -> Key:
    """Returns the key that a field writes.

    Raises:
        InvalidInput: if it names none.
    """
    return Key.parse(text.strip().removeprefix("in ").removeprefix("key of "))


def parse_meter_field(text: str) -> tuple[int, int]:
    """Returns the meter that a field writes.

    Raises:
        InvalidInput: if it is none that can be played.
    """
    meter = parse_meter(text[:MAX_SHOWN_CHARS])
    if meter is None:
        listed = ", ".join(f"{upper}/{lower}" for upper, lower in sorted(METERS))
        raise InvalidInput(f"{text!r:.40} is no meter: write one of {listed}")
    return meter


def read_instruments(given: Sequence[str]) -> list[Draft]:
    """Returns who is named in `instruments`, in order.

    Raises:
        InvalidInput: if somebody is not known; the nearest names are given.
    """
    drafts = []
    for name in given:
        evidence = _read(name)
        found = read_players(evidence)
        if not found or find_ignored(evidence.text, evidence.tokens, evidence.mentions):
            raise InvalidInput(_explain("instruments", name))
        drafts.extend(found)
    return drafts


def read_exclusions(given: Sequence[str]) -> list[Evidence]:
    """Returns what each name in `exclude` was read as.

    Raises:
        InvalidInput: if one is not known; the nearest names are given.
    """
    found = [_read(name) for name in given]
    for name, evidence in zip(given, found, strict=True):
        known = any(mention.kind in _EXCLUDED for mention in evidence.mentions)
        if not known or find_ignored(evidence.text, evidence.tokens, evidence.mentions):
            raise InvalidInput(_explain("exclude", name))
    return found


def _read(name: str) -> Evidence:
    text = normalize(name)
    tokens = tokenize(text)
    mentions = find_mentions(text, tokens)
    exact = " ".join(text.casefold().split())
    if exact in vocabulary().instruments:
        mentions = [Mention("instrument", exact, 0, len(tokens), text)]
    return Evidence(text=text, tokens=tokens, mentions=mentions)


def _explain(field: str, name: str) -> str:
    near = difflib.get_close_matches(name[:MAX_SHOWN_CHARS].lower(), _names(), 3, 0.4)
    meant = ", ".join(near or _names()[:6])
    shown = " ".join(name[:MAX_SHOWN_CHARS].split())
    return f"nothing in {field} is called {shown!r}; near it: {meant}"


@functools.cache
def _names() -> tuple[str, ...]:
    facts = vocabulary()
    return tuple(sorted({*facts.instruments, *facts.players["generic"], *facts.players["group"]}))
