"""What every effect keeps, from a click to what never ends: level, length, seed, parts, memory."""

import dataclasses
import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from effect_sounds import RATE, lag_s, rms_db
from numpy.typing import NDArray

from menura.audio.loudness import measure
from menura.engines.effects.engine import stage
from menura.engines.effects.levels import MOST_LUFS
from menura.engines.effects.performing import perform
from menura.errors import InvalidInput, Refused
from menura.metrics.texture import burst_times, fast_level_db, spectral_centroid
from menura.settings import Settings
from menura.studio import Studio
from menura.studio import stream as streams
from menura.tasks import Effect, Music, Part, Speech, Task, Work

ENDLESS_PLAN = 'duration_s = 0\n[[layer]]\nsource = "rain"\n'


@pytest.mark.parametrize(
    "prompt",
    [
        "three knocks",
        "glass breaks",
        "a coin pickup",
        "a gunshot far away",
        "sword clash in a cave",
        "a dog barks",
        "ui click",
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
    heard = measure(take.audio)
    is_full = heard.true_peak_dbtp == pytest.approx(-1.0, abs=0.1)
    assert is_full or heard.integrated_lufs == pytest.approx(MOST_LUFS, abs=0.1)


@pytest.mark.parametrize("prompt", ["three beeps", "a censor beep", "a siren and a scream"])
def test_a_steady_tone_is_no_louder_than_other_happenings(studio: Studio, prompt: str) -> None:
    take = studio.render(Effect(prompt, seed=1), stems=False)
    heard = measure(take.audio)
    assert heard.integrated_lufs == pytest.approx(MOST_LUFS, abs=0.2)
    assert heard.true_peak_dbtp < -1.5
    assert take.report.measured["limiter_reduction_db"] == 0.0


def test_knocks_are_counted(studio: Studio) -> None:
    take = studio.render(Effect("three knocks, a pause, then two more", seed=1), stems=False)
    times_s = burst_times(take.audio.samples, RATE, rise_db=15, gap_s=0.1)
    assert len(times_s) == 5
    gaps = np.diff(times_s)
    assert gaps[2] == gaps.max() > 1.0
    assert sorted(gaps)[-2] < 0.8


@pytest.mark.parametrize(("place", "rings"), [("in a cathedral, ", True), ("", False)])
def test_words_ring_in_the_room_of_their_scene(studio: Studio, place: str, rings: bool) -> None:
    prompt = f'{place}a man says "oh"'
    take = studio.render(Effect(prompt, duration_s=4.0, seed=1), stems=False)
    said, after = take.audio.samples[:, :RATE], take.audio.samples[:, 2 * RATE : 3 * RATE]
    assert (rms_db(after) > rms_db(said) - 35) is rings


def test_a_clock_keeps_its_ticks(studio: Studio) -> None:
    take = studio.render(Effect("a wrist watch ticking", duration_s=4.0, seed=1), stems=False)
    assert take.report.measured["limiter_reduction_db"] < 4.0
    assert take.report.measured["loudness_lufs"] < -24.0


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


@pytest.mark.parametrize(
    "task",
    [
        Effect(plan=ENDLESS_PLAN),
        Work((Part(Effect("rain", endless=True)),)),
        Work((Part(Effect(plan=ENDLESS_PLAN)), Part(Speech("Hello.")))),
    ],
)
def test_what_never_ends_is_found_in_a_plan_and_in_a_part(studio: Studio, task: Task) -> None:
    with pytest.raises(InvalidInput, match="give it a length"):
        studio.render(task)


def test_a_plan_without_end_is_streamed_and_made_again_in_bounds(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ENDLESS_KEPT_S", 1.0)
    stream = studio.stream(Effect(plan=ENDLESS_PLAN, seed=1))
    for _ in range(40):
        next(stream)
    stream.close()
    first = stream.take
    assert first.audio.duration_s < 2.0
    again = studio.redo(first.id)
    frames = min(first.audio.frames, again.audio.frames)
    np.testing.assert_array_equal(first.audio.samples[:, :frames], again.audio.samples[:, :frames])


def test_a_stream_that_is_left_ends_its_worker(settings: Settings) -> None:
    """At once, and not when garbage happens to be collected."""
    gc.disable()
    try:
        with Studio(settings) as studio:
            for seed in range(4):
                stream = studio.stream(Effect("rain", endless=True, seed=seed))
                next(stream)
                stream.close()
            foley = studio._roster.engine(studio.card("foley"))
            assert len(foley._crew._live) <= 1  # type: ignore[attr-defined]
    finally:
        gc.enable()


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
    work = Work((Part(Speech("Who is there?")), Part(Effect("two knocks", seed=1), start_s=0.2)))
    take = studio.render(work)
    assert len(take.stems) == 2
    assert take.audio.duration_s > 0.8
