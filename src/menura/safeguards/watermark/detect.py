"""Finding the mark: what is asked of a sound, and the answer with its error rate.

The sound is heard in stretches of about 12 s, each searched in steps that widen (see
`search`), as a whole by adding the stretches up, and where a mark lies in a sound that nobody cut.
All of that is counted in the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.errors import InvalidInput
from menura.safeguards.watermark.circle import cells_of, circle_at, columns_of, fold
from menura.safeguards.watermark.code import CHANCE, decode
from menura.safeguards.watermark.features import FRAME_S, Stretch, listen
from menura.safeguards.watermark.layout import (
    LAYOUT,
    PERIOD_S,
    PUBLIC_KEY,
    chip_sums,
    expand,
)
from menura.safeguards.watermark.origin import ORIGIN_SHARE, TESTS
from menura.safeguards.watermark.places import (
    SHIFTS_PER_OCTAVE,
    Hit,
    all_points,
    line_points,
    near_points,
)
from menura.safeguards.watermark.search import Search
from menura.safeguards.watermark.spans import join, marked_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

STRETCH_S = 3 * PERIOD_S
CERTAIN_P = 1e-6  # found
OPEN_P = 1e-3  # from here up nothing was found; between the two, nothing can be said
_PLAIN_P = 1e-12  # no need to look further: a changed pitch or speed leaves less at the origin
# Where the payload is read, in bins and 1/36 octaves from the hit, until its checksum agrees.
_TRIES = ((0, 0.0), (-1, 0.0), (1, 0.0), (0, -0.5), (0, 0.5))
_MIN_ACTIVE_S = 3.0  # of sound to say that there is no mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a sound says about its mark.

    Attributes:
        found: True if it is marked (p < 1e-6), False if no mark was found (p >= 1e-3), None if
            nothing can be said: the sound is too short or too quiet, or p lies between the two.
            False does not mean that a human made it.
        p: an upper bound on the chance that a key unrelated to the sound does as well, the whole
            search and all keys included; None if there was nothing to search.
        payload: 6 bytes; None if its checksum fails or the sound is shorter than 4.032 s.
        spans: where the mark is, (start, stop) in seconds, in order.
        key_index: which of the keys was found.
        speed: how much faster than made the mark runs; 1 if nothing was found.
        shift_octaves: how much higher than made it lies; 0 if nothing was found.
    """

    found: bool | None
    p: float | None = None
    payload: bytes | None = None
    spans: tuple[tuple[float, float], ...] = ()
    key_index: int | None = None
    speed: float = 1.0
    shift_octaves: float = 0.0


def detect(
    blocks: Audio | Iterable[Audio],
    keys: Sequence[bytes] = (PUBLIC_KEY,),
    *,
    thorough: bool = False,
) -> Detection:
    """Returns whether a sound is marked with one of `keys`, and what the mark says.

    If there are several marks, the strongest is reported. Memory does not grow with the length
    of the sound beyond a few numbers for each stretch of 12 s.

    Args:
        blocks: a sound, or its blocks in order, all of one rate and number of channels.
        keys: the keys to look for, 16 to 1,024 bytes each.
        thorough: search every combination of speed and pitch, not only changes of speed, of
            pitch or of tempo; takes about ten times as long where no mark is.

    Raises:
        InvalidInput: if there is no key, or one cannot be used.
        InvalidAudio: if the blocks do not fit each other, or hold NaN or infinity.
    """
    if not keys:
        raise InvalidInput("name at least one watermark key to look for")
    hearing = _Hearing(keys, thorough=thorough)
    for stretch in listen(_pieces(blocks) if isinstance(blocks, Audio) else blocks, STRETCH_S):
        hearing.hear(stretch)
    return hearing.verdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Find:
    """A stretch in which a key was probably found."""

    key: int
    hit: Hit
    soft: NDArray[np.float32]
    spans: list[tuple[float, float]]
    payload: tuple[bytes, float] | None = None


