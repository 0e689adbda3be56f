"""From features to sound: pulses and noise through the envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import half_spectrum
from menura.dsp.vocoder.bandwidth import at_rate
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR
from menura.dsp.vocoder.glottis import pulse_phase
from menura.dsp.vocoder.pulses import place_pulses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.dsp.vocoder.features import Features
    from menura.dsp.vocoder.pulses import Pulses

FADE_S = 0.002
_LEAD = 0.25  # of the transform: before a pulse lies the opening of its glottis
_ROWS_AT_ONCE = 256
_LOWEST_NOISE_HZ = 100.0
_NOISE_HOPS = 1  # on each side of a row


def synthesise(features: Features, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the sound of features, shape (frames at `rate`,), float32.

    Each period is a pulse through the filter of the periodic part, of minimum phase but for the
    opening of the glottis (see `glottis.pulse_phase`), as else in M. Morise, F. Yokomori,
    K. Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system", IEICE Trans. E99-D
    (2016); the rest is white noise, cut into rows that
    overlap and shaped row by row. Where the envelope is silent the sound is exactly silent.

    Args:
        features: of any rate; above half of it the sound is empty (see `extend_band`).
        rate: frames per second of the sound, Hz.
        rng: draws the noise and, for a rough voice, its irregularity.
    """
    heard = features if rate == features.rate else at_rate(features, rate)
    margin = heard.fft_frames
    total = np.zeros(heard.frames + 3 * margin)
    pulses = place_pulses(heard, rng)
    noise = rng.standard_normal(total.size, dtype=np.float32)
    _add_pulses(total, heard, pulses, margin)
    _add_noise(total, heard, noise, margin)
    return _faded(total[margin : margin + heard.frames], rate)


def _add_pulses(
    total: NDArray[np.float64], features: Features, pulses: Pulses, margin: int
) -> None:
    size = features.fft_frames
    turns = (2 * np.pi / size * np.arange(features.bins)).astype(np.float32)
    lead = round(_LEAD * size)
    hz = np.maximum(features.frequencies_hz(), 0.25 * features.rate / size)
    ends = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (size / 8))
    ends = (0.5 - 0.5 * np.cos(np.pi * ends)).astype(np.float32)
    # What a pulse still holds at 0 Hz is taken away as a slow bump, so that nothing steps.
    bump = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    bump /= bump.sum()
    for at in range(0, pulses.frame.size, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        row = np.clip(pulses.frame[part] / (HOP_S * features.rate), 0, features.rows - 1)
        log_env, aperiodicity, sounding = _between_rows(features, row)
        periodic = log_env + np.log(np.maximum(1 - aperiodicity, np.float32(1e-9)))
        # No harmonic lies below the pitch: what the envelope holds there would be a thump.
        below = np.minimum(hz / pulses.f0_hz[part, None], 1)
        whole = np.floor(pulses.frame[part])
        delay = (pulses.frame[part] - whole + lead).astype(np.float32)
        phase = pulse_phase(features.frequencies_hz(), pulses.f0_hz[part])
        phase -= turns * delay[:, None]
        spectrum = minimum_phase(periodic + 2 * np.log(below).astype(np.float32), phase)
        response = np.fft.irfft(spectrum, size)
        response *= ends
        response -= response.sum(axis=1, keepdims=True) * bump
        gain = pulses.gain[part] * np.sqrt(features.rate / pulses.f0_hz[part]) * sounding
        response *= gain[:, None].astype(np.float32)
        _add_at(total, response, whole.astype(np.intp) + margin - lead)


def _between_rows(
    features: Features, row: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Returns envelope and aperiodicity at fractional rows, and whether they sound."""
    low = np.minimum(row.astype(np.intp), max(features.rows - 2, 0))
    high = np.minimum(low + 1, features.rows - 1)
    part = (row - low).astype(np.float32)[:, None]
    mixed = [
        matrix[low] * (1 - part) + matrix[high] * part
        for matrix in (features.log_envelope, features.aperiodicity)
    ]
    return mixed[0], mixed[1], mixed[0].max(axis=1) > LOG_FLOOR + 1


def minimum_phase(
    log_power: NDArray[np.float32], more: NDArray[np.float32] | float = 0.0
) -> NDArray[np.complex64]:
    """Returns the spectra (rows, bins) of minimum phase with this power, by folding the cepstrum.

    A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", section on the complex cepstrum.

    Args:
        log_power: shape (rows, bins), natural logarithm.
        more: phase that is added, same shape, radians.
    """
    cepstrum = np.fft.irfft(0.5 * log_power)
    half = cepstrum.shape[1] // 2
    cepstrum[:, 1:half] *= 2
    cepstrum[:, half + 1 :] = 0
    folded = half_spectrum(cepstrum.astype(np.float32))
    # Real sines are several times as fast as complex exponentials.
    phase = folded.imag + more
    level = np.exp(folded.real)
    result = np.empty(folded.shape, np.complex64)
    np.multiply(level, np.cos(phase), out=result.real)
    np.multiply(level, np.sin(phase), out=result.imag)
    return result


def _add_noise(
    total: NDArray[np.float64], features: Features, noise: NDArray[np.float32], margin: int
) -> None:
    size = features.fft_frames
    hop = HOP_S * features.rate
    reach = int(np.ceil(_NOISE_HOPS * hop))
    centres = np.arange(features.rows) * hop
    whole = np.round(centres).astype(np.intp)
    views = np.lib.stride_tricks.sliding_window_view(noise, 2 * reach + 1)
    offset = np.arange(-reach, reach + 1)
    # What lies there beside a voice is the voice's own onset, seen through a short window.
    audible = np.minimum(features.frequencies_hz() / _LOWEST_NOISE_HZ, 1) ** 2
    for at in range(0, features.rows, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        # Windows at the true distance of the rows add up to 1 though it is no whole number.
        cycles = (offset - (centres - whole)[part, None]) / (2 * _NOISE_HOPS * hop)
        window = np.where(np.abs(cycles) < 0.5, 0.5 + 0.5 * np.cos(2 * np.pi * cycles), 0)
        pieces = views[whole[part] + margin - reach] * (window / _NOISE_HOPS).astype(np.float32)
        log_env = features.log_envelope[part]
        sounding = log_env.max(axis=1, keepdims=True) > LOG_FLOOR + 1
        gain: NDArray[np.floating] = (
            np.exp(0.5 * log_env) * np.sqrt(features.aperiodicity[part]) * sounding
        )
        gain *= audible
        shift = (size - pieces.shape[1]) // 2
        padded = np.pad(pieces, ((0, 0), (shift, size - shift - pieces.shape[1])))
        shaped = np.fft.irfft(half_spectrum(padded) * gain, size)
        _add_at(total, shaped, whole[part] + margin - reach - shift)


def _add_at(
    total: NDArray[np.float64], pieces: NDArray[np.floating], starts: NDArray[np.intp]
) -> None:
    """Adds pieces (rows, size) to the total, each at its start."""
    first = int(starts.min())
    places = (starts - first)[:, None] + np.arange(pieces.shape[1])
    summed = np.bincount(places.ravel(), pieces.ravel())
    total[first : first + summed.size] += summed


def _faded(samples: NDArray[np.float64], rate: int) -> NDArray[np.float32]:
    """Brings both ends to silence within 2 ms, so that neither clicks."""
    count = min(round(FADE_S * rate), samples.size // 2)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))
    samples[:count] *= ramp
    samples[samples.size - count :] *= ramp[::-1]
    return samples.astype(np.float32)
