"""From one rendering of espeak-ng to an expressive one, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder import (
    Features,
    analyse,
    count_rows,
    extend_band,
    naturalise,
    retime,
    scale_range,
    shift_pitch,
    synthesise,
)
from menura.dsp.vocoder.changes import with_f0
from menura.dsp.vocoder.features import HOP_S
from menura.dsp.vocoder.glottis import voice_source
from menura.dsp.vocoder.pitch import LOWEST_HZ
from menura.engines.speech.expressive.breaths import inhale, resonance_ratio
from menura.engines.speech.expressive.phonation import creaky
from menura.engines.speech.expressive.planning import OVERSAMPLING, WANDER_S, plan
from menura.engines.speech.expressive.timbre import shape, whispered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.speech.expressive.character import Character
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.planning import Plan
    from menura.engines.speech.expressive.segments import Segment
    from menura.espeak.utterance import Rendering

WIDEST = 4.0  # factor of the range, of voice, emotion and markup together


@dataclass(frozen=True, slots=True, eq=False)
class Resynthesis:
    """An utterance said anew.

    Attributes:
        samples: shape (frames,), float32, at 44,100 Hz, about 8 dB below the rendering.
        plan: with the way from the rendering's frames to these (`plan.moved`, `plan.timed`).
    """

    samples: NDArray[np.float32]
    plan: Plan


def resynthesise(
    rendering: Rendering,
    *,
    text: str,
    language: str,
    character: Character,
    expression: Expression,
    rng: np.random.Generator,
) -> Resynthesis:
    """Returns one rendering said anew, whole; see `plan` for the arguments."""
    made = plan(
        rendering,
        text=text,
        language=language,
        character=character,
        expression=expression,
        rng=rng,
    )
    parts = [make(made, index) for index in range(len(made.segments))]
    return Resynthesis(np.concatenate([np.zeros(0, np.float32), *parts]), made)


def make(plan: Plan, index: int) -> NDArray[np.float32]:
    """Returns one part of what was planned, shape (frames,), float32; the parts joined are all.

    It depends on nothing but the plan, so that parts may be made at once.
    """
    part = plan.segments[index]
    start, stop = plan.times.forward(part.start), plan.times.forward(part.stop)
    rng = np.random.default_rng(plan.seeds[index])
    if part.silent or stop == start:
        return _pause(plan, index, OVERSAMPLING * (stop - start), rng)
    features = shape(_analysed(plan, part, rng), plan.manner, plan.level)
    features = _sung(features, plan, part, rng)
    source = plan.times.backward(start + _frames(count_rows(stop - start, features.rate), plan))
    source = (source - part.start) / features.rate
    features = whispered(retime(features, source, stop - start), plan.manner.whisper)
    wide = extend_band(features, plan.rate)
    return synthesise(wide, plan.rate, rng) * plan.gain(OVERSAMPLING * start, OVERSAMPLING * stop)


def _frames(rows: int, plan: Plan) -> NDArray[np.float64]:
    """Returns where rows lie, in frames of the rendering."""
    return np.arange(rows, dtype=np.float64) * (HOP_S * plan.rendering.rate)


def _analysed(plan: Plan, part: Segment, rng: np.random.Generator) -> Features:
    """Returns the features of a part, voiced where its phonemes say so, in a livelier melody."""
    samples, rate = plan.rendering.samples[part.start : part.stop], plan.rendering.rate
    rows = count_rows(samples.size, rate)
    index = plan.phones.at(part.start, rows)
    row = np.round((part.start / rate + np.arange(rows) * HOP_S) / HOP_S).astype(np.intp)
    tracked = plan.tracked[np.minimum(row, plan.tracked.size - 1)]
    told = ~plan.phones.voiceless[index] & ~plan.phones.silent[index]
    voiced = np.where(plan.phones.unknown[index], tracked, told)
    features = analyse(samples, rate, voiced=voiced)
    return naturalise(features, rng, plan.phones.articulation(index))


def _pause(plan: Plan, index: int, frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a pause: silence, or a breath in it."""
    breath = plan.breaths.get(index)
    if breath is None or frames == 0:
        return np.zeros(frames, np.float32)
    pitch = plan.middle_hz * 2 ** (plan.manner.pitch_semitones / 12)
    return inhale(
        breath,
        frames,
        plan.rate,
        level=plan.manner.inhale * plan.level,
        resonance_ratio=resonance_ratio(pitch, plan.manner.formant_ratio),
        rng=rng,
    )


def _sung(features: Features, plan: Plan, part: Segment, rng: np.random.Generator) -> Features:
    """Returns the features with the melody and the phonation of the manner."""
    manner = plan.manner
    if not features.voiced.any():
        return features
    middle = max(plan.middle_hz, LOWEST_HZ)
    frames = part.start + _frames(features.rows, plan)
    widest = WIDEST / max(manner.range_factor, 1.0)
    widening = np.minimum(plan.inflection.range_factor(frames), widest)
    features = scale_range(features, manner.range_factor, middle)
    knots = np.arange(plan.wander.size) * WANDER_S * features.rate
    moves = manner.range_factor * widening * plan.contour.at(frames)
    moves += manner.wander_semitones * np.interp(frames, knots, plan.wander)
    from_middle = np.log2(np.where(features.voiced, features.f0_hz, middle) / middle)
    moves += 12 * (widening * plan.contour.range_at(frames) - 1) * from_middle
    moves += plan.inflection.semitones(frames)
    f0_hz = features.f0_hz * 2 ** (moves / 12)
    if manner.creak:
        f0_hz = creaky(
            f0_hz, manner.creak * plan.phonation.creak_at(frames), HOP_S, rng.spawn(1)[0]
        )
    sung = shift_pitch(with_f0(features, f0_hz), manner.pitch_semitones)
    return voice_source(sung, plan.phonation.rd_at(frames))
