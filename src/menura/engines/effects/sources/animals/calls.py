"""Calls: what a throat does in a bark, a roar, a laugh or a sigh, read from a table.

A call is syllables with pauses between them. Curves of a syllable are points (share of its
length, value); a plain number is level. No two calls are alike: lengths, pitch, levels and the
opening of the mouth are drawn anew around what the table says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.throat import Tract, Voice, utter
from menura.dsp.waves import HOP_FRAMES
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

    Curve = Sequence[Sequence[float]] | float

_TICKS_PER_S = RATE / HOP_FRAMES
_DEFAULTS: dict[str, Any] = {
    "hz": 1.0,
    "level_db": 0.0,
    "open": 0.5,
    "folds": 1.0,
    "breath": 0.1,
    "gate": 0.3,
    "rough": 0.0,
    "double": 0.0,
    "vibrato": 0.0,
    "flutter": 0.0,
    "front": 0.5,
}
"""What a table may leave out: see `call`."""


def make_call(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the call of a source's variant, shape (frames,), float32: see `call`.

    What stands in its `throat` holds for every variant that does not say otherwise.
    """
    table = {"length_s": source["length_s"]} if "length_s" in source else {}
    return call(table | source.get("throat", {}) | source[wish.variant], wish, rng)


def call(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a call, shape (frames,), float32.

    Args:
        table: `hz` (pitch that 1 of the curves stands for), `tract_m`, `front` (share of the tract
            before the bend), `mouth` (ratio of cross sections closed and open), `tilt_hz`,
            `air_hz`, `loss_hz`, `radiation_hz`, `syllables`, `repeats`; spreads `pitch_spread`
            and `length_spread`; what a greater intensity adds: `eager` (octaves of pitch),
            `press` (octaves of tilt), `strain` (of rough), `panting` (of breath). A syllable has
            `length_s`, `pause_s` before it, and the curves of _DEFAULTS: `hz` and `open`,
            `level_db`, `folds`, `breath` and `gate` of the noise, `rough`, `double`, `vibrato`
            (octaves at `vibrato_hz`) and `flutter` (of the level, at `flutter_hz`).
        wish: a greater size means a longer tract and a lower pitch.
        rng: draws what differs from call to call.
    """
    syllables = _expand(table, wish, rng)
    lengths = [_ticks(s["pause_s"]) for s in syllables], [_ticks(s["length_s"]) for s in syllables]
    keen = wish.intensity - 0.5
    scale = 2 ** (float(table.get("growth", 1.0)) * (wish.size - 0.5))
    pitch_hz = float(table["hz"]) * scale**-0.8 * 2 ** (float(table.get("eager", 0.4)) * keen)
    pitch_hz *= float(np.exp(rng.normal(0, table.get("pitch_spread", 0.04))))
    curves = {name: [np.zeros(1)] for name in _DEFAULTS}
    for syllable, pause, length in zip(syllables, *lengths, strict=True):
        for name, pieces in curves.items():
            curve = _draw_syllable(syllable, name, length, rng)
            # Before it, all is as it begins, but still.
            still = 0.0 if name == "level_db" else curve[0]
            pieces += [np.full(pause, still), curve]
    whole = {name: np.concatenate(pieces) for name, pieces in curves.items()}
    ticks = whole["hz"].size
    wander = _wander(ticks, 9.0, rng) * float(table.get("drift", 0.012))
    level = whole["level_db"]
    strain = float(table.get("strain", 0.1)) * keen
    breath = whole["breath"] * 2 ** (float(table.get("panting", 0.5)) * keen)
    voice = Voice(
        hz=np.clip(pitch_hz * whole["hz"] * 2 ** (whole["vibrato"] + wander), 12.0, 9000.0),
        level=level * whole["folds"],
        breath=level * breath,
        tilt_hz=np.full(ticks, table["tilt_hz"] * 2 ** (float(table.get("press", 1.5)) * keen)),
        rough=np.clip(whole["rough"] + strain * (whole["rough"] > 0), 0, 1),
        double=whole["double"],
        gate=whole["gate"],
        air_hz=float(table.get("air_hz", 500.0 / table["tract_m"])) / scale * 2**keen,
    )
    sound = utter(voice, _make_tract(table, whole, scale), RATE, rng)
    return finished(sound)


def _make_tract(
    table: Mapping[str, Any], curves: Mapping[str, NDArray[np.float64]], scale: float
) -> Tract:
    length_m = float(table["tract_m"]) * scale
    closed, wide = table.get("mouth", (0.5, 3.0))
    front = curves["front"]
    return Tract(
        back_m=length_m * (1 - front),
        front_m=length_m * front,
        ratio=closed * (wide / closed) ** curves["open"],
        loss_hz=float(table.get("loss_hz", 80.0)),
        radiation_hz=float(table.get("radiation_hz", 500.0)) / scale,
    )


def _expand(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Returns the syllables that are uttered, each with a length and a pause, seconds."""
    least, most = table.get("repeats", (1, 1))
    count = int(rng.integers(least, most + 1))
    wanted_s = None
    if wish.length_s is not None and "length_s" in table:
        wanted_s = float(np.clip(wish.length_s, *table["length_s"]))
        if most > 1:
            once_s = sum(s["length_s"] + s.get("pause_s", 0.0) for s in table["syllables"])
            count = max(1, round(wanted_s / once_s))
    spread = float(table.get("length_spread", 0.1)) if wanted_s is None else 0.0
    pace = float(np.exp(rng.normal(0, spread)))
    common = _DEFAULTS | {key: table[key] for key in _DEFAULTS if key in table and key != "hz"}
    uttered: list[dict[str, Any]] = []
    for given in [*table["syllables"]] * count:
        if rng.random() < given.get("chance", 1.0) or not uttered:
            own = pace * float(np.exp(rng.normal(0, spread / 2)))
            pause_s = given.get("pause_s", 0.0) * own if uttered else 0.0
            times = {"length_s": given["length_s"] * own, "pause_s": pause_s}
            uttered.append(common | given | times)
    if wanted_s is not None:
        stretch = wanted_s / sum(s["length_s"] + s["pause_s"] for s in uttered)
        for syllable in uttered:
            syllable["length_s"] *= stretch
            syllable["pause_s"] *= stretch
    decline = float(table.get("decline", 0.0))
    for place, syllable in enumerate(uttered):
        syllable["lean"] = 2 ** (-decline * place + rng.normal(0, table.get("lean", 0.02)))
    return uttered


def _draw_syllable(
    syllable: Mapping[str, Any], name: str, ticks: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns one curve of a syllable, shape (ticks,); of the level as amplitudes."""
    share = (np.arange(ticks) + 0.5) / ticks
    curve = draw_points(syllable[name], share)
    t = share * ticks / _TICKS_PER_S
    if name == "vibrato" and curve.any():
        swing = np.sin(2 * np.pi * (syllable["vibrato_hz"] * t + rng.random()))
        return np.asarray(curve * swing, np.float64)
    if name == "hz":
        return np.asarray(curve * syllable["lean"], np.float64)
    if name == "open":
        return np.asarray(curve + rng.normal(0, 0.05) + 0.03 * _wander(ticks, 12, rng), np.float64)
    if name == "level_db":
        flutter = draw_points(syllable["flutter"], share)
        phase = syllable.get("flutter_hz", 8.0) * np.exp(rng.normal(0, 0.06)) * t + rng.random()
        beats = 1 - flutter * (0.5 - 0.5 * np.cos(2 * np.pi * phase))
        edges = np.minimum(1, np.minimum(t, t[-1] - t) / 0.004)
        uneven_db = rng.normal(0, 1.0) + 1.2 * _wander(ticks, 14, rng)
        return np.asarray(10 ** ((curve + uneven_db) / 20) * beats * edges, np.float64)
    return curve


def draw_points(points: Curve, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns a smooth course through points (share, value), shape as `share`."""
    if isinstance(points, int | float):
        return np.full(share.size, float(points))
    at, values = np.asarray(points, np.float64).T
    where = np.clip(np.searchsorted(at, share, side="right") - 1, 0, at.size - 2)
    part = ((share - at[where]) / (at[where + 1] - at[where])).clip(0, 1)
    part = part * part * (3 - 2 * part)
    return np.asarray(values[where] * (1 - part) + values[where + 1] * part, np.float64)


def _wander(ticks: int, per_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns a slow course through normal values, shape (ticks,)."""
    count = int(ticks / _TICKS_PER_S * per_s) + 3
    share = np.arange(ticks) / max(ticks - 1, 1)
    points = np.stack([np.linspace(0, 1, count), rng.standard_normal(count)], axis=1)
    return draw_points(points.tolist(), share)


def _ticks(seconds: float) -> int:
    return max(0, round(seconds * _TICKS_PER_S))
