"""Contact: what a blow of some hardness leaves of a body's modes, and its own noise."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB, MAX_HZ, Modes, ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.dsp.solids.bodies import Body

_FLOOR_DB = -66.0
_SHORTEST_S = 0.004
_BRIEF_FRAMES = 12_000
_BLOCK_FRAMES = 64
_INSIDE = np.arange(_BLOCK_FRAMES, dtype=np.float32)
_STEP_FRAMES = 96
_BREATH_FRAMES = 48
_AUDIBLE = 1e-3


def contact_gain(hz: NDArray[np.float64], contact_s: float) -> NDArray[np.float64]:
    """Returns the spectrum of the force of a blow, 1 at 0 Hz, shape as `hz`.

    Two elastic bodies press on each other as sin(pi t / T)^(3/2), after H. Hertz (1881), and that
    falls by 15 dB per octave above 1 / (2 T). Its zeros are left out: no real blow has them.
    """
    return np.asarray((1 + (2 * hz * contact_s) ** 2) ** -1.25, np.float64)


def strike(
    body: Body,
    contact_s: float,
    rng: np.random.Generator,
    rate: int,
    *,
    grit_db: float = -100.0,
    longest_s: float = 6.0,
) -> NDArray[np.float32]:
    """Returns one blow on a body, shape (frames,), with an energy (sum of squares) of 1.

    Args:
        body: what is struck.
        contact_s: how long the two touch.
        rng: draws the place and the noise.
        rate: Hz.
        grit_db: energy of the noise of rough surfaces in contact against that of the modes.
        longest_s: it is cut (and faded) after this.
    """
    amplitude = body.struck(rng) * contact_gain(body.hz, contact_s)
    lasting_s = _lasting_s(amplitude, body.t60_s, _FLOOR_DB)
    lasting_s = min(max(lasting_s, _SHORTEST_S, 3 * contact_s), longest_s)
    frames = _whole(lasting_s * rate)
    sound = sounded(body, amplitude, -np.pi / 2, frames, rate)
    sound *= np.float32(1 / np.sqrt(float(np.dot(sound, sound)) or 1.0))
    if grit_db > -60:
        noise = grit(contact_s, rng, rate)[:frames]
        sound[: noise.size] += noise * np.float32(10 ** (grit_db / 20))
    rise = min(frames, 2 + 2 * round(contact_s * rate / 4))
    sound[:rise] *= _ramp(rise)
    fall = min(frames // 3, 480)
    sound[frames - fall :] *= _ramp(fall)[::-1]
    # What is pushed comes back: no pressure is left over (its integral is what is set in motion).
    lobe = _lobe(min(frames, 2400))
    sound[: lobe.size] -= lobe * np.float32(sound.sum())
    return sound


def answer(
    body: Body, contact_s: float, rng: np.random.Generator, rate: int, longest_s: float = 1.5
) -> NDArray[np.float32]:
    """Returns what is heard of an impulse of force at some place, shape (frames,), energy 1.

    For forces that go on: `menura.dsp.solids.response.respond` sends them through it.

    Args:
        body: what is excited.
        contact_s: how long each touch lasts, which softens it.
        rng: draws the place.
        rate: Hz.
        longest_s: it is cut (and faded) after this.
    """
    amplitude = body.struck(rng) * contact_gain(body.hz, contact_s)
    lasting_s = _lasting_s(amplitude, body.t60_s, -54.0)
    frames = _whole(min(max(lasting_s, _SHORTEST_S), longest_s) * rate)
    # What presses without end moves nothing: speeds, unlike paths, begin as cosines.
    sound = sounded(body, amplitude, 0.0, frames, rate)
    sound *= np.float32(1 / np.sqrt(float(np.dot(sound, sound)) or 1.0))
    fall = frames // 4
    sound[frames - fall :] *= _ramp(fall)[::-1]
    return sound


def sounded(
    body: Body, amplitude: NDArray[np.float64], phase: float, frames: int, rate: int
) -> NDArray[np.float32]:
    """Returns a body's modes at some amplitudes, shape (frames,), as `menura.dsp.modes.ring` does.

    Sooner than that if they are brief: blocks are shorter here, so that what is worked out once is
    little, and phases within a block are small enough for single precision.
    """
    size = np.abs(amplitude)
    kept = (size > _AUDIBLE * float(size.max(initial=0.0))) & (body.hz < MAX_HZ * rate)
    hz, t60_s, amplitude = body.hz[kept], body.t60_s[kept], amplitude[kept]
    if frames > _BRIEF_FRAMES or not hz.size:
        phases = np.full(hz.size, phase)
        return ring(Modes(hz=hz, amplitude=amplitude, t60_s=t60_s, phase=phases), frames, rate)
    turn = (2 * np.pi / rate) * hz[:, np.newaxis]
    decay = (-DECAY_60_DB / rate) / t60_s[:, np.newaxis]
    angle = turn.astype(np.float32) * _INSIDE
    height = np.exp(decay.astype(np.float32) * _INSIDE)
    rows = np.concatenate([np.cos(angle) * height, np.sin(angle) * height])
    at = np.arange(0.0, frames, _BLOCK_FRAMES)
    short = np.mod(turn * at + phase, 2 * np.pi).astype(np.float32)
    height = np.exp((decay * at).astype(np.float32)) * amplitude[:, np.newaxis].astype(np.float32)
    columns = np.concatenate([np.cos(short) * height, np.sin(short) * -height])
    return np.asarray(columns.T @ rows, np.float32).reshape(-1)[:frames]


def grit(contact_s: float, rng: np.random.Generator, rate: int) -> NDArray[np.float32]:
    """Returns the noise of many small contacts within one, shape (frames,), with an energy of 1."""
    # Small contacts are ten times as short as the whole.
    small = max(1, round(0.1 * contact_s * rate))
    frames = _whole((2.5 * contact_s + 0.002) * rate)
    noise = rng.standard_normal(frames + small, np.float32)
    # A difference over a while takes away what is slow: no surface breathes.
    noise[_BREATH_FRAMES:] -= noise[:-_BREATH_FRAMES]
    if small > 1:
        noise = np.convolve(noise, _ramp(2 * small)[::2], "valid").astype(np.float32)
    sound = noise[:frames] * _fade(frames)
    return sound * np.float32(1 / np.sqrt(float(np.dot(sound, sound)) or 1.0))


def _lasting_s(
    amplitude: NDArray[np.float64], t60_s: NDArray[np.float64], floor_db: float
) -> float:
    """Returns when the last mode has fallen to `floor_db` under their power together."""
    together = float(np.sqrt(np.dot(amplitude, amplitude)))
    if not together:
        return 0.0
    over_db = 20 * np.log10(np.abs(amplitude) / together + 1e-9) - floor_db
    return float((t60_s * over_db).max()) / 60


def _whole(frames: float) -> int:
    """Returns a length of some frames or a little more, of which there are few."""
    return max(_STEP_FRAMES, -(-round(frames) // _STEP_FRAMES) * _STEP_FRAMES)


@functools.lru_cache(maxsize=64)
def _fade(frames: int) -> NDArray[np.float32]:
    return np.exp(-5 * np.arange(frames, dtype=np.float32) / frames)


@functools.lru_cache(maxsize=256)
def _lobe(frames: int) -> NDArray[np.float32]:
    """Returns a rise and a slower fall that add up to 1, shape (frames,)."""
    place = np.linspace(0, 1, frames)
    lobe = place * np.exp(-8 * place) * (1 - place)
    return np.asarray(lobe / lobe.sum(), np.float32)


@functools.lru_cache(maxsize=256)
def _ramp(frames: int) -> NDArray[np.float32]:
    """Returns a rise from 0 to 1 along a sine squared, shape (frames,)."""
    angle = (np.arange(frames) + 0.5) * (np.pi / 2 / max(frames, 1))
    return np.asarray(np.sin(angle) ** 2, np.float32)
