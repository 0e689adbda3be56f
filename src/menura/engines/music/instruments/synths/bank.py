"""`Bank`: the tables of a patch's oscillators at each pitch, remembered while there is room."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp import oscillators

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.synths.patch import Patch, Voice

CACHE_BYTES = 64 * 2**20
LAYERS_PER_OCTAVE = 3
LOWEST_HZ, HIGHEST_HZ = 60.0, 18_000.0
"""Cutoffs that a ladder has layers for."""
_MAX_HZ = 20_000.0
_MAX_SHARE = 0.45
_BIAS = 0.25


@dataclass(frozen=True, slots=True)
class Tone:
    """What the oscillators of a patch read at one pitch.

    Attributes:
        tables: wave and octave -> shape (layers, SIZE), as `oscillators.pair` gives them.
        power: of all of them together in each layer, shape (layers,).
    """

    tables: dict[tuple[str, int], NDArray[np.complex64]]
    power: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return sum(table.nbytes for table in self.tables.values())


class Bank:
    """Tables of a patch.

    Args:
        patch: whose.
        rate: Hz.
    """

    def __init__(self, patch: Patch, rate: int) -> None:
        self._patch = patch
        self._rate = rate
        self._tones: OrderedDict[tuple[float, float], Tone] = OrderedDict()
        self.nbytes = 0

    def tone(self, pitch: float, highest: float) -> Tone:
        """Returns what sounds at a MIDI pitch and may be bent up to another."""
        key = (round(pitch, 2), round(max(highest, pitch), 2))
        found = self._tones.get(key)
        if found is not None:
            self._tones.move_to_end(key)
            return found
        made = _made(self._patch, *key, self._rate)
        self._tones[key] = made
        self.nbytes += made.nbytes
        while self.nbytes > CACHE_BYTES and len(self._tones) > 1:
            self.nbytes -= self._tones.popitem(last=False)[1].nbytes
        return made


def cutoffs_hz() -> NDArray[np.float64]:
    """Returns the cutoff of each layer of a ladder, shape (layers,)."""
    count = int(np.log2(HIGHEST_HZ / LOWEST_HZ) * LAYERS_PER_OCTAVE) + 2
    return np.asarray(LOWEST_HZ * 2 ** (np.arange(count) / LAYERS_PER_OCTAVE), np.float64)


def table_of(patch: Patch, voice: Voice) -> tuple[str, int]:
    """Returns the wave and the octave of what a voice reads."""
    # The second saw of a pulse is read where its width puts it.
    wave = "saw" if voice.wave == "pulse" and patch.filter.axis != "width" else voice.wave
    return wave, voice.octave


def _made(patch: Patch, pitch: float, highest: float, rate: int) -> Tone:
    tables: dict[tuple[str, int], NDArray[np.complex64]] = {}
    spectra: dict[tuple[str, int], NDArray[np.complex128]] = {}
    power = []
    for voice in patch.voices:
        key = table_of(patch, voice)
        if key not in tables:
            hz, top_hz = (440 * 2 ** ((p - 69) / 12 + voice.octave) for p in (pitch, highest))
            count = int(min(_MAX_HZ, _MAX_SHARE * rate) / (top_hz * 1.01))
            count = min(max(count, 1), oscillators.SIZE // 4)
            spectra[key] = _spectra(patch, key[0], hz, count)
            tables[key] = oscillators.pair(oscillators.tabulate(spectra[key]))
        heard = np.abs(spectra[key]) ** 2 / 2
        if voice.wave == "pulse" and patch.filter.axis != "width":
            heard = heard * np.abs(oscillators.moved(heard.shape[1], voice.width)) ** 2
        power.append(voice.level**2 * heard.sum(axis=1))
    return Tone(tables, np.sum(power, axis=0))


def _spectra(patch: Patch, wave: str, hz: float, count: int) -> NDArray[np.complex128]:
    """Returns harmonics in each layer, shape (layers, count)."""
    shape = patch.filter
    if shape.axis == "width":
        return np.array([oscillators.pulse(count, width) for width in shape.settings])
    waves = {
        "saw": oscillators.saw,
        "triangle": oscillators.triangle,
        "sine": oscillators.sine,
    }
    plain = waves[wave](count)[np.newaxis]
    if shape.axis == "drive":
        plain = np.repeat(plain, len(shape.settings), axis=0)
        return oscillators.saturate(plain, np.array(shape.settings), _BIAS)
    places_hz = hz * np.arange(1.0, count + 1)
    filtered = oscillators.ladder(places_hz, cutoffs_hz(), shape.resonance)
    filtered *= plain
    if shape.drive:
        filtered = oscillators.saturate(filtered, shape.drive, _BIAS)
    return filtered
