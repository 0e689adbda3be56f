"""Timbre: what a voice and a manner make of the spectrum of espeak-ng."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder import breathe, roughen, shelve, tense, tilt, warp_formants, whisper
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR
from menura.dsp.vocoder.smoothing import frequency_smoother, smooth_track

if TYPE_CHECKING:
    from menura.dsp.vocoder import Features
    from menura.engines.speech.expressive.manner import Manner

EVEN_FWHM_HZ = 2500.0
EVEN_FROM_HZ, EVEN_FULL_HZ = 4000.0, 6000.0
OPEN_FWHM_HZ = 250.0
WARM_HZ, CLEAR_FROM_HZ = 500.0, 1200.0
CLEAR_HZ = 1200.0  # twice the highest pitch
LEVEL_FROM_DB, LEVEL_SHARE, LEVEL_S = 1.0, 0.8, 0.02
"""Of what lies this far above the level of the utterance, which share is taken away, smoothed."""
_DB = np.log(10) / 10
_FWHM = 2.355  # of a Gaussian, in standard deviations


def shape(features: Features, manner: Manner, level: float) -> Features:
    """Returns the features with the vocal tract and the glottis of a manner.

    Args:
        features: of a rendering of espeak-ng.
        manner: how it is said.
        level: root mean square of the whole rendering.
    """
    features = _evened(features)
    if manner.formant_ratio != 1:
        features = warp_formants(features, manner.formant_ratio)
    if manner.tilt_db_per_octave:
        features = tilt(features, manner.tilt_db_per_octave)
    if manner.warmth_db:
        features = shelve(features, manner.warmth_db, WARM_HZ, CLEAR_FROM_HZ)
    if manner.breath:
        features = breathe(features, manner.breath)
    if manner.tension:
        features = tense(features, manner.tension)
    return _levelled(_cleared(roughen(features, manner.roughness)), level)


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


def _levelled(features: Features, level: float) -> Features:
    """Returns the features with their loudest vowels lowered.

    espeak-ng's open vowels lie 8 to 11 dB above its speech as a whole, where those of people are
    some 5 dB above their closed ones (I. Lehiste, G. Peterson, "Vowel amplitude and phonemic stress
    in American English", JASA 31, 1959).
    """
    if level == 0:
        return features
    above = np.maximum(features.log_power() - 2 * np.log(level) - LEVEL_FROM_DB * _DB, 0)
    lower = LEVEL_SHARE * smooth_track(above, LEVEL_S / HOP_S)
    lowered = features.log_envelope - lower[:, None].astype(np.float32)
    return dataclasses.replace(features, log_envelope=np.maximum(lowered, np.float32(LOG_FLOOR)))


def whispered(features: Features, amount: float) -> Features:
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
