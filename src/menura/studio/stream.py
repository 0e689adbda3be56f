"""The delivery `stream`: blocks are finished as they are made."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Self

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.audio.spool import Spool
from menura.errors import EngineFailed, InvalidInput
from menura.studio.ensemble import total
from menura.studio.master import STREAM_CEILING_DB, Master, facts, gain_to

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from menura.studio.session import Session
    from menura.take import Take
    from menura.text.captions import Word


AT_ONCE = 4
"""Blocks that are finished together once a stream is under way."""

ENDLESS_KEPT_S = 600.0
"""What of a stream without end its record holds, its beginning: memory and disk stay bounded."""


class Stream:
    """An iterator over finished blocks, and after the last of them, the take.

    The level comes from the engine's calibrated loudness and a limiter, because the whole cannot
    be measured before it begins. The manifest is signed when the stream ends, or is left early,
    and kept in the archive under the take's id. Of a stream without end, take and manifest hold
    the first ENDLESS_KEPT_S.

    Attributes:
        rate: frames per second of the blocks, Hz.
        channels: channels of the blocks.
        origin: the take's id and recipe, and the tags a file of it carries.

    Args:
        session: what to play.
        finished: called once with the take when the last block has been made.
    """

    def __init__(self, session: Session, finished: Callable[[Take], None]) -> None:
        self.rate = session.ensemble.rate
        self.channels = session.ensemble.channels
        self.origin = session.origin
        self._ensemble = session.ensemble
        self._take: Take | None = None
        self._finished = finished
        endless = bool(getattr(session.task, "endless", False))
        self._kept_frames = round(ENDLESS_KEPT_S * self.rate) if endless else None
        self._blocks = self._play(session)

    @property
    def words(self) -> list[Word]:
        """The words that are known so far, each from before its sound is given, in order."""
        return self._ensemble.captions()

    @property
    def ignored(self) -> list[str]:
        """What was asked and is not done, as far as it is known by now."""
        return self._ensemble.ignored()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Audio:
        return next(self._blocks)

    def close(self) -> None:
        """Ends the stream early; what was played so far becomes its take.

        A stream from which another thread is taking a block at this moment goes on.
        """
        with contextlib.suppress(ValueError):  # "generator already executing"
            self._blocks.close()

    def play(self) -> Take:
        """Takes all blocks, and returns the take; of what never ends, as many as a take holds."""
        frames = 0
        for block in self:
            frames += block.frames
            if self._kept_frames is not None and frames >= self._kept_frames:
                break
        self.close()
        return self.take

    @property
    def take(self) -> Take:
        """The take, once the stream has ended.

        Raises:
            InvalidInput: if it has not.
        """
        if self._take is None:
            raise InvalidInput("the stream has not ended: take all its blocks first")
        return self._take

    def _play(self, session: Session) -> Generator[Audio]:
        gain_db = _gain_db(session)
        roomy = not session.brief
        mark = session.mark(self.channels, roomy=roomy)
        master = Master(
            rate=self.rate,
            channels=self.channels,
            control=self.channels,
            gain_db=gain_db,
            ceiling_db=STREAM_CEILING_DB,
            mark=mark,
        )
        kept_frames = self._kept_frames
        played = Spool(self.rate, self.channels)
        complete = False
        try:
            for block in _mastered(master, session):
                if kept_frames is None or played.frames < kept_frames:
                    played.append(block)
                yield block
            complete = True
            if played.frames == 0:
                raise EngineFailed(f"{session.card.name} gave no sound at all for this task")
        finally:
            # What was handed out is on record, also if the listener left or the engine broke.
            try:
                if played.frames:
                    measured = facts(measure(played.audio()), played.audio().duration_s)
                    measured["limiter_reduction_db"] = round(master.reduction_db, 2)
                    measured["complete"] = complete
                    self._take = session.take(played.audio(), {}, measured, roomy=roomy)
                    self._finished(self._take)
            finally:
                session.ensemble.close()


def _gain_db(session: Session) -> float:
    peak_dbfs = session.ensemble.performance.peak_dbfs
    if peak_dbfs is not None:
        return STREAM_CEILING_DB - peak_dbfs
    return gain_to(session.card.loudness_lufs, session.ensemble.loudness_lufs)


def _mastered(master: Master, session: Session) -> Iterator[Audio]:
    for mix in _gathered(total(pieces) for pieces in session.ensemble.contributions()):
        block = master.process(mix)
        if block.frames:
            yield block
    rest = master.finish()
    if rest.frames:
        yield rest


def _gathered(blocks: Iterator[Audio]) -> Iterator[Audio]:
    """Yields the first second as it comes, for it is waited for, and then several blocks at once.

    What limiter and mark cost for each call is then paid a quarter as often.
    """
    frames = 0
    for block in blocks:
        frames += block.frames
        held = [block]
        if frames > block.rate:
            held += itertools.islice(blocks, AT_ONCE - 1)
        samples = np.concatenate([each.samples for each in held], axis=1)
        yield Audio(samples, block.rate) if len(held) > 1 else block
