"""`Layer`: one physical thing that sounds in a stroke, as the kits' files describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MEMBRANE = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.600, 3.652)
"""Modes of an ideal circular membrane, (0,1) first: Fletcher and Rossing, table 3.1."""
FREE_BAR = (1.0, 2.756, 5.404, 8.933, 13.34)
"""Transverse modes of a free bar: Fletcher and Rossing, section 2.15."""
SERIES = {"membrane": MEMBRANE, "bar": FREE_BAR, "harmonic": tuple(float(k) for k in range(1, 11))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One thing that sounds in a stroke; which fields count depends on its kind.

    Attributes:
        kind: `modes`, `noise`, `metal`, `squares`, `bursts` or `grains`.
        level_db: against the other layers, each measured over its loudest 50 ms.
        hz: lowest mode, or the frequencies of oscillators.
        series: modes above the lowest: a name of SERIES, or ratios.
        band_hz: lowest and highest frequency of noise or metal.
        t60_s: decay of the lowest mode or band, and of the highest.
        attack_s: rise of noise, or of the highest modes of metal.
        glide: how much higher the pitch starts, as a ratio less 1.
        glide_s: time in which that has fallen to a third.
        falls: how much weaker each mode is than the one before, dB.
        count: how many modes, bursts or grains.
        spread_s: time over which bursts or grains fall.
        hard: how much louder it gets with force than the whole does, dB from soft to hard.
        late_s: it begins so much later.
    """

    kind: str
    level_db: float = 0.0
    hz: tuple[float, ...] = ()
    series: tuple[float, ...] = (1.0,)
    band_hz: tuple[float, float] = (20.0, 20_000.0)
    t60_s: tuple[float, float] = (0.3, 0.3)
    attack_s: float = 0.0005
    glide: float = 0.0
    glide_s: float = 0.02
    falls: float = 4.0
    count: int = 1
    spread_s: float = 0.0
    hard: float = 0.0
    late_s: float = 0.0


def read_layer(facts: dict[str, Any]) -> Layer:
    """Returns a layer as a kit's file has it: single numbers may stand for pairs."""
    values = dict(facts)
    series = values.pop("series", (1.0,))
    values["series"] = SERIES[series] if isinstance(series, str) else tuple(series)
    for name in ("hz", "band_hz", "t60_s"):
        if name in values:
            given = values[name]
            values[name] = tuple(given) if isinstance(given, list) else (given,)
    if len(values.get("t60_s", (1, 1))) == 1:
        values["t60_s"] *= 2
    return Layer(**values)
