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

MAX_SPEED = 16.0
_BITS = 28
_FRAME = 1 << _BITS
_PHASES = 4096
_PHASE_BITS = 16
_BLOCK_FRAMES = 8192
_REACH = 4
_BETA = 5.0
_STEPS_PER_OCTAVE = 4
_UNDILUTED = 1.12
_MAX_DILUTION = 4.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sample is read.

    Attributes:
        at: in 2^-28 of a frame, shape (frames,), never falling.
        speed: the highest, in frames of the sample for one of the sound.
    """

    at: NDArray[np.int64]
    speed: float


def steady_places(frames: int, speed: float, start: int) -> Places:
    """Returns places that follow at one speed, from a frame of the sample on."""
    # After an hour they are not a tenth of a frame off.
    step = max(1, round(speed * _FRAME))
    first = start * _FRAME
    return Places(np.arange(first, first + frames * step, step, dtype=np.int64), speed)


def moving_places(speeds: NDArray[np.float64], start: int) -> Places:
    """Returns places that follow at speeds that change, shape (frames,)."""
    speeds = np.minimum(speeds, MAX_SPEED)
    at = np.cumsum(speeds) - speeds + start
    return Places((at * _FRAME).astype(np.int64), float(speeds.max(initial=0.0)))


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
    table = _table(_dilution(places.speed))
    if not loops:
        return _straight(font, sample, places.at, table)
    if not leaves or held >= places.at.size:
        return _round(font, sample, places.at, table)
    # Behind the loop it goes on from wherever the loop has come to.
    first, length = sample.loop_start - sample.start, sample.loop_end - sample.loop_start
    turns = max(0, (int(places.at[held]) // _FRAME - first) // length)
    tail = _straight(font, sample, places.at[held:] - turns * length * _FRAME, table)
    return np.concatenate([_round(font, sample, places.at[:held], table), tail])


def _straight(
    font: Font, sample: Sample, at: NDArray[np.int64], table: NDArray[np.float32]
) -> NDArray[np.float32]:
    reach = table.shape[0] // 2
    length = sample.end - sample.start
    frames = int(np.searchsorted(at, length * _FRAME))
    if not frames:
        return np.zeros(0, np.float32)
    first, last = int(at[0]) // _FRAME, int(at[frames - 1]) // _FRAME
    # Before its start and behind its end a sample is silent, whatever lies there in the file.
    wave = np.zeros(last - first + 2 * reach + 1, np.float32)
    origin = first - reach + 1
    begin, end = max(0, origin), min(length, origin + wave.size)
    wave[begin - origin : end - origin] = font.samples(sample.start + begin, sample.start + end)
    return _weighed(wave, at[:frames], table, origin)


def _round(
    font: Font, sample: Sample, at: NDArray[np.int64], table: NDArray[np.float32]
) -> NDArray[np.float32]:
    if not at.size:
        return np.zeros(0, np.float32)
    reach = table.shape[0] // 2
    first, length = sample.loop_start - sample.start, sample.loop_end - sample.loop_start
    # From here on all that a place sees of the sample repeats.
    home = first + reach
    needed = min(int(at[-1]) // _FRAME, home + length) + reach + 2
    wave = np.zeros(reach - 1 + needed, np.float32)
    direct = min(needed, first + length)
    body = wave[reach - 1 :]
    body[:direct] = font.samples(sample.start, sample.start + direct)
    if needed > direct:
        body[direct:] = np.resize(body[first : first + length], needed - direct)
    return _weighed(wave, at, table, 1 - reach, (home, length))


def _weighed(
    wave: NDArray[np.float32],
    at: NDArray[np.int64],
    table: NDArray[np.float32],
    origin: int,
    loop: tuple[int, int] | None = None,
) -> NDArray[np.float32]:
    """Returns a wave between its frames.

    Args:
        wave: shape (frames,).
        at: where to read.
        table: a weight for each tap and phase.
        origin: the place of the wave's first frame.
        loop: the place from which on all repeats, and after how many frames.
    """
    total = np.empty(at.size, np.float32)
    # To the first tap, and to the middle of a phase.
    offset = (1 << _PHASE_BITS >> 1) - (origin + table.shape[0] // 2 - 1) * _FRAME
    # What is at hand in a block stays in the cache.
    for start in range(0, at.size, _BLOCK_FRAMES):
        near = at[start : start + _BLOCK_FRAMES].copy()
        if loop is not None:
            home, period = loop[0] * _FRAME, loop[1] * _FRAME
            later = near[np.searchsorted(near, home) :]
            later -= home
            later %= period
            later += home
        near += offset
        phase = (near >> _PHASE_BITS) & (_PHASES - 1)
        near >>= _BITS
        some = wave.take(near) * table[0].take(phase)
        for tap in range(1, table.shape[0]):
            some += wave[tap:].take(near) * table[tap].take(phase)
        total[start : start + _BLOCK_FRAMES] = some
    return total


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
    away = np.arange(1 - reach, reach + 1)[:, np.newaxis] - np.arange(_PHASES) / _PHASES
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - (away / reach) ** 2)))
    weights = np.sinc(away / dilution) * window
    # Each phase passes a constant unchanged: else the phases' own pattern would be heard.
    return np.asarray(weights / weights.sum(axis=0), np.float32)
