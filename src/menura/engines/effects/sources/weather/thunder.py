"""Thunder: a crooked channel of hot air, every piece of which sends out a wave like an N.

A. Few, "Power spectrum of thunder", Journal of Geophysical Research 74 (1969): pieces of the
channel send out waves whose spectrum peaks at 0.63 c (p / E)^1/2 for an energy E per metre, and
its shape spreads them over time. H. Ribner and D. Roy, "Acoustics of thunder: a quasilinear model
for tortuous lightning", JASA 72 (1982): the sum of N-waves along the channel, strong where a piece
is seen broadside. R. Hill, "Analysis of irregular paths of lightning channels", JGR 73 (1968):
pieces turn by 16 degrees in the mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio.spectral import windows
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_SOUND_M_S = 340.0
_PRESSURE_PA = 1e5
_PIECE_M = 4.0
_LUMPS = 24
_UNHEARD = 1.25
_SHARE = (0.0, 0.5, 1.0)
_STEP_FRAMES = 12_288
_RANGES = 6
"""Pieces are sorted into so many distances, each with its own air on the way, and energies."""
_TAPS, _KAISER_BETA, _ROW_FRAMES = 32, 7.0, 16
"""Of the filter that brings it to the full rate: side lobes 70 dB down."""
_SCATTER_S = 0.004
"""How much sound is late after 1 km of turbulent air."""


def strike_thunder(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one thunder, shape (2, frames), float32."""
    make = table["flashes"][wish.variant]
    shortest, longest = table["length_s"]
    usual_s = float(np.interp(wish.size, _SHARE, make["usual_s"])) * rng.uniform(0.85, 1.15)
    # It dies away: what is under -30 dB at its end is not counted.
    length_s = _UNHEARD * float(np.clip(wish.length_s or usual_s, shortest, longest))
    energy_j_m = float(make["energy_j_m"]) * 4 ** (2 * wish.intensity - 1)
    far_m = float(make["distance_m"]) * 2 ** (1 - 2 * wish.intensity)

    tail_s = min(float(make["tail_s"]), 0.4 * length_s)
    places, bright = _channel(far_m, (length_s - tail_s) * _SOUND_M_S, make, rng)
    middle = (places[1:] + places[:-1]) / 2
    along = np.diff(places, axis=0)
    distance = np.sqrt((middle**2).sum(axis=1))
    cosine = np.abs((along * middle).sum(axis=1)) / (np.sqrt((along**2).sum(axis=1)) * distance)
    # Broadside pieces send an N; those seen end-on a long weak wave.
    strength = bright * (0.08 + (1 - cosine**2) ** 2) / distance
    arrival = (distance - distance.min()) / _SOUND_M_S
    azimuth = np.arctan2(middle[:, 1], middle[:, 0])
    angle = np.clip(np.pi / 4 + 0.45 * azimuth, 0, np.pi / 2)

    # Far thunder has nothing high, so that it is worked out at a lower rate.
    rate = RATE // int(make["slower"])
    frames = round(length_s * rate)
    size = -(-frames // _STEP_FRAMES) * _STEP_FRAMES
    hz = np.fft.rfftfreq(size, 1 / rate)
    hz[0] = 0.5 * hz[1]
    spectra = np.zeros((2, hz.size), np.complex64)
    # Turbulence on the way scatters what would come at once.
    late_s = rng.exponential(_SCATTER_S, distance.size) * distance / 1000
    at = ((arrival + late_s) * rate).astype(np.int64)
    octave = np.log(distance / distance.min()) / np.log(distance.max() / distance.min() + 1e-3)
    straying = rng.normal(0, 0.7, distance.size)
    which = np.clip(np.round(octave * (_RANGES - 1) + straying), 0, _RANGES - 1)
    widths = 2 ** rng.permutation(np.linspace(-0.7, 0.7, _RANGES))
    # Two groups with two ears each: four rows are transformed in little more time than one.
    for groups in np.arange(_RANGES).reshape(-1, 2):
        hits = np.zeros((2, 2, size), np.float32)
        for pair, group in zip(hits, groups, strict=True):
            inside = (which == group) & (at < frames)
            np.add.at(pair[0], at[inside], (strength * np.cos(angle))[inside].astype(np.float32))
            np.add.at(pair[1], at[inside], (strength * np.sin(angle))[inside].astype(np.float32))
        struck = np.fft.rfft(hits.reshape(4, size), norm="ortho").reshape(2, 2, -1)
        for heard, group in zip(struck, groups, strict=True):
            inside = (which == group) & (at < frames)
            if inside.any():
                far = float(np.median(distance[inside]))
                wave = _n_wave(hz.astype(np.float32), energy_j_m * float(widths[group]) ** 2, far)
                spectra += heard * wave
    spectra *= _echoes(make, tail_s, (size, rate), rng)
    spectra[:, -1] = 0
    sound = np.asarray(np.fft.irfft(spectra, norm="ortho")[:, :frames], np.float32)
    sound = _raised(sound, RATE // rate)
    return _ended(sound, tail_s)


def _raised(sound: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Returns sound at a rate so many times as high, shape (2, factor * frames).

    Sincs under a Kaiser window, as a product of matrices: rows of frames with shifted taps.
    """
    place = np.arange(_TAPS)[:, np.newaxis] - (_TAPS // 2 - 1) - np.arange(factor) / factor
    reach = np.maximum(1 - (place / (_TAPS // 2)) ** 2, 0)
    taps = np.sinc(place) * np.i0(_KAISER_BETA * np.sqrt(reach)) / np.i0(_KAISER_BETA)
    matrix = np.zeros((_ROW_FRAMES + _TAPS - 1, _ROW_FRAMES, factor), np.float32)
    for step in range(_ROW_FRAMES):
        matrix[step : step + _TAPS, step] = taps
    frames = sound.shape[1]
    rows = -(-frames // _ROW_FRAMES)
    padded = np.zeros((2, rows * _ROW_FRAMES + _TAPS - 1), np.float32)
    padded[:, _TAPS // 2 - 1 : _TAPS // 2 - 1 + frames] = sound
    given = np.ascontiguousarray(windows(padded, len(matrix), _ROW_FRAMES))
    raised = given.reshape(2 * rows, -1) @ matrix.reshape(len(matrix), -1)
    return raised.reshape(2, -1)[:, : factor * frames]


def _channel(
    far_m: float, reach_m: float, make: Mapping[str, Any], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the corners of the channel, shape (pieces + 1, 3), metres, and how strong each is.

    It climbs from the ground, or begins in the cloud, and bends over until its far end is
    `reach_m` farther from the ear than its near one.
    """
    low, high = make["climb"], make["stretch"]
    count = max(60, int(1.5 * reach_m / _PIECE_M))
    turn = np.cumsum(rng.normal(0, 0.2, (2, count)), axis=1)
    turn -= np.linspace(0, 1, count) * turn[:, -1:]  # it keeps its way in the long run
    jag = rng.normal(0, 0.28, (2, count))
    t = np.linspace(0, 1, count)
    rise = low * (1 - t) ** 2 + 0.1
    heading = float(rng.uniform(-0.5, 0.5)) + 0.35 * turn[0] + jag[0]
    steep = np.arctan(rise) + 0.25 * turn[1] + jag[1]
    step = np.stack(
        [np.cos(steep) * np.cos(heading), np.cos(steep) * np.sin(heading), np.sin(steep)], axis=1
    )
    path = np.concatenate([np.zeros((1, 3)), np.cumsum(step * _PIECE_M, axis=0)])
    path *= np.array([high, 1.6, 1.0])
    start = np.array([far_m, 0.0, float(make["base_m"])])
    places = start + path
    distance = np.sqrt((places**2).sum(axis=1))
    scale = reach_m / max(float(np.ptp(distance)), 1.0)
    places = start + path * np.clip(scale, 0.2, 5.0)
    # Branches and kinks: some stretches are far stronger than others; near by the first ones.
    knots = float(make["lumps"]) * rng.standard_normal(_LUMPS)
    knots[:2] += float(make.get("crack", 0.0))
    lump = np.exp(np.interp(t, np.linspace(0, 1, _LUMPS), knots))
    fade = np.exp(-float(make["fade"]) * t)
    return places, lump * fade * np.exp(rng.normal(0, 0.5, count))


def _n_wave(hz: NDArray[np.float32], energy_j_m: float, distance_m: float) -> NDArray[np.float32]:
    """Returns the spectrum of an N-wave after its way through the air, largest near 1.

    It lengthens on its way by a third for each ten times the distance, and the air takes high
    frequencies: some 5 dB per km at 1 kHz, as f^1.6 (ISO 9613-1, 20 degrees, 70 %).
    """
    peak_hz = 0.63 * _SOUND_M_S * np.sqrt(_PRESSURE_PA / energy_j_m)
    peak_hz = peak_hz / (1 + 0.33 * max(0.0, np.log10(distance_m / 100)))
    x = np.float32(2 * np.pi * 0.33 / peak_hz) * hz
    # The transform of an N of length 2 T is 2 i T (cos x - sin x / x) / x.
    wave = (np.cos(x) - np.sin(x) / x) / x
    air_db = np.float32(5.0 * distance_m / 1000) * (hz / 1000) ** np.float32(1.6)
    wave *= np.exp(np.float32(-np.log(10) / 20) * air_db)
    wave *= hz**2 / (hz**2 + np.float32(14.0**2))
    return np.asarray(wave, np.float32)


def _echoes(
    make: Mapping[str, Any], tail: float, grid: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.complex64]:
    """Returns what ground, hills and clouds throw back, one spectrum for each ear, (2, bins)."""
    size, rate = grid
    frames = min(round(tail * rate), size)
    t = np.arange(frames, dtype=np.float32) / rate
    answers = rng.standard_normal((2, frames), np.float32) * np.float32(0.02)
    count = int(make["echoes"])
    when = rng.integers(round(0.1 * rate), frames, count)
    np.add.at(answers, (rng.integers(0, 2, count), when), rng.normal(0, 6.0, count))
    answers *= 10 ** (-3 * t / tail) * (1 - np.exp(-t / 0.15))
    padded = np.zeros((2, size), np.float32)
    padded[:, :frames] = answers
    heard = np.fft.rfft(padded, norm="ortho") * np.float32(np.sqrt(size))
    heard /= 1 + (np.fft.rfftfreq(size, 1 / rate).astype(np.float32) / 350) ** 2
    heard *= np.float32(10 ** (float(make["echo_db"]) / 20))
    return np.asarray(1 + heard, np.complex64)


def _ended(sound: NDArray[np.float32], tail_s: float) -> NDArray[np.float32]:
    """Returns sound from where it is first heard on, that dies away at its end."""
    heard = np.abs(sound).max(axis=0)
    start = max(0, int(np.argmax(heard > 0.003 * heard.max())) - 96)
    sound = sound[:, start:]
    rise = np.linspace(0, 1, 96, dtype=np.float32)
    sound[:, :96] *= rise
    last = min(sound.shape[1] // 2, round(0.8 * tail_s * RATE))
    fall = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, last, dtype=np.float32))
    sound[:, -last:] *= fall
    return sound
