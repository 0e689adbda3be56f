"""The direct sound of what moves: its delay changes, and with it the pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE
from menura.engines.effects.space import head
from menura.engines.effects.space.air import TAPS, path_filter
from menura.engines.effects.space.fir import Responses, transform
from menura.engines.effects.space.place import LATENCY_S, NEAREST_M
from menura.engines.effects.space.sinc import read
from menura.engines.effects.space.transforms import backward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.path import Path
    from menura.engines.effects.space.rooms import Room

_NODE_FRAMES = 32
"""Directions and gains are worked out so often, and go straight between: a turn of 15 rad/s (2 m
away at 110 km/h) leaves the straight line by 4 nanoseconds."""
_AIR_M = (0.0, *(20 * 1.5**step for step in range(14)))
"""Stretches of air that are worked out; between two of them both are mixed."""
_POLE_TAPS = 128
_BEFORE_FRAMES = 256
"""Kept of what has been read: filters of 1 ms and interpolation look back no further."""


class Mover:
    """Moves a source of one channel along a path: Doppler, level, air, direction.

    The delay r(t) / c is that at which each moment was sent, solved exactly on each straight piece;
    what is heard has the frequency f / (1 - v / c), v towards the listener (Morse and Ingard,
    "Theoretical Acoustics", 11.2). The first delay is taken away: sound begins at once, 1 ms late.

    A source that comes nearer is heard faster than it sounds, so its sound is needed ahead of
    time: `feed` takes `lead_frames` of it first. Without, it is silent for as long.

    Args:
        path: the way it goes, beginning as sound begins.
        room: gives the air.
        binaural: for headphones: the ears of a head; else for loudspeakers.
        gain: whether 1 / r is applied (no nearer than 0.5 m).
    """

    def __init__(self, path: Path, room: Room, *, binaural: bool, gain: bool = True) -> None:
        self._medium, self._binaural, self._gain = room.medium, binaural, gain
        self._speed = room.medium.speed_m_s
        points = path.points
        if points[0, 0] > 0:
            points = np.concatenate([[[0.0, *points[0, 1:]]], points])
        self._times, self._places = points[:, 0], points[:, 1:]
        legs = np.diff(points, axis=0)
        moving = legs[:, 1:] / legs[:, :1]
        self._velocities = np.concatenate([moving, np.zeros((1, 3))])
        begun = [np.interp(0.0, self._times, self._places[:, axis]) for axis in range(3)]
        self._first_s = float(np.sqrt(np.square(begun).sum())) / self._speed
        far_s = np.sqrt((self._places**2).sum(axis=1)) / self._speed
        self._arrivals = self._times + far_s - self._first_s
        self.lead_frames = int(np.ceil((self._first_s - path.nearest_m / self._speed) * RATE)) + 1
        """How much of the source `feed` wants before the first block."""
        self._past = np.zeros(_BEFORE_FRAMES, np.float32)
        self._past_start = -_BEFORE_FRAMES
        self._fed = 0
        self._done = 0
        self._air: dict[int, Responses] = {}
        self._pole = head.one_pole(head.shadow_hz(self._speed), RATE, _POLE_TAPS)
        self._pinna = head.one_pole(head.REAR_HZ, RATE, _POLE_TAPS)
        self._last = np.zeros((2, TAPS + 2 * _POLE_TAPS - 3), np.float32)

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Takes the beginning of the source, shape (1, frames): what `process` does not get."""
        self._past = np.concatenate([self._past, samples[0]])
        self._fed += samples.shape[1]

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns what the two ears hear, shape (2, frames), float32.

        Args:
            block: the source's next frames, shape (1, frames), any number of them.
        """
        if self._fed < self.lead_frames:
            self.feed(np.zeros((1, self.lead_frames - self._fed), np.float32))
        self._past = np.concatenate([self._past, block[0]])
        frames = block.shape[1]
        pieces = [
            self._piece(min(BLOCK_FRAMES, frames - at)) for at in range(0, frames, BLOCK_FRAMES)
        ]
        return np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.float32)

    def _piece(self, frames: int) -> NDArray[np.float32]:
        """Returns the next frames, shape (2, frames)."""
        sent_s, _ = self._sent((self._done + np.arange(frames)) / RATE)
        first = self._done // _NODE_FRAMES
        last = -(-(self._done + frames) // _NODE_FRAMES)
        nodes = np.arange(first, last + 1) * _NODE_FRAMES
        _, places = self._sent(nodes / RATE)
        far = np.sqrt((places**2).sum(axis=1))
        directions = places / np.maximum(far, 1e-6)[:, np.newaxis]
        wanted = self._done + np.arange(frames)

        def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
            rows = np.atleast_2d(values)
            return np.stack([np.interp(wanted, nodes, row) for row in rows])

        delays = head.ear_delays_s(directions, binaural=self._binaural, speed_m_s=self._speed)
        at = (sent_s - between(delays) - LATENCY_S) * RATE - self._past_start
        sound = read(self._past, at)
        kept = max(0, int(at.min()) - _BEFORE_FRAMES)
        self._past = self._past[kept:]
        self._past_start += kept
        self._done += frames

        gains = head.ear_gains(directions, binaural=self._binaural)
        if self._gain:
            gains = gains / np.maximum(far, NEAREST_M)
        bright = between(head.shadow(directions, binaural=self._binaural))
        filtered = self._filter(sound, between(far)[0], bright, between(head.rear(directions)))
        return np.asarray(filtered * between(gains), np.float32)

    def _sent(
        self, heard_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns when what is heard was sent, shape as given, and from where, shape (..., 3).

        |p + v t| = c (s - t) is quadratic in t on each straight piece.
        """
        piece = np.maximum(np.searchsorted(self._arrivals, heard_s, side="right") - 1, 0)
        place, velocity = self._places[piece], self._velocities[piece]
        speed = self._speed
        since = heard_s + self._first_s - self._times[piece]
        half = speed**2 * since + np.einsum("ij,ij->i", place, velocity)
        lead = speed**2 - np.einsum("ij,ij->i", velocity, velocity)
        rest = speed**2 * since**2 - np.einsum("ij,ij->i", place, place)
        gone = (half - np.sqrt(np.maximum(half**2 - lead * rest, 0))) / lead
        return self._times[piece] + gone, place + gone[:, np.newaxis] * velocity

    def _filter(
        self,
        sound: NDArray[np.float32],
        far_m: NDArray[np.float64],
        bright: NDArray[np.float64],
        behind: NDArray[np.float64],
    ) -> NDArray[np.float32]:
        """Returns what air, head and pinna leave, shape (2, frames).

        All three are mixes of fixed filters, so that they change without a step.

        Args:
            sound: shape (2, frames).
            far_m: distance, shape (frames,).
            bright: gain of each ear at high frequencies, shape (2, frames).
            behind: gain of what the pinna shades, shape (1, frames).
        """
        window = np.concatenate([self._last, sound], axis=1)
        kept, frames = self._last.shape[1], sound.shape[1]
        self._last = window[:, frames:]
        result = np.zeros_like(sound)
        if not window.any():
            return result
        spectra, size = transform(window)
        place = np.interp(far_m, _AIR_M, np.arange(len(_AIR_M)))
        shares = [(1 - bright) * (1 - behind), (1 - bright) * behind, bright * (1 - behind)]
        shares.append(bright * behind)
        for step in range(int(place.min()), int(np.ceil(place.max())) + 1):
            near = np.maximum(1 - np.abs(place - step), 0)
            responses = self._responses(step).spectra(size)
            for share, response in zip(shares, responses, strict=True):
                if np.abs(share).max() > 0:
                    part = backward(spectra * response, size)[:, kept : kept + frames]
                    result += part * (share * near).astype(np.float32)
        return result

    def _responses(self, step: int) -> Responses:
        """Returns air with head and pinna, with the head, with the pinna, and alone."""
        if step not in self._air:
            air = path_filter(self._medium, _AIR_M[step])
            rows = np.zeros((4, TAPS + 2 * _POLE_TAPS - 2), np.float32)
            headed, shaded = np.convolve(air, self._pole), np.convolve(air, self._pinna)
            both = np.convolve(headed, self._pinna)
            for row, response in zip(rows, (both, headed, shaded, air), strict=True):
                row[: response.size] = response
            self._air[step] = Responses(rows)
        return self._air[step]
