"""A composition plan becomes a plan document of ours: sections of exactly its lengths.

The composer plans the whole once, and each section that has styles of its own once more with
those styles. From the second plan the section takes how strong it is and who plays; key, chords,
tempo and everything else stay those of the whole. Then each section gets so many bars, or beats,
that it lasts as long as it should at nearly the tempo of the piece.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from menura.tasks import Music
from menura.text.brief.scanning import find_mentions
from menura.text.brief.tokens import normalize, tokenize
from menura.text.documents import parse_document, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.server.elevenlabs.compositions import Stretch, Wish

NEUTRAL = "music"
"""Prompt of a piece of which nothing is said."""
MAX_BARS = 256
MAX_PARTS = 24
"""More parts than these are not added for the sake of one section."""
RING_OUT_S, RING_OUT_SHARE = 2.5, 0.25
"""What the last section leaves for its last chord to ring: at most so long, and so much of it."""
WHOLE_BARS_WITHIN = 0.04
"""A section is of whole bars if its tempo moves no more than this; else of whole beats."""
SHORT_S, LONG_S = 4.0, 16.0
"""How long a section is planned on its own: what is taken from that plan hangs little on it."""
TEMPO_STEPS = [step / 200 for step in range(-16, 17)]
"""Changes of the whole's tempo among which the one is found that needs the fewest others."""
_BPM = re.compile(r"\d\s*bpm\b", re.IGNORECASE)
_NOTE = "# Note: "
_NO_NAME = re.compile(r"[^a-z]+")


def requests(wish: Wish, seed: int, engine: str | None) -> list[Music]:
    """Returns what the composer is to plan: the whole, then each section with its own styles."""
    form = " ".join(_token(stretch) for stretch in wish.stretches)
    whole = _prompt(wish.styles, wish.without)
    tasks = [Music(whole, form=form, duration_s=wish.duration_s, seed=seed, engine=engine)]
    for stretch in wish.stretches:
        if _has_own(wish, stretch):
            without = dict.fromkeys([*wish.without, *stretch.without])
            styles = dict.fromkeys([*wish.styles, *stretch.styles])
            tasks.append(
                Music(
                    _prompt([each for each in styles if each not in without], list(without)),
                    form=_token(stretch),
                    duration_s=min(max(stretch.duration_s, SHORT_S), LONG_S),
                    seed=seed,
                    engine=engine,
                )
            )
    return tasks


def assemble(wish: Wish, plans: Sequence[str]) -> tuple[str, list[str]]:
    """Returns the plan of the whole, and what of the styles was not understood.

    Args:
        wish: what is asked for.
        plans: of `requests`, in their order.
    """
    whole, *rest = [parse_document(plan) for plan in plans]
    own = iter(rest)
    parts = {part["name"]: part for part in whole["part"]}
    sections = []
    for at, stretch in enumerate(wish.stretches):
        section = dict(_nearest(whole["section"], at, _token(stretch), len(wish.stretches)))
        section["name"] = _token(stretch)
        if _has_own(wish, stretch):
            local = next(own)
            playing = local["section"][0]
            section |= {"energy": playing["energy"], "energy_end": playing.get("energy_end", 0.0)}
            band = {part["name"]: part for part in local["part"]}
            names = [_hired(parts, band[name]) for name in playing["parts"]]
            section["parts"] = [name for name in names if name] or section["parts"]
        sections.append(section)
    _time(whole, sections, wish)
    notes = dict.fromkeys(note for plan in plans for note in notes_of(plan))
    return "\n".join(_lines(whole, parts, sections)) + "\n", list(notes)


def section_seconds(plan: Mapping[str, Any], section: Mapping[str, Any]) -> float:
    """Returns how long the bars of a section last, in seconds."""
    bar = _bar_beats(plan)
    beats = [bar] * section["bars"]
    beats[-1] = max(bar - section.get("cut_beats", 0.0), 0.25)
    first = section.get("tempo", 1.0)
    last = section.get("tempo_end", 0.0) or first
    factors = [first + (last - first) * (at + 0.5) / len(beats) for at in range(len(beats))]
    tempo = _quarter_bpm(plan)
    return math.fsum(b * 60 / (tempo * f) for b, f in zip(beats, factors, strict=True))


def notes_of(plan: str) -> list[str]:
    """Returns what the composer wrote above a plan: what it did not understand, or not do."""
    lines = plan.splitlines()
    return [line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE)]


def _prompt(styles: Sequence[str], without: Sequence[str]) -> str:
    return ", ".join([*(styles or [NEUTRAL]), *(f"no {style}" for style in without)])


def _has_own(wish: Wish, stretch: Stretch) -> bool:
    more = set(stretch.styles) - set(wish.styles)
    less = set(stretch.without) - set(wish.without)
    return bool(more or less)


