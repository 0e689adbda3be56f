"""Sustained instruments beside figures from the literature.

Kinds of figures: `formant` a maximum of the radiated spectrum (Hz); `vibrato` and `pulse` rate
(Hz) and depth (cents, dB) of pitch and level; `rise` from 10 to 90 % (ms); `width` spread of
a section's pitch (cents); `brightens` centroid at fortissimo over pianissimo; `over` a harmonic
over the first (dB); `even` odd harmonics over even ones (dB); `cutoff` fall in the octave above
(dB); `noise` between harmonics (dB); `dynamics` fortissimo over pianissimo (dB); `slower` rise two
octaves down; `beats` of two reeds (Hz); `bends` pitch at the onset (cents below).
"""

import collections
import tomllib
from pathlib import Path

import numpy as np
import pytest
from instrument_measures import RATE, centroid_hz, hertz, loudest_dbfs
from sustained_measures import (
    envelope,
    harmonic_db,
    held,
    level_curve,
    middle,
    noise_db,
    note,
    play,
    rise_ms,
    swing,
    track_hz,
)

from menura.engines.music.instruments.sustained import NAMES

FIGURES = tomllib.loads(Path(__file__).with_name("sustained_figures.toml").read_text())["figures"]
WHEELS = (0.5, 1.4983, 1, 2, 2.9966, 4, 5.0397, 8)


def _ids(figure: dict) -> str:
    return f"{figure['name']}-{figure['kind']}-{figure.get('low', '')}"


def _figures(*kinds: str) -> pytest.MarkDecorator:
    chosen = [figure for figure in FIGURES if figure["kind"] in kinds]
    return pytest.mark.parametrize("figure", chosen, ids=_ids)


def test_each_instrument_has_two_figures_with_sources() -> None:
    counts = collections.Counter(figure["name"] for figure in FIGURES)
    assert set(counts) == set(NAMES)
    assert min(counts.values()) >= 2
    assert all(figure["source"] for figure in FIGURES)


@_figures("formant")
def test_formants(figure: dict) -> None:
    hz, levels = envelope(figure["name"])
    smooth = np.convolve(np.pad(levels, 2, mode="edge"), np.ones(5) / 5, "valid")
    inside = (hz >= figure["low"]) & (hz <= figure["high"])
    best = int(np.argmax(np.where(inside, smooth, -np.inf)))
    # A third of an octave to either side it is lower: a maximum, not a slope.
    assert smooth[best] > smooth[best - 8] + 0.5
    assert smooth[best] > smooth[best + 8] + 0.5
    assert smooth[best] >= smooth[best - 3 : best + 4].max() - 0.3


@_figures("vibrato", "pulse")
def test_vibrato(figure: dict) -> None:
    rates, depths = [], []
    pitch = figure.get("pitch", middle(figure["name"]))
    for seed in range(5):
        sound = note(figure["name"], pitch, 0.63, 2.6, seed=seed)
        if figure["kind"] == "vibrato":
            curve = 1200 * np.log2(track_hz(sound, hertz(pitch))[1000:2500] / hertz(pitch))
        else:
            curve = level_curve(held(sound, 1.0, 2.5))
        rate, depth = swing(curve)
        rates.append(rate)
        depths.append(depth)
    assert figure["low"] <= np.median(rates) <= figure["high"]
    assert figure["least"] <= np.median(depths) <= figure["most"]


@_figures("rise", "slower")
def test_rise(figure: dict) -> None:
    def rise(pitch: float) -> float:
        return float(np.median([rise_ms(note(figure["name"], pitch, seed=s)) for s in range(9)]))

    if figure["kind"] == "rise":
        assert figure["low"] <= rise(figure["pitch"]) <= figure["high"]
    else:
        assert figure["low"] <= rise(36) / rise(60) <= figure["high"]


@_figures("width")
def test_width_of_a_section(figure: dict) -> None:
    spreads, means = [], []
    for seed, number in ((1, 1), (2, 2), (3, 3)):
        sound = np.atleast_2d(play(figure["name"], figure["pitch"], 0.63, 2.9, seed=seed))
        sound = sound[:, round(0.3 * RATE) : round(2.8 * RATE)].astype(np.float64)
        power = (np.abs(np.fft.rfft(sound * np.hanning(sound.shape[1]))) ** 2).sum(axis=0)
        hz = np.maximum(np.fft.rfftfreq(sound.shape[1], 1 / RATE), 1)
        cents = 1200 * np.log2(hz / (number * hertz(figure["pitch"])))
        near = np.abs(cents) < 90
        mean = float((power * cents)[near].sum() / power[near].sum())
        means.append(mean)
        spreads.append(np.sqrt((power * (cents - mean) ** 2)[near].sum() / power[near].sum()))
    assert figure["low"] <= np.mean(spreads) <= figure["high"]
    assert abs(np.mean(means)) < 4


@_figures("brightens")
def test_brass_brightens_with_its_level(figure: dict) -> None:
    soft, loud = (
        np.mean([centroid_hz(held(note(figure["name"], figure["pitch"], v, seed=s)))
                 for s in range(3)])
        for v in (0.2, 1.0)
    )  # fmt: skip
    assert figure["low"] <= loud / soft <= figure["high"]


