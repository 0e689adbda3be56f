"""Playing SoundFonts: pitch, loops, envelopes, splits, sides, levels."""

from __future__ import annotations

import time

import numpy as np
import pytest
from test_soundfont_files import (
    MODES,
    NO_FILTERING,
    PERIOD,
    RATE,
    File,
    Preset,
    Sound,
    Zone,
    file,
    play,
    sine,
)

from menura.engines.music.instruments.base import REFERENCE_DBFS, REFERENCE_VELOCITY
from menura.engines.music.instruments.soundfont import Font, create_from
from menura.engines.music.midi import drum_keys
from menura.engines.music.score import ARTICULATIONS, Event

A4_HZ = 440.0
HARMONICS = 12


def saw(seconds: float = 0.5) -> Sound:
    """A4 out of twelve harmonics, with a loop of one period."""
    turns = np.arange(round(seconds * RATE)) / PERIOD
    numbers = np.arange(1, HARMONICS + 1)[:, np.newaxis]
    wave = (np.sin(2 * np.pi * numbers * turns) / numbers).sum(axis=0)
    return Sound(0.3 * wave, loop=(7 * PERIOD, 8 * PERIOD))


def noise(seconds: float = 0.3, seed: int = 1) -> Sound:
    return Sound(0.3 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE)))


def hertz(pitch: float) -> float:
    return A4_HZ * 2 ** ((pitch - 69) / 12)


