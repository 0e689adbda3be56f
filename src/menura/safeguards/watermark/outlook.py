"""The outlook of a mark: whether it will be found, and whether a sound has room for a payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.safeguards.watermark.circle import columns_of, fold
from menura.safeguards.watermark.detect import CERTAIN_P
from menura.safeguards.watermark.features import listen
from menura.safeguards.watermark.layout import PERIOD_S, expand
from menura.safeguards.watermark.origin import ORIGIN, ORIGIN_SHARE, TESTS, origin_hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from menura.audio import Audio

Outlook = Literal["found", "faint", "not found"]

FAINT_P = 1e-8
"""What is only found above this may be lost on the way: MP3 at 128 kbit/s took up to two decades
off the evidence in short sounds."""

LONGEST_SPARSE_S = 60.0
"""Longer sounds are not asked whether they have room: their periods add up."""

_PLAIN_P = 1e-12  # no need to listen further
_STRETCH_S = 2.0  # heard at once: the first one is enough for most sounds
_LEAST_ROOM_S = 1.3  # of sounding time; with less, two of three payload chips lie in silence
_WINDOW_S = 0.01
_SOUNDING = 1e-5  # of the loudest window's energy


def outlook(blocks: Iterable[Audio], key: bytes) -> Outlook:
    """Returns whether a finished sound's mark will be found; `faint`: if little happens to it.

    It is the detector's first look, at the beginning of an untouched sound, and as honest. Of long
    sounds as much is heard as it takes.

    Args:
        blocks: the marked sound, in order.
        key: that it was marked with.
    """
    keyed, p = expand(key), 1.0
    whole: NDArray[np.float32] | None = None
    for stretch in listen(blocks, _STRETCH_S):
        if stretch.active_s <= 0:
            continue
        circle = fold(stretch, columns_of(stretch), ORIGIN)[0]
        whole = circle if whole is None else whole + circle
        p = origin_hit(whole, keyed).p * TESTS / ORIGIN_SHARE
        if p < _PLAIN_P:
            break
    if p >= CERTAIN_P:
        return "not found"
    return "faint" if p >= FAINT_P else "found"


def has_room(blocks: Iterable[Audio], duration_s: float) -> bool:
    """Returns whether a sound can hold a payload; if not, a mark without one is found sooner.

    Args:
        blocks: the sound before it is marked, in order; not taken if its length decides.
        duration_s: its length.
    """
    if duration_s < PERIOD_S:
        return False
    if duration_s > LONGEST_SPARSE_S:
        return True
    energies = np.concatenate([_energies(block) for block in blocks])
    sounding = np.count_nonzero(energies > _SOUNDING * energies.max())
    return bool(sounding * _WINDOW_S >= _LEAST_ROOM_S)


def _energies(block: Audio) -> NDArray[np.float32]:
    """The energy of each window of a block; what is left of it belongs to the last one."""
    starts = np.arange(0, max(block.frames, 1), max(1, round(block.rate * _WINDOW_S)))
    if block.frames == 0:
        return np.zeros(1, np.float32)
    return np.add.reduceat(np.square(block.samples).sum(axis=0), starts)
