"""Patches: designed sounds as layers that tables describe: tones, noise, grains and rings.

A. Farnell, "Designing Sound", 2010: a sound is analysed into layers with a course each, then
built of oscillators and noise. What differs from one event to the next is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import ring_grains
from menura.dsp.modes import DECAY_60_DB, MAX_HZ, Modes, ring
from menura.dsp.sweeps import glide, scaled_noise, sweep_fm, sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_LEAST_FRAMES = 64
_BANK = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a patch.

    Attributes:
        kind: "tone" (harmonics), "fm", "noise" (a band that moves), "grains" (many short rings)
            or "ring" (partials that die away).
        at_s: when it begins.
        jitter_s: standard deviation of that.
        length_s: how long it lasts.
        level_db: rms, or peak of a ring, against the other layers.
        hard_db: how much louder from intensity 0 to 1, beside the others.
        hz: points of its pitch, straight over log frequency; of a ring the pitch of ratio 1.
        where: places of the points, 0 to 1; () = at even distances.
        spread: standard deviation of its own pitch, semitones.
        attack_s: until it is there.
        release_s: fade at its end.
        t60_s: how fast it dies away; 0 = it stays.
        swell: its level goes with (time / length)^swell.
        partials: harmonics, falling by `fall_db` per octave; `odd` = every second.
        fall_db: also the fall of a ring's partials.
        odd: only odd harmonics.
        voices: so many copies, `detune` semitones apart (standard deviation).
        detune: of the copies; of grains: how far they stray.
        ratio: of the modulator of "fm".
        index: of "fm", from beginning to end.
        vibrato: (how often a second, semitones).
        tremolo: (how often a second at the beginning, at the end, depth 0 to 1).
        width: octaves of a band of noise at its full level; `slope_db` per octave outside.
        slope_db: see there.
        count: grains.
        ratios: partials of a ring.
    """

    kind: str
    at_s: float = 0.0
    jitter_s: float = 0.0
    length_s: float = 0.3
    level_db: float = 0.0
    hard_db: float = 0.0
    hz: tuple[float, ...] = (440.0,)
    where: tuple[float, ...] = ()
    spread: float = 0.3
    attack_s: float = 0.004
    release_s: float = 0.02
    t60_s: float = 0.0
    swell: float = 0.0
    partials: int = 1
    fall_db: float = 6.0
    odd: bool = False
    voices: int = 1
    detune: float = 0.1
    ratio: float = 1.0
    index: tuple[float, float] = (1.0, 1.0)
    vibrato: tuple[float, float] = (0.0, 0.0)
    tremolo: tuple[float, float, float] = (0.0, 0.0, 0.0)
    width: float = 1.0
    slope_db: float = 18.0
    count: int = 20
    ratios: tuple[float, ...] = (1.0, 2.756, 5.404, 8.933)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a wish means to a patch.

    Attributes:
        pitch: all frequencies times this.
        stretch: all times times this.
        hard: intensity less 0.5.
    """

    pitch: float = 1.0
    stretch: float = 1.0
    hard: float = 0.0


def read_layers(rows: list[Mapping[str, Any]]) -> list[Layer]:
    """Returns the layers that a table lists."""
    found = []
    for row in rows:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
        found.append(Layer(**values))
    return found


def play_patch(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a designed sound once, shape (frames,).

    Args:
        table: of the source and its variant: `layers`; `octaves` (how much lower the largest is
            than the smallest), `spread` (semitones, standard deviation of all pitches together),
            `pace` (how much quicker the most intense is) and, if it stretches, `length_s`.
        wish: variant, intensity, size, length.
        rng: draws what differs.
    """
    layers = read_layers(table["layers"])
    usual_s = max(layer.at_s + layer.length_s for layer in layers)
    stretch = float(rng.uniform(0.93, 1.07))
    stretch *= float(table.get("pace", 1.2)) ** (0.5 - wish.intensity)
    if wish.length_s is not None and "length_s" in table:
        stretch = float(np.clip(wish.length_s, *table["length_s"])) / usual_s
    pitch = 2 ** (float(table.get("octaves", 1.0)) * (0.5 - wish.size))
    pitch *= 2 ** (float(table.get("spread", 0.7)) * rng.normal() / 12)
    manner = Manner(pitch=pitch, stretch=stretch, hard=wish.intensity - 0.5)
    return finished(play_layers(layers, manner, rng))