def _token(stretch: Stretch) -> str:
    """Returns the name of a section as a form takes it: one that is known, if one is in it."""
    text = normalize(stretch.name)
    known = [each.id for each in find_mentions(text, tokenize(text)) if each.kind == "section"]
    plain = _NO_NAME.sub("-", text.casefold()).strip("-")[:40].strip("-")
    return known[0] if known else plain or "verse"


def _nearest(
    sections: Sequence[Mapping[str, Any]], at: int, name: str, count: int
) -> Mapping[str, Any]:
    """Returns the planned section that stands for one of the wish."""
    if len(sections) == count:
        return sections[at]
    place = at * len(sections) / count
    same = [i for i, section in enumerate(sections) if section["name"] == name]
    return sections[min(same or range(len(sections)), key=lambda i: abs(i - place))]


def _hired(parts: dict[str, dict[str, Any]], wanted: dict[str, Any]) -> str | None:
    """Returns the name of the part that plays what another plan's part plays; None if none can."""
    for name, part in parts.items():
        if (part["role"], part["instrument"]) == (wanted["role"], wanted["instrument"]):
            return name
    if len(parts) >= MAX_PARTS:
        return None
    name, number = wanted["name"], 2
    while name in parts:
        name, number = f"{wanted['name']} {number}", number + 1
    parts[name] = wanted | {"name": name}
    return str(name)


def _time(plan: dict[str, Any], sections: list[dict[str, Any]], wish: Wish) -> None:
    """Gives each section its length."""
    lengths_s = [stretch.duration_s for stretch in wish.stretches]
    plan["duration_s"] = round(sum(lengths_s), 6)
    plan["loop"] = False
    lengths_s[-1] -= min(RING_OUT_S, RING_OUT_SHARE * lengths_s[-1])
    if not _BPM.search(" ".join(wish.styles)):
        tempi = [plan["bpm"] * (1 + step) for step in TEMPO_STEPS]
        able = [round(bpm, 3) for bpm in tempi if 20 <= bpm <= 300]
        plan["bpm"] = min(able, key=lambda bpm: _strain({**plan, "bpm": bpm}, lengths_s))
    for at, (section, seconds) in enumerate(zip(sections, lengths_s, strict=True)):
        _fit(plan, section, seconds, last=at == len(sections) - 1)


def _strain(plan: Mapping[str, Any], lengths_s: Sequence[float]) -> float:
    """Returns by how much the tempo must move for whole bars, over all sections."""
    bar_s = _bar_beats(plan) * 60 / _quarter_bpm(plan)
    bars = [max(round(seconds / bar_s), 1) for seconds in lengths_s]
    return sum(
        seconds * abs(math.log(count * bar_s / seconds))
        for count, seconds in zip(bars, lengths_s, strict=True)
    )


def _fit(plan: Mapping[str, Any], section: dict[str, Any], seconds: float, *, last: bool) -> None:
    """Makes a section so long, with its chords going round or cut."""
    bar, bpm = _bar_beats(plan), _quarter_bpm(plan)
    beat = 4 / int(plan["meter"].partition("/")[2])
    beats = bar * min(max(round(seconds * bpm / 60 / bar), 1), MAX_BARS)
    if abs(beats * 60 / bpm / seconds - 1) > WHOLE_BARS_WITHIN:
        beats = beat * max(round(seconds * bpm / 60 / beat), 1)
    bars = math.ceil(beats / bar - 1e-9)
    section["bars"] = bars
    section["tempo"] = beats * 60 / (bpm * seconds)
    section["cut_beats"] = bars * bar - beats
    section.pop("tempo_end", None)
    section.pop("approach_cut_beats", None)
    chords = section["chords"]
    round_ = [chords[at % len(chords)] for at in range(bars)]
    section["chords"] = [*round_[:-1], chords[-1]] if last else round_


def _bar_beats(plan: Mapping[str, Any]) -> float:
    count, _, unit = plan["meter"].partition("/")
    return int(count) * 4 / int(unit)


def _quarter_bpm(plan: Mapping[str, Any]) -> float:
    """Quarter notes per minute: a plan counts dotted ones where eighths go in threes."""
    count, _, unit = plan["meter"].partition("/")
    dotted = unit == "8" and int(count) % 3 == 0
    return float(plan["bpm"]) * (1.5 if dotted else 1.0)


def _lines(
    plan: Mapping[str, Any],
    parts: Mapping[str, Mapping[str, Any]],
    sections: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    """Yields the lines of a plan document."""
    tables = {"part", "section"}
    yield from (f"{key} = {_toml(value)}" for key, value in plan.items() if key not in tables)
    for kind, rows in (("part", parts.values()), ("section", sections)):
        for row in rows:
            yield f"\n[[{kind}]]"
            yield from (f"{key} = {_toml(value)}" for key, value in row.items())


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