@_figures("over")
def test_harmonics(figure: dict) -> None:
    hz = hertz(figure["pitch"])
    sound = held(note(figure["name"], figure["pitch"], 0.63, 1.2), 0.3, 1.2)
    over = harmonic_db(sound, figure["number"] * hz) - harmonic_db(sound, hz)
    assert figure["low"] <= over <= figure["high"]


@_figures("even")
def test_even_harmonics_of_a_stopped_tube(figure: dict) -> None:
    hz = hertz(figure["pitch"])
    sound = held(note(figure["name"], figure["pitch"], 0.63, 1.2), 0.3, 1.2)
    first, second, third = (harmonic_db(sound, number * hz) for number in (1, 2, 3))
    assert figure["low"] <= (first + third) / 2 - second <= figure["high"]


@_figures("cutoff")
def test_cutoff_of_tone_holes(figure: dict) -> None:
    sounds = [held(note(figure["name"], figure["pitch"] + step)) for step in range(6)]

    def octave(low_hz: float) -> float:
        power = sum(np.abs(np.fft.rfft(s * np.hanning(s.size))) ** 2 for s in sounds)
        at = np.fft.rfftfreq(sounds[0].size, 1 / RATE)
        return float(10 * np.log10(power[(at >= low_hz) & (at < 2 * low_hz)].sum()))

    cut = figure["hz"]
    above = octave(cut) - octave(2 * cut)
    assert figure["low"] <= above <= figure["high"]
    assert octave(cut / 2) - octave(cut) < above


@_figures("noise")
def test_breath(figure: dict) -> None:
    sound = held(note(figure["name"], figure["pitch"], 0.63, 1.2), 0.4, 1.1)
    assert figure["low"] <= noise_db(sound, hertz(figure["pitch"])) <= figure["high"]


@_figures("dynamics")
def test_dynamics(figure: dict) -> None:
    name = figure["name"]
    soft, loud = (
        np.mean([loudest_dbfs(note(name, middle(name), v, seed=s)) for s in range(4)])
        for v in (0.2, 1.0)
    )
    assert figure["low"] <= loud - soft <= figure["high"]


@_figures("wheels")
def test_drawbars(figure: dict) -> None:
    sound = held(note(figure["name"], figure["pitch"], 0.9, 2.0), 0.2, 1.9)
    hz = hertz(figure["pitch"])
    levels = [harmonic_db(sound, ratio * hz, reach=0.04) for ratio in WHEELS]
    beside = [harmonic_db(sound, ratio * hz, reach=0.04) for ratio in (0.75, 1.25, 1.75, 2.5, 3.5)]
    assert min(levels) > max(levels) - 35
    assert max(beside) < min(levels) - 15


def _above(sound: np.ndarray, hz: float) -> np.ndarray:
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(sound.size, 1 / RATE) < hz] = 0
    return np.fft.irfft(spectrum, sound.size)


@_figures("rotor")
def test_rotor(figure: dict) -> None:
    name, pitch = figure["name"], figure["pitch"]
    slow, fast = (play(name, pitch, 0.63, 4.0, how).astype(np.float64) for how in ("", "tremolo"))
    # What the horn carries: above the crossover.
    rates = []
    for sound in (slow[0], fast[0]):
        rate, depth = swing(level_curve(held(_above(sound, 900), 0.2, 3.8), smooth_s=0.04))
        rates.append(rate)
        assert depth > 1
    assert 0.6 < rates[0] < 1.0
    assert figure["low"] <= rates[1] <= figure["high"]
    difference = fast[0] - fast[1]
    assert 0.1 < np.std(difference) / np.std(fast) < 1.5


def test_keys_of_a_chord_hear_the_rotor_at_one_angle() -> None:
    early = play("organ", 72, 0.63, 2.0, "tremolo", start_s=0.0, seed=1)
    later = play("organ", 72, 0.63, 2.0, "tremolo", start_s=1 / 6.7, seed=1)
    half = play("organ", 72, 0.63, 2.0, "tremolo", start_s=0.5 / 6.7, seed=1)
    levels = [
        level_curve(held(_above(s[0], 900), 0.2, 1.8), smooth_s=0.05) for s in (early, later, half)
    ]
    like = np.corrcoef(levels)
    assert like[0, 1] > 0.9
    assert like[0, 2] < 0.3


@_figures("beats")
def test_two_reeds_beat(figure: dict) -> None:
    hz = hertz(figure["pitch"])
    sound = held(note(figure["name"], figure["pitch"], 0.63, 4.0), 0.3, 3.9)
    spectrum = np.fft.rfft(sound)
    spectrum[np.abs(np.fft.rfftfreq(sound.size, 1 / RATE) - hz) > 0.3 * hz] = 0
    power = 10 ** (level_curve(np.fft.irfft(spectrum, sound.size)) / 10)
    rate, depth = swing(power / power.mean())
    assert figure["low"] <= rate <= figure["high"]
    assert depth > 0.5


@_figures("bends")
def test_a_note_is_reached_from_below(figure: dict) -> None:
    hz = hertz(figure["pitch"])
    first = [
        1200 * np.log2(track_hz(note(figure["name"], figure["pitch"], seed=s), hz)[12:18] / hz)
        for s in range(6)
    ]
    assert figure["low"] <= -np.mean(first) <= figure["high"]
