"""Scratching: a record that a hand pushes and pulls under the needle, or a needle across it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, strike
from menura.dsp.solids.chances import pulses
from menura.dsp.solids.friction import smooth
from menura.dsp.solids.response import coloured
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_FINER = 4
"""A record that is pushed at some times its speed is read at so many times the rate."""
_GROOVE_S = 1.6


def scratch(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a scratched record, or a needle torn across one, shape (frames,).

    Args:
        table: of the variant: with `strokes`, a list of (length in s, how many times the usual
            speed at the fastest, backward if negative), a hand moves the record; else the needle
            is dragged at `drag_m_s` at most, for `usual_s`, over grooves `groove_m` apart.
        things: the objects.
        wish: intensity is how quick the hand is; size makes what is on the record deeper.
        rng: draws everything else.
    """
    quick = 2.0 ** (wish.intensity - 0.5)
    if "strokes" in table:
        return _pushed(table, quick, 2.0 ** (0.8 * (0.5 - wish.size)), rng)
    return _dragged(table, things, quick, rng)


def _pushed(
    table: Mapping[str, Any], quick: float, scale: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    speed = np.concatenate(
        [
            _stroke(float(length_s) / quick, float(times) * quick, _FINER * RATE, rng)
            for length_s, times in table["strokes"]
        ]
    )
    place_s = np.cumsum(speed) / (_FINER * RATE)
    groove = _groove(table, scale, rng)
    at = (place_s - place_s.min()) % _GROOVE_S * (2 * RATE)
    # A magnetic cartridge gives the speed of its stylus: no movement, no sound.
    sound = np.interp(at, np.arange(groove.size), groove, period=groove.size) * speed
    frames = sound.size // _FINER
    spectrum = np.fft.rfft(sound[: frames * _FINER])[: frames // 2 + 1]
    heard = np.fft.irfft(spectrum, frames).astype(np.float32)
    return coloured(heard, [(15.0, -40.0), (60.0, 0.0), (14e3, 0.0), (22e3, -20.0)], RATE)


def _stroke(
    length_s: float, times: float, rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the speed of a hand that moves from rest to rest, with the least jerk.

    T. Flash, N. Hogan, "The coordination of arm movements", Journal of Neuroscience 5 (1985):
    the speed goes as t^2 (1 - t)^2.
    """
    count = max(64, round(length_s * float(np.exp(0.12 * rng.standard_normal())) * rate))
    t = np.linspace(0, 1, count)
    lean = float(rng.uniform(0.75, 1.3))
    bell = 16 * t ** (2 * lean) * (1 - t) ** 2
    return np.asarray(times * float(rng.uniform(0.85, 1.15)) * bell / bell.max(), np.float64)


def _groove(
    table: Mapping[str, Any], scale: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns what is on the record, at twice the rate: a sung vowel, and the noise of vinyl."""
    size = round(_GROOVE_S * 2 * RATE)
    hz = np.fft.rfftfreq(size, 1 / (2 * RATE))
    pitch_hz = float(table["pitch_hz"]) * scale * float(rng.uniform(0.9, 1.1))
    number = np.arange(1, int(float(table["top_hz"]) / pitch_hz) + 1)
    # A whole number of cycles: the groove closes on itself.
    bins = np.round(number * pitch_hz * _GROOVE_S).astype(np.int64)
    level = np.zeros(number.size)
    for formant_hz, width_hz, db in table["formants"]:
        away = (bins / _GROOVE_S - formant_hz * scale**0.3) / width_hz
        level += 10 ** (db / 20) / (1 + away**2)
    spectrum = np.zeros(hz.size, np.complex128)
    spectrum[bins] = level * np.exp(2j * np.pi * rng.random(number.size))
    vowel = np.fft.irfft(spectrum, size)
    noise = np.fft.rfft(rng.standard_normal(size)) / np.sqrt(np.maximum(hz, 200.0))
    noise[hz > float(table["top_hz"])] = 0
    hiss = np.fft.irfft(noise, size)
    hiss *= 10 ** (float(table["noise_db"]) / 20) * vowel.std() / hiss.std()
    return np.asarray((vowel + hiss) / vowel.std(), np.float64)


def _dragged(
    table: Mapping[str, Any], things: Mapping[str, Thing], quick: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    length_s = float(table["usual_s"]) / quick * float(rng.uniform(0.85, 1.2))
    speed = _stroke(length_s, float(table["drag_m_s"]) * quick, RATE, rng)
    speed *= np.exp(0.25 * smooth(rng.standard_normal(12), speed.size))
    crossed = np.cumsum(speed) / RATE / float(table["groove_m"])
    count = int(crossed[-1])
    uneven = np.arange(1, count + 1) + 0.18 * rng.standard_normal(count)
    times_s = np.interp(uneven, crossed, np.arange(speed.size) / RATE)
    sizes = np.interp(times_s, np.arange(speed.size) / RATE, speed)
    sizes *= np.exp(0.3 * rng.standard_normal(count)) * np.where(rng.random(count) < 0.5, 1.0, 0.6)
    zip_ = coloured(pulses(times_s, sizes, speed.size, RATE), table["points"], RATE)
    zip_ /= np.float32(np.sqrt(np.dot(zip_, zip_)))
    pieces = [(0.0, zip_)]
    body = Body.make(things["tonearm"], rng)
    for at_s, db in ((0.0, -6.0), (0.93 * length_s, -2.0)):
        thump = strike(body, 2.5e-3, rng, RATE, grit_db=-8.0) * np.float32(10 ** (db / 20))
        pieces.append((at_s, thump))
    return overlay(pieces, RATE)
