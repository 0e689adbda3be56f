"""Noise in streams: of any colour, of any slow course, and of scattered grains. Never looped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import Equaliser, minimum_phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAPS = 1024
_CURVE_HZ = tuple(float(hz) for hz in np.geomspace(15, 24_000, 256))


class Colour:
    """Gaussian noise with a gain curve over frequency, block by block.

    Args:
        points: (Hz, dB) of the curve, straight between points on a logarithmic axis, level beyond.
        rate: Hz.
        block_frames: length of every block.
        channels: independent channels.
        rng: draws the noise.
    """

    def __init__(
        self,
        points: list[tuple[float, float]],
        rate: int,
        block_frames: int,
        channels: int,
        rng: np.random.Generator,
    ) -> None:
        hz = np.array(_CURVE_HZ)
        at = np.log([p[0] for p in points])
        gain_db = np.interp(np.log(hz), at, [p[1] for p in points])
        response = minimum_phase(hz, gain_db, rate, _TAPS)
        self._filter = Equaliser(np.tile(response, (channels, 1)), block_frames)
        self._frames, self._channels, self._rng = block_frames, channels, rng
        self._filter.process(self._white())  # the filter is under way when sound begins

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, block_frames), float32.

        With a curve of 0 dB throughout its rms is 1.
        """
        return self._filter.process(self._white())

    def _white(self) -> NDArray[np.float32]:
        shape = (self._channels, self._frames)
        return np.asarray(self._rng.standard_normal(shape, np.float32), np.float32)


class Wander:
    """A slow random course: a smooth curve through normal values, some times a second.

    Args:
        per_s: how many new values a second; it moves no faster than half of that.
        rate: Hz.
        block_frames: length of every block.
        rng: draws the values.
    """

    def __init__(
        self, per_s: float, rate: int, block_frames: int, rng: np.random.Generator
    ) -> None:
        self._step = per_s / rate
        self._frames, self._rng = block_frames, rng
        self._place = float(rng.random())
        self._values = rng.standard_normal(4)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (block_frames,), float32: mean 0, deviation near 0.85."""
        places = self._place + self._step * np.arange(1, self._frames + 1)
        needed = int(places[-1]) + 4
        if needed > self._values.size:
            fresh = self._rng.standard_normal(needed - self._values.size)
            self._values = np.concatenate([self._values, fresh])
        whole = places.astype(np.int64)
        share = places - whole
        smooth = share * share * (3 - 2 * share)
        curve = self._values[whole + 1] * (1 - smooth) + self._values[whole + 2] * smooth
        done = int(places[-1])
        self._values = self._values[done:]
        self._place = float(places[-1] - done)
        return np.asarray(curve, np.float32)


class Overlay:
    """Sounds laid over each other at given frames, read as a stream.

    Args:
        channels: of the stream; a sound of shape (frames,) goes to all of them alike.
        block_frames: length of every block.
    """

    def __init__(self, channels: int, block_frames: int) -> None:
        self._channels, self._frames = channels, block_frames
        self._ahead = np.zeros((channels, 4 * block_frames), np.float32)
        self._first = 0  # where the next block stands in it
        self.position = 0
        """The first frame of the next block."""

    def add(self, frame: int, sound: NDArray[np.float32]) -> None:
        """Lays a sound so that it begins at a frame of the stream, not before `position`."""
        start = self._first + frame - self.position
        end = start + sound.shape[-1]
        if end + self._frames > self._ahead.shape[1]:
            left = self._ahead[:, self._first :]
            size = max(2 * (end - self._first), left.shape[1]) + 4 * self._frames
            self._ahead = np.zeros((self._channels, size), np.float32)
            self._ahead[:, : left.shape[1]] = left
            start, end, self._first = start - self._first, end - self._first, 0
        self._ahead[:, start:end] += sound

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, block_frames), float32."""
        end = self._first + self._frames
        block = self._ahead[:, self._first : end].copy()
        self._ahead[:, self._first : end] = 0
        self._first = end
        self.position += self._frames
        if end + self._frames > self._ahead.shape[1]:
            # Round the corner: what lies ahead fits in what was read, for `add` leaves a block.
            self._ahead = np.roll(self._ahead, -end, axis=1)
            self._first = 0
        return block


class Shots:
    """Many short grains at random moments: rain, crackle, applause. A Poisson process.

    Grains of one kind have one shape and sizes of their own: impulses are scattered and the shape
    is laid over all of them at once, so that a hundred or ten thousand a second cost the same.

    Args:
        shapes: one kind each, shape (kinds, taps), taps at most block_frames.
        rate: Hz.
        block_frames: length of every block.
        channels: 1, or 2 if each grain has a place of its own between the ears.
        rng: draws moments, sizes and places.
    """

    def __init__(
        self,
        shapes: NDArray[np.float32],
        rate: int,
        block_frames: int,
        channels: int,
        rng: np.random.Generator,
    ) -> None:
        kinds = shapes.shape[0]
        self._kinds, self._channels = kinds, channels
        self._rate, self._frames, self._rng = rate, block_frames, rng
        self._filter = Equaliser(np.repeat(shapes, channels, axis=0), block_frames)

    def next(self, per_s: float, spread_db: float = 6.0) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, block_frames), float32.

        Args:
            per_s: grains a second in this block, of all kinds together.
            spread_db: standard deviation of their levels, dB.
        """
        count = int(self._rng.poisson(per_s * self._frames / self._rate))
        hits = np.zeros((self._kinds * self._channels, self._frames), np.float32)
        at = self._rng.integers(0, self._frames, count)
        kind = self._rng.integers(0, self._kinds, count) * self._channels
        size = 10 ** (spread_db / 20 * self._rng.standard_normal(count))
        size *= np.where(self._rng.random(count) < 0.5, -1.0, 1.0)
        if self._channels == 1:
            np.add.at(hits, (kind, at), size.astype(np.float32))
        else:
            angle = self._rng.random(count) * np.pi / 2
            np.add.at(hits, (kind, at), (size * np.cos(angle)).astype(np.float32))
            np.add.at(hits, (kind + 1, at), (size * np.sin(angle)).astype(np.float32))
        heard = self._filter.process(hits)
        layered = heard.reshape(self._kinds, self._channels, self._frames)
        return np.asarray(layered.sum(axis=0), np.float32)
