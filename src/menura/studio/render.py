"""The delivery `render`: the whole sound is made, measured, finished twice over, and exact."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import Meter
from menura.audio.resample import Resampler
from menura.audio.spool import Spool, let_go
from menura.engines.base import BLOCK_FRAMES
from menura.errors import EngineFailed
from menura.safeguards.watermark import has_room
from menura.studio.crest import Crest
from menura.studio.ensemble import distinct, total
from menura.studio.master import (
    RENDER_CEILING_DB,
    TRUE_PEAK_DBTP,
    Ear,
    Master,
    facts,
    gain_to,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from menura.audio.loudness import Loudness
    from menura.studio.session import Progress, Session
    from menura.take import Take

_PASS_FRAMES = 8 * BLOCK_FRAMES
_STEP_FRAMES = 2**18
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
    try:
        made = _make(session, progress, stems=stems)
    finally:
        session.ensemble.close()
    ear = Ear(made[0].rate) if session.task.kind == "music" else None
    roomy = has_room(_blocks(made[0]), made[0].frames / made[0].rate)
    finished, loudness, reduction_db = _finish(session, made, ear, progress, roomy=roomy)
    last_db = _last_db(session, loudness)
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
    if ear is not None:
        measured |= ear.heard(last_db)
    heard = {name: part for name, part in zip(names, parts, strict=True) if part.samples.any()}
    return session.take(mix, heard, measured, roomy=roomy)


def _make(session: Session, progress: Progress, *, stems: bool) -> list[Spool | Audio]:
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
    memory_frames = Spool.memory_frames(len(own))
    fitted = (_fitted(stem, mix, memory_frames) for stem in own.values())
    return [mix, *fitted, *parts[1:]]


def _stem_names(session: Session) -> list[str]:
    ensemble = session.ensemble
    own = list(ensemble.performance.stems)
    others = list(ensemble.names[1:] if own else ensemble.names)
    if len(ensemble.names) == 1 or len(ensemble.names) > MAX_STEMS:
        others = []
    return list(distinct(own + others))


def _fitted(stem: Audio, mix: Spool, memory_frames: int) -> Spool | Audio:
    """Returns a stem at the rate, with the channels and of the length of the mix."""
    if (stem.rate, stem.channels, stem.frames) == (mix.rate, mix.channels, mix.frames):
        return stem
    spool = Spool(mix.rate, mix.channels, memory_frames, frames=mix.frames)

    def add(samples: NDArray[np.float32]) -> None:
        samples = samples[:, : mix.frames - spool.frames]
        wide = np.broadcast_to(samples, (mix.channels, samples.shape[1]))
        spool.append(Audio(np.ascontiguousarray(wide), mix.rate))

    resampler = Resampler(stem.rate, mix.rate, stem.channels)
    for start in range(0, stem.frames, _STEP_FRAMES):
        add(resampler.process(stem.slice(start, start + _STEP_FRAMES)).samples)
    add(resampler.finish().samples)
    while spool.frames < mix.frames:
        add(np.zeros((1, min(_STEP_FRAMES, mix.frames - spool.frames)), np.float32))
    return spool


def _finish(
    session: Session,
    made: Sequence[Spool | Audio],
    ear: Ear | None,
    progress: Progress,
    *,
    roomy: bool,
) -> tuple[list[Spool], Loudness, float]:
    """Second pass: returns the finished mix and stems, its loudness, the limiter's reduction."""
    rate, channels, frames = made[0].rate, made[0].channels, made[0].frames
    buses = channels * len(made)
    master = Master(
        rate=rate,
        channels=buses,
        control=channels,
        gain_db=_first_db(session, made[0]),
        ceiling_db=RENDER_CEILING_DB,
        mark=session.mark(buses, roomy=roomy),
    )
    memory_frames = Spool.memory_frames(len(made))
    finished = [Spool(rate, channels, memory_frames, frames=frames) for _ in made]
    meter = Meter(rate, channels)

    def keep(stack: NDArray[np.float32]) -> None:
        mix = Audio(stack[:channels], rate)
        meter.process(mix)
        if ear is not None:
            ear.process(mix)
        for spool, samples in zip(finished, np.split(stack, len(made)), strict=True):
            spool.append(Audio(samples, rate))
        progress(_MAKING_SHARE + (1 - _MAKING_SHARE) * finished[0].frames / frames)

    for start in range(0, frames, _PASS_FRAMES):
        stack = np.empty((buses, min(_PASS_FRAMES, frames - start)), np.float32)
        for source, samples in zip(made, np.split(stack, len(made)), strict=True):
            _read(source, start, samples)
        keep(master.process(Audio(stack, rate)).samples)
    keep(master.finish().samples)
    for source in made:
        if isinstance(source, Spool):
            source.close()
    return finished, meter.loudness(), master.reduction_db


def _read(source: Spool | Audio, start: int, samples: NDArray[np.float32]) -> None:
    """Fills the samples with a sound from a frame on."""
    if isinstance(source, Spool):
        source.read(start, samples)
    else:
        samples[:] = source.samples[:, start : start + samples.shape[1]]
        let_go(source)


def _first_db(session: Session, mix: Spool | Audio) -> float:
    """Returns the gain before limiter and mark: to the target, or to full level.

    What is at full level and still softer than the target, for the sake of a few milliseconds, has
    these limited: an explosion with a shock far above its rumble.
    """
    if session.ensemble.performance.peak_dbfs is None:
        return gain_to(session.target_lufs, _loudness(mix, peaks=False).integrated_lufs)
    crest = Crest(mix.rate)
    loudness = _loudness(mix, peaks=True, crest=crest)
    full_db = gain_to(RENDER_CEILING_DB, loudness.true_peak_dbtp)
    to_target_db = gain_to(session.target_lufs, loudness.integrated_lufs)
    softer_db = to_target_db - gain_to(TRUE_PEAK_DBTP, loudness.true_peak_dbtp)
    lifted_db = full_db + max(0.0, min(crest.lift_db(), softer_db))
    return min(lifted_db, _most_db(session, loudness))


def _last_db(session: Session, loudness: Loudness) -> float:
    """Returns the gain after limiter and mark."""
    to_peak_db = gain_to(TRUE_PEAK_DBTP, loudness.true_peak_dbtp)
    if session.ensemble.performance.peak_dbfs is not None:
        return min(to_peak_db, _most_db(session, loudness))
    to_target_db = gain_to(session.target_lufs, loudness.integrated_lufs)
    return min(to_target_db, to_peak_db) if math.isfinite(loudness.true_peak_dbtp) else to_target_db


def _most_db(session: Session, loudness: Loudness) -> float:
    """Returns the gain to the most that what is at full level may have: a tone has no peaks."""
    most_lufs = session.ensemble.performance.most_lufs
    if most_lufs is None or not math.isfinite(loudness.integrated_lufs):
        return math.inf
    return gain_to(most_lufs, loudness.integrated_lufs)


def _loudness(source: Spool | Audio, *, peaks: bool, crest: Crest | None = None) -> Loudness:
    meter = Meter(source.rate, source.channels, peaks=peaks)
    for block in _blocks(source):
        meter.process(block)
        if crest is not None:
            crest.process(block)
    return meter.loudness()


def _blocks(source: Spool | Audio) -> Iterator[Audio]:
    for start in range(0, source.frames, _STEP_FRAMES):
        shape = (source.channels, min(_STEP_FRAMES, source.frames - start))
        samples = np.empty(shape, np.float32)
        _read(source, start, samples)
        yield Audio(samples, source.rate)
