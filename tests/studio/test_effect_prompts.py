"""The prompts that effects are held against, and what every effect has to keep: scene and sound."""

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.audio.loudness import measure
from menura.errors import InvalidInput, Refused
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
from menura.studio import stream as streams
from menura.take import Take
from menura.tasks import Effect, Music, Speech

RATE = 48_000
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


def rms_db(sound: NDArray[np.float32]) -> float:
    return 10 * float(np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-20))


def fall_db_per_s(sound: NDArray[np.float32]) -> float:
    """Returns how fast the level falls, dB per second."""
    level = 20 * np.log10(envelope(sound, RATE, 0.05)[25:-25] + 1e-9)
    return -1000 * float(np.polyfit(np.arange(level.size), level, 1)[0])


def unevenness_db(sound: NDArray[np.float32]) -> float:
    """Returns how far lines stand out of a spectrum: its deviation from its own course, dB."""
    rows = np.lib.stride_tricks.sliding_window_view(sound, 16_384, axis=1)[:, ::8192]
    power = (np.abs(np.fft.rfft(rows * np.hanning(16_384))) ** 2).mean(axis=(0, 1))
    level = 10 * np.log10(power + 1e-12)
    course = np.convolve(level, np.full(41, 1 / 41), "same")
    return float(np.std((level - course)[100:1700]))


