"""The prompts that effects are held against: their scenes, and their sound."""

import numpy as np
import pytest
from effect_sounds import RATE, fall_db_per_s, log_spectra, rms_db, unevenness_db
from numpy.typing import NDArray

from menura.audio.loudness import measure
from menura.metrics.texture import (
    band_share,
    burst_rate,
    burst_times,
    envelope,
    fast_level_db,
    modulation_rate,
    spectral_centroid,
    spectral_flatness,
)
from menura.studio import Studio
from menura.take import Take
from menura.tasks import Effect

THUNDER = "Hard rain on a tin roof while thunder rolls far away"
INN = (
    "Packed old inn at night: people murmuring, mugs clinking, someone plucking a lute, logs "
    "crackling in the fireplace"
)
DOOR = "A big wooden door on rusty hinges creaks open slowly in an empty stone hall"
CAFE = (
    "Quiet cafe loop: soft talk, espresso machine steam, a cup now and then, jazz you can hardly "
    "hear"
)
DRAGON = "huge dragon beats its wings, then roars, and the roar echoes in a metal cave"


@pytest.fixture(scope="module")
def made(studio: Studio) -> dict[str, Take]:
    """Every prompt once, two of them in another variation too."""
    tasks = {
        "thunder": Effect(THUNDER, duration_s=10, seed=1),
        "inn": Effect(INN, duration_s=10, seed=1),
        "inn 2": Effect(INN, duration_s=6, seed=2),
        "door": Effect(DOOR, duration_s=3, seed=1),
        "door 2": Effect(DOOR, duration_s=3, seed=2),
        "cafe": Effect(CAFE, duration_s=12, loop=True, seed=1),
        "dragon": Effect(DRAGON, seed=1),
    }
    return {name: studio.render(task) for name, task in tasks.items()}


def layers(take: Take) -> dict[str, dict[str, object]]:
    return {layer["source"]: layer for layer in take.report.understood["layers"]}


def test_rain_on_tin_rings_and_thunder_is_dark_late_and_wide(made: dict[str, Take]) -> None:
    take = made["thunder"]
    found = layers(take)
    assert (found["rain"]["variant"], found["thunder"]["variant"]) == ("tin", "far")
    assert list(take.stems) == ["rain", "thunder"]
    rain, thunder = take.stems["rain"].samples, take.stems["thunder"].samples
    # Metal rings: lines stand out of the spectrum, which they do not of plain noise.
    noise = np.random.default_rng(0).standard_normal(rain.shape).astype(np.float32)
    assert unevenness_db(rain) > 1.5
    assert unevenness_db(noise) < 0.8
    assert spectral_centroid(thunder, RATE) < 250
    assert spectral_centroid(rain, RATE) > 1000
    heard = np.flatnonzero(np.abs(thunder).max(axis=0) > 1e-5)[0] / RATE
    assert heard > 1.0
    assert heard == pytest.approx(found["thunder"]["times_s"][0], abs=0.05)
    assert np.corrcoef(thunder)[0, 1] < 0.8
    # Dark as it is, it is heard: below 150 Hz it is well above the rain, and never drowns it.
    late = slice(round(heard * RATE), None)
    low = [
        rms_db(stem[:, late]) + 10 * np.log10(band_share(stem[:, late], RATE, 30, 150))
        for stem in (thunder, rain)
    ]
    assert low[0] > low[1] + 10
    assert -16 < fast_level_db(thunder, RATE) - fast_level_db(rain, RATE) < 3


def test_an_inn_murmurs_clinks_plays_and_burns(made: dict[str, Take]) -> None:
    take = made["inn"]
    assert take.audio.frames == 10 * RATE
    found = layers(take)
    assert {"crowd", "glass_clink", "music", "fire"} <= found.keys()
    assert found["fire"]["variant"] == "fireplace"
    assert take.report.understood["space"] == "tavern"
    assert set(take.report.understood["music"]["instruments"].values()) == {"lute"}
    stems = {name: stem.samples for name, stem in take.stems.items()}
    whole = fast_level_db(take.audio.samples, RATE)
    for name in ("crowd", "glass_clink", "music", "fire"):
        assert -25 < fast_level_db(stems[name], RATE) - whole < 0, name
    assert 300 < spectral_centroid(stems["crowd"], RATE) < 1500
    assert 2 < modulation_rate(stems["crowd"], RATE, 1.5, 20) < 9
    clinks = found["glass_clink"]["times_s"]
    assert len(clinks) >= 3
    assert spectral_centroid(stems["glass_clink"], RATE) > 2000
    heard = burst_times(stems["glass_clink"], RATE, rise_db=20)
    assert all(np.abs(heard - time_s).min() < 0.03 for time_s in clinks)
    assert burst_rate(stems["fire"], RATE) > 1.5
    assert 200 < spectral_centroid(stems["music"], RATE) < 2500
    assert len(burst_times(stems["music"], RATE, rise_db=6)) >= 8


