"""From one rendering of espeak-ng to an expressive one, part by part."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder import (
    Features,
    analyse,
    breathe,
    count_rows,
    extend_band,
    naturalise,
    retime,
    roughen,
    scale_range,
    shift_pitch,
    synthesise,
    tense,
    tilt,
    warp_formants,
    whisper,
)
from menura.dsp.vocoder.changes import with_f0
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR
from menura.dsp.vocoder.pitch import LOWEST_HZ
from menura.dsp.vocoder.smoothing import frequency_smoother
from menura.engines.speech.expressive.planning import OVERSAMPLING, WANDER_S, plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.speech.expressive.character import Character
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.manner import Manner
    from menura.engines.speech.expressive.planning import Plan
    from menura.engines.speech.expressive.segments import Segment
    from menura.espeak.utterance import Rendering

EVEN_FWHM_HZ = 2500.0
EVEN_FROM_HZ, EVEN_FULL_HZ = 4000.0, 6000.0
OPEN_FWHM_HZ = 250.0
CLEAR_HZ = 1200.0  # twice the highest pitch
_FWHM = 2.355  # of a Gaussian, in standard deviations


@dataclass(frozen=True, slots=True, eq=False)
class Resynthesis:
    """An utterance said anew.

    Attributes:
        samples: shape (frames,), float32, at 44,100 Hz, 8 dB below the rendering.
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
    if part.silent or stop == start:
        return np.zeros(OVERSAMPLING * (stop - start), np.float32)
    rng = np.random.default_rng(plan.seeds[index])
    features = _shaped(_analysed(plan, part, rng), plan.manner)
    features = _sung(features, plan, part)
    source = plan.times.backward(start + _frames(count_rows(stop - start, features.rate), plan))
    source = (source - part.start) / features.rate
    features = _whispered(retime(features, source, stop - start), plan.manner.whisper)
    wide = extend_band(features, plan.rate)
    return synthesise(wide, plan.rate, rng) * np.float32(plan.manner.gain)


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


def _shaped(features: Features, manner: Manner) -> Features:
    """Returns the features with the vocal tract and the glottis of the manner."""
    features = _evened(features)
    if manner.formant_ratio != 1:
        features = warp_formants(features, manner.formant_ratio)
    if manner.tilt_db_per_octave:
        features = tilt(features, manner.tilt_db_per_octave)
    if manner.breath:
        features = breathe(features, manner.breath)
    if manner.tension:
        features = tense(features, manner.tension)
    return _cleared(roughen(features, manner.roughness))


def _evened(features: Features) -> Features:
    """Returns the features with a smooth top where there is a voice.

    espeak-ng's highest resonator is a line at 8 kHz over a hole from 5 to 7 kHz.
    """
    hz = features.frequencies_hz()
    sigma = EVEN_FWHM_HZ / _FWHM / (features.rate / features.fft_frames)
    first = int(np.searchsorted(hz, EVEN_FROM_HZ - EVEN_FWHM_HZ))
    voiced = features.voiced
    top = features.log_envelope[voiced, first:]
    smooth = np.exp(top) @ frequency_smoother(features.bins - first, sigma)
    mix = np.clip((hz[first:] - EVEN_FROM_HZ) / (EVEN_FULL_HZ - EVEN_FROM_HZ), 0, 1)
    evened = np.log(np.maximum(smooth, np.exp(np.float32(LOG_FLOOR))))
    log_env = features.log_envelope.copy()
    log_env[voiced, first:] = top + mix.astype(np.float32) * (evened - top)
    return dataclasses.replace(features, log_envelope=np.maximum(log_env, np.float32(LOG_FLOOR)))


def _cleared(features: Features) -> Features:
    """Returns the features without noise around and below the pitch, where voices have none."""
    low = int(np.searchsorted(features.frequencies_hz(), CLEAR_HZ))
    pitch = np.maximum(features.f0_hz, 1.0)[:, None]
    share = np.clip(features.frequencies_hz()[:low] / (2 * pitch), 0, 1) ** 2
    share = np.where(features.voiced[:, None], share, 1.0).astype(np.float32)
    aperiodicity = features.aperiodicity.copy()
    aperiodicity[:, :low] *= share
    return dataclasses.replace(features, aperiodicity=aperiodicity)


def _sung(features: Features, plan: Plan, part: Segment) -> Features:
    """Returns the features with the melody of the manner."""
    manner = plan.manner
    if not features.voiced.any():
        return features
    middle = max(plan.middle_hz, LOWEST_HZ)
    features = scale_range(features, manner.range_factor, middle)
    frames = part.start + _frames(features.rows, plan)
    knots = np.arange(plan.wander.size) * WANDER_S * features.rate
    moves = manner.range_factor * plan.contour.at(frames)
    moves += manner.wander_semitones * np.interp(frames, knots, plan.wander)
    return shift_pitch(
        with_f0(features, features.f0_hz * 2 ** (moves / 12)), manner.pitch_semitones
    )


def _whispered(features: Features, amount: float) -> Features:
    """Returns the features on the way to a whisper: 0 leaves them, 1 is one."""
    if amount == 0:
        return features
    whispered = _open(whisper(features))
    if amount == 1:
        return whispered
    part = np.float32(amount)
    return dataclasses.replace(
        features,
        log_envelope=features.log_envelope * (1 - part) + whispered.log_envelope * part,
        aperiodicity=features.aperiodicity * (1 - part) + whispered.aperiodicity * part,
    )


def _open(features: Features) -> Features:
    """Returns a whisper's features with wider formants: the open glottis damps them.

    Through narrow ones, noise has so regular a wave that a pitch is heard in it.
    """
    sigma = OPEN_FWHM_HZ / _FWHM / (features.rate / features.fft_frames)
    power = np.exp(features.log_envelope) @ frequency_smoother(features.bins, sigma)
    log_env = np.maximum(np.log(np.maximum(power, np.exp(np.float32(LOG_FLOOR)))), LOG_FLOOR)
    return dataclasses.replace(features, log_envelope=log_env.astype(np.float32))