def play_layers(
    layers: list[Layer], manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns layers over each other, shape (frames,)."""
    pieces = []
    for layer in layers:
        size = 10 ** ((layer.level_db + layer.hard_db * manner.hard + rng.normal(0, 0.5)) / 20)
        at_s = max(0.0, layer.at_s * manner.stretch + layer.jitter_s * float(rng.normal()))
        pieces.append((at_s, play_layer(layer, manner, rng) * np.float32(size)))
    return overlay(pieces, RATE)


def play_layer(layer: Layer, manner: Manner, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one layer, shape (frames,), with an rms of 1 where it is loudest."""
    frames = max(_LEAST_FRAMES, round(layer.length_s * manner.stretch * RATE))
    pitch = manner.pitch * 2 ** (layer.spread * float(rng.normal()) / 12)
    makers: dict[str, Callable[..., NDArray[np.float32]]] = {
        "tone": _tone,
        "fm": _tone,
        "noise": _noise,
        "grains": _grains,
        "ring": _ring,
    }
    sound = makers[layer.kind](layer, frames, pitch, manner, rng)
    return sound * course(layer, frames, manner.stretch)


def course(layer: Layer, frames: int, stretch: float = 1.0) -> NDArray[np.float32]:
    """Returns how loud a layer is at each frame, shape (frames,), largest near 1."""
    t = np.arange(frames, dtype=np.float32) / np.float32(RATE)
    level = np.ones(frames, np.float32)
    if layer.t60_s and layer.kind not in {"ring", "grains"}:
        level *= np.exp(t * np.float32(-DECAY_60_DB / (layer.t60_s * stretch)))
    if layer.swell:
        level *= np.linspace(0, 1, frames, dtype=np.float32) ** np.float32(layer.swell)
    first_hz, last_hz, depth = layer.tremolo
    if depth:
        ends = np.linspace(first_hz, last_hz, frames, dtype=np.float32)
        cycles = np.cumsum(ends, dtype=np.float64) / RATE
        level *= 1 - np.float32(depth) * (0.5 + 0.5 * np.cos(2 * np.pi * cycles)).astype(np.float32)
    rise = min(frames, max(8, round(layer.attack_s * stretch * RATE)))
    level[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    fall = min(frames, max(24, round(layer.release_s * stretch * RATE)))
    level[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return np.asarray(level, np.float32)


def partial_sizes(count: int, fall_db: float, *, odd: bool = False) -> NDArray[np.float64]:
    """Returns sizes of harmonics that fall by some dB per octave, with an rms of 1 together."""
    order = np.arange(1, count + 1)
    sizes = 10 ** (-fall_db / 20 * np.log2(order))
    if odd:
        sizes = np.where(order % 2, sizes, 0.0)
    return np.asarray(sizes * np.sqrt(2 / np.sum(sizes**2)), np.float64)


def _tone(
    layer: Layer, frames: int, pitch: float, manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    hz = glide(layer.hz, layer.where, frames) * pitch
    often, deep = layer.vibrato
    if deep:
        turn = often / RATE * np.arange(frames) + rng.random()
        hz = hz * 2 ** (deep / 12 * np.sin(2 * np.pi * turn))
    # Harder is brighter.
    sizes = partial_sizes(layer.partials, layer.fall_db - 3 * manner.hard, odd=layer.odd)
    index = np.linspace(*layer.index, frames) * 2 ** (1.5 * manner.hard)
    copies = [(1.0, 0.0)]
    if layer.voices > 1:
        off = 2 ** (layer.detune * rng.normal(size=layer.voices) / 12)
        copies = list(zip(off.tolist(), rng.random(layer.voices).tolist(), strict=True))
    if layer.kind == "tone":
        sound = sweep_tone(hz, sizes, RATE, copies)
    else:
        heard = [sweep_fm(hz * off, layer.ratio, index, RATE, phase) for off, phase in copies]
        sound = np.asarray(np.sqrt(2) * np.sum(heard, axis=0), np.float32)
    return sound * np.float32(1 / np.sqrt(layer.voices))


def _noise(
    layer: Layer, frames: int, pitch: float, manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    hz = glide(layer.hz, layer.where, frames) * (pitch * 2 ** (0.6 * manner.hard))
    half, far = 2 ** (layer.width / 2), 4.0
    low_db = -layer.slope_db * np.log2(far)
    band = [(1 / (half * far), low_db), (1 / half, 0.0), (half, 0.0), (half * far, low_db)]
    return scaled_noise(band, hz, RATE, rng)


def _grains(
    layer: Layer, frames: int, pitch: float, manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    taps = min(frames, round((layer.t60_s or 0.1) * RATE))
    count = max(1, round(layer.count * 2 ** (1.5 * manner.hard)))
    at_share = np.sort(rng.random(count))
    at = (at_share * max(1, frames - taps)).astype(np.int64)
    at[0] = 0
    rows = min(_BANK, count)
    hz = (
        glide(layer.hz, layer.where, rows)
        * pitch
        * 2 ** (layer.detune * rng.normal(size=rows) / 12)
    )
    t60_s = (layer.t60_s or 0.1) * rng.uniform(0.6, 1.1, rows)
    bank = ring_grains(np.minimum(hz, MAX_HZ * RATE), t60_s, taps, RATE)
    which = np.minimum((at_share * rows).astype(np.int64), rows - 1)
    which = np.clip(which + rng.integers(-1, 2, count), 0, rows - 1)
    gains = (10 ** (rng.normal(0, 4, count) / 20)).astype(np.float32)
    sound = np.zeros(frames, np.float32)
    for start, row, gain in zip(at.tolist(), which.tolist(), gains, strict=True):
        sound[start : start + taps] += bank[row] * gain
    return sound


def _ring(
    layer: Layer, frames: int, pitch: float, manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    ratios = np.array(layer.ratios)
    level_db = -(layer.fall_db - 4 * manner.hard) * np.log2(ratios) + rng.normal(0, 1, ratios.size)
    size = 10 ** (level_db / 20)
    modes = Modes(
        hz=layer.hz[0] * pitch * ratios,
        amplitude=size * np.sqrt(2 / np.sum(size**2)),
        t60_s=(layer.t60_s or 0.5) * manner.stretch * ratios**-0.5,
        phase=np.full(ratios.size, -np.pi / 2),
    )
    return ring(modes, frames, RATE)
