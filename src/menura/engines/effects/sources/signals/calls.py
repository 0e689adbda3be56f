"""Short signals: beeps, buzzers, a referee's whistle, a ping under water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import DECAY_60_DB
from menura.dsp.noise import Wander
from menura.dsp.rotation import Harmonics
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.machines.parts import HIGHEST_HZ, at_share
from menura.engines.effects.sources.machines.responses import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_HOP_S = HOP_FRAMES / RATE
_TAIL_S = 0.02
_PLATE = {
    "rings": [[950.0, 0.02, 0.0], [1900.0, 0.015, -3.0], [330.0, 0.02, -4.0], [3300.0, 0.01, -8.0]]
}


def _tone(
    hz: NDArray[np.float64], db: list[float], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a tone with a pitch at each hop, rms 1."""
    kept = max(1, int(HIGHEST_HZ / float(hz.max())))
    wave = Harmonics(10 ** (np.array(db[:kept], float) / 20), rng)
    return wave.read(np.concatenate([[rng.random()], np.cumsum(hz[1:] * _HOP_S)]))


def _times(length_s: float) -> NDArray[np.float64]:
    hops = int(np.ceil((length_s + _TAIL_S) / _HOP_S))
    return np.asarray(np.arange(hops + 1) * _HOP_S, np.float64)


def _gate(
    t: NDArray[np.float64], length_s: float, up_s: float, down_s: float
) -> NDArray[np.float64]:
    up = np.sin(0.5 * np.pi * np.clip((t + 0.1 * up_s) / up_s, 0, 1)) ** 2
    down = np.sin(0.5 * np.pi * np.clip((length_s - t) / down_s, 0, 1)) ** 2
    return np.asarray(up * down, np.float64)


def _length_s(
    table: Mapping[str, Any], voice: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> float:
    low_s, high_s = table["length_s"]
    usual_s = float(voice["usual_s"]) * float(rng.uniform(0.95, 1.06))
    return float(np.clip(wish.length_s or usual_s, low_s, high_s))


def beep(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one beep, shape (frames,), float32: intensity gives it more harmonics."""
    voice = table["voices"][wish.variant]
    length_s = _length_s(table, voice, wish, rng)
    t = _times(length_s)
    hz = float(voice["hz"])
    if not voice.get("exact"):
        hz *= 2 ** (0.8 * (0.5 - wish.size)) * float(rng.uniform(0.97, 1.03))
    first, *rest = voice["harmonics_db"]
    db = [first, *(level + 14 * (wish.intensity - 0.5) for level in rest)]
    edge_s = min(float(voice["edge_s"]), 0.3 * length_s)
    return _tone(np.full(t.size, hz), db, rng) * draw_curve(_gate(t, length_s, edge_s, edge_s))


def buzz(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a buzzer, shape (frames,), float32: strokes that are never quite even, on a plate."""
    voice = table[wish.variant]
    length_s = _length_s(table, voice, wish, rng)
    t = _times(length_s)
    course = Wander(40.0, RATE // HOP_FRAMES, t.size, rng).next()
    hz = float(voice["hz"]) * 2 ** (0.8 * (0.5 - wish.size)) * float(rng.uniform(0.95, 1.05))
    pitch = hz * (1 - 0.12 * np.exp(-t / 0.02) + 0.012 * course)
    count = int(HIGHEST_HZ / hz)
    slope = -4.5 + 3 * (wish.intensity - 0.5)
    db = (slope * np.log2(np.arange(1, count + 1)) + rng.normal(0, 1.5, count)).tolist()
    dry = _tone(pitch, db, rng) * draw_curve(_gate(t, length_s, 0.006, 0.012) * (1 + 0.08 * course))
    plate = respond(_PLATE, 2 ** (0.5 * (0.5 - wish.size)), rng, 2048)
    size = 1 << (dry.size + plate.size).bit_length()
    rung = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(plate, size))[: dry.size + 2048]
    rung *= np.sqrt(np.mean(dry**2) / np.mean(rung**2))
    rung[: dry.size] += 0.5 * dry
    return np.asarray(rung - rung.mean() * (rung.size > 0), np.float32)


def whistle(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a blast on a pea whistle, shape (frames,), float32."""
    voice = table[wish.variant]
    length_s = _length_s(table, voice, wish, rng)
    t = _times(length_s)
    hz = float(voice["hz"]) * 2 ** (0.6 * (0.5 - wish.size)) * float(rng.uniform(0.95, 1.06))
    slow = Wander(8.0, RATE // HOP_FRAMES, t.size, rng).next()
    pea_hz = at_share(voice["pea_hz"], wish.intensity) * (1 + 0.06 * slow)
    turn = np.cumsum(pea_hz) * _HOP_S + rng.random()
    blown = 1 - np.exp(-t / 0.02)
    # While the pea covers the hole it sounds lower and softer.
    covers = (0.5 - 0.5 * np.cos(2 * np.pi * turn)) ** 1.5
    covers *= np.clip(1 + 0.25 * Wander(60.0, RATE // HOP_FRAMES, t.size, rng).next(), 0, 1.4)
    pitch = hz * (0.93 + 0.07 * blown) * (1 - 0.035 * covers + 0.004 * slow)
    gate = _gate(t, length_s, 0.012, 0.03) * 10 ** (-float(voice["depth_db"]) * covers / 20)
    sound = _tone(pitch, [0, -16 + 8 * wish.intensity, -30, -34], rng) * draw_curve(gate)
    second = pitch * float(voice["second_hz"]) / float(voice["hz"])
    sound += 0.28 * _tone(second, [0, -20], rng) * draw_curve(gate)
    noise = np.diff(rng.standard_normal(sound.size + 2), 2).astype(np.float32)
    return sound + noise * draw_curve(gate) * np.float32(0.012)


def ping(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a ping, its reverberation in the water and an echo, shape (frames,), float32."""
    voice = table[wish.variant]
    frames = int(float(voice["length_s"]) * RATE / HOP_FRAMES) * HOP_FRAMES
    t = np.asarray(np.arange(frames // HOP_FRAMES + 1) * _HOP_S, np.float64)
    hz = float(voice["hz"]) * 2 ** (0.7 * (0.5 - wish.size)) * float(rng.uniform(0.96, 1.04))
    ping_s = float(voice["ping_s"]) * (0.7 + 0.6 * wish.intensity)
    gate = _gate(t, ping_s, 0.004, 0.03)
    pitch = hz * (1 + 0.012 * np.minimum(t / ping_s, 1))
    sent = _tone(pitch, [0, -26, -34], rng) * draw_curve(gate)
    # What comes back from everywhere: the ping laid at random moments that thin out.
    seconds = np.arange(frames) / RATE
    field = rng.standard_normal(frames) * np.exp(-DECAY_60_DB * seconds / float(voice["t60_s"]))
    field *= (1 - np.exp(-seconds / 0.03)) / np.sqrt(RATE * ping_s) * 1.6
    far = int(rng.uniform(*voice["echo_s"]) * RATE)
    field[far] += 0.09
    field[far + int(rng.uniform(0.01, 0.04) * RATE)] += 0.05
    size = 1 << (2 * frames).bit_length()
    back = np.fft.irfft(np.fft.rfft(field, size) * np.fft.rfft(sent, size))[:frames]
    whole = sent + 0.35 * back
    last = frames * 2 // 5
    whole[frames - last :] *= np.cos(np.linspace(0, np.pi / 2, last)) ** 2
    whole[-600:] = 0.0
    return np.asarray(whole - whole.mean() * (whole != 0), np.float32)
