"""Convoys: what is long passes piece after piece, each on its own way past the listener."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.place import NEAREST_M, SPREAD, USUAL_KMH, Heard
from menura.engines.effects.sources import RATE, bed, find
from menura.engines.effects.sources.vehicles.wagons import Wagons
from menura.engines.effects.space import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from menura.engines.effects.place import Place
    from menura.engines.effects.scene import Layer
    from menura.engines.effects.sources import Wish

_SIDEWAYS = frozenset({"passing", "left to right", "right to left"})
_SHARE, _FEWEST, _MOST = 0.5, 4, 9
"""So much of the time in which it is heard a train takes to pass, with so many wagons."""
_REACH, _LEAST_REACH_M = 5.0, 50.0
"""A wagon is heard from so many of its nearest distances: 14 dB under its loudest."""
_EDGE = 0.4
"""Share of that in which it comes, and goes."""
_HEAD_DB = 3.0
_FASTEST_KMH, _SLOWEST_KMH = 500.0, 20.0


def is_convoy(layer: Layer) -> bool:
    """Returns whether a layer is something long that goes past."""
    return layer.movement in _SIDEWAYS and "wagons" in find(layer.source).table


def hear_convoy(layer: Layer, wish: Wish, place: Place, number: int, seconds: float) -> Heard:
    """Returns a train that passes, as it is heard.

    Its wagons are as many sources that follow each other: so it takes seconds to go by, is as loud
    all the while, and has some of its wagons coming, some going.

    Args:
        layer: what passes.
        wish: how it is to sound.
        place: where.
        number: of the event in its layer.
        seconds: how long all of it is heard.
    """
    rng = np.random.default_rng([layer.seed, 6, number])
    frames = round(seconds * RATE)
    whole = Heard(np.zeros((2, frames), np.float32), np.zeros((1, frames), np.float32))
    for first, heard in _pieces(layer, wish, place, seconds, rng):
        last = min(first + heard.direct.shape[1], frames)
        whole.direct[:, first:last] += heard.direct[:, : last - first]
        whole.sent[:, first:last] += heard.sent[:, : last - first]
    return whole


def _pieces(
    layer: Layer, wish: Wish, place: Place, seconds: float, rng: np.random.Generator
) -> Iterator[tuple[int, Heard]]:
    """Yields the first frame of each wagon, and the wagon."""
    source = find(layer.source)
    facts = source.table["wagons"]
    kmh = (layer.speed_kmh or USUAL_KMH) * float(rng.uniform(1 - SPREAD, 1 + SPREAD))
    kmh = float(np.clip(kmh, _SLOWEST_KMH, _FASTEST_KMH))
    near_m = max(layer.distance_m, NEAREST_M)
    apart_s = float(facts["spacing_m"]) / (kmh / 3.6)
    count = int(np.clip(round(_SHARE * seconds / apart_s), _FEWEST, _MOST))
    reach_s = max(_REACH * near_m, _LEAST_REACH_M) / (kmh / 3.6)
    wagons = Wagons(source.table, wish, kmh / 3.6, rng)
    is_headed = wish.variant in facts["headed"]
    # Some wagons are near at any time: together they are as loud as one alone would be.
    sides_m = float(facts["spacing_m"]) * np.arange(-4, 5)
    share = 1 / np.sqrt(np.sum(near_m**2 / (near_m**2 + sides_m**2)))
    for at in range(count):
        middle_s = seconds / 2 + (at - (count - 1) / 2) * apart_s
        # The first comes from as far as it is heard at all, and so does the last go.
        begin_s = 0.0 if at == 0 else max(0.0, middle_s - reach_s)
        end_s = seconds if at == count - 1 else min(seconds, middle_s + reach_s)
        path = Path.passing(
            kmh,
            near_m,
            end_s - begin_s,
            middle_s - begin_s,
            rightward=layer.movement != "right to left",
        )
        # It starts as far aside as its way takes, and goes as fast as it does.
        start_m = abs(float(path.points[0, 1]))
        need = round((end_s - begin_s) * RATE)
        lead = place.lead_of(path)
        if at == 0 and is_headed:
            sound = _headed(layer, wish, rng, need + lead)
        else:
            sound = wagons.roll(need + lead, start_m / (kmh / 3.6))
        if at == 0:
            sound = sound * np.float32(10 ** (_HEAD_DB / 20))
        heard = place.along(path, sound[np.newaxis], need)
        edges = _edges(need, at == 0, at == count - 1) * np.float32(share)
        yield round(begin_s * RATE), Heard(heard.direct * edges, heard.sent * edges)


def _headed(layer: Layer, wish: Wish, rng: np.random.Generator, frames: int) -> NDArray[np.float32]:
    """Returns what pulls a train, shape (frames,)."""
    engine = bed(layer.source, wish, rng)
    blocks: list[NDArray[np.float32]] = []
    while sum(block.size for block in blocks) < frames:
        blocks.append(engine.next()[0])
    return np.concatenate(blocks)[:frames]


def _edges(frames: int, is_first: bool, is_last: bool) -> NDArray[np.float32]:
    """Returns how a wagon comes into hearing and out of it, shape (frames,)."""
    gain = np.ones(frames, np.float32)
    slow = round(_EDGE * frames / (2 if is_first or is_last else 1))
    rise = np.sin(np.linspace(0, np.pi / 2, slow, dtype=np.float32)) ** 2
    gain[:slow] *= rise
    gain[frames - slow :] *= rise[::-1]
    return gain
