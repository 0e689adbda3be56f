"""Finding the mark: what is asked of a sound, and the answer with its error rate.

The sound is heard in stretches of about 12 s, each searched in steps that widen (see
`search`), and as a whole by adding the stretches up. All of that is counted in the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.errors import InvalidInput
from menura.safeguards.watermark.code import decode
from menura.safeguards.watermark.features import Stretch, listen
from menura.safeguards.watermark.layout import PERIOD_S, PUBLIC_KEY, chip_sums, expand
from menura.safeguards.watermark.search import (
    SHIFTS_PER_OCTAVE,
    Hit,
    Points,
    Search,
    all_points,
    cells_of,
    columns_of,
    fold,
    line_points,
    near_points,
    p_values,
)
from menura.safeguards.watermark.spans import join, marked_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

STRETCH_S = 3 * PERIOD_S
CERTAIN_P = 1e-6  # found, whatever the payload says
LIKELY_P = 1e-4  # found if the payload's CRC agrees as well (1e-4 of random sounds do)
_LISTED_P = 1e-3  # a stretch this likely belongs to a mark that was found elsewhere
_MIN_ACTIVE_S = 3.0  # of sound to say that there is no mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a sound says about its mark.

    Attributes:
        found: True if it is marked, False if no mark was found, None if the sound is too short
            or too quiet to tell. False does not mean that a human made it.
        p: the chance of a score as good as this without a mark of that key, the whole search
            and all keys included; None if there was nothing to search.
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
    payload: tuple[bytes, float] | None


class _Hearing:
    """What has been heard so far."""

    def __init__(self, keys: Sequence[bytes], *, thorough: bool) -> None:
        self._chips = [expand(key) for key in keys]
        self._all = range(len(keys))
        self._search = Search(keys)
        self._steps = [near_points(), line_points(), *([all_points()] if thorough else [])]
        self._whole = np.zeros((len(near_points()), *self._search.circle_shape), np.float32)
        self._finds: list[_Find] = []
        self._best_p = 1.0
        self._stretches = 0
        self._tests = 0
        self._active_s = 0.0
        self._stop_s = 0.0
        self._standing: NDArray[np.float64] = np.zeros(1)

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
        outcome = self._search.best(circles, self._steps[0])
        hits = outcome.hits
        step = 1
        while min(hit.p for hit in hits) > CERTAIN_P and step < len(self._steps):
            outcome = self._search.run(stretch, columns, self._steps[step])
            hits = [min(two, key=_p) for two in zip(hits, outcome.hits, strict=True)]
            step += 1
        self._standing = self._standing + outcome.standing
        self._tests += len(self._steps) * len(hits)
        key = hits.index(min(hits, key=_p))
        self._best_p = min(self._best_p, hits[key].p)
        if hits[key].p < _LISTED_P:
            self._finds.append(self._examine(stretch, columns, hits[key], key))

    def _examine(
        self, stretch: Stretch, columns: list[NDArray[np.float32]], hit: Hit, key: int
    ) -> _Find:
        """Refines a hit, reads its payload and says where in the stretch it is."""
        hit = self._search.refine(stretch, columns, hit, key)
        point = Points(np.array([hit.rate]), np.array([hit.shift]))
        circle = fold(stretch, columns, point)[0]
        soft = self._soft(cells_of(circle, hit.offset), key)
        return _Find(
            key=key,
            hit=hit,
            soft=soft,
            spans=marked_spans(stretch, hit, self._chips[key].pilot()),
            payload=decode(soft) if hit.p < LIKELY_P else None,
        )

    def _soft(self, cells: NDArray[np.float32], key: int) -> NDArray[np.float32]:
        """The evidence for each sign of the code word, shape (payload_chips,)."""
        chips = self._chips[key]
        return (chip_sums(cells) * chips.signs)[chips.payload].astype(np.float32)

    def verdict(self) -> Detection:
        """Returns the answer for all that was heard."""
        if self._stretches == 0:
            return Detection(found=None)
        finds = [
            find for find in self._finds if find.hit.p < _LISTED_P / max(1, self._stretches / 10)
        ]
        best = {key: [find.hit.p for find in self._finds if find.key == key] for key in self._all}
        whole = None
        if self._stretches > 1:
            whole = self._whole_find()
            best[whole.key].append(whole.hit.p)
            joint = p_values(self._standing, len(self._all))[1]
            for key in self._all:
                best[key].append(joint[key])
            self._tests += 2 * len(joint)
        key = min(self._all, key=lambda key: min(best[key], default=1.0))
        p = min(1.0, min([self._best_p, *best[key]]) * self._tests)
        mine = [find for find in finds if find.key == key]
        payload = self._payload(mine, whole if whole and whole.key == key else None)
        if p >= CERTAIN_P and not (p < LIKELY_P and payload is not None):
            return Detection(found=False if self._active_s >= _MIN_ACTIVE_S else None, p=p)
        hit = min((find.hit for find in mine), key=_p, default=whole.hit if whole else None)
        return Detection(
            found=True,
            p=p,
            payload=payload if self._stop_s >= PERIOD_S else None,
            spans=join([span for find in mine for span in find.spans]) or ((0.0, self._stop_s),),
            key_index=key,
            speed=hit.rate if hit else 1.0,
            shift_octaves=hit.shift / SHIFTS_PER_OCTAVE if hit else 0.0,
        )

    def _whole_find(self) -> _Find:
        """The best hit in all stretches added up, as if nothing had been cut or sped up."""
        hits = self._search.best(self._whole, self._steps[0]).hits
        key = hits.index(min(hits, key=_p))
        hit = hits[key]
        circle = self._whole[int(np.flatnonzero(self._steps[0].shifts == hit.shift)[0])]
        soft = self._soft(cells_of(circle, hit.offset), key)
        payload = decode(soft) if hit.p < LIKELY_P else None
        return _Find(key=key, hit=hit, soft=soft, spans=[], payload=payload)

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


def _p(hit: Hit) -> float:
    return hit.p
