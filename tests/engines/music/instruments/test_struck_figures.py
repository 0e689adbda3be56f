"""Each struck or plucked instrument meets two figures published for the real one."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from instrument_measures import RATE, hertz, levels_db, loudest_dbfs, peak_hz
from struck_measures import note, slope_db_per_s

from menura.engines.music.instruments.struck_and_plucked import NAMES

FIGURES = tomllib.loads(Path(__file__).with_name("struck_figures.toml").read_text())["figures"]


def _sound(figure: dict[str, Any], velocity: float = 0.63) -> np.ndarray:
    return note(figure["name"], figure["pitch"], velocity, 3.0)


def _found(figure: dict[str, Any], sound: np.ndarray, ratio: float) -> tuple[float, float]:
    stretch = 0.06 if figure["name"] == "piano" else 0.035
    window_s = 0.3 if figure["kind"] == "partial" else 1.0
    return peak_hz(
        sound[RATE // 100 : round(window_s * RATE)], ratio * hertz(figure["pitch"]), stretch
    )


def _partial(figure: dict[str, Any]) -> None:
    sound = _sound(figure)
    hz, level = _found(figure, sound, figure["ratio"])
    loudest = max(level, _found(figure, sound, 1)[1])
    cents = 1200 * np.log2(hz / hertz(figure["pitch"]) / figure["ratio"])
    assert abs(cents) <= figure["cents"]
    assert level >= loudest - figure["under_db"]


def _stretch(figure: dict[str, Any]) -> None:
    hz = _found(figure, _sound(figure), figure["ratio"])[0]
    cents = 1200 * np.log2(hz / hertz(figure["pitch"]) / figure["ratio"])
    assert figure["low"] <= cents <= figure["high"]


def _t60(figure: dict[str, Any]) -> None:
    sound = _sound(figure)
    hz = _found(figure, sound, figure["ratio"])[0]
    seconds = 60 / slope_db_per_s(sound, hz, 0.08, 0.7)
    assert figure["low"] <= seconds <= figure["high"]


def _two(figure: dict[str, Any]) -> None:
    sound = note(figure["name"], figure["pitch"], 0.63, 8.0)
    hz = _found(figure, sound, figure["ratio"])[0]
    first = slope_db_per_s(sound, hz, 0.08, figure["split"])
    then = slope_db_per_s(sound, hz, figure["split"], 0.9 * sound.size / RATE)
    assert figure["low"] <= first / then <= figure["high"]


def _under_neighbours(figure: dict[str, Any]) -> float:
    sound = _sound(figure)
    low, level, high = (_found(figure, sound, figure["ratio"] + step)[1] for step in (-1, 0, 1))
    return (low + high) / 2 - level


def _node(figure: dict[str, Any]) -> None:
    assert figure["low"] <= _under_neighbours(figure) <= figure["high"]


def _body(figure: dict[str, Any]) -> None:
    onset = _sound(figure)[: RATE // 8]
    hz, level = peak_hz(onset, figure["hz"], 0.2)
    assert hz == pytest.approx(figure["hz"], rel=0.1)
    assert level >= peak_hz(onset, hertz(figure["pitch"]))[1] - figure["under_db"]


def _grows(figure: dict[str, Any]) -> None:
    soft, loud = (_sound(figure, velocity) for velocity in (0.25, 0.95))
    over = [_found(figure, s, figure["ratio"])[1] - _found(figure, s, 1)[1] for s in (soft, loud)]
    assert figure["low"] <= over[1] - over[0] <= figure["high"]


def _held(figure: dict[str, Any]) -> None:
    sound = _sound(figure)
    start, end = (loudest_dbfs(sound[round(at * RATE) :][: RATE // 5], 0.2) for at in (0.1, 1.1))
    assert figure["low"] <= start - end <= figure["high"]


def _late(figure: dict[str, Any]) -> None:
    sound = _sound(figure)
    step_s = 0.02
    first, upper = (
        int(np.argmax(levels_db(sound, _found(figure, sound, ratio)[0], step_s)))
        for ratio in (1, figure["ratio"])
    )
    assert figure["low"] <= (upper - first) * step_s <= figure["high"]


_CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "partial": _partial,
    "stretch": _stretch,
    "t60": _t60,
    "two": _two,
    "node": _node,
    "filled": _node,
    "body": _body,
    "grows": _grows,
    "held": _held,
    "late": _late,
}


@pytest.mark.parametrize(
    "figure", FIGURES, ids=lambda f: f"{f['name']} {f['kind']}".replace(" ", "-")
)
def test_a_published_figure_is_met(figure: dict[str, Any]) -> None:
    _CHECKS[figure["kind"]](figure)


def test_every_instrument_has_two_figures() -> None:
    assert Counter(figure["name"] for figure in FIGURES) == dict.fromkeys(NAMES, 2)
