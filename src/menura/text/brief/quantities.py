"""Quantities in prompts: tempo and bars, beside meters and lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.durations import SECONDS, read_duration
from menura.text.brief.mentions import Mention
from menura.text.brief.meters import read_meter
from menura.text.brief.numbers import read_number
from menura.text.brief.tokens import STOP, peek, skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

MIN_BPM, MAX_BPM = 20.0, 300.0
MIN_DURATION_S, MAX_DURATION_S = 1.0, 3600.0
MAX_BARS = 2048
_MIN_BARE_BPM = 40.0
_UNITS = (("beats", "per", "minute"), ("beats", "a", "minute"), ("beats", "minute"), ("bpm",))
_MARKS = frozenset({"tempo", "bpm", "♩", "speed", "mm", "metronome"})
_AFTER_MARK = frozenset({"of", "is", "around", "about", "at", "approximately"})
_NOT_BPM = frozenset(
    {*SECONDS, "percent", "%", "hz", "khz", "db", "lufs", "am", "pm", "bars", "bar"}
)
_BARS = frozenset({"bar", "bars", "measure", "measures"})
_JOINTS = frozenset({"to", "and"})
_ARROWS = frozenset({"to", "up", "down", "until", "into", "towards", "→", ">"})
_CHANGING = frozenset(
    {
        "from",
        "accelerando",
        "accelerates",
        "accelerating",
        "speeds",
        "speed",
        "speeding",
        "faster",
        "quickens",
        "rising",
        "rises",
        "increasing",
        "slows",
        "slow",
        "slowing",
        "slower",
        "ritardando",
        "rallentando",
        "decelerates",
        "falling",
    }
)
"""Words before a number that say that the tempo goes there, or goes on from there."""
_NEAR = 4


def read_quantity(tokens: Sequence[Token], at: int) -> Mention | None:
    """Returns the tempo, meter, length or number of bars that begins at a token, or None."""
    for read in (
        read_meter,
        _read_course,
        _read_tempo,
        _read_bars,
        read_duration,
        _read_bare_tempo,
    ):
        mention = read(tokens, at)
        if mention is not None:
            return mention
    return None


def _read_course(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `80 to 160` behind "from" or "accelerando", and the `160` of "speeds up to 160"."""
    before = [token.word for token in tokens[max(at - _NEAR, 0) : at]]
    first = read_number(tokens, at) if _CHANGING.intersection(before) else None
    if first is None or tokens[at].gap == STOP or not _MIN_BARE_BPM <= first[0] <= MAX_BPM:
        return None
    low, behind = float(first[0]), first[1]
    joint = skip(tokens, _skip_unit(tokens, behind), _ARROWS, 2)
    second = read_number(tokens, joint) if peek(tokens, joint) and joint > behind else None
    tempo = _CHANGING - {"from"} | {"tempo", "bpm"}
    if second is not None and _MIN_BARE_BPM <= second[0] <= MAX_BPM:
        end = _skip_unit(tokens, second[1])
        said = end > second[1] or _skip_unit(tokens, behind) > behind or tempo.intersection(before)
        if said and before[-1:] != ["between"] and peek(tokens, end) not in _NOT_BPM:
            return Mention("bpm", "course", at, end, numbers=(low, float(second[0])))
    end = _skip_unit(tokens, behind)
    arrives = before[-1:] == ["to"] and (tempo - {"slow", "speed"}).intersection(before)
    if arrives and (end > behind or peek(tokens, end) not in _NOT_BPM):
        return Mention("bpm", "goal", at, end, numbers=(low,))
    return None


def _read_tempo(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `tempo 100`, `BPM=120`, `120 beats per minute`, `90-100 bpm`, `ninety bpm`."""
    marked = tokens[at].word in _MARKS
    start = skip(tokens, at + 1, _AFTER_MARK, 2) if marked else at
    first = read_number(tokens, start)
    if first is None or (start > at + 1 and tokens[start].gap == STOP):
        return None
    low, behind = first
    unit = _skip_unit(tokens, behind)
    if unit > behind:
        return Mention("bpm", "bpm", at, unit, numbers=(float(low),))
    joint = behind + (peek(tokens, behind) in _JOINTS)
    second = read_number(tokens, joint) if peek(tokens, joint) else None
    if second is not None and (joint > behind or _is_close(tokens, behind)):
        high, end = second
        unit = _skip_unit(tokens, end)
        if low < high <= MAX_BPM and (marked or unit > end):
            return Mention("bpm", "bpm", at, unit, numbers=(float(low), float(high)))
    return Mention("bpm", "bpm", at, behind, numbers=(float(low),)) if marked else None


def _read_bare_tempo(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads the `128` of "at 128", if nothing else is counted by it."""
    number = read_number(tokens, at)
    if number is None or not at or tokens[at - 1].word != "at" or tokens[at].gap:
        return None
    bpm, behind = number
    if not _MIN_BARE_BPM <= bpm <= MAX_BPM or peek(tokens, behind) in _NOT_BPM:
        return None
    return Mention("bpm", "bpm", at, behind, numbers=(float(bpm),))


def _read_bars(tokens: Sequence[Token], at: int) -> Mention | None:
    number = read_number(tokens, at)
    if number is None or peek(tokens, number[1]) not in _BARS or number[0] < 1:
        return None
    return Mention("bars", "bars", at, number[1] + 1, numbers=(float(number[0]),))


def _skip_unit(tokens: Sequence[Token], at: int) -> int:
    """Returns the place behind `bpm` or `beats per minute`, or the same place."""
    words = tuple(peek(tokens, at + i) for i in range(3))
    return next((at + len(unit) for unit in _UNITS if words[: len(unit)] == unit), at)


def _is_close(tokens: Sequence[Token], at: int) -> bool:
    """Returns whether a number follows another one over no more than a dash."""
    return tokens[at].kind == "number" and tokens[at].start - tokens[at - 1].end <= 3
