"""Striking: how a layer's source is to sound, and the sound of each time it is struck."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.rising import risen_share
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Pace, Wish, bed, event, find

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.scene import Layer

BURST_S, MAX_BURST_S = 4.0, 60.0
"""How long a bed is heard that comes and goes, or moves, if its layer does not say."""
BURST_EDGE_S = 0.12


def wish_of(layer: Layer, over_s: float = 0.0) -> Wish:
    """Returns how a layer's source is to sound.

    Args:
        layer: it.
        over_s: how long it sounds, where its pace may change meanwhile; 0 = it stays.
    """
    source = find(layer.source)
    length_s = layer.length_s or None
    if length_s and source.length_s:
        length_s = min(max(length_s, source.length_s[0]), source.length_s[1])
    is_paced = layer.pace_ratio != 1 and source.kind == "bed"
    return Wish(
        variant=layer.variant or source.variants[0],
        intensity=layer.intensity,
        size=layer.size,
        length_s=length_s,
        pace=Pace(ratio=layer.pace_ratio, over_s=over_s) if is_paced and over_s else None,
    )


def is_struck(layer: Layer) -> bool:
    """Returns whether a layer comes at certain times, and does not simply go on."""
    timed = bool(layer.times_s or layer.every_s or layer.movement)
    return timed or find(layer.source).kind == "event"


def strike(layer: Layer, number: int, lead_s: float = 0.0) -> NDArray[np.float32]:
    """Returns the sound of a layer's event of that number, shape (channels, frames).

    A bed that comes and goes is an event too: as long as the layer says, and `lead_s` more.
    """
    if find(layer.source).kind == "event":
        wish = wish_of(_risen(layer, number))
        return event(layer.source, wish, np.random.default_rng([layer.seed, 2, number]))
    whole_s = burst_s(layer) + lead_s
    wish = wish_of(layer, whole_s)
    made = bed(layer.source, wish, np.random.default_rng([layer.seed, 1, number]))
    frames = round(whole_s * RATE)
    whole = np.concatenate([made.next() for _ in range(-(-frames // BLOCK_FRAMES))], axis=1)
    edge = np.sin(np.linspace(0, np.pi / 2, min(round(BURST_EDGE_S * RATE), frames // 2)))
    burst = whole[:, :frames]
    if layer.source not in behaviour()["beats"]:  # a beat begins with its stroke
        burst[:, : edge.size] *= edge.astype(np.float32)
    burst[:, frames - edge.size :] *= edge[::-1].astype(np.float32)
    return burst


def _risen(layer: Layer, number: int) -> Layer:
    """Returns a layer with the intensity that it has at one of its events."""
    last = len(layer.times_s) - 1
    if not layer.rise or last < 1:
        return layer
    share = float(risen_share(np.array(min(number, last) / last), layer.turn))
    risen = layer.intensity + layer.rise * (share - 0.5)
    return dataclasses.replace(layer, intensity=min(max(risen, 0.0), 1.0))


def is_long_pass(layer: Layer, *, loop: bool) -> bool:
    """Returns whether a layer moves once, and for so long that it is played as it goes."""
    once = len(layer.times_s) == 1 and not layer.every_s and not loop
    return once and layer.length_s > MAX_BURST_S and find(layer.source).kind == "bed"


def burst_s(layer: Layer) -> float:
    """Returns how long a bed is heard that comes and goes, or moves, s."""
    return min(layer.length_s or BURST_S, MAX_BURST_S)
