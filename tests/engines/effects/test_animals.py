import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, LEVEL_DBFS, RATE, Wish, animals, find
from menura.engines.effects.sources.animals.chorus import Chorus, Member
from menura.engines.effects.sources.animals.insects import Cricket, chirps_per_minute
from menura.engines.effects.sources.animals.songs import sing
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_rate,
    burst_times,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
    spectral_flatness,
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
    family = {s.name: s.kind for s in sources.sources().values() if s.family == "animals"}
    assert {name for name, kind in family.items() if kind == "bed"} == set(animals.BEDS)
    assert {name for name, kind in family.items() if kind == "event"} == set(animals.EVENTS)


@pytest.mark.parametrize(("make", "name"), [(animals.bed, "dog"), (animals.event, "frogs")])
def test_the_wrong_kind_is_refused(make: type, name: str) -> None:
    with pytest.raises(NotFound, match=name):
        make(name, Wish(variant="medium"), np.random.default_rng(0))


@pytest.mark.parametrize("name", ["dog", "lion", "roar", "crow", "duck", "songbird", "woodpecker"])
def test_what_is_larger_sounds_lower(name: str) -> None:
    small, large = (spectral_centroid(heard(name, size=size), RATE) for size in (0.0, 1.0))
    assert small > 1.25 * large


def test_dogs_bark_the_lower_the_larger() -> None:
    pitch = [peak_frequency(heard("dog", v), RATE, 150, 1400) for v in ("small", "large")]
    assert pitch[0] > 1.5 * pitch[1]
    assert sounding_length(heard("dog", "growl"), RATE) > 3 * sounding_length(heard("dog"), RATE)


def test_a_cuckoo_falls_by_a_third() -> None:
    call = heard("cuckoo")
    half = int(0.28 * RATE)
    first, second = (peak_frequency(s, RATE, 400, 900) for s in (call[:, :half], call[:, half:]))
    assert 3 <= 12 * np.log2(first / second) <= 5


def test_a_howl_rises_holds_and_falls() -> None:
    howl = heard("wolf", length_s=6.0)
    tenth = howl.shape[1] // 10
    pitch = [
        peak_frequency(howl[:, at : at + tenth], RATE, 200, 900)
        for at in range(0, 9 * tenth, tenth)
    ]
    assert max(pitch[2:7]) > 1.15 * pitch[0]
    assert max(pitch[2:7]) / min(pitch[2:7]) < 1.15
    tones = band_share(howl, RATE, 400, 620)
    assert tones > 0.6


def test_a_purr_has_the_rate_of_twitching_folds_and_lasts_as_long_as_asked() -> None:
    purr = heard("cat", "purr", length_s=8.0)
    assert modulation_rate(purr, RATE, 12, 40) == pytest.approx(25, abs=3)
    assert sounding_length(purr, RATE) == pytest.approx(8, rel=0.1)


def test_a_roar_is_rougher_than_a_howl() -> None:
    flat = [spectral_flatness(heard(name), RATE, 100, 2000) for name in ("roar", "wolf")]
    assert flat[0] > 5 * flat[1]


def test_a_bleat_trembles_and_a_neigh_quavers() -> None:
    assert 6 < modulation_rate(heard("sheep"), RATE, 3, 20) < 12
    assert 8 < modulation_rate(heard("horse"), RATE, 5, 25) < 16


def test_a_woodpecker_drums_faster_and_softer_towards_the_end() -> None:
    roll = heard("woodpecker", seed=3)
    at = burst_times(roll, RATE, 5.0, 0.03)
    steps = np.diff(at)
    assert 9 <= at.size <= 18
    assert steps[-4:].mean() < 0.93 * steps[:4].mean()
    third = roll.shape[1] // 3
    assert np.abs(roll[:, -third:]).max() < 0.8 * np.abs(roll[:, :third]).max()


def test_a_rattle_goes_on_as_long_as_asked_and_faster_when_warm() -> None:
    assert sounding_length(heard("snake", "rattle", length_s=4.0), RATE) == pytest.approx(
        4, rel=0.1
    )
    slow, fast = (
        modulation_rate(heard("snake", "rattle", intensity=i), RATE, 20, 110) for i in (0.0, 1.0)
    )
    assert fast > 1.2 * slow


