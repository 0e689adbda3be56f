"""Rattles and claps: many small noises one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.drums.bands import decay, noise, passing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.drums.layer import Layer

_LEAST_S = 0.004
_TILT = 1.0
"""How much steeper the shell's spectrum rises under full force than under none: 6 dB per octave."""
_EVEN_AT = 0.6


class Bursts:
    """Hands that clap not quite together, or the teeth of a scraper: bursts of noise in a row.

    Args:
        layer: their figures; the last burst has the decay of the layer.
        rate: Hz.
    """

    def __init__(self, layer: Layer, rate: int) -> None:
        self._layer = layer
        self._rate = rate
        self._noise = noise(layer, rate)

    def sound(self, force: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,)."""
        layer = self._layer
        gap_s = layer.spread_s / max(layer.count - 1, 1)
        times_s = gap_s * (np.arange(layer.count) + 0.1 * rng.standard_normal(layer.count))
        starts = np.round(np.maximum(times_s, 0) * self._rate).astype(int)
        sounds = [
            self._noise.sound(force, rng, np.inf if last else max(1.2 * gap_s, _LEAST_S))
            * np.float32(0.7 + 0.3 * rng.random())
            for last in np.arange(layer.count) == layer.count - 1
        ]
        ends = [start + sound.size for start, sound in zip(starts, sounds, strict=True)]
        total = np.zeros(max(ends), np.float32)
        for start, sound in zip(starts, sounds, strict=True):
            total[start : start + sound.size] += sound
        return total


class Grains:
    """Grains that hit their shell at random, as they come to rest fewer and softer.

    P. Cook, "Physically informed sonic modeling (PhISM)", Computer Music Journal 21(3), 1997: the
    energy of the system decays, and with it the chance and the force of a collision. A harder blow
    is a shorter contact (H. Hertz, 1881: by the fifth root of its speed), and so a brighter one.

    Args:
        layer: their figures.
        rate: Hz.
    """

    def __init__(self, layer: Layer, rate: int) -> None:
        self._layer = layer
        self._rate = rate
        length = round(1.1 * max(layer.t60_s) * rate) + 1
        self._frames = round(layer.spread_s * rate) + length
        self._size = int(2 ** np.ceil(np.log2(self._frames + 1)))
        own = np.random.default_rng([round(hz) for hz in layer.band_hz])
        struck = own.standard_normal(length) * decay(length, layer.t60_s[0], rate)
        hz = np.fft.rfftfreq(self._size, 1 / rate).astype(np.float64)
        shell = np.fft.rfft(struck, self._size) * passing(hz, *layer.band_hz)
        self._shell = shell.astype(np.complex64)
        middle_hz = np.sqrt(layer.band_hz[0] * layer.band_hz[1])
        self._octaves = np.log2(np.maximum(hz, middle_hz / 8) / middle_hz).astype(np.float32)

    def sound(self, force: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,)."""
        layer = self._layer
        count = max(4, round(layer.count * (0.5 + force)))
        when = np.abs(layer.spread_s * (0.35 + 0.4 * rng.standard_normal(count)))
        at = np.round(np.minimum(when, layer.spread_s) * self._rate).astype(int)
        hits = np.zeros(self._size, np.float32)
        np.add.at(hits, at, rng.standard_normal(count).astype(np.float32))
        tilt = np.exp2(np.float32(_TILT * (force - _EVEN_AT)) * self._octaves)
        sound = np.fft.irfft(np.fft.rfft(hits) * self._shell * tilt, self._size)
        return np.asarray(sound[: self._frames], np.float32)
