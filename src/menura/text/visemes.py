"""Visemes: the mouth shapes that go with phonemes, for faces that move to speech."""

from __future__ import annotations

import functools
import math
import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SILENCE = "sil"
SAME_TIME_S = 1e-6  # rounding: less is no gap

_NEXT = ""  # takes the shape of what follows
_SAME = "same"  # goes on with the shape of what came before


@dataclass(frozen=True, slots=True)
class Viseme:
    """One mouth shape.

    Attributes:
        name: "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh"
            or "ou", as in the Oculus (Meta) lip-sync reference.
        start_s: where it begins, seconds.
        end_s: where it ends, seconds.
    """

    name: str
    start_s: float
    end_s: float


def visemes(phonemes: Sequence[tuple[str, float, float]]) -> tuple[Viseme, ...]:
    """Returns the mouth shapes of phonemes, without a gap, no two alike in a row.

    A diphthong or cluster shares its time evenly between its shapes; tones and length have none;
    [h] and the glottal stop are said through the shape of the next sound.

    Args:
        phonemes: (IPA, start_s, end_s) in order of time; "" is silence, as in espeak events.

    Raises:
        InvalidInput: if a symbol is no IPA, or the times are not in order.

    Example:
        >>> [viseme.name for viseme in visemes([("m", 0.0, 0.1), ("aɪ", 0.1, 0.3)])]
        ['PP', 'aa', 'ih']
    """
    return tuple(_merged(_settled(list(_timed(phonemes)))))


@functools.lru_cache(maxsize=4096)
def shapes(ipa: str) -> tuple[str, ...]:
    """Returns the shapes of one phoneme in order; "" stands for that of the next sound.

    Raises:
        InvalidInput: if a symbol in it is no IPA.
    """
    pattern, table, silent = _tables()
    bare = "".join(
        char
        for char in unicodedata.normalize("NFD", ipa.replace("ç", "\0"))
        if unicodedata.category(char) not in {"Mn", "Nd"} and char not in silent
    ).replace("\0", "ç")
    found = []
    for match in pattern.finditer(bare):
        if match[0] not in table:
            raise InvalidInput(f"{match[0]!r} in the phoneme {ipa!r:.40} is no IPA: give IPA")
        found.append(table[match[0]])
    return tuple(found)


def _timed(phonemes: Iterable[tuple[str, float, float]]) -> Iterator[Viseme]:
    """Yields the shapes with their times, those of gaps too."""
    now: float | None = None
    for ipa, start_s, end_s in phonemes:
        earliest_s = -math.inf if now is None else now - SAME_TIME_S
        if not (math.isfinite(start_s) and math.isfinite(end_s) and earliest_s <= start_s <= end_s):
            raise InvalidInput(
                f"the phoneme {ipa!r:.40} from {start_s:g} to {end_s:g} s is out of order: sort "
                "them by time"
            )
        if now is not None and start_s - now > SAME_TIME_S:
            yield Viseme(SILENCE, now, start_s)
        begin_s = start_s if now is None or start_s - now > SAME_TIME_S else now
        now = max(begin_s, end_s)
        parts = (shapes(ipa) or (_SAME,)) if ipa.strip() else (SILENCE,)
        edges = [begin_s + (now - begin_s) * i / len(parts) for i in range(len(parts))]
        for name, left_s, right_s in zip(parts, edges, [*edges[1:], now], strict=True):
            yield Viseme(name, left_s, right_s)


def _settled(timed: list[Viseme]) -> Iterator[Viseme]:
    """Yields the shapes with those filled in that depend on their neighbours."""
    following = SILENCE
    names: list[str] = []
    for viseme in reversed(timed):
        if viseme.name not in {_NEXT, _SAME}:
            following = viseme.name
        names.append(following if viseme.name == _NEXT else viseme.name)
    before = SILENCE
    for viseme, name in zip(timed, reversed(names), strict=True):
        before = before if name == _SAME else name
        yield replace(viseme, name=before)


def _merged(settled: Iterable[Viseme]) -> Iterator[Viseme]:
    last: Viseme | None = None
    for viseme in settled:
        if viseme.end_s - viseme.start_s <= 0.0:
            continue
        if last is not None and last.name == viseme.name:
            last = replace(last, end_s=viseme.end_s)
            continue
        if last is not None:
            yield last
        last = viseme
    if last is not None:
        yield last


@functools.cache
def _tables() -> tuple[re.Pattern[str], dict[str, str], frozenset[str]]:
    path = Path(__file__).with_name("visemes.toml")
    facts: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    table = {symbol: name for name, symbols in facts["shapes"].items() for symbol in symbols}
    table.update(dict.fromkeys(facts["next"], _NEXT))
    ordered = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join([*map(re.escape, ordered), "."]), re.DOTALL)
    return pattern, table, frozenset(facts["silent"])
