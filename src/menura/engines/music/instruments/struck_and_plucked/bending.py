"""Reading a sound at another speed for a while: a string's glide, a slide from another pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REACH = 6
_CONSTANTS = 4


def glide(
    wave: NDArray[np.float32], cents: float, time_constant_s: float, rate: int
) -> NDArray[np.float32]:
    """Returns the sound beginning sharp by `cents` and falling to its pitch, shape as given.

    A string that swings wide is longer, so tighter: Valimaki, Tolonen and Karjalainen,
    ICASSP (1999). The whole detour is a whole number of frames, so that the rest need not be read
    anew.
    """
    constant = time_constant_s * rate
    ahead = round((2 ** (cents / 1200) - 1) * constant)
    count = min(round(_CONSTANTS * constant), wave.size - ahead - 4)
    if ahead < 1 or count < 4:
        return wave
    way = np.expm1(-np.arange(count) / constant) / np.expm1(-count / constant)
    places = np.arange(count) + ahead * way
    bent = np.zeros_like(wave)
    bent[:count] = read(wave, places)
    bent[count : wave.size - ahead] = wave[count + ahead :]
    return bent


def slide(
    wave: NDArray[np.float32], semitones: float, seconds: float, rate: int
) -> NDArray[np.float32]:
    """Returns the sound sliding to its pitch from one that lies `semitones` over it.

    Args:
        wave: shape (frames,).
        semitones: negative comes from below.
        seconds: how long the slide takes.
        rate: frames per second.
    """
    count = min(round(seconds * rate), wave.size // 4)
    if count < 8 or not semitones:
        return wave
    way = 0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)
    off = np.cumsum(2 ** (semitones * way / 12) - 1)
    whole = round(float(off[-1]))
    off *= whole / off[-1] if abs(off[-1]) > 1 else 0.0
    places = np.maximum(np.arange(count) + np.concatenate([[0.0], off[:-1]]), 0.0)
    rest = wave[count + whole :]
    return np.concatenate([read(wave, places), rest])


def read(wave: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns the sound between its frames, by a windowed sinc over 12 of them.

    Args:
        wave: shape (frames,).
        places: where to read, in frames; outside there is silence.
    """
    base = np.floor(places).astype(np.int64)
    # A ten-thousandth of a frame keeps every tap off the sinc's own centre: -80 dB at 16 kHz.
    t = np.clip(places - base, 1e-4, 1 - 1e-4).astype(np.float32)[:, np.newaxis]
    reach = np.arange(1 - _REACH, _REACH + 1, dtype=np.float32)
    off = t - reach
    window = 1 - off * off * np.float32(1 / _REACH**2)
    # sin(pi (t - k)) differs between the taps in its sign alone.
    sine = np.sin(np.pi * t) / np.float32(np.pi) * np.where(reach % 2, -1, 1).astype(np.float32)
    weight = sine / off * window * window
    padded = np.pad(wave, 2 * _REACH)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH)
    first = np.clip(base + _REACH + 1, 0, windows.shape[0] - 1)
    return np.asarray(np.einsum("ij,ij->i", windows[first], weight), np.float32)
