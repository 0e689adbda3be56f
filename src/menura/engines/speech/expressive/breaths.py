"""Breaths: drawn in the pauses that are long enough, once enough has been said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.speech.expressive.pacing import TimeMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.segments import Segment

LEAST_S, MOST_S = 0.2, 0.45
GROWTH = 0.05
"""A breath is longer the longer one has spoken, by this much for each second."""
BEFORE_S = 0.04
LEAST_PAUSE_S, MOST_MORE_S = 0.24, 0.25
GAP_S = (0.03, 0.06)
"""Silence before it, in which pauses it is drawn and by how much they may grow, and the silence
between it and the voice."""
NEEDLESS_S, NEEDED_S = 1.0, 4.0
"""Seconds of speech since the last breath from which one is possible, and from which it is sure."""
RISE = 0.6  # share of it in which it swells
LEVEL_DB = -30.0
"""Against the speech of the utterance, at half of `Expression.breaths`."""
MAN_HZ, LENGTH_EXPONENT = 110.0, 0.2
"""Pitch of the voice whose resonances stand below, and how they go with the pitch of another:
tracts of women are about a seventh shorter, at nearly twice the pitch."""
RESONANCES = ((850.0, 130.0, 0.5), (1600.0, 180.0, 1.0), (2800.0, 300.0, 0.25))
"""Centre and half width in Hz, and power, of the resonances of an open mouth drawing breath."""
FLOOR, HIGH_PASS_HZ, FALL_HZ = 0.02, 300.0, 3500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    """One breath.

    Attributes:
        length_s: how long it is drawn.
        gap_s: from its end to the end of its pause, where the voice begins.
    """

    length_s: float
    gap_s: float


def plan_breaths(
    segments: Sequence[Segment], times: TimeMap, rate: int, rng: np.random.Generator
) -> tuple[dict[int, Breath], TimeMap]:
    """Returns the breaths of an utterance, index of the silent segment -> breath, and new times.

    A pause in which breath is drawn gets longer, as far as the breath needs it: espeak-ng pauses
    for 0.3 s between sentences, where readers who breathe take twice as long.

    Readers breathe at most ends of sentences and seldom elsewhere, every three to six seconds, and
    draw longer breaths for longer utterances (A. Winkworth, P. Davis, E. Ellis, R. Adams,
    "Variability and consistency in speech breathing during reading", JSHR 37, 1994; D. Whalen,
    J. Kinsella-Shaw, "Exploring the relationship of inspiration duration to utterance duration",
    Phonetica 54, 1997).

    Args:
        segments: of the rendering.
        times: where they will be heard.
        rate: of both, Hz.
        rng: decides whether and how; two draws for each segment, whatever comes of them.
    """
    draws = rng.random((len(segments), 2))
    result: dict[int, Breath] = {}
    wider: list[tuple[Segment, float]] = []
    said_s = 0.0
    for index, part in enumerate(segments):
        length_s = (times.forward(part.stop) - times.forward(part.start)) / rate
        if not part.silent:
            said_s += length_s
            continue
        gap_s = GAP_S[0] + (GAP_S[1] - GAP_S[0]) * float(draws[index, 1])
        need = (said_s - NEEDLESS_S) / (NEEDED_S - NEEDLESS_S)
        if length_s >= LEAST_PAUSE_S and draws[index, 0] < need:
            room_s = length_s - BEFORE_S - gap_s
            wanted_s = min(LEAST_S + GROWTH * said_s, MOST_S)
            more_s = float(np.clip(wanted_s - room_s, 0, MOST_MORE_S))
            result[index] = Breath(length_s=min(room_s + more_s, wanted_s), gap_s=gap_s)
            wider.append((part, float(round(more_s * rate))))
            said_s = 0.0
    return result, _widened(times, wider)


def _widened(times: TimeMap, wider: Sequence[tuple[Segment, float]]) -> TimeMap:
    """Returns the times with some segments longer, by frames of the target."""
    if not wider:
        return times
    edges = [float(edge) for part, _ in wider for edge in (part.start, part.stop)]
    source = np.union1d(times.source, edges)
    target = np.interp(source, times.source, times.target)
    for part, more in wider:
        target += more * np.clip((source - part.start) / max(part.stop - part.start, 1), 0, 1)
    return TimeMap(source=source, target=target)


def inhale(
    breath: Breath,
    frames: int,
    rate: int,
    *,
    level: float,
    resonance_ratio: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns a pause with a breath in it, shape (frames,), float32.

    Noise with resonances near 0.85 and 1.6 kHz, as in the mean spectra of men's breaths by
    T. Nakano, J. Ogata, M. Goto, Y. Hiraga, "Analysis and automatic detection of breath sounds in
    unaccompanied singing voice", ICMPC 10 (2008); widths, powers and the third one chosen by us.

    Args:
        breath: when and how long.
        frames: length of the pause.
        rate: Hz.
        level: root mean square of the breath.
        resonance_ratio: of its resonances, against a man's.
        rng: draws the noise.
    """
    size = min(round(breath.length_s * rate), frames)
    stop = max(size, frames - round(breath.gap_s * rate))
    padded = 1 << max(size - 1, 1).bit_length()
    hz = np.fft.rfftfreq(padded, 1 / rate)
    spectrum = np.fft.rfft(rng.standard_normal(padded, dtype=np.float32))
    shaped = np.fft.irfft(spectrum * np.sqrt(_power(hz, resonance_ratio)), padded)[:size]
    at = (np.arange(size) + 0.5) / max(size, 1)
    swell = np.where(at < RISE, at / RISE, (1 - at) / (1 - RISE))
    shaped *= np.sin(0.5 * np.pi * swell) ** 2
    shaped *= level / max(float(np.sqrt(np.mean(shaped**2))), 1e-12) if size else 1.0
    result = np.zeros(frames, np.float32)
    result[stop - size : stop] = shaped
    return result


def _power(hz: NDArray[np.floating], ratio: float) -> NDArray[np.float64]:
    """Returns the power spectrum of a breath, any unit."""
    power = np.full(hz.shape, FLOOR)
    for centre, half, height in RESONANCES:
        power += height / (1 + ((hz - centre * ratio) / (half * ratio)) ** 2)
    high = (hz / HIGH_PASS_HZ) ** 6
    fall = 1 / (1 + (hz / (FALL_HZ * ratio)) ** 4)
    return np.asarray(power * high / (1 + high) * fall)


def resonance_ratio(pitch_hz: float, formant_ratio: float) -> float:
    """Returns the resonances of a voice against a man's, by its pitch and its vocal tract."""
    return float(np.clip((pitch_hz / MAN_HZ) ** LENGTH_EXPONENT, 0.9, 1.3)) * formant_ratio
