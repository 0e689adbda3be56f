"""What all sustained instruments have in common."""

import itertools
import tomllib
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from instrument_measures import RATE, bands_db, centroid_hz, hertz, loudest_dbfs
from sustained_measures import (
    harmonic_db,
    held,
    level_curve,
    middle,
    note,
    play,
    player,
    rise_ms,
    spectrum_db,
    track_hz,
)

from menura.engines.music.instruments.base import REFERENCE_DBFS
from menura.engines.music.instruments.sustained import NAMES, create, loops, tables
from menura.engines.music.instruments.sustained.facts import (
    FAMILIES,
    Noise,
    Vibrato,
    read_facts,
)
from menura.engines.music.instruments.sustained.organist import Organist
from menura.engines.music.instruments.sustained.section import Section
from menura.engines.music.instruments.sustained.soloist import Soloist
from menura.engines.music.instruments.sustained.tables import HIGHEST, Tables, Wanted
from menura.engines.music.score import ARTICULATIONS, Event
from menura.errors import NotFound

STEREO = ("strings", "brass", "choir", "organ")
BOWED = ("violin", "viola", "cello", "contrabass", "strings")
KEYED = ("organ", "church organ", "accordion")
SOLO = tuple(name for name in NAMES if name not in STEREO)
SILENT = Noise(level_db=(-120.0, -120.0))
NEAREST = 2.4
"""No two instruments are nearer than this, dB, mean over mel bands and time."""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tables_hold_what_the_families_name(family: str) -> None:
    path = resources.files("menura.engines.music.instruments.sustained") / f"{family}.toml"
    assert sorted(tomllib.loads(path.read_text())) == sorted(FAMILIES[family])


@pytest.mark.parametrize("name", ["", "theremin", "Violin", "x" * 10_000])
def test_an_unknown_instrument_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(NotFound, match="no instrument here is called") as caught:
        create(name, RATE)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", NAMES)
def test_level_is_the_reference_and_even_over_the_range(name: str) -> None:
    levels = [loudest_dbfs(play(name, middle(name), seed=seed)) for seed in range(6)]
    assert np.mean(levels) == pytest.approx(REFERENCE_DBFS, abs=1.5)
    pitches = np.linspace(player(name).low, player(name).high, 7)
    over = [np.mean([loudest_dbfs(play(name, float(p), seed=s)) for s in (1, 2)]) for p in pitches]
    assert max(over) - min(over) <= 3


@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*STEREO, "accordion")])
def test_quarter_tones_are_exact(name: str) -> None:
    pitch = middle(name) + 0.5
    means = []
    for seed in range(4):
        sound = note(name, pitch, 0.63, 2.0, seed=seed)
        means.append(1200 * np.log2(track_hz(sound, hertz(pitch))[700:1950].mean() / hertz(pitch)))
    assert abs(np.mean(means)) < 2
    assert max(np.abs(means)) < 4


