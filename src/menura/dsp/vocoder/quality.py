"""Voice qualities: breathy, tense, rough, whispered."""

from __future__ import annotations

import dataclasses

import numpy as np

from menura.dsp.vocoder.bandwidth import at_bins
from menura.dsp.vocoder.changes import at_power, expect_between, sloped
from menura.dsp.vocoder.features import LOG_FLOOR, Features

BREATH_FROM_HZ, BREATH_FULL_HZ = 500.0, 3000.0
BREATH_AT_BOTTOM = 0.15  # of the amount: the first harmonics stay clear in a breathy voice
BREATH_TILT_DB = -3.0
OPEN_QUOTIENT, OPEN_QUOTIENT_REACH = 0.6, 0.15
TENSION_TILT_DB, TENSION_FROM_HZ = 3.0, 2000.0
WHISPER_DB = -12.0
WHISPER_TILT_DB = 3.0
WHISPER_FROM_HZ, WHISPER_LOW_DB = 400.0, 12.0
WHISPER_SHIFT, WHISPER_SHIFT_HZ = 1.2, 1500.0


def breathe(features: Features, amount: float) -> Features:
    """Returns a breathier voice: more noise from the middle of the spectrum up, a softer source.

    D. Klatt, L. Klatt, "Analysis, synthesis, and perception of voice quality variations among
    female and male talkers", JASA 87 (1990): breath is aspiration in F3 and above, and a source
    that falls faster.

    Args:
        features: of any voice.
        amount: 0 (as it is) to 1 (hardly voiced).

    Raises:
        InvalidInput: if the amount is out of range.
    """
    expect_between("an amount of breath", amount, 0, 1)
    hz = features.frequencies_hz()
    rise = np.clip((hz - BREATH_FROM_HZ) / (BREATH_FULL_HZ - BREATH_FROM_HZ), 0, 1)
    share = (amount * (BREATH_AT_BOTTOM + (1 - BREATH_AT_BOTTOM) * rise)).astype(np.float32)
    aperiodicity = 1 - (1 - features.aperiodicity) * (1 - share)
    softer = sloped(features, BREATH_TILT_DB * amount, BREATH_FROM_HZ)
    soft = at_power(features.log_envelope + softer, features.log_power())
    return dataclasses.replace(
        features,
        aperiodicity=np.clip(aperiodicity, 0, 1),
        log_envelope=np.where(features.voiced[:, None], soft, features.log_envelope),
    )


def tense(features: Features, amount: float) -> Features:
    """Returns the voice with the glottis more closed (pressed, strained) or more open (lax, soft).

    The open quotient goes from 0.6 to 0.45 or 0.75, and with it the first harmonic against the
    second, H1 - H2 = -6 + 0.27 exp(5.5 Oq) dB (G. Fant, "The voice source in connected speech",
    Speech Communication 22, 1997); the spectral tilt of the closure goes along (B. Doval,
    C. d'Alessandro, N. Henrich, "The spectrum of glottal flow models", Acustica 92, 2006).
    Each row keeps its power.

    Args:
        features: of any voice.
        amount: -1 (lax) to 1 (tense); 0 changes nothing.

    Raises:
        InvalidInput: if the amount is out of range.
    """
    expect_between("an amount of tension", amount, -1, 1)
    quotient = OPEN_QUOTIENT - OPEN_QUOTIENT_REACH * amount
    change_db = 0.27 * (np.exp(5.5 * quotient) - np.exp(5.5 * OPEN_QUOTIENT))
    voiced = features.voiced[:, None]
    harmonic = features.frequencies_hz() / np.where(voiced, features.f0_hz[:, None], 1.0)
    low = 1 - np.clip(np.log2(np.maximum(harmonic, 1.0)), 0, 1)
    change = (change_db * np.log(10) / 10 * low).astype(np.float32)
    change += sloped(features, TENSION_TILT_DB * amount, TENSION_FROM_HZ)
    changed = at_power(features.log_envelope + change, features.log_power())
    return dataclasses.replace(
        features, log_envelope=np.where(voiced, changed, features.log_envelope)
    )


def roughen(features: Features, amount: float) -> Features:
    """Returns a rougher voice: uneven periods, uneven strength, and every second pulse weaker.

    The irregularity is drawn by `synthesise`, pulse by pulse, from its own generator.

    Args:
        features: of any voice.
        amount: added to what is there, 0 to 1 (hoarse); the sum stops at 1.

    Raises:
        InvalidInput: if the amount is out of range.
    """
    expect_between("an amount of roughness", amount, 0, 1)
    return dataclasses.replace(features, roughness=min(1.0, features.roughness + amount))


def whisper(features: Features) -> Features:
    """Returns the voice whispered: noise only, quieter, flatter, the first formant higher.

    T. Ito, K. Takeda, F. Itakura, "Analysis and recognition of whispered speech", Speech
    Communication 45 (2005): no pitch, less power below 1.5 kHz, formants there higher. The
    figures are rough means; what was unvoiced stays as it is but for its level.
    """
    hz = features.frequencies_hz()
    mix = np.clip(hz / WHISPER_SHIFT_HZ, 0, 1)
    at = np.arange(features.bins) / (WHISPER_SHIFT * (1 - mix) + mix)
    moved = at_bins(features.log_envelope, at)
    moved += sloped(features, WHISPER_TILT_DB, WHISPER_SHIFT_HZ)
    octaves = np.log2(np.clip(hz, hz[1], WHISPER_FROM_HZ) / WHISPER_FROM_HZ)
    moved += (WHISPER_LOW_DB * np.log(10) / 10 * octaves).astype(np.float32)
    quiet = features.log_power() + WHISPER_DB * np.log(10) / 10
    voiced = features.voiced[:, None]
    log_env = np.where(voiced, at_power(moved, quiet), features.log_envelope)
    half = np.float32(0.5 * WHISPER_DB * np.log(10) / 10)
    sounding = features.log_envelope.max(axis=1, keepdims=True) > LOG_FLOOR + 1
    log_env = np.where(~voiced & sounding, log_env + half, log_env)
    return dataclasses.replace(
        features,
        f0_hz=np.zeros_like(features.f0_hz),
        aperiodicity=np.ones_like(features.aperiodicity),
        log_envelope=np.maximum(log_env, np.float32(LOG_FLOOR)),
    )
