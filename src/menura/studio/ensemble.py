"""An ensemble: a performance and the performances of its parts, heard as one."""

from __future__ import annotations

import itertools
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.dsp.mixing import Track, mix, mix_channels
from menura.engines.base import BLOCK_FRAMES
from menura.errors import EngineFailed, MenuraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.base import Performance
    from menura.tasks import Part
    from menura.text.captions import Chapter, Word


class Ensemble:
    """One sound made by an engine and, for composed tasks, by those it called upon.

    Args:
        performance: what the engine itself plays.
        parts: what others play, each with its place.
        engine: the engine's name, for errors.
    """

    def __init__(
        self, performance: Performance, parts: Sequence[tuple[Part, Ensemble]], engine: str
    ) -> None:
        self.performance = performance
        self.parts = parts
        self._engine = engine
        tracks: list[Track] = []
        names: list[str] = []
        if performance.rate:
            own = self._own_blocks()
            rate, channels = performance.rate, performance.channels
            tracks.append(Track(blocks=own, rate=rate, channels=channels))
            names.append(engine)
        for i, (part, ensemble) in enumerate(parts, 1):
            tracks.append(
                Track(
                    blocks=ensemble.blocks(),
                    rate=ensemble.rate,
                    channels=ensemble.channels,
                    start_s=part.start_s,
                    gain_db=gain_of(part, ensemble),
                    pan=part.pan,
                )
            )
            names.append(part.name or f"{part.task.kind} {i}")
        self._tracks = tracks
        self.names = tuple(distinct(names))
        """The name of each contribution, in order."""
        self.rate: int = performance.rate or max(track.rate for track in tracks)
        self.channels: int = performance.channels if performance.rate else mix_channels(tracks)

    def contributions(self) -> Iterator[list[Audio]]:
        """Yields, block by block, what each of `names` adds to the whole."""
        if self.parts:
            led = bool(self.performance.rate)
            for pieces in mix(self._tracks, self.rate, self.channels, BLOCK_FRAMES, led=led):
                yield self._treated(pieces)
        else:
            for block in self._own_blocks():
                yield [block]

    def _treated(self, pieces: list[Audio]) -> list[Audio]:
        """Returns what each track adds, each part as it is heard where it is."""
        treatments = self.performance.treatments
        first = len(pieces) - len(self.parts)
        for at, (part, _) in enumerate(self.parts, first):
            treatment = treatments.get(part.name or "")
            if treatment is not None:
                with guarded(self._engine):
                    heard = treatment(pieces[at].samples)
                pieces[at] = Audio(heard, pieces[at].rate)
        return pieces

    def blocks(self) -> Iterator[Audio]:
        """Yields the whole, block by block."""
        for pieces in self.contributions():
            yield total(pieces)

    def close(self) -> None:
        """Lets every engine end what nobody listens to any more: its processes work on else."""
        close = getattr(self.performance.blocks, "close", None)
        if close is not None:
            with guarded(self._engine):
                close()
        for _, ensemble in self.parts:
            ensemble.close()

    @property
    def loudness_lufs(self) -> float:
        """The expected loudness of the whole: powers add."""
        with guarded(self._engine):
            levels = [self.performance.expected_lufs()] if self.performance.rate else []
        levels += [
            ensemble.loudness_lufs + gain_of(part, ensemble) for part, ensemble in self.parts
        ]
        return 10 * math.log10(sum(10 ** (level / 10) for level in levels))

    @property
    def progress(self) -> float:
        """How much is made, 0 to 1: as far as the slowest."""
        shares = [self.performance.progress] if self.performance.rate else []
        return min(shares + [ensemble.progress for _, ensemble in self.parts])

    def captions(self) -> list[Word]:
        """Returns the words of all, by time. Character spans are those of each part's own text."""
        words = list(self.performance.captions)
        for part, ensemble in self.parts:
            words += [word.shifted(part.start_s) for word in ensemble.captions()]
        return sorted(words, key=lambda word: word.start_s)

    def chapters(self) -> list[Chapter]:
        """Returns the chapters of all, by time."""
        chapters = list(self.performance.chapters)
        for part, ensemble in self.parts:
            chapters += [chapter.shifted(part.start_s) for chapter in ensemble.chapters()]
        return sorted(chapters, key=lambda chapter: chapter.start_s)

    def facts(self, field: str) -> dict[str, Any]:
        """Returns `understood` or `measured` of the engine, and of each part under its name."""
        facts = dict(getattr(self.performance, field))
        for name, (_, ensemble) in zip(self._part_names(), self.parts, strict=True):
            if inner := ensemble.facts(field):
                facts[name] = inner
        return facts

    def ignored(self) -> list[str]:
        """Returns everything that was asked and not done."""
        lines = list(self.performance.ignored)
        for name, (_, ensemble) in zip(self._part_names(), self.parts, strict=True):
            lines += [f"{name}: {line}" for line in ensemble.ignored()]
        return lines

    def recordings(self) -> frozenset[str]:
        """Returns the SHA-256 of every recording that is heard in the whole."""
        return self.performance.recordings.union(*(each.recordings() for _, each in self.parts))

    def _part_names(self) -> tuple[str, ...]:
        return self.names[len(self.names) - len(self.parts) :]

    def _own_blocks(self) -> Iterator[Audio]:
        shape = (self.performance.rate, self.performance.channels)
        blocks = iter(self.performance.blocks)
        while True:
            with guarded(self._engine):
                block = next(blocks, None)
            if block is None:
                return
            if not isinstance(block, Audio):
                raise EngineFailed(
                    f"the engine {self._engine} gave {type(block).__name__}, which is no sound"
                )
            if (block.rate, block.channels) != shape:
                raise EngineFailed(
                    f"the engine {self._engine} promised {shape[1]} channels at {shape[0]} Hz and "
                    f"gave {block.channels} at {block.rate} Hz"
                )
            if not np.isfinite(block.samples).all():
                raise EngineFailed(f"the engine {self._engine} gave samples that are no numbers")
            yield block


def gain_of(part: Part, ensemble: Ensemble) -> float:
    """Returns the gain with which a part is added, dB."""
    if part.loudness_lufs is None:
        return part.gain_db
    return part.gain_db + part.loudness_lufs - ensemble.loudness_lufs


@contextmanager
def guarded(engine: str) -> Iterator[None]:
    """Turns whatever an engine raises that is no error of menura's into one that names it."""
    try:
        yield
    except MenuraError:
        raise
    except (Exception, SystemExit) as error:
        raise EngineFailed(f"the engine {engine} broke: {error!r:.200}") from error


def total(pieces: Sequence[Audio]) -> Audio:
    """Returns the sum of sounds of equal shape."""
    if len(pieces) == 1:
        return pieces[0]
    return Audio(
        np.sum([piece.samples for piece in pieces], axis=0, dtype=np.float32), pieces[0].rate
    )


def distinct(names: Sequence[str]) -> Iterator[str]:
    """Yields the names, with a number behind each that came before."""
    taken: set[str] = set()
    for name in names:
        tries = itertools.chain([name], (f"{name} ({i})" for i in itertools.count(2)))
        free = next(each for each in tries if each not in taken)
        taken.add(free)
        yield free