def test_a_bird_has_motifs_of_its_own_and_never_sings_them_twice_alike() -> None:
    species = find("songbird").table["blackbird"]
    rng = np.random.default_rng(0)
    once, again, other = (sing(species, np.random.default_rng(motif), rng) for motif in (5, 5, 6))
    assert once.size == pytest.approx(again.size, rel=0.15)
    assert not np.array_equal(once[:9600], again[:9600])
    tunes = [peak_frequency(s[2400:9600], RATE, 1000, 8000) for s in (once, again, other)]
    assert tunes[0] == pytest.approx(tunes[1], rel=0.03)
    assert tunes[2] != pytest.approx(tunes[0], rel=0.005)


@pytest.mark.parametrize("species", ["blackbird", "robin", "canary", "nightingale"])
def test_song_is_tones_that_glide(species: str) -> None:
    song = heard("songbird", species)
    assert spectral_flatness(song, RATE, 1000, 10_000) < 0.06
    assert band_share(song, RATE, 1000, 12_000) > 0.97
    assert sounding_length(song, RATE) < 6


def test_more_birds_sing_at_dawn() -> None:
    few, many = (bed("birds", "forest", 12, intensity=i) for i in (0.0, 1.0))
    assert burst_rate(many, RATE, 6) > 1.3 * burst_rate(few, RATE, 6)


def test_birds_surround_the_listener() -> None:
    left, right = bed("birds", "garden", 10)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.6


@pytest.mark.parametrize(("celsius", "per_min"), [(10.0, 40.0), (20.0, 112.0)])
def test_crickets_tell_the_temperature(celsius: float, per_min: float) -> None:
    assert chirps_per_minute(celsius) == pytest.approx(per_min)


def test_a_chirp_is_three_or_four_pulses_of_one_tone() -> None:
    cricket = Cricket(find("crickets").table["field"], 20.0, 0.5, np.random.default_rng(2))
    for _ in range(6):
        chirp = cricket.chirp()
        level = np.convolve(np.abs(chirp), np.hanning(400) / 200, "same")
        up = level > 0.25 * level.max()
        assert int(np.sum(up[1:] & ~up[:-1])) in {3, 4}
        assert 4000 < peak_frequency(chirp, RATE) < 5300


def test_warm_crickets_chirp_faster() -> None:
    cold, warm = (bed("crickets", "field", 8, seed=2, intensity=i) for i in (0.0, 1.0))
    assert burst_rate(warm, RATE, 6) > 1.5 * burst_rate(cold, RATE, 6)


def test_insects_keep_their_wing_beat_and_wander() -> None:
    flight = bed("insect", "mosquito", 12)
    seconds = [flight[:, at : at + RATE] for at in range(0, 11 * RATE, RATE)]
    pitch = np.array([peak_frequency(s, RATE, 350, 800) for s in seconds])
    level = np.array([10 * np.log10(np.mean(s**2)) for s in seconds])
    assert 0.005 < pitch.std() / pitch.mean() < 0.15
    assert level.std() > 0.5


def test_a_gallop_has_four_beats_and_then_none() -> None:
    hooves = bed("gallop", "cobble", 10)
    at = burst_times(hooves, RATE, 8.0, 0.03)
    steps = np.diff(at)
    assert 7.5 < at.size / 10 < 10.5
    # Three short steps and a longer one, the flight, in each stride.
    flights = np.flatnonzero(steps > 1.5 * np.median(steps))
    assert 1.8 < flights.size / 10 < 2.7
    assert np.median(np.diff(flights)) == 4


def tick() -> NDArray[np.float32]:
    return np.hanning(480).astype(np.float32)


def test_a_chorus_is_as_loud_as_its_members_and_periods_say() -> None:
    members = [
        Member(call=tick, period_s=0.2, jitter=0.2, gain=gain, angle=angle)
        for gain, angle in ((1.0, 0.1), (0.5, 1.2), (0.25, 0.7))
    ]
    chorus = Chorus(members, None, 0.0, np.random.default_rng(0))
    sound = np.concatenate([chorus.next() for _ in range(200)], axis=1)
    assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(LEVEL_DBFS, abs=0.4)
    left, right = np.mean(sound**2, axis=1)
    assert left > 2 * right


def test_who_is_at_the_left_is_heard_there_first() -> None:
    members = [Member(call=tick, period_s=1.0, jitter=0.0, gain=1.0, angle=0.1, spread_db=0.0)]
    chorus = Chorus(members, None, 0.0, np.random.default_rng(0))
    left, right = np.concatenate([chorus.next() for _ in range(4)], axis=1)
    assert 15 < int(np.argmax(right)) - int(np.argmax(left)) <= 31
