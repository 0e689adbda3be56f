"""`Groove`: a pattern for drums, read from grooves/*.toml."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.arranger.writing.styles import ONLY, nearest, own_style, plain_style
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.music.plan import MusicPlan, Part

_CALM_BELOW, _FULL_ABOVE = 0.4, 0.75
SILENT = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groove:
    """A pattern for drums.

    Attributes:
        name: of the groove.
        family: of grooves that fill and greet sections alike.
        meter: it is written in.
        fill: kind of fill at phrase ends: a list of percussion.toml, `trap`, `drop` or `none`.
        late_ms: sound -> how late it is played against the grid.
        voices: sound -> strokes of each bar in turn, one letter a step.
        calm: sounds that replace those when it is quiet.
        full: sounds that replace those when it is loud.
    """

    name: str
    family: str
    meter: tuple[int, int]
    fill: str
    late_ms: Mapping[str, float]
    voices: Mapping[str, tuple[str, ...]]
    calm: Mapping[str, tuple[str, ...]]
    full: Mapping[str, tuple[str, ...]]

    def strokes(self, energy: float) -> dict[str, tuple[str, ...]]:
        """Returns what is played at an energy: sound -> strokes of each bar in turn."""
        instead = self.calm if energy < _CALM_BELOW else self.full
        if _CALM_BELOW <= energy <= _FULL_ABOVE:
            instead = {}
        merged = {**self.voices, **instead}
        return {sound: bars for sound, bars in merged.items() if any(bars)}


def groove_of(plan: MusicPlan, part: Part) -> tuple[Groove | None, str]:
    """Returns what a part beats, and a note where it is not what its style asks; else "".

    A style is a name in grooves/*.toml. Of one that is not known, or not in the meter, the nearest
    in the family takes its place. A kit in a genre without drums was asked for: it keeps a plain
    beat. None stands for a part that rests.
    """
    told = plain_style(part)
    if told == SILENT:
        return None, ""
    asked = told or own_style(plan, part)
    note = ""
    if asked == SILENT:
        asked = _plain_groove(plan, part)
        note = f"{plan.genre} has no drums of its own: {part.name} keeps a plain beat"
    if asked.startswith(f"{ONLY} "):
        own, _ = groove_of(plan, replace(part, style=""))
        return _reduced(own, asked.removeprefix(f"{ONLY} "), plan.meter), ""
    known = grooves()
    name = nearest(asked, _names())
    if name is None:
        genre = nearest(own_style(plan, part), _names())
        kit = facts()["kits"].get(part.instrument)
        name = kit or genre or "pop"
        note = f"no groove is called {asked!r:.40}: {part.name} plays {_names()[name]!r}"
    groove = known[_names()[name]]
    if groove.meter == plan.meter:
        return groove, note
    fitting = _in_meter(groove, plan.meter)
    if fitting is None:
        return None, f"no groove goes in {plan.meter[0]}/{plan.meter[1]}: {part.name} rests"
    if fitting.family == groove.family:
        return fitting, note
    return fitting, note or (
        f"{groove.name!r} is not in {plan.meter[0]}/{plan.meter[1]}: {part.name} plays "
        f"{fitting.name!r}"
    )


def _plain_groove(plan: MusicPlan, part: Part) -> str:
    """Returns what a kit plays where its genre has no drums: its own beat, or a soft or plain one.

    The moods decide which by what they do to the dynamics.
    """
    kit = facts()["kits"].get(part.instrument)
    if kit:
        return str(kit)
    plain, moods = facts()["plain"], vocabulary().moods
    changes = [moods[name]["change"].get("dynamics", 0.0) for name in plan.moods if name in moods]
    soft = plan.genre in plain["soft_genres"] if not changes else sum(changes) < 0
    return str(plain["soft" if soft else "usual"])


def _reduced(groove: Groove | None, piece: str, meter: tuple[int, int]) -> Groove:
    """Returns what a groove has for one piece of the kit; on every beat if it has nothing."""
    sounds = facts()["pieces"].get(piece, [piece])
    levels = [
        {sound: bars for sound, bars in level.items() if sound in sounds and any(bars)}
        for level in ((groove.voices, groove.calm, groove.full) if groove else ({}, {}, {}))
    ]
    voices = levels[0] or levels[2] or {sounds[0]: ("x" * meter[0],)}
    return Groove(
        name=f"{ONLY} {piece}",
        family="soft",
        meter=meter,
        fill=SILENT,
        late_ms=groove.late_ms if groove else {},
        voices=voices,
        calm=levels[1],
        full=levels[2],
    )


def describe_fallbacks(plan: MusicPlan) -> tuple[str, ...]:
    """Returns one line for each drummer who cannot play the groove that the plan names."""
    drummers = (part for part in plan.parts if part.role in {"drums", "percussion"})
    found = (groove_of(plan, part)[1] for part in drummers if part.instrument != "timpani")
    return tuple(note for note in found if note)


@functools.cache
def grooves() -> dict[str, Groove]:
    """Returns every groove by name."""
    folder = resources.files("menura.engines.music.arranger") / "grooves"
    found: dict[str, Groove] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            for name, table in tomllib.loads(entry.read_text(encoding="utf-8")).items():
                found[name] = _groove(name, table)
    return found


@functools.cache
def facts() -> dict[str, Any]:
    """Returns percussion.toml."""
    text = (resources.files(__package__) / "percussion.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _names() -> dict[str, str]:
    """Returns every name and alias of a groove -> the groove's name."""
    folder = resources.files("menura.engines.music.arranger") / "grooves"
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            for name, table in tomllib.loads(entry.read_text(encoding="utf-8")).items():
                found.update(dict.fromkeys(table.get("aliases", ()), name))
    return {**found, **{name: name for name in grooves()}}


def _groove(name: str, table: dict[str, Any]) -> Groove:
    meter = table.get("meter", [4, 4])
    voices, calm, full = (
        {sound: tuple(written.split("|")) for sound, written in table.get(level, {}).items()}
        for level in ("voices", "calm", "full")
    )
    return Groove(
        name=name,
        family=table["family"],
        meter=(meter[0], meter[1]),
        fill=table["fill"],
        late_ms=table.get("late_ms", {}),
        voices=voices,
        calm=calm,
        full=full,
    )


def _in_meter(groove: Groove, meter: tuple[int, int]) -> Groove | None:
    """Returns the first groove in a meter of the family, or of those that stand in for it."""
    family: str | None = groove.family
    tried = set()
    while family and family not in tried:
        tried.add(family)
        own = f"{family} {meter[0]}/{meter[1]}"
        matching = [g for g in grooves().values() if g.family == family and g.meter == meter]
        matching.sort(key=lambda g: g.name != own)
        if matching:
            return matching[0]
        family = facts()["kin"].get(family)
    return None
