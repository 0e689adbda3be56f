"""Bands: noise and plates as stretches of prepared sound, each with a decay of its own.

What has hundreds of modes, or none, is made once for each drum as a few bands that repeat without a
seam. A stroke takes a new stretch of each band, which gives every mode another phase, and lets it
die away: its cost is that of a few products, however many modes there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.drums.layer import Layer

DECAY_60_DB = 6.907755278982137
"""ln(1000)."""
_HEARD = 1.1
"""In so many times 60 dB a sound is given up: at -66 dB."""
_MAX_SHARE = 0.45
_METAL_BANDS = 6
_LEAST_FRAMES, _MOST_FRAMES = 1 << 13, 1 << 16
_STEP_FRAMES = 64
_BLOCK_FRAMES = 1 << 14
"""Short enough to stay in a core's own memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of frequencies.

    Attributes:
        wave: repeats without a seam, shape (frames,).
        t60_s: its decay.
        rise_s: its attack.
        force_db: how much louder it gets from no force to full.
    """

    wave: NDArray[np.float32]
    t60_s: float
    rise_s: float
    force_db: float = 0.0


class Bands:
    """A sound made of bands.

    Args:
        bands: at least one.
        rate: Hz.
    """

    def __init__(self, bands: tuple[Band, ...], rate: int) -> None:
        self._bands = bands
        self._rate = rate
        # With its beginning once more behind its end, any stretch is there in one piece.
        self._waves = [np.resize(band.wave, band.wave.size + _BLOCK_FRAMES) for band in bands]
        self._envelopes: dict[tuple[int, float], NDArray[np.float32]] = {}

    def sound(
        self, force: float, rng: np.random.Generator, most_t60_s: float = np.inf
    ) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,).

        Args:
            force: 0 to 1.
            rng: draws a stretch of each band.
            most_t60_s: cuts decays that are longer.
        """
        envelopes = [self._envelope(k, most_t60_s) for k in range(len(self._bands))]
        total = np.zeros(max(envelope.size for envelope in envelopes), np.float32)
        for band, wave, envelope in zip(self._bands, self._waves, envelopes, strict=True):
            start = int(rng.integers(band.wave.size))
            gain = np.float32(10 ** (band.force_db * (force - 0.6) / 20))
            for first in range(0, envelope.size, _BLOCK_FRAMES):
                fallen = envelope[first : first + _BLOCK_FRAMES]
                at = (start + first) % band.wave.size
                part = wave[at : at + fallen.size] * fallen
                if gain != 1:
                    part *= gain
                total[first : first + fallen.size] += part
        return total

    def _envelope(self, number: int, most_t60_s: float) -> NDArray[np.float32]:
        band = self._bands[number]
        key = (number, min(band.t60_s, most_t60_s))
        found = self._envelopes.get(key)
        if found is None:
            frames = round(_HEARD * key[1] * self._rate) + 1
            found = decay(frames, key[1], self._rate)
            rise = min(round(band.rise_s * self._rate) + 2, frames)
            found[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
            self._envelopes[key] = found
        return found


def decay(frames: int, t60_s: float, rate: int) -> NDArray[np.float32]:
    """Returns 10^(-3 t / t60_s) at each frame, brought down to nothing at the end."""
    fall = DECAY_60_DB / (t60_s * rate)
    steps = np.arange(-(-frames // _STEP_FRAMES)) * _STEP_FRAMES
    rows = np.multiply.outer(
        np.exp(-fall * steps).astype(np.float32),
        np.exp(-fall * np.arange(_STEP_FRAMES)).astype(np.float32),
    )
    fallen = rows.reshape(-1)[:frames]
    fallen -= fallen[-1]
    return np.asarray(fallen, np.float32)


def noise(layer: Layer, rate: int) -> Bands:
    """Returns snare wires, sticks, breath: noise in a band whose top opens with force."""
    low, high = layer.band_hz
    high = min(high, _MAX_SHARE * rate / 1.25)
    middle = np.sqrt(low * high)
    slow, fast = layer.t60_s
    size = min(_size(2 * max(slow, fast) * rate), _MOST_FRAMES // 2)
    rng = np.random.default_rng([round(low), round(high), 1])
    spectrum = np.fft.rfft(rng.standard_normal(size, np.float32)).astype(np.complex64)
    hz = np.fft.rfftfreq(size, 1 / rate).astype(np.float64)
    parts = ((low, middle, slow, 0.0), (middle, 0.8 * high, fast, 0.0),
             (0.8 * high, 1.25 * high, fast, 12.0))  # fmt: skip
    bands = [
        Band(
            wave=np.asarray(np.fft.irfft(spectrum * passing(hz, start, stop), size), np.float32),
            t60_s=t60_s,
            rise_s=layer.attack_s,
            force_db=force_db,
        )
        for start, stop, t60_s, force_db in parts
        if stop > start
    ]
    return Bands(tuple(bands), rate)


def metal(layer: Layer, rate: int) -> Bands:
    """Returns a plate: modes so many that they are drawn; high ones wake late and die sooner.

    In cymbals energy climbs from low modes to high ones within some 10 ms, further the harder they
    are struck: Touze and Chaigne, Acustica 86 (2000); Fletcher and Rossing, section 20.5.
    """
    low, high = layer.band_hz
    high = min(high, _MAX_SHARE * rate)
    # One plate's modes stay where they are.
    own = np.random.default_rng([round(low), round(high), layer.count])
    hz = low + (high - low) * own.random(layer.count) ** 1.2
    place = np.log(hz / low) / np.log(high / low)
    # Neighbours do not all die at one pace: a mode may belong to the band beside its own.
    index = np.clip(np.floor(place * _METAL_BANDS + 0.5 * own.standard_normal(layer.count)), 0,
                    _METAL_BANDS - 1)  # fmt: skip
    slow, fast = layer.t60_s
    return _lines(
        hz,
        own.standard_normal(layer.count),
        tuple(
            (index == k, slow * (fast / slow) ** at, layer.attack_s * at, 10.0 * at)
            for k, at in enumerate((np.arange(_METAL_BANDS) + 0.5) / _METAL_BANDS)
        ),
        rate,
    )


def squares(layer: Layer, rate: int) -> Bands:
    """Returns a drum machine's square waves, band-limited, through a band and a decay."""
    low, high = layer.band_hz
    top = min(1.5 * high, _MAX_SHARE * rate)
    odd = [np.arange(base, top, 2 * base) for base in layer.hz]
    hz = np.concatenate(odd)
    size = np.concatenate([own[0] / own for own in odd]) * passing(hz, low, high) ** 2
    own = np.random.default_rng([round(low), round(high), 2])
    turned = size * np.where(own.random(size.size) < 0.5, -1, 1)
    lower = hz < np.sqrt(low * high)
    slow, fast = layer.t60_s
    parts = ((lower, slow, layer.attack_s, 0.0), (~lower, fast, layer.attack_s, 3.0))
    return _lines(hz, turned, parts, rate)


def passing(hz: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Returns a band's gain: 12 dB per octave outside."""
    safe = np.maximum(hz, 1.0)
    return np.asarray(1 / np.sqrt((1 + (low / safe) ** 4) * (1 + (safe / high) ** 4)), np.float64)


def _lines(
    hz: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    parts: tuple[tuple[NDArray[np.bool_], float, float, float], ...],
    rate: int,
) -> Bands:
    """Returns bands of steady partials, moved to the nearest frequency that repeats."""
    # Long sounds repeat after a second and a half, short ones not before they have died away.
    size = _size(max(t60_s for _, t60_s, _, _ in parts) * rate)
    bins = np.round(hz * size / rate).astype(np.int64)
    bands = []
    for which, t60_s, rise_s, force_db in parts:
        if not which.any():
            continue
        spectrum = np.zeros(size // 2 + 1, np.complex64)
        np.add.at(spectrum, bins[which], amplitude[which] * np.exp(1j * hz[which]))
        wave = np.asarray(np.fft.irfft(spectrum * np.float32(size), size), np.float32)
        bands.append(Band(wave=wave, t60_s=t60_s, rise_s=rise_s, force_db=force_db))
    return Bands(tuple(bands), rate)


def _size(frames: float) -> int:
    """Returns a power of two of at least so many frames, within what is made at all."""
    return min(int(2 ** np.ceil(np.log2(max(frames, _LEAST_FRAMES)))), _MOST_FRAMES)
