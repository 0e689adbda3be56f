"""Documents: a plan as TOML that a person can edit, and back."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import seconds_of
from menura.engines.music.arranger.genres import DEFAULT_GENRE, genre_names
from menura.engines.music.arranger.players import find_player
from menura.engines.music.arranger.span import check_cues
from menura.engines.music.arranger.surroundings import is_known, prompts
from menura.engines.music.chords import SILENCE, Chord
from menura.engines.music.plan import ROLES, MusicPlan, Part, Section
from menura.engines.music.textures import TEXTURES
from menura.errors import InvalidInput, MenuraError
from menura.text.documents import (
    MAX_SEED,
    Table,
    find_lines,
    listed,
    parse_document,
    quoted,
)
from menura.text.keys import Key, scales

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 64
MAX_SECTIONS = 1000
MAX_BARS = 256
MAX_CHORDS_A_BAR = 8
MAX_NOTES = 20_000
MAX_SECONDS = 7300.0
"""An hour and what may be added to it, up to whole bars."""
ENDINGS = ("cadence", "fade", "hit", "none")
BEGINNINGS = ("", "fade")
CUES = ("hit", "drop", "rise")
TAIL_S = 2.5
"""Ring-out of a plan that does not say how long it is."""
_UNITS = (2, 4, 8, 16)
_HEAD = """\
# A piece of music. Change what you like and play it with: menura music --plan FILE
# One chord for each bar; several in one bar share it ("Dm7 G7"); fewer chords than bars go round.
"""


def write_plan(plan: MusicPlan) -> str:
    """Returns a plan as TOML; `read_plan` gives an equal one back."""
    return "\n".join([_HEAD, *_lines(plan)]) + "\n"


def read_plan(text: str) -> MusicPlan:
    """Returns the plan that a TOML document holds, every value checked.

    What may be left out: `duration_s` (the bars and a ring-out), `parts` of a section (all play),
    seeds (0, and one for each section from the plan's), and all that has a usual value.

    Raises:
        InvalidInput: naming the line or the table, what is wrong there and what would be right.
    """
    table = Table("plan", parse_document(text), find_lines(text))
    key = _key(table)
    numerator, unit = _meter(table)
    loop = table.truth("loop", default=False)
    ending = table.choice("ending", "cadence", ENDINGS)
    seed = table.whole("seed", 0, 0, MAX_SEED)
    parts = tuple(_part(part) for part in table.tables("part", MAX_PARTS))
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"two parts are called {twice!r:.60}: give each a name of its own")
    sections = tuple(
        _section(at, section, names, seed)
        for at, section in enumerate(table.tables("section", MAX_SECTIONS))
    )
    genre = table.text("genre", DEFAULT_GENRE)
    if genre not in genre_names():
        raise table.error("genre", f"no genre is called {genre!r:.60}: {', '.join(genre_names())}")
    plan = MusicPlan(
        title=table.text("title", "Untitled"),
        genre=genre,
        key=key,
        meter=(numerator, unit),
        bpm=table.number("bpm", None, 20.0, 300.0),
        swing=table.number("swing", 0.5, 0.5, 0.75),
        duration_s=MAX_SECONDS,
        loop=loop,
        ending="none" if loop else ending,
        beginning="" if loop else table.choice("beginning", "", BEGINNINGS),
        moods=table.texts("moods", ()),
        parts=parts,
        sections=sections,
        seed=seed,
        cues=tuple(_cues(table)),
        melody=tuple(_melody(table)),
        textures=_textures(table),
        mix=table.texts("mix", ()),
    )
    table.refuse_others(frozenset({"duration_s"}))
    return _timed(plan, table)


def _textures(table: Table) -> tuple[str, ...]:
    names = table.texts("textures", ())
    known = (*TEXTURES, *prompts())
    for name in names:
        if name not in TEXTURES and not is_known(name):
            raise table.error("textures", f"no texture is called {name!r:.60}: {', '.join(known)}")
    return names


def _lines(plan: MusicPlan) -> Iterator[str]:
    yield f"title = {quoted(plan.title)}"
    yield f"genre = {quoted(plan.genre)}"
    yield f"key = {quoted(str(plan.key))}"
    yield f'meter = "{plan.meter[0]}/{plan.meter[1]}"'
    yield f"bpm = {plan.bpm!r}"
    yield f"swing = {plan.swing!r}"
    yield f"duration_s = {plan.duration_s!r}"
    yield f"loop = {str(plan.loop).lower()}"
    yield f"ending = {quoted(plan.ending)}"
    if plan.beginning:
        yield f"beginning = {quoted(plan.beginning)}"
    yield f"moods = {listed(plan.moods)}"
    yield f"seed = {plan.seed}"
    if plan.textures:
        yield f"textures = {listed(plan.textures)}"
    if plan.mix:
        yield f"mix = {listed(plan.mix)}"
    if plan.cues:
        yield f"cues = [{', '.join(f'[{when!r}, {quoted(what)}]' for when, what in plan.cues)}]"
    if plan.melody:
        notes = (f"[{beat!r}, {beats!r}, {pitch!r}]" for beat, beats, pitch in plan.melody)
        yield f"melody = [{', '.join(notes)}]  # beat, beats, pitch"
    for part in plan.parts:
        yield "\n[[part]]"
        yield f"name = {quoted(part.name)}"
        yield f"role = {quoted(part.role)}"
        yield f"instrument = {quoted(part.instrument)}"
        yield f"style = {quoted(part.style)}"
        yield f"gain_db = {part.gain_db!r}"
        yield f"pan = {part.pan!r}"
    for section in plan.sections:
        yield from _section_lines(section)


def _section_lines(section: Section) -> Iterator[str]:
    yield "\n[[section]]"
    yield f"name = {quoted(section.name)}"
    yield f"bars = {section.bars}"
    yield f"energy = {section.energy!r}"
    if section.energy_end:
        yield f"energy_end = {section.energy_end!r}"
    yield f"chords = {_rows(section.chords)}"
    yield f"parts = {listed(section.parts)}"
    yield f"seed = {section.seed}"
    if section.mode:
        yield f"mode = {quoted(section.mode)}"
    if section.tempo != 1.0:
        yield f"tempo = {section.tempo!r}"
    if section.tempo_end:
        yield f"tempo_end = {section.tempo_end!r}"
    if section.cut_beats:
        yield f"cut_beats = {section.cut_beats!r}"
    if section.approach_cut_beats:
        yield f"approach_cut_beats = {section.approach_cut_beats!r}"


def _rows(chords: tuple[str, ...]) -> str:
    """Returns chords as a list with four bars on a line."""
    if len(chords) <= 4:
        return listed(chords)
    rows = [chords[at : at + 4] for at in range(0, len(chords), 4)]
    return "[\n" + "".join(f"  {', '.join(map(quoted, row))},\n" for row in rows) + "]"


def _key(table: Table) -> Key:
    written = table.text("key", None)
    try:
        return Key.parse(written)
    except InvalidInput as err:
        raise table.error("key", f"{err}") from None


def _meter(table: Table) -> tuple[int, int]:
    text = table.text("meter", "4/4")
    found = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})", text)
    if found is None or not 1 <= int(found[1]) <= 16 or int(found[2]) not in _UNITS:
        raise table.error("meter", f"{text!r:.40} is no meter: write it like 4/4, 3/4 or 6/8")
    return int(found[1]), int(found[2])


def _part(table: Table) -> Part:
    instrument = table.text("instrument", None)
    try:
        find_player(instrument)
    except MenuraError as err:
        raise table.error("instrument", f"{err}") from None
    part = Part(
        name=table.text("name", instrument),
        role=table.choice("role", None, ROLES),
        instrument=instrument,
        style=table.text("style", ""),
        gain_db=table.number("gain_db", 0.0, -60.0, 24.0),
        pan=table.number("pan", 0.0, -1.0, 1.0),
    )
    table.refuse_others()
    return part


def _section(at: int, table: Table, names: list[str], seed: int) -> Section:
    bars = table.whole("bars", None, 1, MAX_BARS)
    chords = table.texts("chords", None, MAX_BARS)
    if not chords or len(chords) > bars:
        raise table.error("chords", f"{bars} bars have 1 to {bars} chords, not {len(chords)}")
    for entry in dict.fromkeys(chords):
        _check_chords(table.at("chords"), entry)
    playing = table.texts("parts", tuple(names), MAX_PARTS)
    for name in playing:
        if name not in names:
            known = ", ".join(names) or "none at all"
            raise table.error("parts", f"{name!r:.60} is no part of the plan: {known:.400}")
    mode = table.text("mode", "")
    if mode and mode not in scales():
        raise table.error("mode", f"no mode is called {mode!r:.60}: {', '.join(scales())}")
    section = Section(
        name=table.text("name", None),
        bars=bars,
        energy=table.number("energy", 0.6, 0.0, 1.0),
        energy_end=table.number("energy_end", 0.0, 0.0, 1.0),
        chords=tuple(chords[bar % len(chords)] for bar in range(bars)),
        parts=tuple(dict.fromkeys(playing)),
        seed=table.whole("seed", (seed + 7919 * (at + 1)) % MAX_SEED, 0, MAX_SEED),
        mode=mode,
        tempo=table.number("tempo", 1.0, 0.5, 2.0),
        tempo_end=_tempo_end(table),
        cut_beats=table.number("cut_beats", 0.0, 0.0, 64.0),
        approach_cut_beats=table.number("approach_cut_beats", 0.0, 0.0, 64.0),
    )
    table.refuse_others()
    return section


def _tempo_end(table: Table) -> float:
    """Returns the tempo that a section comes to; 0 = it keeps its own."""
    factor = table.number("tempo_end", 0.0, 0.0, 2.0)
    return factor if factor == 0 else table.number("tempo_end", None, 0.5, 2.0)


def _check_chords(where: str, entry: str) -> None:
    symbols = entry.split()
    if not 1 <= len(symbols) <= MAX_CHORDS_A_BAR:
        raise InvalidInput(f"{where}: a bar has 1 to {MAX_CHORDS_A_BAR} chords, not {entry!r:.60}")
    for symbol in symbols:
        try:
            if symbol != SILENCE:
                Chord.parse(symbol)
        except InvalidInput as err:
            raise InvalidInput(f"{where}: {err}, or {SILENCE} for silence") from None


def _cues(table: Table) -> Iterator[tuple[float, str]]:
    for row in table.rows("cues", 256, 2):
        if not _is_number(row[0], 0.0, MAX_SECONDS) or row[1] not in CUES:
            raise table.error("cues", f"a cue is seconds and one of {', '.join(CUES)}: {row!r:.60}")
        yield float(row[0]), str(row[1])


def _melody(table: Table) -> Iterator[tuple[float, float, float]]:
    for beat, beats, pitch in table.rows("melody", MAX_NOTES, 3):
        good = _is_number(beat, 0.0, 1e5) and _is_number(beats, 1e-3, 1e3)
        if not good or not _is_number(pitch, 0.0, 127.0):
            note = [beat, beats, pitch]
            raise table.error("melody", f"a note of the melody is beat, beats, pitch: {note!r:.60}")
        yield float(beat), float(beats), float(pitch)


def _is_number(value: object, low: float, high: float) -> bool:
    return type(value) in {int, float} and low <= value <= high  # type: ignore[operator]


def _timed(plan: MusicPlan, table: Table) -> MusicPlan:
    """Returns the plan with its length, if the bars fit into it."""
    for at, section in enumerate(plan.sections, start=1):
        for name in ("cut_beats", "approach_cut_beats"):
            if getattr(section, name) > plan.bar_beats - 0.25 + 1e-9:
                raise InvalidInput(f"section {at}: {name} leaves nothing of a bar of the meter")
    bars_s = seconds_of(plan)
    length_s = table.number("duration_s", bars_s + (0.0 if plan.loop else TAIL_S), 0.1, MAX_SECONDS)
    if bars_s > length_s + 1e-3 or (plan.loop and abs(bars_s - length_s) > 1e-3):
        raise table.error(
            "duration_s",
            f"the bars last {bars_s:.2f} s and duration_s is {length_s:g}: "
            "change one of them, or leave duration_s out",
        )
    check_cues(plan.cues, length_s)
    return dataclasses.replace(plan, duration_s=length_s)
