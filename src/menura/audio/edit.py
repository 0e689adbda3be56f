"""Editing: cut, fade, join and mix sounds. Every function returns a new sound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.audio.audio import Audio
from menura.audio.resample import resample
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Shape = Literal["linear", "cosine", "power"]
_WINDOW_S = 0.01


def trim(audio: Audio, start_s: float, end_s: float | None = None) -> Audio:
    """Returns the part from `start_s` to `end_s` (None = to the end).

    Raises:
        InvalidInput: if the part is empty or not inside the sound.
    """
    end_s = audio.duration_s if end_s is None else end_s
    # Half a frame of grace: a duration that was printed and read again is a little off.
    if not 0 <= start_s < end_s <= audio.duration_s + 0.5 / audio.rate:
        raise InvalidInput(
            f"cannot cut {start_s:g} to {end_s:g} s out of {audio.duration_s:.3f} s of sound"
        )
    return audio.slice(round(start_s * audio.rate), round(end_s * audio.rate))


def fade(audio: Audio, in_s: float, out_s: float, shape: Shape = "cosine") -> Audio:
    """Returns the sound faded in from and out to silence.

    Args:
        audio: the sound.
        in_s: length of the fade at the start.
        out_s: length of the fade at the end.
        shape: `linear`, `cosine` (smooth at both ends), or `power` (a quarter sine, whose square
            and that of its mirror sum to one).

    Raises:
        InvalidInput: if a fade is negative or longer than the sound.
    """
    _check_lengths(audio.duration_s, in_s=in_s, out_s=out_s)
    samples = audio.samples.copy()
    count_in, count_out = round(in_s * audio.rate), round(out_s * audio.rate)
    samples[:, :count_in] *= _ramp(count_in, shape)
    samples[:, audio.frames - count_out :] *= _ramp(count_out, shape)[::-1]
    return Audio(samples, audio.rate)


def crossfade(first: Audio, second: Audio, overlap_s: float) -> Audio:
    """Returns `first` going over into `second` with equal power; the rate is that of `first`.

    Raises:
        InvalidInput: if the overlap is negative or longer than either sound.
    """
    first, second = matched([first, second])
    _check_lengths(min(first.duration_s, second.duration_s), overlap_s=overlap_s)
    count = round(overlap_s * first.rate)
    ramp = _ramp(count, "power")
    start = first.frames - count
    middle = first.samples[:, start:] * ramp[::-1] + second.samples[:, :count] * ramp
    parts = [first.samples[:, :start], middle, second.samples[:, count:]]
    return Audio(np.concatenate(parts, axis=1), first.rate)


def join(sounds: Sequence[Audio], gap_s: float = 0.0) -> Audio:
    """Returns the sounds one after the other with `gap_s` of silence between them.

    Raises:
        InvalidInput: if there are none, or the gap is negative.
    """
    if not sounds:
        raise InvalidInput("there is nothing to join")
    _check_lengths(math.inf, gap_s=gap_s)
    alike = matched(sounds)
    gap = Audio.silence(gap_s, alike[0].rate, alike[0].channels).samples
    parts = [part for sound in alike for part in (gap, sound.samples)]
    return Audio(np.concatenate(parts[1:], axis=1), alike[0].rate)


def mix(parts: Sequence[tuple[Audio, float, float, float]]) -> Audio:
    """Returns the sum of (sound, start_s, gain_db, pan), as long as its last part.

    A pan of -1 is left, 1 right. The result is stereo if a part is or is panned, and its rate is
    that of the first part. How sounds are panned: see `pan_gains`.

    Raises:
        InvalidInput: if there are no parts, a start is negative, or a pan lies beyond -1 to 1.
    """
    if not parts:
        raise InvalidInput("there is nothing to mix")
    for _, start_s, gain_db, pan in parts:
        _check_lengths(math.inf, start_s=start_s)
        if not -1 <= pan <= 1 or not -200 <= gain_db <= 200:
            raise InvalidInput(f"a pan is -1 to 1 and a gain in dB, not {pan:g} and {gain_db:g}")
    wide = any(pan for *_, pan in parts)
    rate = parts[0][0].rate
    sounds = [resample(sound, rate) for sound, *_ in parts]
    channels = max(2 if wide else 1, *(sound.channels for sound in sounds))
    starts = [round(start_s * rate) for _, start_s, _, _ in parts]
    frames = max(start + sound.frames for start, sound in zip(starts, sounds, strict=True))
    total = np.zeros((channels, frames), np.float32)
    for sound, start, (_, _, gain_db, pan) in zip(sounds, starts, parts, strict=True):
        placed = upmixed(sound, channels).scaled(gain_db).samples
        if channels == 2:
            placed = placed * pan_gains(pan, sound.channels)
        total[:, start : start + sound.frames] += placed
    return Audio(total, rate)


def upmixed(audio: Audio, channels: int) -> Audio:
    """Returns the sound in `channels`: mono is copied to every channel.

    Raises:
        InvalidInput: if it would need another kind of mix (use `Audio.mono` first).
    """
    if audio.channels == channels:
        return audio
    if audio.channels != 1:
        raise InvalidInput(f"cannot turn {audio.channels} channels into {channels}")
    return Audio(np.repeat(audio.samples, channels, axis=0), audio.rate)


def matched(sounds: Sequence[Audio]) -> list[Audio]:
    """Returns the sounds at the rate of the first and with the most channels of any."""
    channels = max(sound.channels for sound in sounds)
    return [upmixed(resample(sound, sounds[0].rate), channels) for sound in sounds]


def pan_gains(pan: float, channels: int) -> NDArray[np.float32]:
    """Returns the factors of the left and the right channel, shape (2, 1).

    A mono sound is panned at constant power (the square-root law) and keeps its level in both
    channels in the middle, so that panning one sound leaves the others of a mix as they were. Of
    a stereo sound the far side is lowered (balance).

    Args:
        pan: -1 (left) to 1 (right).
        channels: channels of the sound to be panned.
    """
    if channels == 1:
        return np.array([[math.sqrt(1 - pan)], [math.sqrt(1 + pan)]], np.float32)
    return np.array([[min(1.0, 1 - pan)], [min(1.0, 1 + pan)]], np.float32)


def _ramp(frames: int, shape: Shape) -> NDArray[np.float32]:
    """From 0 to 1, shape (frames,); symmetric, so that it starts and ends half a step inside."""
    position = (np.arange(frames, dtype=np.float64) + 0.5) / max(frames, 1)
    if shape == "linear":
        curve = position
    elif shape == "cosine":
        curve = 0.5 - 0.5 * np.cos(np.pi * position)
    elif shape == "power":
        curve = np.sin(np.pi / 2 * position)
    else:
        raise InvalidInput(f"a fade is linear, cosine or power, not {shape!r}")
    result: NDArray[np.float32] = curve.astype(np.float32)
    return result


def _check_lengths(
    longest_s: float,
    *,
    in_s: float = 0.0,
    out_s: float = 0.0,
    overlap_s: float = 0.0,
    gap_s: float = 0.0,
    start_s: float = 0.0,
    keep_s: float = 0.0,
) -> None:
    """Refuses lengths that are negative, endless, no number, or longer than there is sound."""
    lengths = (in_s, out_s, overlap_s, gap_s, start_s, keep_s)
    for length_s in lengths:
        if not 0 <= length_s < math.inf or length_s > longest_s:
            raise InvalidInput(f"a length of {length_s:g} s does not fit here")
