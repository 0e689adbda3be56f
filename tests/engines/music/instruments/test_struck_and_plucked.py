"""What all struck and plucked instruments have in common."""

import itertools
import tomllib
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from instrument_measures import (
    RATE,
    bands_db,
    centroid_hz,
    hertz,
    levels_db,
    loudest_dbfs,
    peak_hz,
    root_apart_db,
)
from struck_measures import middle, note, player

from menura.engines.music.instruments.base import REFERENCE_DBFS
from menura.engines.music.instruments.struck_and_plucked import NAMES, create
from menura.engines.music.instruments.struck_and_plucked import player as playing
from menura.engines.music.instruments.struck_and_plucked.facts import (
    FAMILIES,
    Motion,
    read_facts,
)
from menura.engines.music.instruments.struck_and_plucked.partials import Stroke
from menura.engines.music.instruments.struck_and_plucked.tones import make_tone
from menura.engines.music.score import ARTICULATIONS, Event
from menura.errors import NotFound

NO_MIDDLE_C = {"timpani": 48, "xylophone": 72, "glockenspiel": 72}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tables_hold_what_the_families_name(family: str) -> None:
    path = resources.files("menura.engines.music.instruments.struck_and_plucked") / f"{family}.toml"
    assert tuple(sorted(tomllib.loads(path.read_text()))) == tuple(sorted(FAMILIES[family]))


@pytest.mark.parametrize("name", ["", "theremin", "Piano", "x" * 10_000])
def test_an_unknown_instrument_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(NotFound, match="no instrument here is called") as caught:
        create(name, RATE)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("name", NAMES)
def test_level_is_the_reference_and_even_over_the_range(name: str) -> None:
    hits = [loudest_dbfs(note(name, middle(name), seed=seed)) for seed in range(4)]
    assert np.mean(hits) == pytest.approx(REFERENCE_DBFS, abs=1.5)
    pitches = np.linspace(player(name).low, player(name).high, 7)
    levels = [loudest_dbfs(note(name, float(pitch))) for pitch in pitches]
    assert max(levels) - min(levels) <= 6


