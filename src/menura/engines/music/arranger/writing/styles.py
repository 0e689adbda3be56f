"""Names of styles: what a part is asked to play, and what its genre plays if it is not said."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from menura.engines.music.plan import MusicPlan, Part


ONLY = "only"
"""Before the name of a piece of the kit: a style of a drummer who plays nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """What the notes of a tune are like.

    Attributes:
        rate: notes a second where it moves.
        grid: shortest step, quarter notes.
        syncopation: weight of off-beat onsets, against 1 for on-beat ones.
        rest: share of a phrase's last bar that is breath.
        pickup: chance that a phrase is led into.
        leap: cost of a leap, per semitone.
        dissonance: cost of a dissonance on a strong beat.
        chromatic: chance that a note is approached from a half step outside the scale.
    """

    rate: float
    grid: float
    syncopation: float
    rest: float
    pickup: float
    leap: float
    dissonance: float
    chromatic: float


CANON_BARS = 2
"""Bars after which a canon comes in where nothing else is said."""
_WAIT = re.compile(r"after ([0-9]{1,2}) bars?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duet:
    """How several players have one tune.

    Attributes:
        lag_bars: how much later each has it than the one before, in a canon; 0 = in turn, as call
            and response.
    """

    lag_bars: int


def own_style(plan: MusicPlan, part: Part) -> str:
    """Returns what a part plays where its genre decides."""
    own = styles()["genres"].get(plan.genre, {})
    return str(own.get(part.role, styles()["fallback"][part.role]))


def style_of(plan: MusicPlan, part: Part) -> str:
    """Returns the style of a part by the name that the tables of its role know it by."""
    asked = plain_style(part) or own_style(plan, part)
    return str(styles()["aliases"].get(part.role, {}).get(asked, asked))


def plain_style(part: Part) -> str:
    """Returns the style of a part without the words for its touch; one such word may be all."""
    words = part.style.lower().split()
    own = styles()["qualities"].get(part.role, {})
    while words and words[0] in styles()["touches"] and (len(words) > 1 or words[0] not in own):
        words = words[1:]
    return str(own[words[0]]) if len(words) == 1 and words[0] in own else " ".join(words)


def touch_of(part: Part) -> dict[str, float]:
    """Returns what the words for the touch of a part change: a row of styles.toml."""
    total: dict[str, float] = {}
    for word in touched(part.style.lower().split()):
        for name, change in styles()["touches"][word].items():
            total[name] = total.get(name, 0.0) + change
    return total


def touched(words: Iterable[str]) -> list[str]:
    """Returns the words that say how something is touched."""
    return [word for word in words if word in styles()["touches"]]


def unplayed_styles() -> frozenset[str]:
    """Returns the names of ways to build a piece, which are no ways to play a part."""
    return frozenset(styles()["unplayed"])


def style_of_qualities(role: str, qualities: Iterable[str]) -> str:
    """Returns the style that words for a player's sound come to in a role; "" if none does."""
    own = styles()["qualities"].get(role, {})
    return str(next((own[word] for word in qualities if word in own), ""))


def duet_of(style: str) -> Duet | None:
    """Returns how a style of the tune has several players share it; None for all others.

    `canon` waits as many bars as it names (`canon after 4 bars`), else CANON_BARS.
    """
    words = style.lower()
    if "canon" in words.split():
        named = _WAIT.search(words)
        return Duet(lag_bars=min(max(int(named[1]), 1), 16) if named else CANON_BARS)
    return Duet(lag_bars=0) if "call and response" in words else None


def nearest(style: str, known: Collection[str]) -> str | None:
    """Returns the known name that a style means: itself, or the longest within it or around it."""
    wanted = style.strip().lower()
    if wanted in known:
        return wanted
    within = [name for name in known if name in wanted]
    around = [name for name in known if wanted and wanted in name]
    return max(within, key=len) if within else min(around, key=len) if around else None


def tune(style: str) -> Tune:
    """Returns how a style of tune moves; that of a style it does not know is lyrical."""
    tables = styles()["tunes"]
    return Tune(**tables[nearest(style, tables) or styles()["fallback"]["melody"]])


def swung_beats(plan: MusicPlan) -> float:
    """Returns the length of the pair of notes that swings: 1 (eighths) or 0.5 (sixteenths)."""
    return 8 / float(styles()["genres"].get(plan.genre, {}).get("swung", 8))


@functools.cache
def styles() -> dict[str, Any]:
    """Returns styles.toml."""
    text = (resources.files(__package__) / "styles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
