"""Reading a sample at another speed, round and round its loop."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.soundfont.font import Font
    from menura.engines.music.instruments.soundfont.zones import Sample

MAX_SPEED = 32.0
_BITS = 28
_PHASE_BITS = 12
_REACH = 4
_BETA = 5.0
_STEPS_PER_OCTAVE = 4
_UNDILUTED = 1.12
_MAX_DILUTION = 8.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sample is read, in whole frames and 4096ths.

    Attributes:
        whole: frame before the place, shape (frames,), never falling.
        phase: how far behind it, 0 to 4095.
        speed: the highest, in frames of the sample for one of the sound.
    """

    whole: NDArray[np.int64]
    phase: NDArray[np.int64]
    speed: float


def steady_places(frames: int, speed: float, start: int) -> Places:
    """Returns places that follow at one speed, from a frame of the sample on."""
    # In 2^-28 of a frame: after an hour it is not a tenth of a frame off.
    at = np.arange(frames, dtype=np.int64) * round(speed * (1 << _BITS))
    return _places(at + (start << _BITS), speed)


def moving_places(speeds: NDArray[np.float64], start: int) -> Places:
    """Returns places that follow at speeds that change, shape (frames,)."""
    speeds = np.minimum(speeds, MAX_SPEED)
    at = np.cumsum(speeds) - speeds + start
    return _places((at * (1 << _BITS)).astype(np.int64), float(speeds.max(initial=0.0)))


def read(
    font: Font, sample: Sample, places: Places, held: int, *, loops: bool, leaves: bool
) -> NDArray[np.float32]:
    """Returns the sound of a sample, shorter than `places` where the sample ends before.

    Args:
        font: holds it.
        sample: what to read.
        places: where, from its start.
        held: frames until the key is up.
        loops: whether it goes round its loop.
        leaves: whether it goes on behind the loop once the key is up.
    """
    if not places.whole.size:
        return np.zeros(0, np.float32)
    table = _table(_dilution(places.speed))
    if not loops:
        return _straight(font, sample, places, table)
    if not leaves or held >= places.whole.size:
        return _round(font, sample, places, table)
    before = Places(places.whole[:held], places.phase[:held], places.speed)
    # Behind the loop it goes on from wherever the loop has come to.
    first, length = sample.loop_start - sample.start, sample.loop_end - sample.loop_start
    turn = int(places.whole[held])
    turns = max(0, (turn - first) // length) if turn >= first + length else 0
    after = Places(places.whole[held:] - turns * length, places.phase[held:], places.speed)
    tail = _straight(font, sample, after, table)
    return np.concatenate([_round(font, sample, before, table), tail])


def _places(at: NDArray[np.int64], speed: float) -> Places:
    at += 1 << (_BITS - _PHASE_BITS - 1)
    phase = (at >> (_BITS - _PHASE_BITS)) & ((1 << _PHASE_BITS) - 1)
    return Places(at >> _BITS, phase, speed)


def _straight(
    font: Font, sample: Sample, places: Places, table: NDArray[np.float32]
) -> NDArray[np.float32]:
    reach = table.shape[0] // 2
    length = sample.end - sample.start
    frames = int(np.searchsorted(places.whole, length))
    if not frames:
        return np.zeros(0, np.float32)
    first, last = int(places.whole[0]), int(places.whole[frames - 1])
    begin, end = max(0, first - reach + 1), min(length, last + reach + 1)
    # Before its start and behind its end a sample is silent, whatever lies there in the file.
    wave = np.pad(
        font.samples(sample.start + begin, sample.start + end),
        (begin - (first - reach + 1), last + reach + 1 - end),
    )
    return _weighed(wave, places.whole[:frames] - first, places.phase[:frames], table)


def _round(
    font: Font, sample: Sample, places: Places, table: NDArray[np.float32]
) -> NDArray[np.float32]:
    if not places.whole.size:
        return np.zeros(0, np.float32)
    reach = table.shape[0] // 2
    first, length = sample.loop_start - sample.start, sample.loop_end - sample.loop_start
    # From here on all that a place sees of the sample repeats.
    home = first + reach
    whole = places.whole
    if int(whole[-1]) >= home + length:
        whole = np.where(whole < home, whole, home + (whole - home) % length)
    needed = int(whole.max()) + reach + 1
    wave = np.zeros(reach - 1 + needed, np.float32)
    direct = min(needed, first + length)
    body = wave[reach - 1 :]
    body[:direct] = font.samples(sample.start, sample.start + direct)
    if needed > direct:
        body[direct:] = np.resize(body[first : first + length], needed - direct)
    return _weighed(wave, whole, places.phase, table)


def _weighed(
    wave: NDArray[np.float32],
    whole: NDArray[np.int64],
    phase: NDArray[np.int64],
    table: NDArray[np.float32],
) -> NDArray[np.float32]:
    total = wave.take(whole) * table[0].take(phase)
    for tap in range(1, table.shape[0]):
        total += wave[tap:].take(whole) * table[tap].take(phase)
    return np.asarray(total, np.float32)


def _dilution(speed: float) -> float:
    """Returns by how much the kernel is stretched, in quarters of an octave.

    Read faster, a sample holds what lies above half the rate. What a table of 48 kHz has more than
    one of 44.1 kHz is not worth a duller sound.
    """
    if speed <= _UNDILUTED:
        return 1.0
    steps = math.ceil(_STEPS_PER_OCTAVE * math.log2(min(speed, _MAX_DILUTION)) - 0.01)
    return float(2 ** (steps / _STEPS_PER_OCTAVE))


@functools.lru_cache(maxsize=16)
def _table(dilution: float) -> NDArray[np.float32]:
    """Returns a windowed sinc, shape (taps, 4096): a weight for each tap and phase.

    Eight taps, or more in proportion. Smith, Gossett: A flexible sampling-rate conversion method,
    ICASSP (1984).
    """
    reach = math.ceil(_REACH * dilution)
    phases = 1 << _PHASE_BITS
    away = np.arange(1 - reach, reach + 1)[:, np.newaxis] - np.arange(phases) / phases
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - (away / reach) ** 2)))
    weights = np.sinc(away / dilution) * window
    # Each phase passes a constant unchanged: else the phases' own pattern would be heard.
    return np.asarray(weights / weights.sum(axis=0), np.float32)