class _Hearing:
    """What has been heard so far."""

    def __init__(self, keys: Sequence[bytes], *, thorough: bool) -> None:
        self._chips = [expand(key) for key in keys]
        self._search = Search(self._chips)
        self._steps = [near_points(), line_points(), *([all_points()] if thorough else [])]
        self._whole = np.zeros((len(near_points()), *self._search.circle_shape), np.float32)
        self._finds: list[_Find] = []
        self._best_p = 1.0
        self._stretches = 0
        self._tests = 0
        self._active_s = 0.0
        self._stop_s = 0.0

    def hear(self, stretch: Stretch) -> None:
        """Searches one more stretch."""
        self._stop_s = stretch.stop_s
        if stretch.active_s <= 0:
            return
        self._stretches += 1
        self._active_s += stretch.active_s
        columns = columns_of(stretch)
        circles = fold(stretch, columns, self._steps[0])
        self._whole += circles
        hits = self._search.best(circles, self._steps[0])
        for points in self._steps[1:]:
            if min(hit.p for hit in hits) < _PLAIN_P:
                break
            more = self._search.run(stretch, columns, points)
            hits = [min(two, key=_p) for two in zip(hits, more, strict=True)]
        # Each step, and once more with a payload: as many tests, each with a bound of its own.
        self._tests += (TESTS + 1) * len(self._steps) * len(hits)
        key = hits.index(min(hits, key=_p))
        self._best_p = min(self._best_p, hits[key].p)
        if hits[key].p < OPEN_P:
            self._finds.append(self._examine(stretch, columns, hits[key], key))

    def _examine(
        self, stretch: Stretch, columns: list[NDArray[np.float32]], hit: Hit, key: int
    ) -> _Find:
        """Reads a hit's payload and says where in the stretch it is."""
        softs = [
            self._soft(cells_of(circle_at(stretch, columns, near), near.offset), key)
            for near in (
                replace(hit, offset=hit.offset + bins, shift=hit.shift + columns_up)
                for bins, columns_up in _TRIES
            )
        ]
        spans = marked_spans(stretch, hit, self._chips[key].pilot())
        long_enough = len(stretch.levels) * FRAME_S * hit.rate >= PERIOD_S
        return _read(_Find(key=key, hit=hit, soft=softs[0], spans=spans), softs * long_enough)

    def _soft(self, cells: NDArray[np.float32], key: int) -> NDArray[np.float32]:
        """The evidence for each sign of the code word, shape (payload_chips,)."""
        chips = self._chips[key]
        return (chip_sums(cells) * chips.signs)[chips.payload].astype(np.float32)

    def verdict(self) -> Detection:
        """Returns the answer for all that was heard."""
        if self._stretches == 0:
            return Detection(found=None)
        whole = None
        finds = list(self._finds)
        if self._stretches > 1:
            whole = self._whole_find()
            self._tests += (TESTS + 1) * len(self._chips)
        origin = self._origin_find()
        found = [*finds, origin, *([whole] if whole else [])]
        best = min(found, key=lambda find: find.hit.p)
        least = min(best.hit.p, self._best_p)
        p = min(1.0, least * self._tests / (1 - ORIGIN_SHARE))
        if p >= CERTAIN_P:
            sure = self._active_s >= _MIN_ACTIVE_S and p >= OPEN_P
            return Detection(found=False if sure else None, p=p)
        # Elsewhere a weaker trace of the same key belongs to it; one in ten stretches by chance
        # would be too many in a long sound.
        least_p = OPEN_P / max(1, self._stretches / 10)
        mine = [find for find in finds if find.key == best.key and find.hit.p < least_p]
        seen = [*mine, origin] if best is origin else mine
        hit = min((find.hit for find in seen), key=_p, default=best.hit)
        payload = self._payload(mine, whole if whole and whole.key == best.key else None)
        return Detection(
            found=True,
            p=p,
            payload=payload if self._stop_s >= PERIOD_S else None,
            spans=join([span for find in mine for span in find.spans]) or ((0.0, self._stop_s),),
            key_index=best.key,
            speed=hit.rate,
            shift_octaves=hit.shift / SHIFTS_PER_OCTAVE,
        )

    def _origin_find(self) -> _Find:
        """The best hit where the mark was made, its p in units of the other tests."""
        at = int(np.flatnonzero(self._steps[0].shifts == 0)[0])
        hits = self._search.origin(self._whole[at])
        key = hits.index(min(hits, key=_p))
        tests = TESTS * len(hits) / ORIGIN_SHARE
        p = hits[key].p * tests * (1 - ORIGIN_SHARE) / self._tests
        soft = np.zeros(LAYOUT.payload_chips, np.float32)
        return _Find(key=key, hit=replace(hits[key], p=p), soft=soft, spans=[])

    def _whole_find(self) -> _Find:
        """The best hit in all stretches added up, as if nothing had been cut or sped up."""
        hits = self._search.best(self._whole, self._steps[0])
        key = hits.index(min(hits, key=_p))
        hit = hits[key]
        circle = self._whole[int(np.flatnonzero(self._steps[0].shifts == hit.shift)[0])]
        soft = self._soft(cells_of(circle, hit.offset), key)
        find = _Find(key=key, hit=hit, soft=soft, spans=[])
        return _read(find, [soft] * (hit.p < OPEN_P))

    @staticmethod
    def _payload(finds: list[_Find], whole: _Find | None) -> bytes | None:
        """The payload with the most evidence: of each stretch, of their sum, of the whole."""
        votes: dict[bytes, float] = {}
        words = [find.payload for find in finds]
        if len(finds) > 1:
            words.append(decode(np.sum([find.soft for find in finds], axis=0)))
        if whole is not None:
            words.append(whole.payload)
        for word in words:
            if word is not None:
                votes[word[0]] = votes.get(word[0], 0.0) + word[1]
        return max(votes, key=lambda word: votes[word], default=None)


def _pieces(audio: Audio) -> Iterator[Audio]:
    """A sound cut up, so that the detector's copies of it stay small."""
    size = round(STRETCH_S * audio.rate)
    return (audio.slice(start, start + size) for start in range(0, audio.frames, size))


def _read(find: _Find, softs: Sequence[NDArray[np.float32]]) -> _Find:
    """The find with the first payload whose checksum agrees, and its p with that counted."""
    for soft in softs:
        payload = decode(soft)
        if payload is not None:
            hit = replace(find.hit, p=find.hit.p * min(1.0, CHANCE * len(softs)))
            return replace(find, hit=hit, soft=soft, payload=payload)
    return find


def _p(hit: Hit) -> float:
    return hit.p
