import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish, find, people
from menura.engines.effects.sources.animals.strides import Contact, Ground, Strides
from menura.engines.effects.sources.people.crowd import HOP_RATE, Syllables
from menura.engines.effects.sources.people.hands import make_claps
from menura.engines.effects.sources.people.talkers import (
    VOICE_FRAMES,
    VOICE_RATE,
    Talker,
    make_bank,
)
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_rate,
    burst_times,
    envelope,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
    spectral_flatness,
    spectral_slope,
)


def heard(name: str, variant: str = "", seed: int = 1, **wish: float) -> NDArray[np.float32]:
    chosen = Wish(variant=variant or find(name).variants[0], **wish)
    return sources.event(name, chosen, np.random.default_rng(seed))


def bed(
    name: str, variant: str, seconds: float, seed: int = 1, **wish: float
) -> NDArray[np.float32]:
    made = sources.bed(name, Wish(variant=variant, **wish), np.random.default_rng(seed))
    return np.concatenate(
        [made.next() for _ in range(int(seconds * RATE) // BLOCK_FRAMES + 1)], axis=1
    )


def test_every_source_of_the_family_is_a_bed_or_an_event_as_it_says() -> None:
    family = {s.name: s.kind for s in sources.sources().values() if s.family == "people"}
    assert {name for name, kind in family.items() if kind == "bed"} == set(people.BEDS)
    assert {name for name, kind in family.items() if kind == "event"} == set(people.EVENTS)


@pytest.mark.parametrize(("make", "name"), [(people.bed, "cough"), (people.event, "crowd")])
def test_the_wrong_kind_is_refused(make: type, name: str) -> None:
    with pytest.raises(NotFound, match=name):
        make(name, Wish(variant="x"), np.random.default_rng(0))


@pytest.mark.parametrize("intensity", [0.0, 0.5, 1.0])
def test_steps_come_at_the_pace_of_walking(intensity: float) -> None:
    steps = bed("footsteps", "heels", 12, intensity=intensity)
    at = burst_times(steps, RATE, 12.0, 0.3)
    wanted = np.interp(intensity, (0, 0.5, 1), (1.7, 1.88, 2.1))
    gaps = np.diff(at)
    assert 1 / gaps.mean() == pytest.approx(wanted, rel=0.08)
    assert 0.005 < gaps.std() / gaps.mean() < 0.15


def test_running_is_faster_and_grounds_differ() -> None:
    assert modulation_rate(bed("running", "stone", 10), RATE, 1.2, 4) > 2.4
    centre = {
        v: spectral_centroid(bed("footsteps", v, 5), RATE)
        for v in ("carpet", "wood", "heels", "snow")
    }
    assert centre["carpet"] < centre["wood"] < centre["heels"] < centre["snow"]


def test_metal_rings_on_and_gravel_crunches() -> None:
    steps = {v: bed("footsteps", v, 6) for v in ("metal", "stone", "gravel")}
    quiet = {v: np.percentile(envelope(s, RATE, 0.02), 30) for v, s in steps.items()}
    assert quiet["metal"] > 5 * quiet["stone"]
    flat = {v: spectral_flatness(s, RATE, 1500, 5000) for v, s in steps.items()}
    assert flat["gravel"] > flat["metal"]


def test_a_heavier_foot_is_duller_and_a_harder_tread_sharper() -> None:
    table = find("footsteps").table["grounds"]["wood"]

    def centre(heavy: float, force: float) -> float:
        ground = Ground(table, heavy, np.random.default_rng(1))
        treads = [ground.tread(force, 1.0, 0.0) for _ in range(20)]
        return spectral_centroid(np.concatenate(treads), RATE)

    assert centre(0.0, 1.0) > 1.2 * centre(1.0, 1.0)
    assert centre(0.5, 1.5) > centre(0.5, 0.2)


def test_strides_are_level_whatever_the_ground() -> None:
    for variant, table in find("footsteps").table["grounds"].items():
        ground = Ground(table, 0.5, np.random.default_rng(1))
        wish = Wish(variant=variant)
        strides = Strides(ground, [Contact(at=0.0)], 2.0, wish, np.random.default_rng(2))
        sound = np.concatenate([strides.next() for _ in range(60)], axis=1)
        assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(-20, abs=1.2), variant


def test_a_heart_shuts_its_valves_twice_a_beat() -> None:
    beats = bed("heartbeat", "rest", 20, seed=3)
    level = np.convolve(envelope(beats, RATE, 0.06), np.ones(40) / 40, "same")
    top = level > 0.25 * level.max()
    at = np.flatnonzero(top[1:] & ~top[:-1]) / 1000
    gaps = np.diff(at)
    systole = gaps[gaps < 0.45]
    assert systole.mean() == pytest.approx(0.3, abs=0.06)
    assert systole.size == pytest.approx(20 * 66 / 60, abs=4)
    assert peak_frequency(beats, RATE, 10, 400) < 75


def test_breath_goes_in_brighter_than_out() -> None:
    breath = bed("breath", "calm", 20)
    level = np.convolve(envelope(breath, RATE, 0.1), np.ones(100) / 100, "same")
    up = level > 0.08 * level.max()
    starts = np.flatnonzero(up[1:] & ~up[:-1])
    ends = np.flatnonzero(~up[1:] & up[:-1])
    ends = ends[ends > starts[0]][: starts.size]
    centre = [
        spectral_centroid(breath[:, a * 48 : b * 48], RATE)
        for a, b in zip(starts, ends, strict=False)
        if b - a > 400
    ]
    assert len(centre) >= 6
    # The bed begins with a breath in.
    assert np.mean(centre[::2]) > np.mean(centre[1::2]) + 150


@pytest.mark.parametrize(("variant", "hz"), [("man", 272.0), ("woman", 421.0)])
def test_laughter_comes_in_syllables_and_falls(variant: str, hz: float) -> None:
    laugh = heard("laugh", variant, length_s=2.0)
    assert 3.6 < modulation_rate(laugh, RATE, 2, 12) < 6.2
    third = laugh.shape[1] // 3
    first, last = (
        peak_frequency(s, RATE, 0.5 * hz, 1.05 * hz) for s in (laugh[:, :third], laugh[:, -third:])
    )
    assert last < 0.95 * first
    assert 0.55 * hz < first < 1.3 * hz


def test_a_scream_is_high_and_rough_and_a_sigh_is_breath() -> None:
    scream, sigh = heard("scream"), heard("sigh")
    assert peak_frequency(scream, RATE, 300, 8000) > 800
    assert 30 < modulation_rate(scream, RATE, 25, 160) < 150
    flat = [spectral_flatness(s, RATE, 300, 4000) for s in (scream, sigh)]
    assert flat[1] > 10 * flat[0]


def test_a_cough_bursts_and_a_snore_flaps() -> None:
    cough = envelope(heard("cough"), RATE, 0.01)
    assert np.argmax(cough) < 120
    assert 25 < modulation_rate(heard("snore"), RATE, 15, 90) < 80


def test_a_whistle_is_one_tone_that_moves_in_steps_of_a_scale() -> None:
    tune = heard("whistle", "tune", length_s=4.0)
    assert sounding_length(tune, RATE) == pytest.approx(4, rel=0.2)
    pitch = [
        peak_frequency(tune[:, at : at + 4800], RATE, 500, 4000)
        for at in range(0, tune.shape[1] - 9600, 4800)
    ]
    steps = 12 * np.log2(np.array(pitch) / pitch[-1])
    assert steps.max() - steps.min() > 1.5
    assert spectral_flatness(tune, RATE, 500, 8000) < 0.02


def test_claps_are_short_and_have_the_hollow_of_a_hand() -> None:
    table = find("applause").table["hands"]
    dull, sharp = (
        spectral_centroid(
            make_claps(40, table | {"hz": [hz, 1.01 * hz]}, 0.5, np.random.default_rng(0)).reshape(
                -1
            ),
            RATE,
        )
        for hz in (600.0, 2100.0)
    )
    assert sharp > 1.5 * dull
    assert sounding_length(heard("clap"), RATE) < 0.05
    assert peak_frequency(heard("snap"), RATE, 300, 12_000) > peak_frequency(
        heard("clap"), RATE, 300, 12_000
    )


def test_a_few_clap_each_at_their_own_pace_and_many_merge() -> None:
    small, hall = bed("applause", "small", 6), bed("applause", "hall", 6)
    assert 5 < burst_rate(small, RATE, 6) < 25
    uneven = [
        np.std(envelope(s, RATE, 0.05)) / np.mean(envelope(s, RATE, 0.05)) for s in (small, hall)
    ]
    assert uneven[0] > 2 * uneven[1]


def test_more_people_clap_harder() -> None:
    polite, wild = (bed("applause", "hall", 4, intensity=i) for i in (0.0, 1.0))
    assert spectral_centroid(wild, RATE) > spectral_centroid(polite, RATE)


def test_talkers_speak_syllables_and_pause() -> None:
    table = find("crowd").table["talk"]
    talker = Talker(table, 0, 0.5, np.random.default_rng(4))
    said = [
        np.add(talker.speak(n * VOICE_FRAMES), [[n * VOICE_FRAMES], [0], [0]]) for n in range(120)
    ]
    at, _, rows = np.concatenate(said, axis=1)
    pulses = np.sort(at[rows < 96]) / VOICE_RATE
    gaps = np.diff(pulses)
    assert 1 / np.median(gaps) == pytest.approx(118, rel=0.35)
    words = np.sum((gaps > 0.02) & (gaps < 0.35))
    pauses = np.sum(gaps > 0.4)
    assert 2.0 < words / np.sum(gaps[gaps < 0.4]) < 7.0
    assert pauses >= 3


def test_grains_of_open_mouths_have_higher_first_formants() -> None:
    bank = make_bank([0.17], 1500.0, np.random.default_rng(0))
    voiced = bank[:32]
    closed, wide = (peak_frequency(row, VOICE_RATE, 100, 1500) for row in (voiced[1], voiced[-3]))
    assert wide > 1.5 * closed


def test_many_voices_rise_and_fall_at_the_rate_of_syllables() -> None:
    course = Syllables((2, 3), 4.6, np.random.default_rng(0)).next(20_000)
    assert course.shape == (2, 20_000, 3)
    assert course.std() == pytest.approx(1, rel=0.08)
    power = np.abs(np.fft.rfft(course, axis=1)) ** 2
    hz = np.fft.rfftfreq(20_000, 1 / HOP_RATE)
    smooth = np.convolve(power.mean(axis=(0, 2)), np.ones(201) / 201, "same")
    assert 2.5 < hz[np.argmax(smooth)] < 6


def test_crowds_differ_in_pitch_and_effort() -> None:
    crowd = {v: bed("crowd", v, 8) for v in ("murmur", "party", "children")}
    centre = [spectral_centroid(s, RATE) for s in crowd.values()]
    assert centre[0] < centre[1] < centre[2]
    assert -16 < spectral_slope(crowd["murmur"], RATE, 1000, 8000) < -4
    assert band_share(crowd["murmur"], RATE, 100, 4000) > 0.9


def test_a_crowd_surrounds_the_listener() -> None:
    left, right = bed("crowd", "cafe", 8)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.75


@pytest.mark.parametrize("seed", [1, 2])
def test_cheers_alone_have_no_claps(seed: int) -> None:
    """A clap is a burst of 5 ms with its energy above 2.5 kHz, which no voice has."""
    from scipy.signal import butter, sosfilt

    high = butter(4, 2500, "high", fs=RATE, output="sos")
    rates = {
        variant: burst_rate(sosfilt(high, bed("applause", variant, 8.0, seed)), RATE)
        for variant in ("cheering", "cheers")
    }
    assert rates["cheering"] > 8
    assert rates["cheers"] < 0.5


def test_cheers_are_as_loud_as_applause() -> None:
    levels = [
        10 * np.log10(np.mean(bed("applause", variant, 8.0) ** 2))
        for variant in ("hall", "cheering", "cheers")
    ]
    assert max(levels) - min(levels) < 3