def cents(sound: np.ndarray, hz: float) -> float:
    """How far a sine is over a frequency, from the turn of its phase over its length."""
    step = round(RATE / 50)
    turned = sound * np.exp(-2j * np.pi * hz / RATE * np.arange(sound.size))
    pieces = turned[: sound.size // step * step].reshape(-1, step) @ np.hanning(step)
    slope = np.polyfit(np.arange(pieces.size) * step / RATE, np.unwrap(np.angle(pieces)), 1)[0]
    return float(1200 * np.log2(1 + slope / (2 * np.pi * hz)))


def held(sound: np.ndarray, start_s: float = 0.2, end_s: float = 0.9) -> np.ndarray:
    return sound[..., round(start_s * RATE) : round(end_s * RATE)].astype(np.float64)


def level_db(sound: np.ndarray, at_s: float | None = None, wide_s: float = 0.01) -> float:
    """Level around a time, or of all."""
    if at_s is not None:
        sound = held(sound, at_s - wide_s / 2, at_s + wide_s / 2)
    return float(10 * np.log10(np.mean(np.asarray(sound, np.float64) ** 2) + 1e-20))


def off_db(sound: np.ndarray, hz: float, harmonics: int = 1) -> float:
    """What is in a sound beside the harmonics of a frequency, over what is them."""
    angle = 2 * np.pi * hz / RATE * np.arange(sound.size)
    waves = [f(n * angle) for n in range(1, harmonics + 1) for f in (np.sin, np.cos)]
    basis = np.stack(waves, axis=1)
    fitted = basis @ np.linalg.lstsq(basis, sound, rcond=None)[0]
    return level_db(sound - fitted) - level_db(fitted)


@pytest.mark.parametrize("pitch", [33, 45.5, 57, 68.3, 69, 69.02, 70, 81, 96, 105])
def test_pitch_is_exact(pitch: float) -> None:
    assert abs(cents(held(play(file().font(), pitch)), hertz(pitch))) < 0.2


@pytest.mark.parametrize(
    ("numbers", "outer", "sound", "expected"),
    [
        (((51, -12),), (), {}, -1200),
        (((52, 33),), (), {}, 33),
        (((51, 2), (52, -40)), ((51, 1), (52, 15)), {}, 275),
        (((58, 60),), (), {}, 900),
        ((), (), {"root": 70}, -100),
        ((), (), {"correction": -25}, -25),
        (((46, 72),), (), {}, 300),
        ((), (), {"rate": 22_000}, -1200),
        ((), (), {"root": 255}, 900),
    ],
)
def test_tuning_moves_the_pitch(
    numbers: tuple[tuple[int, int], ...],
    outer: tuple[tuple[int, int], ...],
    sound: dict[str, int],
    expected: float,
) -> None:
    made = sine()
    for name, value in sound.items():
        setattr(made, name, value)
    note = held(play(file(*numbers, sound=made, outer=outer).font()))
    assert abs(cents(note, A4_HZ * 2 ** (expected / 1200))) < 0.2


@pytest.mark.parametrize(("tuning", "expected"), [(0, 0), (50, 600), (100, 1200)])
def test_scale_tuning_spreads_the_keys(tuning: int, expected: float) -> None:
    note = held(play(file((56, tuning)).font(), 81))
    assert abs(cents(note, A4_HZ * 2 ** (expected / 1200))) < 0.2


@pytest.mark.parametrize("pitch", [50, 69, 71.7, 80])
@pytest.mark.parametrize("tone", [sine, saw])
def test_a_loop_is_seamless(tone: object, pitch: float) -> None:
    sound = sine() if tone is sine else saw()
    note = play(file(sound=sound).font(), pitch, length_s=3.0)
    # Over 600 turns: a click at each would stand out by far.
    assert off_db(held(note, 1.0, 2.9), hertz(pitch), HARMONICS) < -62
    steps = np.abs(np.diff(held(note, 1.0, 2.9)))
    assert steps.max() < 1.01 * np.abs(np.diff(held(note, 0.5, 0.9))).max()


def test_a_loop_hears_nothing_of_what_lies_before_it() -> None:
    sound = sine()
    sound.wave[: sound.loop[0]] = noise().wave[: sound.loop[0]]
    assert off_db(held(play(file(sound=sound).font(), 71.7)), hertz(71.7)) < -60


def test_what_is_read_faster_does_not_fold_back() -> None:
    high = Sound(0.5 * np.sin(2 * np.pi * 0.4 * np.arange(RATE)))
    low = Sound(0.5 * np.sin(2 * np.pi * 0.1 * np.arange(RATE)))
    notes = [
        play(File([low, high], [[Zone(0, keys=(0, 69)), Zone(1, keys=(70, 127))]]).font(), key)
        for key in (69, 86)
    ]
    assert level_db(held(notes[1], 0.05, 0.3)) < level_db(held(notes[0], 0.05, 0.3)) - 30


def test_a_sample_without_a_loop_ends_with_itself() -> None:
    for modes in (0, 2):
        note = play(file((38, 1200), sound=sine(0.5), modes=modes).font(), 57, length_s=3.0)
        assert note.shape == (RATE,)


def test_a_slide_from_below_takes_all_of_the_sample() -> None:
    font = file((38, 1200), modes=0).font()
    plain = play(font)
    slid = play(font, articulation="slide", from_pitch=57.0)
    # A tenth of a second between half the speed and all of it.
    assert 0.02 < (slid.size - plain.size) / RATE < 0.05


def test_a_sample_can_go_on_behind_its_loop_at_its_release() -> None:
    sound = sine(0.4)
    # Behind the loop it is an octave higher.
    tail = np.arange(sound.wave.size - 13 * PERIOD)
    sound.wave[13 * PERIOD :] = 0.5 * np.sin(4 * np.pi * tail / PERIOD)
    notes = {
        modes: play(file((38, 2400), sound=sound, modes=modes).font(), length_s=1.0)
        for modes in (1, 3)
    }
    for note in notes.values():
        assert abs(cents(held(note), A4_HZ)) < 0.2
    assert abs(cents(held(notes[1], 1.05, 1.3), A4_HZ)) < 0.5
    assert abs(cents(held(notes[3], 1.05, 1.3), 2 * A4_HZ)) < 0.5
    steps = np.abs(np.diff(held(notes[3], 0.95, 1.3)))
    assert steps.max() < 1.2 * np.abs(np.diff(held(notes[3], 1.05, 1.3))).max()
    assert notes[3].size < 1.4 * RATE < notes[1].size


def test_offsets_move_start_and_loop() -> None:
    sound = Sound(np.concatenate([np.zeros(40_000), sine(0.5).wave]), loop=(10, 20))
    numbers = ((4, 1), (0, 40_000 - 32_768), (45, 1), (2, 9000), (50, 1), (3, 9090))
    note = play(file(*numbers, sound=sound).font())
    assert level_db(note, 0.02) > -30
    assert off_db(held(note), A4_HZ) < -60


@pytest.mark.parametrize(
    ("numbers", "at_s", "expected_db"),
    [
        # 1200 timecents are an octave of seconds: -2786 is 0.2 s.
        (((34, -2786),), 0.1, -6.02),
        (((34, -2786),), 0.15, -2.5),
        (((34, -2786),), 0.3, 0.0),
        (((33, -2786), (34, -2786)), 0.3, -6.02),
        # Decay names the time for 100 dB.
        (((36, 0),), 0.2, 0.0),
        (((36, 0), (37, 400)), 0.2, -20.0),
        (((36, 0), (37, 400)), 0.7, -40.0),
        (((35, -2786), (36, 0), (37, 400)), 0.2, 0.0),
        (((35, -2786), (36, 0), (37, 400)), 0.4, -20.0),
        # The key is nine above 60: each takes 100 timecents away.
        (((36, 900), (40, 100), (37, 400)), 0.2, -20.0),
        (((35, -1886), (39, 100), (36, 0), (37, 400)), 0.4, -20.0),
        # Release, from the end at one second on.
        (((38, 0),), 1.1, -10.0),
        (((38, 0),), 1.5, -50.0),
        (((38, 1200),), 1.5, -25.0),
        (((36, 0), (37, 200), (38, 0)), 1.2, -40.0),
        (((34, 1200), (38, 0)), 1.2, -26.02),
    ],
)
def test_the_envelope_keeps_its_times(
    numbers: tuple[tuple[int, int], ...], at_s: float, expected_db: float
) -> None:
    # The same preset with a plain zone under the middle key, whose level is normalised.
    plain = Zone(0, ((MODES, 1),), [NO_FILTERING], keys=(60, 60))
    shaped = Zone(0, ((MODES, 1), *numbers), [NO_FILTERING], keys=(69, 69))
    made = File([sine()], [[plain, Zone(0, keys=(59, 59)), shaped]]).font()
    full = level_db(held(play(made, 60)))
    assert level_db(play(made), at_s) - full == pytest.approx(expected_db, abs=0.35)


def test_a_note_ends_where_its_release_has_died_away() -> None:
    for timecents, ends_s in ((0, 1.72), (-1200, 1.36), (-12_000, 1.0144)):
        note = play(file((38, timecents)).font())
        assert note.size / RATE == pytest.approx(ends_s, abs=0.002)
        assert abs(float(note[-1])) < 1e-6
    # Even one that would ring for a minute.
    assert play(file((38, 8000)).font()).size == 11 * RATE


def split(*zones: Zone) -> Font:
    sounds = [sine(), saw(), sine(size=0.1), noise()]
    return File(sounds, [list(zones)]).font()


def test_keys_choose_their_zone() -> None:
    font = split(
        Zone(0, ((MODES, 1), (51, 12)), keys=(20, 63)), Zone(0, ((MODES, 1),), keys=(64, 90))
    )
    for pitch, expected in ((20, 32), (63, 75), (63.4, 75.4), (64, 64), (90, 90), (95, 95)):
        assert abs(cents(held(play(font, pitch)), hertz(expected))) < 0.2
    player = create_from(font, 0, drums=False, rate=RATE)
    assert (player.low, player.high) == (20, 90)
    # Below the lowest key its sample is stretched.
    assert abs(cents(held(play(font, 18)), hertz(30))) < 0.2


def test_velocities_choose_their_layer() -> None:
    font = split(
        Zone(0, ((MODES, 1),), velocities=(0, 70)),
        Zone(0, ((MODES, 1), (51, 12)), velocities=(71, 127)),
    )
    for velocity, expected in ((0.02, 69), (0.5, 69), (0.6, 81), (1.0, 81)):
        assert abs(cents(held(play(font, 69, velocity)), hertz(expected))) < 0.2
    assert not play(split(Zone(0, velocities=(90, 127))), 69, 0.3).any()


def test_velocity_turns_a_note_down_and_darkens_it() -> None:
    font = file(sound=saw(), filtered=True).font()
    loud, soft = (held(play(font, 69, velocity)) for velocity in (1.0, 0.2))
    # Squared amplitude: 40 dB for a tenth, and 300 cents of cutoff below 20 kHz matter little.
    assert level_db(soft) - level_db(loud) == pytest.approx(40 * np.log10(0.2), abs=0.5)
    plain = file(sound=saw()).font()
    spectra = [
        np.abs(np.fft.rfft(held(play(made, 93, velocity)))) for made in (font, plain)
        for velocity in (0.2, 1.0)
    ]  # fmt: skip
    seventh = round(7 * hertz(93) * spectra[0].size / (RATE / 2))
    first = round(hertz(93) * spectra[0].size / (RATE / 2))
    brightness = [
        20 * np.log10(one[seventh - 9 : seventh + 9].max() / one[first - 9 : first + 9].max())
        for one in spectra
    ]
    assert brightness[0] < brightness[1] - 3
    assert brightness[2] == pytest.approx(brightness[3], abs=0.1)


@pytest.mark.parametrize("centibels", [0, 100, 250])
def test_attenuation_turns_a_zone_down(centibels: int) -> None:
    made = File(
        [sine()],
        [
            [
                Zone(0, ((MODES, 1),), keys=(0, 66)),
                Zone(0, ((MODES, 1), (48, centibels)), keys=(67, 127)),
            ]
        ],
    ).font()
    softer = level_db(held(play(made, 67))) - level_db(held(play(made, 66)))
    assert softer == pytest.approx(-0.04 * centibels, abs=0.05)


@pytest.mark.parametrize(
    ("pan", "left", "right"),
    [(-500, 1, 0), (0, 0.7071, 0.7071), (250, 0.3827, 0.9239), (500, 0, 1)],
)
def test_pan_keeps_the_power(pan: int, left: float, right: float) -> None:
    zones = [Zone(0, ((MODES, 1), (17, pan)), keys=(0, 66)), Zone(0, ((MODES, 1), (17, 500)))]
    zones[1].keys = (67, 127)
    note = play(split(*zones), 60)
    assert note.shape[0] == 2
    sides = np.sqrt((held(note) ** 2).mean(axis=1))
    np.testing.assert_allclose(sides / np.hypot(*sides), [left, right], atol=1e-3)


def test_sides_of_a_pair_stay_together() -> None:
    left, right = sine(), saw()
    left.kind, left.link, right.kind, right.link = 4, 1, 2, 0
    zones = [Zone(0, ((MODES, 1), (17, -500), (52, 40))), Zone(1, ((MODES, 1), (17, 500)))]
    note = held(play(File([left, right], [zones]).font(), 72))
    # The right one's pitch is the pair's.
    assert abs(cents(note[0], hertz(72))) < 0.2
    assert abs(cents(note[1], hertz(72))) < 0.2
    assert off_db(note[0], hertz(72)) < -60
    assert off_db(note[1], hertz(72)) > -10
    left.link = 60_000
    alone = held(play(File([left, right], [zones]).font(), 72))
    assert abs(cents(alone[0], hertz(72.4))) < 0.2


@pytest.mark.parametrize(
    ("cutoff", "resonance", "key", "expected_db"),
    [
        (8700, 0, 69, 0.0),  # 1245 Hz over 440 Hz
        (6900, 0, 69, -3.0),
        (6900, 0, 93, -24.1),
        (6900, 200, 45, -10.0),
        # Without any resonance it is 3 dB down there.
        (6900, 200, 69, 7.0),
        (13_500, 0, 105, 0.0),
    ],
)
def test_the_low_pass_stands_where_it_should(
    cutoff: int, resonance: int, key: int, expected_db: float
) -> None:
    plain = Zone(0, ((MODES, 1),), [NO_FILTERING], velocities=(0, 100))
    dull = Zone(0, ((MODES, 1), (8, cutoff), (9, resonance)), [NO_FILTERING])
    dull.velocities = (101, 127)
    font = split(plain, dull)
    # Softer by 40 dB for a tenth.
    turned_db = 40 * np.log10(0.7)
    softer = level_db(held(play(font, key, 0.7))) - turned_db
    assert level_db(held(play(font, key, 1.0))) - softer == pytest.approx(expected_db, abs=0.5)


def test_vibrato_swings_as_far_and_as_often_as_it_says() -> None:
    # 8.176 Hz an octave down, 30 cents to each side, after half a second.
    note = play(file((6, 30), (24, -1200), (23, -1200)).font(), length_s=2.5).astype(np.float64)
    assert abs(cents(held(note, 0.1, 0.45), A4_HZ)) < 0.5
    step = 2 * PERIOD
    turned = note * np.exp(-2j * np.pi * A4_HZ / RATE * np.arange(note.size))
    pieces = turned[: note.size // step * step].reshape(-1, step).mean(axis=1)
    curve = np.diff(np.unwrap(np.angle(pieces)))
    curve *= RATE / step / (2 * np.pi * A4_HZ) * 1200 / np.log(2)
    # It begins upwards: a quarter takes 61 ms.
    assert curve[112:122].min() > 2
    swung = curve[115:520]
    assert swung.max() == pytest.approx(30, abs=3)
    assert swung.min() == pytest.approx(-30, abs=3)
    spectrum = np.abs(np.fft.rfft(swung * np.hanning(swung.size), 1 << 14))
    assert np.argmax(spectrum) * RATE / step / (1 << 14) == pytest.approx(4.088, abs=0.1)


@pytest.mark.parametrize("size", [0.9, 0.01])
def test_the_middle_note_is_at_the_reference_level(size: float) -> None:
    font = file(sound=sine(size=size), filtered=True).font()
    player = create_from(font, 0, drums=False, rate=RATE)
    event = Event(start_s=0.0, length_s=1.0, pitch=63, velocity=REFERENCE_VELOCITY)
    levels = [level_db(held(player.play(event, np.random.default_rng(seed)))) for seed in range(20)]
    assert np.mean(levels) == pytest.approx(REFERENCE_DBFS, abs=0.3)
    assert 0.1 < np.std(levels) < 1.5


def test_a_silent_font_stays_silent() -> None:
    assert not play(file(sound=sine(size=0.0)).font()).any()


def drums(*zones: Zone) -> Font:
    return File(
        [noise(0.5), noise(0.5, 2), sine()], [list(zones)], [Preset([Zone(0)], bank=128)]
    ).font()


def strike(font: Font, key: int, length_s: float = 0.05, how: str = "") -> np.ndarray:
    player = create_from(font, 0, drums=True, rate=RATE)
    event = Event(
        start_s=0.0, length_s=length_s, pitch=key, velocity=REFERENCE_VELOCITY, articulation=how
    )
    return player.play(event, np.random.default_rng(0))


def test_drums_ring_on_at_their_level() -> None:
    # Both are recorded at their key: 36 and 38.
    font = drums(
        Zone(0, ((58, 36), (48, 150)), keys=(36, 36)),
        Zone(1, ((58, 38),), keys=(38, 38)),
        Zone(1, ((58, 46), (38, -1200)), keys=(46, 46)),
        Zone(2, ((MODES, 1),), keys=(50, 50)),
    )
    snare, kick = strike(font, 38), strike(font, 36)
    assert snare.shape == kick.shape == (RATE // 2,)
    assert level_db(held(snare, 0.0, 0.05)) == pytest.approx(REFERENCE_DBFS + 6, abs=1.0)
    assert level_db(kick) - level_db(snare) == pytest.approx(-6, abs=0.4)
    assert strike(font, 38, how="mute").size < 0.12 * RATE
    # A pedal closes the hi-hat, and what loops has to end.
    assert strike(font, 46).size < 0.45 * RATE
    assert strike(font, 50).size < 0.1 * RATE
    assert not strike(font, 40).any()


def test_hand_drums_take_their_keys_in_the_map() -> None:
    font = drums(Zone(0, ((58, 38),), keys=(38, 38)), Zone(1, ((58, 64),), keys=(64, 64)))
    event = Event(start_s=0.0, length_s=0.1, pitch=36, velocity=REFERENCE_VELOCITY)
    plain, darbuka = (
        create_from(font, 0, drums=True, rate=RATE, keys=keys)
        for keys in (None, drum_keys("darbuka"))
    )
    dum = darbuka.play(event, np.random.default_rng(0))
    assert not plain.play(event, np.random.default_rng(0)).any()
    assert np.array_equal(dum, strike(font, 64, 0.1))
    assert dum.any()


@pytest.mark.parametrize("how", ["", *sorted(ARTICULATIONS)])
def test_every_articulation_is_played(how: str) -> None:
    font = file((38, -2400)).font()
    plain = play(font, 69, 0.63, length_s=0.5)
    note = play(font, 69, 0.63, length_s=0.5, articulation=how, from_pitch=64.0)
    assert np.isfinite(note).all()
    assert np.abs(np.diff(note)).max() < 2 * np.abs(np.diff(plain)).max()
    if how in {"mute", "pizzicato"}:
        assert 0.05 * RATE < note.size < 0.4 * RATE
        return
    change_db = level_db(held(note, 0.2, 0.4)) - level_db(held(plain, 0.2, 0.4))
    if how == "accent":
        assert 2 < change_db < 5
    elif how == "ghost":
        assert -11 < change_db < -7
    elif how == "staccato":
        assert 0.5 * RATE < note.size < plain.size
    elif how not in {"tremolo", "trill"}:
        assert abs(change_db) < 0.1
    if how == "legato":
        assert level_db(note, 0.006) < level_db(plain, 0.006) - 5
    if how == "slide":
        rises = [
            np.count_nonzero(np.diff(np.signbit(held(note, start, start + 0.05))))
            for start in (0.005, 0.3)
        ]
        assert rises == [pytest.approx(34, abs=3), pytest.approx(44, abs=1)]
    if how == "trill":
        second = held(note, 0.12, 0.17)
        assert abs(cents(second, hertz(71))) < 30


def test_the_same_event_and_seed_sound_the_same() -> None:
    font = split(Zone(0, ((MODES, 1), (17, 100))), Zone(1, ((MODES, 1), (6, 20))))
    player = create_from(font, 0, drums=False, rate=RATE)
    event = Event(start_s=0.0, length_s=0.4, pitch=61.2, velocity=0.5)
    first = player.play(event, np.random.default_rng(3))
    player.play(Event(start_s=1.0, length_s=0.2, pitch=40, velocity=1.0), np.random.default_rng(4))
    np.testing.assert_array_equal(player.play(event, np.random.default_rng(3)), first)
    assert (player.play(event, np.random.default_rng(4))[0] != first[0]).any()


def test_at_most_32_regions_sound_at_once() -> None:
    font = split(*[Zone(0, ((MODES, 1),))] * 40, Zone(1, ((MODES, 1),)))
    assert off_db(held(play(font)), A4_HZ) < -60


def test_a_note_of_one_second_is_quick() -> None:
    player = create_from(file((38, -2400), filtered=True).font(), 0, drums=False, rate=44_100)
    took = []
    for number in range(40):
        event = Event(start_s=0.0, length_s=0.8, pitch=55 + number % 20, velocity=0.6)
        begun = time.process_time()
        player.play(event, np.random.default_rng(number))
        took.append(time.process_time() - begun)
    # Two milliseconds on a quiet machine; the limit leaves room for a busy one.
    assert np.percentile(took, 25) < 0.006