@pytest.mark.parametrize("name", ["strings", "brass", "choir", "organ", "accordion"])
def test_several_voices_are_in_tune_together(name: str) -> None:
    pitch = middle(name) + 0.5
    centres = []
    for seed in range(5):
        sound = np.atleast_2d(play(name, pitch, 0.63, 3.0, seed=seed)).astype(np.float64)
        sound = sound[:, RATE // 3 : 3 * RATE]
        power = (np.abs(np.fft.rfft(sound * np.hanning(sound.shape[1]))) ** 2).sum(axis=0)
        hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
        near = np.abs(hz / hertz(pitch) - 1) < 0.04
        centres.append((power * hz)[near].sum() / power[near].sum())
    assert abs(1200 * np.log2(np.mean(centres) / hertz(pitch))) < 2


@pytest.mark.parametrize("name", NAMES)
def test_force_changes_timbre_and_level(name: str) -> None:
    soft, mid, loud = (
        np.mean([centroid_hz(held(note(name, middle(name), v, seed=s))) for s in range(3)])
        for v in (0.2, 0.55, 1.0)
    )
    levels = [loudest_dbfs(play(name, middle(name), v)) for v in (0.2, 0.55, 1.0)]
    if name == "bagpipe":
        assert loud == pytest.approx(soft, rel=0.02)
        assert levels[2] - levels[0] < 3
    else:
        # Breath is a larger share of a soft tone, and bright.
        least = 1.02 if name == "pan flute" else 1.1
        assert loud > least * soft
        assert loud > mid
        assert levels[0] + 1 < levels[1] < levels[2] - 1


@pytest.mark.parametrize("name", NAMES)
def test_no_two_notes_are_identical_and_each_can_be_made_again(name: str) -> None:
    first, again, other = (play(name, middle(name), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    size = min(first.shape[-1], other.shape[-1])
    difference = first[..., :size] - other[..., :size]
    assert loudest_dbfs(difference) > loudest_dbfs(first) - 30


@pytest.mark.parametrize("name", ["violin", "strings", "organ", "church organ", "choir"])
def test_what_is_remembered_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event(start_s=0.3, length_s=0.8, pitch=60, velocity=0.5)
    fresh = create(name, RATE).play(event, np.random.default_rng(3))
    busy = create(name, RATE)
    for length, velocity, pitch in ((0.1, 0.5, 60), (3.0, 0.9, 60.2), (1.4, 0.51, 59.9)):
        other = replace(event, length_s=length, velocity=velocity, pitch=pitch)
        busy.play(other, np.random.default_rng(0))
    assert np.array_equal(busy.play(event, np.random.default_rng(3)), fresh)
    monkeypatch.setattr(tables, "CACHE_BYTES", 1)
    monkeypatch.setattr(loops, "CACHE_BYTES", 1)
    forgetful = create(name, RATE)
    for _ in range(2):
        assert np.array_equal(forgetful.play(event, np.random.default_rng(3)), fresh)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "CACHE_BYTES", 4_000_000)
    monkeypatch.setattr(tables, "CACHE_BYTES", 1_000_000)
    section, soloist = create("brass", RATE), create("violin", RATE)
    for pitch in range(55, 62):
        event = Event(start_s=0.0, length_s=0.1, pitch=pitch, velocity=0.5)
        section.play(event, np.random.default_rng(0))
        soloist.play(event, np.random.default_rng(0))
    held_bytes = sum(loop.waves.nbytes for loop in section._loops._made.values())
    assert 3_000_000 < held_bytes <= 4_000_000
    assert held_bytes == section._loops._bytes
    held_bytes = sum(table.nbytes for table in soloist._tables._made.values())
    assert 700_000 < held_bytes <= 1_000_000
    assert held_bytes == soloist._tables._bytes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["middle", "top", "4 kHz"])
def test_nothing_folds_back(name: str, where: str) -> None:
    facts = read_facts(name)
    plain = replace(
        facts,
        noise=SILENT,
        vibrato=Vibrato(),
        sustain=replace(facts.sustain, drift_cents=0.0, shimmer_db=0.0, swell=0.0),
        rotor=None,
    )
    high = {"middle": float(middle(name)), "top": facts.high, "4 kHz": 108.0}[where]
    event = Event(start_s=0.0, length_s=1.0, pitch=high, velocity=1.0)
    if facts.section is not None:
        sound = Section(plain, facts.section, RATE).play(event, np.random.default_rng(0))[0]
    else:
        sound = Soloist(plain, RATE).play(event, np.random.default_rng(0))
    levels = spectrum_db(held(sound.astype(np.float64), 0.45, 0.95))
    at = np.arange(levels.size) * RATE / (2 * (levels.size - 1))
    ratios = [
        voice.ratio * stop[0] * k for voice in facts.voices for stop in voice.stops
        for k in range(1, 400)
    ]  # fmt: skip
    places = np.unique(np.round(np.array(ratios), 5)) * hertz(high)
    reach = 0.012 if facts.section else 0.002 if len(facts.voices) == 1 else 0.006
    there = np.zeros(levels.size, bool)
    for hz in places[places < RATE / 2]:
        there |= np.abs(at - hz) < reach * hz + 12
    assert there.mean() < 0.97
    assert levels[~there].max() < levels.max() - 60
    assert levels[at > 0.46 * RATE].max() < levels.max() - 60


@pytest.mark.parametrize("above", [0.0, 12.0, 24.0])
def test_a_note_that_comes_from_above_holds_what_the_higher_one_can(above: float) -> None:
    violin = Tables(read_facts("violin"), RATE)
    highest = hertz(90 + above)
    made = violin._harmonics(
        Wanted(voice=0, hz=hertz(90), highest_hz=highest, dark=0.2, bright=0.6)
    )
    assert made.shape[1] * highest <= HIGHEST * RATE
    assert (made.shape[1] + 2) * highest * 1.03 > HIGHEST * RATE


@pytest.mark.parametrize("name", NAMES)
def test_a_note_ends_in_silence(name: str) -> None:
    for length_s in (0.02, 1.0):
        sound = play(name, middle(name), 0.8, length_s)
        assert sound.dtype == np.float32
        assert sound.shape == ((2, sound.shape[-1]) if name in STEREO else (sound.size,))
        assert np.isfinite(sound).all()
        assert np.abs(sound[..., -1]).max() < 1e-5
        assert np.abs(sound[..., 0]).max() < 0.01
        end_db = loudest_dbfs(sound[..., -RATE // 500 :], 0.002)
        assert end_db < loudest_dbfs(sound, 0.01) - 54
        assert sound.shape[-1] < (length_s + 1.5) * RATE


@pytest.mark.parametrize("name", NAMES)
def test_a_long_note_is_held(name: str) -> None:
    levels = level_curve(note(name, middle(name), 0.63, 4.0), smooth_s=0.25)
    assert np.ptp(levels[500:3600]) < 8
    assert levels[3600] > levels.max() - 8


@pytest.mark.parametrize("name", ["violin", "trombone", "saxophone", "choir"])
@pytest.mark.parametrize("how", ["legato", "slide"])
def test_a_bound_note_begins_at_the_pitch_before(name: str, how: str) -> None:
    pitch = middle(name)
    sound = note(name, pitch, 0.63, 1.0, how, from_pitch=pitch - 5)
    curve = 12 * np.log2(track_hz(sound, hertz(pitch - 2.5)) / hertz(pitch))
    assert curve[2:6].mean() < -2
    late = 12 * np.log2(track_hz(sound, hertz(pitch)) / hertz(pitch))
    assert abs(np.median(late[350:900])) < 0.15
    arrived = int(np.argmax(curve > -1))
    assert (8 < arrived < 120) if how == "legato" else (60 < arrived < 260)


@pytest.mark.parametrize("name", KEYED)
def test_keys_do_not_glide(name: str) -> None:
    sound = note(name, 60, 0.63, 1.0, "slide", from_pitch=55)
    start, end = (harmonic_db(sound[: RATE // 10], hertz(p), reach=0.1) for p in (57, 60))
    assert end > start + 8


@pytest.mark.parametrize("name", ["violin", "trumpet", "clarinet", "oboe", "strings"])
def test_a_bound_note_has_no_attack_of_its_own(name: str) -> None:
    pitch = middle(name)
    plain, bound = (
        np.median([rise_ms(note(name, pitch, 0.3, 1.0, "legato", from_pitch=f, seed=s))
                   for s in range(7)])
        for f in (None, pitch - 2.0)
    )  # fmt: skip
    assert bound < plain


@pytest.mark.parametrize("name", ["violin", "strings", "flute", "trumpet"])
def test_a_tremolo_repeats_many_times_a_second(name: str) -> None:
    plain, shaken = (
        np.mean([np.std(np.diff(level_curve(held(
            note(name, middle(name), 0.63, 2.0, how, seed=seed), 0.3, 1.9), 0.01, 0.015)))
            for seed in range(3)])
        for how in ("", "tremolo")
    )  # fmt: skip
    assert shaken > 1.5 * plain
    sound = note(name, middle(name), 0.63, 2.0, "tremolo")
    assert loudest_dbfs(sound) == pytest.approx(REFERENCE_DBFS, abs=2.5)


@pytest.mark.parametrize("name", ["violin", "strings", "flute", "organ", "accordion"])
def test_a_trill_alternates(name: str) -> None:
    pitch = middle(name)
    sound = note(name, pitch, 0.63, 2.0, "trill")
    window = np.hanning(RATE // 25)
    pieces = np.lib.stride_tricks.sliding_window_view(sound, window.size)[:: RATE // 200]
    at = np.arange(window.size) / RATE
    over = [
        np.log(np.abs((pieces * window) @ np.exp(-2j * np.pi * hertz(p) * at)) + 1e-9)
        for p in (pitch, pitch + 2)
    ]
    upper = (over[1] > over[0])[40:380]
    changes = np.count_nonzero(np.diff(upper.astype(int)))
    assert 14 <= changes <= 40
    assert 0.25 < upper.mean() < 0.75


@pytest.mark.parametrize("name", NAMES)
def test_a_mute_takes_level_and_changes_the_spectrum(name: str) -> None:
    open_, muted = (note(name, middle(name), 0.63, 1.0, how) for how in ("", "mute"))
    assert loudest_dbfs(muted) < loudest_dbfs(open_) - 2
    if name in {"trumpet", "trombone", "french horn", "brass"}:
        # A straight mute passes what is high: thin, not dull.
        assert centroid_hz(held(muted)) > 1.05 * centroid_hz(held(open_))
    elif name not in {"tuba", "organ"}:
        assert centroid_hz(held(muted)) < centroid_hz(held(open_))


@pytest.mark.parametrize("name", BOWED)
def test_pizzicato_is_plucked(name: str) -> None:
    sound = note(name, middle(name), 0.63, 1.0, "pizzicato")
    levels = level_curve(np.pad(sound, (0, RATE)), smooth_s=0.03)
    assert np.argmax(levels) < 60
    assert levels[400] < levels.max() - 9
    assert loudest_dbfs(sound) == pytest.approx(REFERENCE_DBFS, abs=4.5)
    soft, loud = (
        centroid_hz(note(name, middle(name), v, 1.0, "pizzicato")[: RATE // 4]) for v in (0.2, 1.0)
    )
    assert loud > 1.1 * soft


def test_an_accent_falls_back_and_a_ghost_is_hardly_heard() -> None:
    for name in ("trumpet", "cello", "strings"):
        plain, accent, ghost = (
            np.mean([level_curve(note(name, middle(name), 0.6, 1.0, how, seed=s), smooth_s=0.1)
                     for s in range(6)], axis=0)[:900]
            for how in ("", "accent", "ghost")
        )  # fmt: skip
        fall = [levels[60:160].max() - levels[600:850].mean() for levels in (plain, accent)]
        assert fall[1] > fall[0] + 1
        assert ghost.max() < plain.max() - 3


@pytest.mark.parametrize("articulation", sorted(ARTICULATIONS))
@pytest.mark.parametrize("name", NAMES)
def test_every_articulation_sounds(name: str, articulation: str) -> None:
    for from_pitch in (None, middle(name) - 3.0, 120.0):
        sound = play(name, middle(name), 0.63, 0.4, articulation, from_pitch=from_pitch)
        assert np.isfinite(sound).all()
        assert -40 < loudest_dbfs(sound) < -12


@pytest.mark.parametrize("velocity", [0.0, 1.0, 7.0, -1.0])
@pytest.mark.parametrize("length_s", [0.0, 1e-4, 0.5, 9.0])
def test_any_velocity_and_length_give_sound(velocity: float, length_s: float) -> None:
    for name in ("violin", "strings", "organ", "pan flute", "accordion"):
        for how in ("", "tremolo", "legato"):
            sound = play(name, 62, velocity, length_s, how, from_pitch=60.0)
            assert 0 < sound.shape[-1] < (length_s + 2) * RATE
            assert np.isfinite(sound).all()
            assert 0 < np.abs(sound).max() < 4


@pytest.mark.parametrize("pitch", [0.0, 12.5, 61.37, 127.0])
@pytest.mark.parametrize("name", NAMES)
def test_any_pitch_can_be_asked_for(name: str, pitch: float) -> None:
    for how in ("", "pizzicato", "slide"):
        sound = play(name, pitch, 0.63, 0.1, how, from_pitch=64.0)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() < 4


@pytest.mark.parametrize("rate", [22_050, 48_000])
@pytest.mark.parametrize("name", ["cello", "strings", "trumpet", "organ"])
def test_rates(name: str, rate: int) -> None:
    event = Event(start_s=0.0, length_s=0.8, pitch=57, velocity=0.63)
    sound = create(name, rate).play(event, np.random.default_rng(0))
    piece = np.atleast_2d(sound)[0].astype(np.float64)[rate // 3 : round(0.8 * rate)]
    hz = np.arange((1 << 17) + 1) * rate / (1 << 18)
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 1 << 18))
    spectrum *= np.abs(hz - 220) < 12
    assert hz[np.argmax(spectrum)] == pytest.approx(220, rel=0.004)


@pytest.mark.parametrize("name", STEREO)
def test_sections_are_wide_and_balanced(name: str) -> None:
    sounds = [play(name, middle(name), 0.63, 3.0, seed=s).astype(np.float64) for s in range(5)]
    left, right = np.concatenate(sounds, axis=1)
    assert 10 * np.log10((left @ left) / (right @ right)) == pytest.approx(0, abs=1.0)
    likeness = left @ right / np.sqrt((left @ left) * (right @ right))
    # Wide, and nothing much is lost where both are added.
    assert 0.2 < likeness < 0.95


@pytest.mark.parametrize(
    ("name", "kind"), [("choir", Section), ("organ", Organist), ("oboe", Soloist)]
)
def test_who_plays(name: str, kind: type) -> None:
    assert isinstance(create(name, RATE), kind)


def test_no_two_instruments_sound_alike() -> None:
    def bands(name: str, pitch: float) -> np.ndarray:
        return bands_db(note(name, pitch, seed=1))

    nearest = np.inf
    for one, other in itertools.combinations(NAMES, 2):
        low = max(player(one).low, player(other).low)
        high = min(player(one).high, player(other).high)
        if low > high:
            continue
        pitch = round((low + high) / 2)
        key = (one, pitch), (other, pitch)
        for who in key:
            if who not in _BANDS:
                _BANDS[who] = bands(*who)
        nearest = min(nearest, float(np.abs(_BANDS[key[0]] - _BANDS[key[1]]).mean()))
    assert nearest > NEAREST


_BANDS: dict[tuple[str, int], np.ndarray] = {}