def log_spectra(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns levels in time and frequency, dB, in steps of 43 ms and third octaves."""
    frames = sound.shape[1] // 2048 * 2048
    power = np.abs(np.fft.rfft(sound[0, :frames].reshape(-1, 2048) * np.hanning(2048))) ** 2
    hz = np.fft.rfftfreq(2048, 1 / RATE)
    which = np.digitize(hz, np.geomspace(60, 16_000, 25))
    bands = np.stack([power[:, which == band].sum(axis=1) for band in range(1, 25)])
    return np.asarray(10 * np.log10(bands + 1e-9), np.float32)


# The prompts.


def test_rain_on_tin_rings_and_thunder_is_dark_late_and_wide(made: dict[str, Take]) -> None:
    take = made["thunder"]
    found = layers(take)
    assert (found["rain"]["variant"], found["thunder"]["variant"]) == ("tin", "far")
    assert list(take.stems) == ["rain", "thunder", "room"]
    rain, thunder = take.stems["rain"].samples, take.stems["thunder"].samples
    # Metal rings: lines stand out of the spectrum, which they do not of plain noise.
    noise = np.random.default_rng(0).standard_normal(rain.shape).astype(np.float32)
    assert unevenness_db(rain) > 1.5 > 0.8 > unevenness_db(noise)
    assert spectral_centroid(thunder, RATE) < 250 < 1000 < spectral_centroid(rain, RATE)
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


# What every effect keeps.


@pytest.mark.parametrize(
    "prompt",
    [
        "three knocks",
        "glass breaks",
        "a coin pickup",
        "a gunshot far away",
        "sword clash in a cave",
        "a dog barks",
    ],
)
def test_a_happening_begins_at_once_ends_in_silence_and_is_at_full_level(
    studio: Studio, prompt: str
) -> None:
    take = studio.render(Effect(prompt, seed=3), stems=False)
    sound = np.abs(take.audio.samples).max(axis=0)
    peak = sound.max()
    assert sound[: RATE // 200].max() > 0.001 * peak
    assert sound[-RATE // 100 :].max() < 0.002 * peak
    assert measure(take.audio).true_peak_dbtp == pytest.approx(-1.0, abs=0.1)


def test_knocks_are_counted(studio: Studio) -> None:
    take = studio.render(Effect("three knocks, a pause, then two more", seed=1), stems=False)
    times_s = burst_times(take.audio.samples, RATE, rise_db=15, gap_s=0.1)
    assert len(times_s) == 5
    gaps = np.diff(times_s)
    assert gaps[2] == gaps.max() > 1.0
    assert sorted(gaps)[-2] < 0.8


def test_seeds_make_the_same_samples_on_any_number_of_workers(
    studio: Studio, tmp_path: Path
) -> None:
    task = Effect("rain, an owl and solo piano", duration_s=1.5, seed=9)
    first = studio.render(task, stems=False)
    settings = dataclasses.replace(studio.settings, workers=2)
    with Studio(settings) as other:
        second = other.render(task, stems=False)
    np.testing.assert_array_equal(first.audio.samples, second.audio.samples)
    first.save(tmp_path / "a.wav")
    np.testing.assert_array_equal(
        studio.redo(tmp_path / "a.wav").audio.samples, first.audio.samples
    )


def test_a_plan_sounds_as_its_prompt(studio: Studio) -> None:
    task = Effect("rain in a cave, two knocks", duration_s=1.0, seed=9)
    first = studio.render(task, stems=False)
    again = studio.render(Effect(plan=studio.plan(task), seed=9), stems=False)
    # Only the mark differs: it names the take.
    assert rms_db(first.audio.samples - again.audio.samples) < rms_db(first.audio.samples) - 20


def test_binaural_ears_hear_late_and_dull_what_is_on_the_other_side(studio: Studio) -> None:
    def ears(**fields: bool) -> NDArray[np.float32]:
        task = Effect("a click on the left", duration_s=0.5, seed=2, **fields)
        return studio.render(task, stems=False).audio.samples

    left, right = ears(binaural=True)
    # At 60 degrees sound reaches the far ear 0.4 to 0.6 ms later (Blauert, Spatial Hearing).
    assert 0.0003 < lag_s(left, right) < 0.0008
    assert lag_s(*ears()) < 0.0003
    assert rms_db(left) > rms_db(right) + 3
    assert spectral_centroid(left, RATE) > spectral_centroid(right, RATE)


def lag_s(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Returns how much later one channel has what the other has, seconds."""
    size = 2 * first.size
    spectra = [np.fft.rfft(channel, size) for channel in (first, second)]
    alike = np.fft.irfft(spectra[1] * np.conj(spectra[0]), size)
    at = int(np.argmax(alike))
    return (at - size if at > size // 2 else at) / RATE


@pytest.mark.parametrize("prompt", ["a door slam on the left", "rain and solo piano"])
def test_mono_has_one_channel(studio: Studio, prompt: str) -> None:
    take = studio.render(Effect(prompt, duration_s=1, channels=1, seed=1))
    assert take.audio.channels == 1
    assert {stem.channels for stem in take.stems.values()} == {1}


# Music and speech in a scene, and a scene under music.


def test_words_in_quotes_are_said_and_checked(studio: Studio, tmp_path: Path) -> None:
    task = Effect('rain, a radio announcer says "good evening"', duration_s=3, seed=1)
    take = studio.render(task)
    assert "speech" in take.stems
    assert [word.text for word in take.captions] == ["good", "evening"]
    assert fast_level_db(take.stems["speech"].samples, RATE) > -45
    blocked = tmp_path / "terms.txt"
    blocked.write_text("florble\n")
    with Studio(dataclasses.replace(studio.settings, blocked_terms=blocked)) as strict:
        with pytest.raises(Refused):
            strict.render(Effect('rain, a man says "florble"', duration_s=1))
        plan = studio.plan(Effect('rain, a man says "flo rble"', duration_s=1)).replace("o r", "or")
        with pytest.raises(Refused):
            strict.render(Effect(plan=plan))


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [("solo piano", 2.0), ('a man says "it is late"', 0.5), ('a man says "it is late"', 5.5)],
)
def test_what_others_play_alone_is_exactly_as_long(
    studio: Studio, prompt: str, seconds: float
) -> None:
    audio = studio.render(Effect(prompt, duration_s=seconds, seed=1), stems=False).audio
    assert (audio.frames, audio.rate, audio.channels) == (round(seconds * RATE), RATE, 2)
    assert rms_db(audio.samples) > -50


def test_rain_lies_under_music_that_asks_for_it(studio: Studio) -> None:
    take = studio.render(Music("lofi piano with rain", duration_s=4, seed=1))
    assert not any("texture" in line or "rain" in line for line in take.report.ignored)
    rain = take.stems["rain"].samples
    under = rms_db(take.audio.samples) - rms_db(rain)
    assert 6 < under < 24
    assert spectral_centroid(rain, take.audio.rate) > 800
    assert take.audio.frames == 4 * take.audio.rate


# Without end.


def test_what_never_ends_is_streamed_and_not_rendered(studio: Studio) -> None:
    with pytest.raises(InvalidInput, match="streamed"):
        studio.render(Effect("rain", endless=True))


def test_a_stream_that_is_left_is_on_record(studio: Studio) -> None:
    stream = studio.stream(Effect("waves on a beach", endless=True, seed=1))
    blocks = [next(stream) for _ in range(30)]
    stream.close()
    frames = sum(block.frames for block in blocks)
    assert len({block.samples.tobytes() for block in blocks}) == 30
    take = stream.take
    assert take.audio.frames >= frames
    assert take.report.measured["complete"] is False
    entry = studio.archive.get(take.id)
    assert entry.recipe["task"]["endless"] is True
    assert entry.manifest is not None


def test_a_stream_takes_no_more_memory_the_longer_it_plays(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ENDLESS_KEPT_S", 1.0)
    stream = studio.stream(Effect("rain and a dog now and then", endless=True, seed=1))
    seconds, taken = 0.0, []
    tracemalloc.start()
    try:
        for goal_s in (10.0, 30.0):
            while seconds < goal_s:
                seconds += next(stream).duration_s
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        stream.close()
    assert taken[1] - taken[0] < 500_000
    assert stream.take.audio.duration_s < 2.0


def test_a_scene_without_end_takes_no_more_memory_the_longer_it_plays() -> None:
    from menura.engines.effects.engine import stage
    from menura.engines.effects.performing import perform

    scene = stage(Effect("a desk fan, a dog now and then, in a hall", endless=True, seed=1)).scene
    blocks = perform(scene, stems=False)
    taken = []
    tracemalloc.start()
    try:
        for count in (50, 150):
            for _ in range(count):
                next(blocks)
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert taken[1] - taken[0] < 2_000_000


def test_a_part_may_be_an_effect(studio: Studio) -> None:
    """Effects stand beside speech in a work, as everything does."""
    from menura.tasks import Part, Work

    work = Work((Part(Speech("Who is there?")), Part(Effect("two knocks", seed=1), start_s=0.2)))
    take = studio.render(work)
    assert len(take.stems) == 2
    assert take.audio.duration_s > 0.8