def test_a_door_creaks_slowly_in_a_large_stone_hall(made: dict[str, Take]) -> None:
    take = made["door"]
    assert take.audio.frames == 3 * RATE
    found = layers(take)
    assert found["door_creak"]["variant"] == "rusty"
    assert found["door_open"]["variant"] == "wood"
    assert take.report.understood["space"] == "stone hall"
    creak, body, room = (take.stems[n].samples for n in ("door_creak", "door_open", "room"))
    # Stick and slip: a harmonic sound that lasts, far above the body of the door.
    curve = envelope(creak, RATE, 0.05)
    over = np.flatnonzero(curve > 0.1 * curve.max())
    over_s = over[-1] / 1000
    assert 1.0 < (over[-1] - over[0]) / 1000 < 2.6
    assert spectral_centroid(creak, RATE) > 600
    assert spectral_flatness(creak, RATE) < 0.3
    assert band_share(body, RATE, 20, 400) > 0.25
    assert band_share(body, RATE, 20, 400) > 4 * band_share(creak, RATE, 20, 400)
    # What the hall answers, once the creak is over: such halls need 2 to 6 s (Kuttruff).
    left = room[:, round((over_s + 0.1) * RATE) : round(2.6 * RATE)]
    assert left.shape[1] > 0.4 * RATE
    assert 1.8 < 60 / fall_db_per_s(left) < 7.0


def test_a_cafe_is_a_loop_with_jazz_one_can_hardly_hear(made: dict[str, Take]) -> None:
    take = made["cafe"]
    assert take.audio.frames == 12 * RATE
    found = layers(take)
    assert {"crowd", "steam", "glass_clink", "music"} <= found.keys()
    music = take.report.understood["music"]
    assert "jazz" in music["genre"]
    assert music["loop"] is True
    assert music["bpm"] * 12 / 60 % 4 == pytest.approx(0, abs=1e-3)
    stems = {name: stem.samples for name, stem in take.stems.items()}
    assert band_share(stems["steam"], RATE, 3000, 20_000) > 0.7
    assert 300 < spectral_centroid(stems["crowd"], RATE) < 2000
    assert 1 <= len(found["glass_clink"]["times_s"]) <= 4
    whole = rms_db(take.audio.samples)
    assert -40 < rms_db(stems["music"]) - whole < -14
    assert rms_db(stems["crowd"]) - whole > -20


@pytest.mark.parametrize("measured", ["step", "level", "spectrum"])
def test_the_seam_of_a_loop_is_as_smooth_as_its_inside(
    made: dict[str, Take], measured: str
) -> None:
    """The joint lies below the 95th percentile of joints inside, as the ear would judge them."""

    def jump(sound: NDArray[np.float32], at: int) -> float:
        if measured == "step":
            return float(np.abs(sound[:, at] - sound[:, at - 1]).max())
        before, after = sound[:, at - 4096 : at], sound[:, at : at + 4096]
        if measured == "level":
            return abs(rms_db(before) - rms_db(after))
        bands = [log_spectra(piece).mean(axis=1) for piece in (before, after)]
        return float(np.sqrt(np.mean((bands[0] - bands[1]) ** 2)))

    sound = made["cafe"].audio.samples
    places = np.random.default_rng(0).integers(5000, sound.shape[1] - 5000, 300)
    inside = [jump(sound, int(place)) for place in places]
    twice = np.concatenate([sound, sound], axis=1)
    assert jump(twice, sound.shape[1]) < np.percentile(inside, 95)


def test_a_dragon_flaps_and_then_roars_in_a_metal_cave(made: dict[str, Take]) -> None:
    take = made["dragon"]
    found = layers(take)
    assert list(found) == ["wings", "roar"]
    assert take.report.understood["space"] == "metal cave"
    wings, roar, room = (take.stems[n].samples for n in ("wings", "roar", "room"))
    heard = [np.flatnonzero(np.abs(s).max(axis=0) > 1e-6) / RATE for s in (wings, roar)]
    assert heard[0][0] < 0.05
    assert heard[0][-1] < heard[1][0]
    # Wings that large beat about once a second (Pennycuick 1996).
    assert 0.5 < modulation_rate(wings[:, : round(heard[0][-1] * RATE)], RATE, 0.4, 5) < 2.5
    assert spectral_centroid(roar, RATE) < 600
    whole = take.audio.samples
    turn = round(heard[1][0] * RATE)
    assert fast_level_db(whole[:, turn:], RATE) > fast_level_db(whole[:, :turn], RATE) + 6
    # The cave rings on when the roar is over.
    over = round(heard[1][-1] * RATE)
    left = room[:, over : over + RATE]
    assert rms_db(left) > rms_db(room) - 30
    assert 60 / fall_db_per_s(left) > 1.8


@pytest.mark.parametrize("name", ["inn", "door"])
def test_variations_are_audibly_different_and_the_same_scene(
    made: dict[str, Take], name: str
) -> None:
    first, second = made[name], made[f"{name} 2"]
    assert layers(first).keys() == layers(second).keys()
    frames = min(first.audio.frames, second.audio.frames)
    early = [log_spectra(take.audio.samples[:, :frames]) for take in (first, second)]
    apart = early[0] - early[1]
    assert float(np.sqrt(np.mean(apart**2))) > 4.0
    # In the long run they sound of the same things.
    middle = [log_spectra(t.audio.samples).mean(axis=1) for t in (first, second)]
    assert np.abs(middle[0] - middle[1]).mean() < 9.0


@pytest.mark.parametrize("name", ["thunder", "inn", "door", "cafe", "dragon"])
def test_stems_are_the_whole_and_levels_are_those_of_the_kind(
    made: dict[str, Take], name: str
) -> None:
    take = made[name]
    whole = take.audio.samples
    rest = sum(stem.samples for stem in take.stems.values()) - whole
    assert rms_db(rest) < rms_db(whole) - 60
    assert take.audio.rate == RATE
    assert not any("not understood" in line for line in take.report.ignored)
    loudness = measure(take.audio)
    if name in {"door", "dragon"}:
        assert loudness.true_peak_dbtp == pytest.approx(-1.0, abs=0.1)
    else:
        assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
        assert loudness.true_peak_dbtp <= -0.9