@pytest.mark.parametrize("name", NAMES)
def test_it_plays_in_tune(name: str) -> None:
    pitch = NO_MIDDLE_C.get(name, 60) + 0.5
    ratio = 2.0 if name == "tubular bells" else 1.0
    sound = note(name, pitch, 0.5, 2.0)[RATE // 50 : RATE]
    hz, _ = peak_hz(sound, ratio * hertz(pitch))
    assert abs(1200 * np.log2(hz / ratio / hertz(pitch))) < 4


@pytest.mark.parametrize("name", NAMES)
def test_force_changes_timbre_and_level(name: str) -> None:
    soft, mid, loud = (
        np.mean([centroid_hz(note(name, middle(name), v, seed=s)) for s in range(3)])
        for v in (0.2, 0.5, 0.95)
    )
    least = 1.01 if name in {"harpsichord", "marimba", "kalimba"} else 1.02
    assert soft < mid < loud
    assert loud > least * soft
    levels = [loudest_dbfs(note(name, middle(name), v)) for v in (0.2, 0.5, 0.95)]
    assert levels[0] + 1 < levels[1] < levels[2] - 1


def test_a_hard_mallet_wakes_the_overtones_of_a_bar() -> None:
    # A bar's lowest partial is so strong that its centroid hardly shows what is heard.
    over_db = []
    for velocity in (0.25, 0.95):
        sound = note("marimba", 60, velocity)[: RATE // 5]
        over_db.append(peak_hz(sound, 3.93 * hertz(60))[1] - peak_hz(sound, hertz(60))[1])
    assert 8 < over_db[1] - over_db[0] < 30


@pytest.mark.parametrize("name", NAMES)
def test_no_two_hits_are_identical_and_each_can_be_made_again(name: str) -> None:
    first, again, other = (note(name, middle(name), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    size = min(first.size, other.size)
    difference = first[:size] - other[:size]
    assert loudest_dbfs(difference) > loudest_dbfs(first) - 60
    assert loudest_dbfs(difference) < loudest_dbfs(first) - 8


@pytest.mark.parametrize("name", ["piano", "distorted guitar", "electric piano", "oud"])
def test_what_is_remembered_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event(start_s=0.0, length_s=0.8, pitch=55, velocity=0.5)
    fresh = create(name, RATE).play(event, np.random.default_rng(3))
    busy = create(name, RATE)
    for length, velocity in ((0.1, 0.5), (3.0, 0.9), (1.4, 0.51)):
        other = replace(event, length_s=length, velocity=velocity)
        busy.play(other, np.random.default_rng(0))
    assert np.array_equal(busy.play(event, np.random.default_rng(3)), fresh)
    monkeypatch.setattr(playing, "CACHE_BYTES", 1)
    forgetful = create(name, RATE)
    for _ in range(2):
        assert np.array_equal(forgetful.play(event, np.random.default_rng(3)), fresh)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "CACHE_BYTES", 1_000_000)
    piano = create("piano", RATE)
    for pitch in range(40, 70):
        event = Event(start_s=0.0, length_s=0.3, pitch=pitch, velocity=0.5)
        piano.play(event, np.random.default_rng(0))
    held = sum(tone.nbytes for tone in piano._tones.values())
    assert 800_000 < held <= 1_000_000
    assert held == piano._bytes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pitch", [None, 108.0])
def test_nothing_folds_back(name: str, pitch: float | None) -> None:
    """Nothing at -60 dB of the strongest partial that is not there at four times the rate."""
    facts = replace(read_facts(name), motion=Motion())
    stroke = Stroke(pitch=facts.high if pitch is None else pitch, force=1.0)
    spectra = []
    for times in (1, 4):
        tone = make_tone(facts, stroke, RATE // 2 * times, RATE * times).astype(np.float64)
        spectra.append(np.abs(np.fft.rfft(tone * np.hanning(tone.size)))[:8000] / times)
    # Partials themselves may differ in level a little: the curve's own low-pass hangs on the rate.
    there = np.lib.stride_tricks.sliding_window_view(np.pad(spectra[1], 4, mode="edge"), 9)
    assert (spectra[0] - 1.1 * there.max(axis=1)).max() < 1e-3 * spectra[1].max()


@pytest.mark.parametrize("name", NAMES)
def test_a_note_ends_in_silence(name: str) -> None:
    for length_s in (0.02, 1.0):
        sound = note(name, middle(name), 0.8, length_s)
        assert sound.dtype == np.float32
        assert sound.ndim == 1
        assert np.isfinite(sound).all()
        assert abs(float(sound[-1])) < 1e-5
        assert abs(float(sound[0])) < 0.02
        end_db = loudest_dbfs(sound[-RATE // 100 :], 0.01)
        assert end_db < loudest_dbfs(sound, 0.01) - 50


@pytest.mark.parametrize(
    ("name", "damped"),
    [("piano", True), ("nylon guitar", True), ("celesta", True), ("harp", False),
     ("glockenspiel", False), ("timpani", False)],
)  # fmt: skip
def test_dampers_where_there_are_any(name: str, damped: bool) -> None:
    short, long = (note(name, middle(name), 0.63, length).size for length in (0.2, 0.8))
    assert (long - short > 0.4 * RATE) if damped else (long == short)


def test_the_top_of_a_piano_has_no_dampers() -> None:
    sounds = [note("piano", pitch, 0.63, 0.05).size / RATE for pitch in (85, 92)]
    assert sounds[0] < 0.5
    assert sounds[1] > 1.0


@pytest.mark.parametrize("name", ["steel guitar", "finger bass", "marimba", "distorted guitar"])
def test_a_palm_shortens_and_darkens(name: str) -> None:
    pitch = middle(name)
    open_, muted = (note(name, pitch, 0.63, 1.0, how) for how in ("", "mute"))
    late = slice(round(0.3 * RATE), round(0.5 * RATE))
    falls = [loudest_dbfs(s[: RATE // 5], 0.1) - loudest_dbfs(np.pad(s, (0, RATE))[late], 0.2)
             for s in (open_, muted)]  # fmt: skip
    assert falls[1] > falls[0] + 10
    assert loudest_dbfs(muted) < loudest_dbfs(open_) - 3
    assert np.abs(muted).max() < 1.3 * np.abs(open_).max()


def test_a_slide_begins_at_the_other_pitch_and_arrives() -> None:
    sound = note("finger bass", 45, 0.63, 1.0, "slide", from_pitch=40)
    start, end = hertz(40), hertz(45)
    levels = [levels_db(sound, hz, 0.05) for hz in (start, end)]
    assert levels[0][0] > levels[1][0]
    assert levels[1][6] > levels[0][6] + 10
    straight = note("finger bass", 45, 0.63, 1.0)
    assert peak_hz(sound[RATE // 5 :], end)[0] == pytest.approx(
        peak_hz(straight[RATE // 5 :], end)[0], rel=5e-4
    )


def test_a_bound_note_has_less_of_an_attack() -> None:
    sounds = [note("steel guitar", 64, 0.63, 1.0, "legato", from_pitch=f) for f in (None, 62)]
    onsets = [loudest_dbfs(s[: RATE // 50], 0.02) for s in sounds]
    assert onsets[1] < onsets[0] - 1.5


@pytest.mark.parametrize("name", ["marimba", "timpani", "mandolin"])
def test_a_roll_repeats_the_stroke(name: str) -> None:
    roll = note(name, middle(name), 0.63, 2.0, "tremolo")
    assert roll.size >= 1.9 * RATE
    frames = RATE // 33
    level = np.sqrt(np.mean(roll[: roll.size // frames * frames].reshape(-1, frames) ** 2, axis=1))
    held = level[3:60]
    # Strokes meet what still rings in any phase, so that single ones may nearly vanish.
    assert np.percentile(held, 10) > 0.15 * held.max()
    assert loudest_dbfs(roll) == pytest.approx(REFERENCE_DBFS, abs=6)


@pytest.mark.parametrize("articulation", sorted(ARTICULATIONS))
def test_every_articulation_sounds(articulation: str) -> None:
    for name in ("piano", "muted guitar", "vibraphone"):
        for from_pitch in (None, 57.0, 90.0):
            sound = note(name, 60, 0.63, 0.25, articulation, from_pitch=from_pitch)
            assert np.isfinite(sound).all()
            assert -40 < loudest_dbfs(sound) < -8


@pytest.mark.parametrize("velocity", [0.0, 1.0, 7.0, -1.0])
@pytest.mark.parametrize("length_s", [0.0, 1e-4, 0.5])
def test_any_velocity_and_length_give_sound(velocity: float, length_s: float) -> None:
    for name in ("piano", "slap bass", "fm piano", "xylophone"):
        sound = note(name, 62, velocity, length_s)
        assert 0 < sound.size < 20 * RATE
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() < 8


@pytest.mark.parametrize("pitch", [0.0, 12.5, 61.37, 127.0])
@pytest.mark.parametrize("name", NAMES)
def test_any_pitch_can_be_asked_for(name: str, pitch: float) -> None:
    sound = note(name, pitch, 0.63, 0.2)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 8


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_rates(rate: int) -> None:
    event = Event(start_s=0.0, length_s=0.5, pitch=69, velocity=0.63)
    for name in ("piano", "clean guitar", "electric piano", "fm piano"):
        sound = create(name, rate).play(event, np.random.default_rng(0)).astype(np.float64)
        piece = sound[rate // 10 : rate // 2]
        hz = np.arange((1 << 16) + 1) * rate / (1 << 17)
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 1 << 17)) * (hz < 660)
        assert hz[np.argmax(spectrum)] == pytest.approx(440, rel=0.003)


def test_a_vibraphone_pulsates() -> None:
    levels = levels_db(note("vibraphone", 65, 0.63, 4.0), hertz(65), 0.03)[5:120]
    times = np.arange(levels.size)
    wave = levels - np.polyval(np.polyfit(times, levels, 1), times)
    rate_hz = np.argmax(np.abs(np.fft.rfft(wave, 4096))[10:]) + 10
    assert rate_hz / 4096 / 0.03 == pytest.approx(4.6, abs=0.3)


def test_each_instrument_sounds_like_no_other() -> None:
    """48 mel bands over time: any two lie 5 dB apart, two hits of the same one under 2.5 dB."""
    pitch = {name: NO_MIDDLE_C.get(name, 60) for name in NAMES}
    one, two = (
        {name: bands_db(note(name, pitch[name], 0.63, 1.2, seed=seed)) for name in NAMES}
        for seed in (1, 2)
    )
    pairs = {(a, b): root_apart_db(one[a], one[b]) for a, b in itertools.combinations(NAMES, 2)}
    nearest = min(pairs, key=pairs.__getitem__)
    assert pairs[nearest] > 5, nearest
    same = {name: root_apart_db(one[name], two[name]) for name in NAMES}
    assert max(same.values()) < 2.5, max(same, key=same.__getitem__)
