"""Mixing: several streams of sound, placed in time, added block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.audio import Audio
from menura.audio.edit import pan_gains
from menura.audio.resample import Resampler

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A stream of sound and its place in a mix.

    Attributes:
        blocks: the sound, 1 or 2 channels.
        rate: its frames per second, Hz.
        channels: its channels.
        start_s: where it begins in the mix, seconds.
        gain_db: level change, dB.
        pan: -1 (left) to 1 (right); see `menura.audio.edit.pan_gains`.
    """

    blocks: Iterable[Audio]
    rate: int
    channels: int
    start_s: float = 0.0
    gain_db: float = 0.0
    pan: float = 0.0


def mix_channels(tracks: Sequence[Track]) -> int:
    """Returns 1 if nothing in the mix is stereo or panned, else 2."""
    return 2 if any(t.channels > 1 or t.pan for t in tracks) else 1


def mix(
    tracks: Sequence[Track], rate: int, channels: int, block_frames: int, *, led: bool = False
) -> Iterator[list[Audio]]:
    """Yields, block by block, what each track contributes; the mix is their sum.

    Args:
        tracks: what to add.
        rate: frames per second of the mix, Hz; tracks at other rates are resampled.
        channels: 1 or 2.
        block_frames: length of each block but the last.
        led: whether the whole is as long as the first track; else as the one that ends last.
    """
    players = [_Player(track, rate, channels) for track in tracks]
    position = 0
    while True:
        pieces = [player.read(position, block_frames) for player in players]
        leading = slice(0, 1 if led else None)
        frames = max((piece.shape[1] for piece in pieces[leading]), default=0)
        over = all(player.over for player in players[leading])
        if not over:
            frames = block_frames
        if frames:
            yield [Audio(_fitted(piece, frames), rate) for piece in pieces]
        if over:
            return
        position += frames


def _fitted(piece: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Returns a piece cut, or filled up with silence, to a length."""
    missing = max(0, frames - piece.shape[1])
    return np.pad(piece[:, :frames], ((0, 0), (0, missing)))


class _Player:
    """Reads one track in step with the mix: converted, delayed and at its level."""

    def __init__(self, track: Track, rate: int, channels: int) -> None:
        self._blocks = _converted(track, rate, channels)
        self._start = round(track.start_s * rate)
        self._held = np.zeros((channels, 0), np.float32)
        self._ended = False

    @property
    def over(self) -> bool:
        """Whether all of the track has been read."""
        return self._ended and self._held.shape[1] == 0

    def read(self, position: int, frames: int) -> NDArray[np.float32]:
        """Returns the track's part of mix frames [position, position + frames)."""
        lead = min(max(self._start - position, 0), frames)
        wanted = frames - lead
        pieces = [self._held]
        count = self._held.shape[1]
        while count < wanted and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
            else:
                pieces.append(block)
                count += block.shape[1]
        joined = np.concatenate(pieces, axis=1) if len(pieces) > 1 else pieces[0]
        self._held = joined[:, wanted:]
        return np.pad(joined[:, :wanted], ((0, 0), (lead, 0))) if lead else joined[:, :wanted]


def _converted(track: Track, rate: int, channels: int) -> Iterator[NDArray[np.float32]]:
    """Yields the track's samples at the mix's rate, channels and level."""
    factor = np.full((1, 1), 10 ** (track.gain_db / 20), np.float32)
    if channels == 2:
        factor = factor * pan_gains(track.pan, track.channels)
    resampler = Resampler(track.rate, rate, track.channels) if track.rate != rate else None
    for block in track.blocks:
        heard = block if resampler is None else resampler.process(block)
        yield _mixed_down(heard.samples, channels) * factor
    if resampler is not None:
        yield _mixed_down(resampler.finish().samples, channels) * factor


def _mixed_down(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Returns the mean of both channels where the mix has only one."""
    if channels == samples.shape[0] or channels == 2:
        return samples
    return np.asarray(samples.mean(axis=0, keepdims=True), np.float32)
