"""Each synthesiser meets two figures of the machines that it is made after."""

from dataclasses import replace

import numpy as np
import pytest
from instrument_measures import (
    RATE,
    centroid_hz,
    hertz,
    level_dbfs,
    levels_db,
    loudest_dbfs,
    peak_hz,
)
from synth_measures import mono, note

from menura.dsp import oscillators
from menura.engines.music.instruments.synths.patch import Patch, read_patch
from menura.engines.music.instruments.synths.synth import Synth
from menura.engines.music.score import Event

SZABO = (-0.11002313, -0.06288439, -0.01952356, 0.0, 0.01991221, 0.06216538, 0.10745242)
"""Places of the seven saws at full detune: Szabo, How to Emulate the Super Saw (2010), table 1."""
SUPER_DETUNE = 0.2


def play(patch: Patch, pitch: float, length_s: float, velocity: float = 0.63) -> np.ndarray:
    event = Event(start_s=0.0, length_s=length_s, pitch=pitch, velocity=velocity)
    return Synth(patch, RATE).play(event, np.random.default_rng(5))


def harmonics_db(sound: np.ndarray, hz: float, orders: tuple[int, ...]) -> np.ndarray:
    """Power near each harmonic, against the first of them."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    at = np.fft.rfftfreq(sound.size, 1 / RATE) / hz
    power = [spectrum[np.abs(at / order - 1) < 0.03].sum() for order in orders]
    return 10 * np.log10(np.array(power) / power[0] + 1e-12)


@pytest.mark.parametrize("name", ["supersaw", "square lead", "sweep"])
def test_harmonics_are_those_of_the_wave_behind_a_ladder(name: str) -> None:
    """Stilson and Smith (1996): what passes is the wave's own spectrum times four poles."""
    patch = read_patch(name)
    # Held still, so that the whole stretch has one cutoff.
    shape = replace(patch.filter, octaves=0.0, tracking=0.0, cutoff_hz=700.0, sway_octaves=0.0)
    still = replace(patch, filter=shape, motion=replace(patch.motion, vibrato_cents=0.0))
    sound = mono(play(still, 45, 3.0))[RATE // 2 :]
    orders = (1, 3, 5, 7, 9, 11)
    found = harmonics_db(sound, hertz(45), orders)
    response = oscillators.ladder(
        hertz(45) * np.array(orders, float), np.array([700.0]), shape.resonance
    )[0]
    expected = 20 * np.log10(np.abs(response) / np.array(orders))
    expected -= expected[0]
    # Widths that move, and unison, let single harmonics come and go.
    tolerance = 1.5 if name == "square lead" else 5
    assert np.abs(found - expected).max() < tolerance
    assert np.abs(found - expected).mean() < tolerance / 2


def test_a_ladder_falls_by_24_db_per_octave() -> None:
    patch = read_patch("pluck")
    shape = replace(patch.filter, octaves=0.0, tracking=0.0, cutoff_hz=200.0, resonance=0.0)
    one = replace(patch.voices[0], cents=0.0)
    still = replace(patch, voices=(one,), filter=shape, amp=replace(patch.amp, sustain=1.0))
    found = harmonics_db(play(still, 45, 3.0)[RATE // 2 :], hertz(45), (8, 16))
    # From 4.4 to 8.8 times the cutoff four poles lack 0.7 dB of 24; a saw has 6 dB of its own.
    assert found[1] == pytest.approx(-23.4 - 6.0, abs=0.5)


def test_a_synth_bass_closes_its_filter() -> None:
    """Reid, Synth Secrets 40: an envelope of a tenth of a second makes a bass's attack."""
    early, late = (
        np.mean([levels_db(note("synth bass", 36, 0.8, 1.0, seed=s), 12 * hertz(36), 0.1)[i]
                 for s in range(4)])
        for i in (0, 5)
    )  # fmt: skip
    assert early > late + 12


def test_a_synth_bass_has_an_oscillator_an_octave_below() -> None:
    """Reid, Synth Secrets 40: a lower octave carries it."""
    sound = note("synth bass", 48, 0.63, 2.0)
    below, own = (peak_hz(sound, hertz(pitch), 0.02)[1] for pitch in (36, 48))
    assert -14 < below - own < 6


def test_an_808_rings_on_and_falls_steadily() -> None:
    """Werner, Abel and Smith (2014): long decay, an exponential."""
    sound = note("808 bass", 33, 0.8, 2.5)
    levels = [loudest_dbfs(sound[round(t * RATE) :][: RATE // 5], 0.2) for t in (0.3, 1.0, 1.7)]
    falls = -np.diff(levels) / 0.7
    # What drives it less comes through louder: it falls a little slower at first.
    assert falls == pytest.approx(8.686 / 1.1, abs=1.8)
    assert abs(falls[0] - falls[1]) < 2.0


def test_the_first_cycles_of_an_808_are_higher() -> None:
    """Werner, Abel and Smith (2014), section 6: its pitch sighs down in the first 10 ms."""
    sound = note("808 bass", 33, 0.8, 1.0)
    crossings = np.flatnonzero((sound[:-1] <= 0) & (sound[1:] > 0))
    cycles_s = np.diff(crossings) / RATE
    assert 1 / cycles_s[-3] == pytest.approx(hertz(33), rel=0.01)
    assert 1 / cycles_s[0] > 1.3 * hertz(33)


def test_an_808_is_driven_a_little() -> None:
    sound = note("808 bass", 33, 1.0, 1.0)[RATE // 20 :]
    first, second, third = (peak_hz(sound, k * hertz(33), 0.02)[1] for k in (1, 2, 3))
    assert -36 < third - first < -8
    assert -46 < second - first < -8


def test_seven_saws_lie_where_they_do_in_a_super_saw() -> None:
    sound = play(read_patch("supersaw"), 93, 8.0)
    hz = hertz(93)
    for left_out in SZABO:
        expected = hz * (1 + SUPER_DETUNE * left_out)
        found, _ = peak_hz(sound.sum(axis=0)[RATE // 4 :], expected, 0.0008)
        assert abs(1200 * np.log2(found / expected)) < 1.3


def test_the_sides_of_a_super_saw_stand_behind_its_middle() -> None:
    """Szabo (2010), figure 3.8: at a mix of 0.6 the middle has 0.666, a side 0.549."""
    sound = play(read_patch("supersaw"), 93, 8.0).sum(axis=0)[RATE // 4 :]
    levels = [peak_hz(sound, hertz(93) * (1 + SUPER_DETUNE * place), 0.0008)[1] for place in SZABO]
    # Panning by sine and cosine takes from the sum of both sides, most at the sides.
    pans = np.array([0.8, 0.8, 0.4, 0.0, 0.4, 0.8, 0.8])
    summed_db = 20 * np.log10((np.sqrt(1 - pans) + np.sqrt(1 + pans)) / 2)
    sides = np.array(levels) - summed_db
    assert sides[3] - np.delete(sides, 3).mean() == pytest.approx(1.67, abs=0.7)


def test_a_lead_sings_with_late_vibrato() -> None:
    """Reid, Synth Secrets 61: some 5 Hz, set in after the attack."""
    patch = read_patch("lead")
    sound = play(replace(patch, voices=patch.voices[:1]), 69, 3.0)
    spectrum = np.fft.fft(sound)
    at = np.fft.fftfreq(sound.size, 1 / RATE)
    only = np.fft.ifft(np.where((at > 380) & (at < 500), spectrum, 0))
    moving = np.gradient(np.unwrap(np.angle(only))) * RATE / (2 * np.pi)
    cents = 1200 * np.log2(moving / np.median(moving[RATE : 2 * RATE]))
    assert np.ptp(cents[RATE // 10 : RATE // 4]) < 6
    assert 28 < np.ptp(cents[RATE : 2 * RATE]) < 44
    swing = cents[RATE : 3 * RATE] * np.hanning(2 * RATE)
    assert np.argmax(np.abs(np.fft.rfft(swing, 20 * RATE))[40:200]) + 40 == pytest.approx(
        104, abs=4
    )


def test_a_pulse_whose_width_moves_has_moving_nulls() -> None:
    """Reid, Synth Secrets 10: a width of 1 / n has no harmonic n."""
    patch = read_patch("lead")
    voice = replace(patch.voices[1], cents=0.0, width=0.375, width_depth=0.125, width_hz=0.5)
    motion = replace(patch.motion, vibrato_cents=0.0, drift_cents=0.0)
    sound = play(replace(patch, voices=(voice,), motion=motion), 57, 4.0)
    # Between widths of 0.25 and 0.5, harmonic 4 comes and goes, harmonic 2 at one end only.
    fourth = levels_db(sound, 4 * 220.0, 0.05)[10:70]
    first = levels_db(sound, 220.0, 0.05)[10:70]
    assert np.ptp(fourth) > 20
    assert np.ptp(first) < 5


def test_a_pluck_loses_its_top_first() -> None:
    """Reid, Synth Secrets 28: of a plucked sound high partials die first."""
    sound = note("pluck", 57, 0.8, 1.0)
    step_s = 0.03
    early, late = 1, 7
    falls = []
    for order in (1, 8):
        levels = levels_db(sound, order * 220.0, step_s)
        falls.append(levels[early] - levels[late])
    assert falls[1] > falls[0] + 15


def test_a_pluck_dies_away_though_the_key_is_held() -> None:
    sound = note("pluck", 57, 0.8, 3.0)
    assert sound.size < 2.6 * RATE
    halves = [loudest_dbfs(sound[round(t * RATE) :][: RATE // 10], 0.1) for t in (0.1, 0.6)]
    # The filter closes meanwhile, which takes some more.
    assert 8.686 * 0.5 / 0.28 - 1 < halves[0] - halves[1] < 26


def test_an_arp_is_a_quarter_pulse() -> None:
    patch = read_patch("arp")
    alone = replace(patch, voices=patch.voices[:1], motion=replace(patch.motion, drift_cents=0.0))
    _, third, fourth = harmonics_db(play(alone, 57, 2.0)[RATE // 2 :], 220.0, (1, 3, 4))
    assert third > -20
    assert fourth < third - 30


def test_an_arp_rings_at_its_cutoff() -> None:
    """Stilson and Smith (1996): resonance 2.6 of 4 lifts what lies at the cutoff."""
    patch = read_patch("arp")
    flat = replace(patch, filter=replace(patch.filter, resonance=0.0))
    lifted = []
    for one in (patch, flat):
        sound = play(one, 45, 2.0)[RATE // 2 :]
        lifted.append(harmonics_db(sound, 110.0, (1, 6, 7)))
    assert (lifted[0] - lifted[1])[1:].max() > 9


def test_a_pad_swells_and_fades() -> None:
    """Reid, Synth Secrets 47: strings and pads rise in some tenths of a second, and linger."""
    sounds = [note("pad", 60, 0.63, 3.0, seed=s) for s in range(4)]
    rms = np.sqrt(np.mean([np.mean(s[:, : RATE * 4].reshape(2, -1, RATE // 50) ** 2, axis=(0, 2))
                           for s in sounds], axis=0))  # fmt: skip
    top = np.median(rms[50:150])
    assert 0.12 < np.argmax(rms > 0.8 * top) / 50 < 0.6
    assert 20 * np.log10(rms[185] / top) == pytest.approx(-60 * 0.71 / 1.4, abs=6)


@pytest.mark.parametrize("name", ["pad", "supersaw", "sweep"])
def test_it_is_wide_and_survives_mono(name: str) -> None:
    sound = note(name, 60, 0.63, 3.0)[:, RATE // 2 : RATE * 3]
    assert np.corrcoef(sound)[0, 1] < 0.8
    assert level_dbfs(sound.mean(axis=0)) > level_dbfs(sound) - 4


def test_a_sweep_opens() -> None:
    sound = mono(note("sweep", 48, 0.7, 4.0))
    tops = [centroid_hz(sound[round(t * RATE) :][: RATE // 2]) for t in (0.1, 1.2, 2.4)]
    assert tops[0] < 0.75 * tops[1] < 0.6 * tops[2]


def test_a_sweep_carries_a_resonance_with_it() -> None:
    patch = read_patch("sweep")
    sharp = mono(play(patch, 45, 4.0))[RATE : RATE * 3 // 2]
    flat = mono(play(replace(patch, filter=replace(patch.filter, resonance=0.0)), 45, 4.0))
    lift = harmonics_db(sharp, 110.0, tuple(range(1, 30)))
    lift -= harmonics_db(flat[RATE : RATE * 3 // 2], 110.0, tuple(range(1, 30)))
    assert lift.max() > 10
    assert 3 <= np.argmax(lift) + 1 <= 25


def test_a_square_has_odd_harmonics() -> None:
    patch = read_patch("square lead")
    still = replace(patch, motion=replace(patch.motion, vibrato_cents=0.0))
    sound = play(still, 57, 2.0)
    levels = harmonics_db(sound[RATE // 2 :], 220.0, (1, 2, 3, 4, 5))
    assert max(levels[1], levels[3]) < -50
    assert levels[2] == pytest.approx(20 * np.log10(1 / 3), abs=1.5)


@pytest.mark.parametrize(("velocity", "null"), [(0.2, 2), (0.6, 4), (0.95, 8)])
def test_a_chip_has_three_widths(velocity: float, null: int) -> None:
    """Nesdev, APU Pulse: 50, 25 and 12.5 %, so no harmonic 2, 4 or 8."""
    sound = note("chip", 57, velocity, 0.25)[RATE // 20 : RATE // 4]
    levels = harmonics_db(sound, 220.0, (1, null - 1, null))
    assert levels[2] < levels[1] - 25


def test_a_chip_moves_in_sixteen_steps() -> None:
    """Nesdev, APU Envelope: sixteen levels, at most one move in a sixtieth of a second."""
    sound = np.abs(note("chip", 81, 0.63, 1.0))
    frame = RATE // 60
    levels = [sound[k * frame + 120 : (k + 1) * frame - 60].max() for k in range(2, 55)]
    top = max(sound)
    steps = np.array(levels) / top * 15
    assert np.unique(np.round(steps)).size < 10
    moves = np.abs(np.diff(steps))
    assert np.median(moves) < 0.3
