"""Edges: sounds laid over each other, and how an event begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_BEGINS = 0.012
_ENDS = 5e-4
"""What counts as sound at the beginning and at the end, against the peak: -38 and -66 dB."""
_LEAD_FRAMES = 96
_TAIL_FRAMES = 480


def overlay(pieces: Iterable[tuple[float, NDArray[np.float32]]], rate: int) -> NDArray[np.float32]:
    """Returns sounds laid over each other, shape (frames,).

    Args:
        pieces: (when each begins in seconds from 0, its samples); some tens a second.
        rate: Hz.
    """
    placed = [(max(0, round(at_s * rate)), sound) for at_s, sound in pieces]
    whole = np.zeros(max((at + sound.size for at, sound in placed), default=1), np.float32)
    for at, sound in placed:
        whole[at : at + sound.size] += sound
    return whole


def added(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the sum of two sounds that begin together, shape (frames,), as long as the longer."""
    whole = np.zeros(max(first.size, second.size), np.float32)
    whole[: first.size] += first
    whole[: second.size] += second
    return whole


def finished(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns an event without silence before it, with an end in silence, and no DC."""
    size = np.abs(sound)
    peak = float(size.max(initial=0.0))
    if not peak:
        return sound
    begins = int(np.argmax(size > _BEGINS * peak))
    first = max(0, begins - _LEAD_FRAMES)
    last = size.size - int(np.argmax(size[::-1] > _ENDS * peak))
    fall = min(_TAIL_FRAMES, max(1, (last - first) // 8))
    end = min(size.size, last + fall)
    piece = np.zeros(end - first + _TAIL_FRAMES + 48, np.float32)
    body = piece[: end - first]
    body[:] = sound[first:end]
    # What begins with a blow is left as it is.
    rise = min(48, begins - first)
    body[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    body[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    # A bump as long as the sound takes its mean away: lower than can be heard.
    bump = np.sin(np.linspace(0, np.pi, body.size, dtype=np.float32)) ** 2
    body -= bump * np.float32(float(body.mean()) / max(float(bump.mean()), 1e-9))
    return piece
