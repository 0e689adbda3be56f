"""What a place answers: first reflections, then the tail, at two ears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space.images import lay, mirror, reach_m, trunks
from menura.engines.effects.space.place import LATENCY_S
from menura.engines.effects.space.tail import tail
from menura.engines.effects.space.transforms import backward, bins_hz, forward, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Room

_EAR_M, _SOURCE_M = 1.65, 1.3
"""Heights above the floor of who hears and of what sounds, in rooms that are high enough."""
_APART_M, _APART_OUTSIDE_M = 4.0, 12.0
_MARGIN = 0.06
"""No source is nearer to a wall than this share of the room's length or width."""
_FLUTTER_S = 0.8
"""Up to when what goes to and fro between two sides is followed."""
_AFTER_S = 0.02
"""Left after the last single echo, for its filter."""


def response(
    room: Room, rng: np.random.Generator, *, distance_m: float | None = None
) -> NDArray[np.float32]:
    """Returns what a room answers to an impulse, without the direct sound, shape (2, taps).

    `Placer` and `Mover` give the direct sound 1 ms late; this goes with it. Levels are re a direct
    sound of 1 at 1 m, and the powers of both channels add up to those of the field: with the direct
    sound at 1 / r, both are alike at the critical distance
    0.057 sqrt(V / T) (Kuttruff, "Room Acoustics", equation 5.44). It lasts until the band that
    rings longest has fallen by 60 dB. Of a dry place one silent frame is returned.

    Args:
        room: the room.
        rng: draws where source and listener are, and all that is left to chance.
        distance_m: about how far the source is, as far as the room goes. The tail does not hang on
            it, but a floor or a trunk near a far source must not be louder than its direct sound:
            out of doors, take it from the scene (one response for 1, 4, 15 and 60 m will do). None
            is 4 m inside and 12 m outside.
    """
    if not room.dimensions_m:
        return np.zeros((2, 1), np.float32)
    source, listener = _places(room, rng, distance_m)
    apart = float(np.sqrt(((source - listener) ** 2).sum()))
    speed = room.medium.speed_m_s
    longest_s = max(room.decay_s)
    images = mirror(room, source, listener, flutter_s=min(longest_s, _FLUTTER_S))
    reach_s = reach_m(room) / speed
    fade = np.cos(np.pi / 2 * _late(images.path_m / speed, reach_s))
    fade = (
        np.where(images.path_m > reach_m(room), 1.0, fade) if room.diffuse else np.ones(fade.size)
    )
    last_m = float(images.path_m.max(initial=apart))
    early = lay(room, images, apart, round((_AFTER_S + (last_m - apart) / speed) * RATE), fade)
    if room.trees is not None:
        echoes = trunks(room, source - listener, rng)
        last_m = float(echoes.path_m.max(initial=apart))
        frames = round((_AFTER_S + (last_m - apart) / speed) * RATE)
        early = _sum(early, lay(room, echoes, apart, frames))
    if room.diffuse:
        first_s = float(images.path_m.min(initial=np.inf)) / speed
        early = _sum(early, _late_field(room, source, listener, (apart / speed, first_s), rng))
    return _finished(room, early)


def _late_field(
    room: Room,
    source_m: NDArray[np.float64],
    listener_m: NDArray[np.float64],
    from_s: tuple[float, float],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns what mirror images leave to the diffuse field, shape (2, frames).

    Of a sound that has been reflected k = c t / (4 V / S) times, (1 - s)^k has never been scattered
    and belongs to the mirror images, as long as those are followed.

    Args:
        room: the room.
        source_m: shape (3,).
        listener_m: shape (3,).
        from_s: moments of the direct sound and of the first reflection, since the impulse.
        rng: draws it.
    """
    frames = round(max(room.decay_s) * RATE)
    speed = room.medium.speed_m_s
    time_s = np.arange(frames) / RATE
    upto = min(frames, round(reach_m(room) / speed * RATE))
    early_s = time_s[:upto]
    specular = (1 - room.scattering) ** (speed * early_s / room.free_path_m)
    specular *= np.cos(np.pi / 2 * _late(early_s, reach_m(room) / speed)) ** 2
    field = tail(room, source_m, listener_m, frames, rng)
    field[:, :upto] *= np.sqrt(1 - specular).astype(np.float32)
    direct, first = (round(moment_s * RATE) for moment_s in from_s)
    field[:, :first] = 0
    return np.pad(field[:, direct:], ((0, 0), (round(LATENCY_S * RATE), 0)))


def _late(time_s: NDArray[np.float64], reach_s: float) -> NDArray[np.float64]:
    """Returns how far the tail has taken over, 0 to 1, shape as given."""
    return np.clip((time_s / reach_s - 0.55) / 0.45, 0, 1)


def _places(
    room: Room, rng: np.random.Generator, distance_m: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns where source and listener are, from a lower corner, m."""
    size = np.array(room.dimensions_m)
    listener = size * np.array([0.46, 0.43, 0.5]) + size * rng.uniform(-0.04, 0.04, 3)
    angle = rng.uniform(-np.pi, np.pi)
    # Further along the longer side: in a corridor hardly anybody is beside one.
    toward = np.array([size[0] * np.cos(angle), size[1] * np.sin(angle), 0.0])
    toward /= np.sqrt((toward**2).sum())
    wanted = distance_m or (_APART_OUTSIDE_M if room.is_open else _APART_M)
    edge = np.where(toward > 0, (1 - _MARGIN) * size, _MARGIN * size) - listener
    fits = edge[:2] / np.where(np.abs(toward[:2]) > 1e-9, toward[:2], 1e-9)
    source = listener + toward * min(wanted, float(np.abs(fits).min()))
    listener[2] = min(_EAR_M, 0.6 * size[2])
    source[2] = min(_SOURCE_M, 0.5 * size[2]) * rng.uniform(0.9, 1.1)
    return source, listener


def _sum(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    result = np.zeros((2, max(first.shape[1], second.shape[1])), np.float32)
    result[:, : first.shape[1]] = first
    result[:, : second.shape[1]] += second
    return result


def _finished(room: Room, heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns a response without what no room has below its first mode, and with a soft end.

    Mirror images of one sign add up to a pressure that stays: Allen and Berkley (1979) take it
    away with a high-pass, and so does this, of second order.
    """
    frames = heard.shape[1]
    corner = float(np.clip(0.25 * room.medium.speed_m_s / max(room.dimensions_m), 22, 45))
    size = padded(frames + 4096)
    s = 1j * bins_hz(size) / corner
    spectra = forward(heard, size)
    spectra *= (s**2 / (s**2 + np.sqrt(2) * s + 1)).astype(np.complex64)
    whole = backward(spectra, size)[:, :frames]
    fade = min(frames // 4, round(0.3 * RATE))
    whole[:, frames - fade :] *= np.cos(np.pi / 2 * np.arange(fade) / fade).astype(np.float32)
    return np.asarray(whole, np.float32)
