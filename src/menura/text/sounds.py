"""Sounds: the phonemes of a word with their times, packed, since a book has a million of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HEAD = struct.Struct("<I?")


class Sound(NamedTuple):
    """One phoneme as it is heard.

    Attributes:
        ipa: the phoneme, with a stress mark before it where it has one.
        start_s: where it begins, seconds.
        end_s: where it ends, seconds.
    """

    ipa: str
    start_s: float
    end_s: float


class Sounds(Sequence[Sound]):
    """A sequence of `Sound` that cannot change and is equal to a tuple of the same.

    It holds one `bytes`: how many there are and whether each begins where the one before ends,
    the times (float64; then the ends but the last are left out), the phonemes (UTF-8, NUL
    between). Four sounds take 130 bytes; as a tuple of tuples they take 700.

    Args:
        sounds: (ipa, start_s, end_s) each; a NUL within `ipa` is left out.

    Example:
        >>> Sounds([("m", 0.0, 0.1), ("aɪ", 0.1, 0.3)])[1].ipa
        'aɪ'
    """

    __slots__ = ("_packed",)

    def __init__(self, sounds: Iterable[tuple[str, float, float]] = ()) -> None:
        rows = tuple(sounds)
        starts = [start_s for _, start_s, _ in rows]
        ends = [end_s for *_, end_s in rows]
        joined = ends[:-1] == starts[1:]
        times = starts + (ends[-1:] if joined else ends)
        phonemes = "\0".join(ipa.replace("\0", "") for ipa, *_ in rows)
        head = _HEAD.pack(len(rows), joined) + struct.pack(f"<{len(times)}d", *times)
        self._packed = head + phonemes.encode("utf-8", "replace")

    def shifted(self, seconds: float) -> Sounds:
        """Returns the same sounds, `seconds` later."""
        return Sounds((ipa, start_s + seconds, end_s + seconds) for ipa, start_s, end_s in self)

    def __len__(self) -> int:
        count: int = _HEAD.unpack_from(self._packed)[0]
        return count

    def __iter__(self) -> Iterator[Sound]:
        return iter(self._unpacked())

    @overload
    def __getitem__(self, index: int) -> Sound: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Sound, ...]: ...
    def __getitem__(self, index: int | slice) -> Sound | tuple[Sound, ...]:
        return self._unpacked()[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sounds):
            return self._packed == other._packed
        return self._unpacked() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._unpacked())

    def __repr__(self) -> str:
        return repr(self._unpacked())

    def _unpacked(self) -> tuple[Sound, ...]:
        count, joined = _HEAD.unpack_from(self._packed)
        if not count:
            return ()
        size = count + 1 if joined else 2 * count
        times = struct.unpack_from(f"<{size}d", self._packed, _HEAD.size)
        phonemes = self._packed[_HEAD.size + 8 * size :].decode().split("\0")
        return tuple(map(Sound, phonemes, times, times[1:] if joined else times[count:]))
