"""The delivery `render`: the whole sound is made, measured, finished twice over, and exact."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.audio.resample import resample
from menura.audio.spool import Spool
from menura.engines.base import BLOCK_FRAMES
from menura.errors import EngineFailed
from menura.studio.ensemble import distinct, total
from menura.studio.master import (
    RENDER_CEILING_DB,
    TRUE_PEAK_DBTP,
    Master,
    facts,
    gain_to,
    heard,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.studio.session import Progress, Session
    from menura.take import Take

_PASS_FRAMES = 8 * BLOCK_FRAMES
MAX_STEMS = 32
"""A work of more parts is mixed without keeping them: each stem takes as much room as the mix."""

_MAKING_SHARE = 0.8
"""The part of the work, for a progress bar, that is done when the sound is made."""


def render(session: Session, progress: Progress, *, stems: bool = True) -> Take:
    """Returns the take at its exact loudness, with stems that add up to it.

    First pass: the sound is made and measured. Second pass: gain, limiter, mark. Then one last
    gain for all brings the loudness, or the true peak if that binds, to its target: the mark is
    indifferent to gain, so nothing is measured before it that should be measured after.

    Raises:
        EngineFailed: if an engine breaks, or gives no sound at all.
    """
    made = _make(session, progress, stems=stems)
    gain_db = gain_to(session.target_lufs, measure(made[0].audio()).integrated_lufs)
    finished, reduction_db = _finish(session, made, gain_db, progress)
    loudness = measure(finished[0].audio())
    last_db = gain_to(session.target_lufs, loudness.integrated_lufs)
    if math.isfinite(loudness.true_peak_dbtp):
        last_db = min(last_db, TRUE_PEAK_DBTP - loudness.true_peak_dbtp)
    for spool in finished:
        spool.scale(10 ** (last_db / 20))
    mix, *parts = (spool.audio() for spool in finished)
    progress(1.0)
    # Levels in dB move with the gain, exactly: nothing has to be measured a third time.
    raised = dataclasses.replace(
        loudness,
        integrated_lufs=loudness.integrated_lufs + last_db,
        true_peak_dbtp=loudness.true_peak_dbtp + last_db,
    )
    measured = facts(raised, mix.duration_s) | {"limiter_reduction_db": round(reduction_db, 2)}
    names = _stem_names(session) if stems else []
    if session.task.kind == "music":
        measured |= heard(mix)
    return session.take(mix, dict(zip(names, parts, strict=True)), measured)


def _make(session: Session, progress: Progress, *, stems: bool) -> list[Spool]:
    """First pass: returns the raw mix and, after it, the raw stems."""
    ensemble = session.ensemble
    ensemble.performance.keep_stems = stems
    count = len(ensemble.names) if stems and 1 < len(ensemble.names) <= MAX_STEMS else 0
    memory_frames = Spool.memory_frames(count + 1)
    mix, *parts = (Spool(ensemble.rate, ensemble.channels, memory_frames) for _ in range(count + 1))
    for pieces in ensemble.contributions():
        mix.append(total(pieces))
        for spool, piece in zip(parts, pieces, strict=False):
            spool.append(piece)
        progress(_MAKING_SHARE * ensemble.progress)
    if mix.frames == 0:
        raise EngineFailed(f"{session.card.name} gave no sound at all for this task")
    own = ensemble.performance.stems
    if not own:
        return [mix, *parts]
    # The engine's own stems take the place of its one contribution.
    return [mix, *(_fitted(stem, mix) for stem in own.values()), *parts[1:]]


def _stem_names(session: Session) -> list[str]:
    ensemble = session.ensemble
    own = list(ensemble.performance.stems)
    others = list(ensemble.names[1:] if own else ensemble.names)
    if len(ensemble.names) == 1 or len(ensemble.names) > MAX_STEMS:
        others = []
    return list(distinct(own + others))


def _fitted(stem: Audio, mix: Spool) -> Spool:
    """Returns a stem at the rate, with the channels and of the length of the mix."""
    samples = resample(stem, mix.rate).samples
    samples = np.broadcast_to(samples, (mix.channels, samples.shape[1]))[:, : mix.frames]
    spool = Spool(mix.rate, mix.channels)
    spool.append(Audio(np.pad(samples, ((0, 0), (0, mix.frames - samples.shape[1]))), mix.rate))
    return spool


def _finish(
    session: Session, made: Sequence[Spool], gain_db: float, progress: Progress
) -> tuple[list[Spool], float]:
    """Second pass: returns the finished mix and stems, and the limiter's largest reduction."""
    rate, channels = made[0].rate, made[0].channels
    buses = channels * len(made)
    master = Master(
        rate=rate,
        channels=buses,
        control=channels,
        gain_db=gain_db,
        ceiling_db=RENDER_CEILING_DB,
        mark=session.mark(buses),
    )
    memory_frames = Spool.memory_frames(len(made))
    finished = [Spool(rate, channels, memory_frames) for _ in made]
    for stack in _finished_buses(master, made):
        for spool, samples in zip(finished, np.split(stack.samples, len(made)), strict=True):
            spool.append(Audio(samples, rate))
        done = finished[0].frames / made[0].frames
        progress(_MAKING_SHARE + (1 - _MAKING_SHARE) * done)
    for spool in made:
        spool.close()
    return finished, master.reduction_db


def _finished_buses(master: Master, made: Sequence[Spool]) -> Iterator[Audio]:
    streams = [spool.blocks(_PASS_FRAMES) for spool in made]
    for blocks in zip(*streams, strict=True):
        yield master.process(Audio(np.concatenate([b.samples for b in blocks]), blocks[0].rate))
    yield master.finish()
