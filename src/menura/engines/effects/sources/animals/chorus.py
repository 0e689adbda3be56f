"""`Chorus`: many that call in turn around the listener, each in its place and with its own pace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_EAR_FRAMES = 31
"""Sound goes 0.65 ms around a head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of them.

    Attributes:
        call: returns its next call, mono; its energy is set by the chorus.
        period_s: from one call to the next, on average.
        jitter: standard deviation of that, as a share of it.
        gain: how loud it is heard, by its distance and strength.
        angle: where: 0 left to pi / 2 right.
        spread_db: how much its calls differ in level.
    """

    call: Callable[[], NDArray[np.float32]]
    period_s: float
    jitter: float
    gain: float
    angle: float
    spread_db: float = 1.5


class Chorus:
    """A bed of members, and of all those too far to be told apart.

    Its level in the long run is exact: every call of a member has the same energy but for
    `spread_db`, and comes as often as its period says.

    Args:
        members: at least one.
        far: gives blocks of rms 1 of those far away, shape (2, BLOCK_FRAMES); None = nobody.
        far_db: their level against the members together.
        rng: draws when they call.
    """

    channels = 2

    def __init__(
        self,
        members: list[Member],
        far: Callable[[], NDArray[Any]] | None,
        far_db: float,
        rng: np.random.Generator,
    ) -> None:
        self._members, self._far, self._rng = members, far, rng
        loud = sum(member.gain**2 / member.period_s for member in members)
        share = 10 ** (far_db / 10) if far else 0.0
        near_power = 10 ** (LEVEL_DBFS / 10) / (1 + share)
        self._far_gain = np.float32(np.sqrt(near_power * share))
        # Energy of a call at gain 1, over both channels: their mean power is half of that per s.
        self._energy = 2 * near_power / loud * RATE
        self._position = 0
        self._sounding: list[_Sounding] = []
        self._next = [float(rng.random()) * m.period_s * RATE for m in members]
        if members:
            first = int(rng.integers(len(members)))
            self._next[first] = float(rng.random()) * 0.1 * RATE

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        for number, member in enumerate(self._members):
            while self._next[number] < self._position + BLOCK_FRAMES:
                self._call(member, int(self._next[number]))
                wait = 1 + member.jitter * float(self._rng.standard_normal())
                self._next[number] += max(wait, 0.2) * member.period_s * RATE
        block = np.zeros((2, BLOCK_FRAMES), np.float32)
        if self._far is not None:
            block += self._far() * self._far_gain
        for sounding in self._sounding:
            for channel, first, gain in sounding.ears:
                start = max(first - self._position, 0)
                end = min(first + sounding.sound.size - self._position, BLOCK_FRAMES)
                if start < end:
                    at = self._position - first
                    block[channel, start:end] += sounding.sound[at + start : at + end] * gain
        self._position += BLOCK_FRAMES
        self._sounding = [s for s in self._sounding if s.last > self._position]
        return block

    def _call(self, member: Member, frame: int) -> None:
        sound = member.call()
        energy = float(np.dot(sound, sound))
        if not energy:
            return
        spread = member.spread_db * float(self._rng.standard_normal())
        # Of a level spread like this the mean power is greater: taken off again.
        spread -= 0.115 * member.spread_db**2
        gain = member.gain * np.sqrt(self._energy / energy) * 10 ** (spread / 20)
        late = round(_EAR_FRAMES * (member.angle / (np.pi / 2) - 0.5) * 2)
        ears = (
            (0, frame + max(late, 0), np.float32(gain * np.cos(member.angle))),
            (1, frame + max(-late, 0), np.float32(gain * np.sin(member.angle))),
        )
        last = frame + abs(late) + sound.size
        self._sounding.append(_Sounding(sound=sound, ears=ears, last=last))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sounding:
    """A call under way: (channel, first frame, gain) for each ear."""

    sound: NDArray[np.float32]
    ears: tuple[tuple[int, int, np.float32], ...]
    last: int
