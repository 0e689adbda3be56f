import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tone_engine import CARD, Tones

import menura
from menura.audio.loudness import measure
from menura.catalog import Card
from menura.safeguards.watermark import detect
from menura.settings import Settings
from menura.studio import Studio, roster

TEXT = "The quick brown fox jumps over the lazy dog. It does so again, and once more after that."


@pytest.fixture(scope="module")
def take(studio: Studio) -> menura.Take:
    return studio.render(menura.Speech(TEXT, voice="otto", seed=5))


def test_a_take_is_finished_sound(take: menura.Take) -> None:
    levels = measure(take.audio)
    assert 4 < take.audio.duration_s < 9
    assert levels.integrated_lufs == pytest.approx(-16, abs=0.1)
    assert levels.true_peak_dbtp <= -0.99
    assert abs(float(take.audio.samples.mean())) < 1e-3
    assert take.report.measured["loudness_lufs"] == pytest.approx(levels.integrated_lufs, abs=0.05)
    assert take.report.measured["true_peak_dbtp"] == pytest.approx(levels.true_peak_dbtp, abs=0.05)
    assert take.report.measured["words"] == len(TEXT.split())


def test_the_mark_carries_the_id(take: menura.Take) -> None:
    found = detect(take.audio)
    assert found.found
    assert found.payload == bytes.fromhex(take.id)


def test_captions_cover_the_text_in_order(take: menura.Take) -> None:
    assert [word.text for word in take.captions] == TEXT.split()
    assert all(TEXT[w.start_char : w.end_char] == w.text for w in take.captions)
    starts = [w.start_s for w in take.captions]
    assert starts == sorted(starts)
    assert all(w.start_s < w.end_s <= take.audio.duration_s for w in take.captions)


def test_words_sound_where_the_captions_say(take: menura.Take) -> None:
    # After the pause between sentences, sound begins at the second sentence's first word.
    rate = take.audio.rate
    first, last = take.captions[9], take.captions[8]
    envelope = np.abs(take.audio.samples[0])
    pause = envelope[round(last.end_s * rate) + 400 : round(first.start_s * rate) - 200]
    spoken = envelope[round(first.start_s * rate) : round(first.start_s * rate) + rate // 20]
    assert pause.size > rate // 10
    assert np.sqrt(np.mean(np.square(pause))) < 0.05 * np.sqrt(np.mean(np.square(spoken)))
    loud = np.flatnonzero(envelope[round(last.end_s * rate) + 400 :] > 0.05)[0]
    assert abs(last.end_s + (loud + 400) / rate - first.start_s) < 0.03


def test_the_same_task_gives_the_same_take_whatever_ran_before_or_beside(
    studio: Studio, settings: Settings, take: menura.Take
) -> None:
    task = menura.Speech(TEXT, voice="otto", seed=5)
    with Studio(settings) as other, ThreadPoolExecutor(4) as threads:
        other.render(menura.Speech("Something else.", voice="pip"))
        again = list(threads.map(other.render, [task] * 4))
    for one in again:
        assert one.id == take.id
        assert one.samples_sha256() == take.samples_sha256()


def test_another_seed_voice_or_speed_is_another_take(studio: Studio, take: menura.Take) -> None:
    others = [
        menura.Speech(TEXT, voice="otto", seed=6),
        menura.Speech(TEXT, voice="nora", seed=5),
        menura.Speech(TEXT, voice="otto", seed=5, speed=1.5),
    ]
    ids = {studio.render(task).id for task in others}
    assert len(ids | {take.id}) == 4


def test_speed_changes_the_length(studio: Studio, take: menura.Take) -> None:
    fast = studio.render(menura.Speech(TEXT, voice="otto", speed=1.5))
    assert fast.audio.duration_s == pytest.approx(take.audio.duration_s / 1.5, rel=0.1)


def test_without_a_seed_the_same_words_give_the_same_samples(studio: Studio) -> None:
    take, again = (studio.render(menura.Speech("Hi.")) for _ in range(2))
    assert take.task.seed == 0
    assert (again.id, again.samples_sha256()) == (take.id, take.samples_sha256())
    assert take.report.asked == {"kind": "speech", "text": "Hi."}


def test_an_engine_that_varies_gets_a_seed_that_is_recorded(tones_studio: Studio) -> None:
    first, second = (tones_studio.render(menura.Speech("abc", engine="tones")) for _ in range(2))
    assert first.task.seed != second.task.seed
    assert first.report.understood["seed"] == first.task.seed
    assert tones_studio.render(first.task).id == first.id


def test_stems_of_an_engine_add_up(tones_studio: Studio) -> None:
    take = tones_studio.render(menura.Speech("long stems and loud", engine="tones", seed=1))
    assert list(take.stems) == ["low", "high"]
    assert take.report.measured["limiter_reduction_db"] > 0
    total = sum(stem.samples for stem in take.stems.values())
    error = np.sqrt(np.mean(np.square(total - take.audio.samples)))
    assert 20 * np.log10(error / np.sqrt(np.mean(np.square(take.audio.samples)))) < -60
    assert detect(take.audio).found
    assert take.score == b"MThd"
    assert take.report.ignored == ("words",)


def test_an_engine_can_call_on_others(tones_studio: Studio, tmp_path: Path) -> None:
    take = tones_studio.render(menura.Speech("with a part", engine="tones", seed=1))
    assert list(take.stems) == ["tones", "voice"]
    assert [w.text for w in take.captions] == ["and", "a", "voice"]
    assert take.captions[0].start_s >= 0.5
    assert take.recipe["engines"] == {"tones": "3", "expressive": "2"}
    silent = take.stems["voice"].samples[:, : int(0.49 * take.audio.rate)]
    assert np.abs(silent).max() < 1e-3  # a resampler's filter rings a little ahead
    assert len(take.save_stems(tmp_path)) == 2
    assert {p.name for p in tmp_path.iterdir()} == {"01 tones.wav", "02 voice.wav"}


def test_a_work_places_its_parts(studio: Studio) -> None:
    parts = (
        menura.Part(menura.Speech("left", voice="nora"), pan=-1.0),
        menura.Part(menura.Speech("right", voice="otto"), pan=1.0, start_s=1.0, gain_db=-6),
    )
    take = studio.render(menura.Work(parts, seed=3))
    left, right = take.stems.values()
    assert take.audio.channels == 2
    assert not left.samples[1].any()
    assert not right.samples[0].any()
    total = left.samples + right.samples - take.audio.samples
    assert np.abs(total).max() < 1e-3 * np.abs(take.audio.samples).max()
    assert [w.text for w in take.captions] == ["left", "right"]
    again = studio.render(menura.Work(parts, seed=3))
    assert (again.id, again.samples_sha256()) == (take.id, take.samples_sha256())
    assert all(part.task.seed is not None for part in take.task.parts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a nan is here", "no numbers"),
        ("nothing", "no sound at all"),
        ("breaks", "a string snapped"),
        ("wrong shape", "engine tones"),
        ("raises", "oops"),
        ("exits", "SystemExit"),
    ],
)
def test_a_broken_engine_is_one_clear_error(tones_studio: Studio, text: str, message: str) -> None:
    with pytest.raises(menura.EngineFailed, match=message):
        tones_studio.render(menura.Speech(text, engine="tones"))
    with pytest.raises(menura.EngineFailed, match=message):
        list(tones_studio.stream(menura.Speech(text, engine="tones")))


def _module(card=lambda: Card.parse(CARD, "ghost"), create=lambda card, settings: Tones()):
    return lambda: SimpleNamespace(card=card, create=create)


def _raise(error: BaseException):
    def load(*args: object) -> None:
        raise error

    return load


@pytest.mark.parametrize(
    ("load", "error"),
    [
        (_raise(ImportError("gone")), menura.NotInstalled),
        (_raise(ZeroDivisionError()), menura.NotInstalled),
        (_raise(SystemExit(0)), menura.NotInstalled),
        (_module(card=lambda: None), menura.NotInstalled),
        (_module(card=lambda: Card.parse(CARD, "formant")), menura.NotInstalled),
        (_module(create=_raise(KeyError("x"))), menura.EngineFailed),
    ],
)
def test_an_engine_that_does_not_load_is_named(monkeypatch, settings, load, error) -> None:
    point = SimpleNamespace(name="ghost", load=load)
    monkeypatch.setattr(roster, "entry_points", lambda group: [point])
    with Studio(settings) as studio:
        with pytest.raises(error, match=r"ghost|formant"):
            studio.render(menura.Speech("hi", engine="ghost"))
        # Whoever asks for another engine is not kept from it.
        assert studio.render(menura.Speech("hi")).audio.frames
        assert ("ghost" in studio.broken()) == (error is menura.NotInstalled)


@pytest.mark.parametrize(
    "change",
    [
        {"rate": "fast"},
        {"rate": 0},
        {"channels": 3},
        {"blocks": iter([1, 2])},
        {"captions": [1]},
        {"understood": {"x": object()}},
        {"measured": {"x": float("nan")}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_engine_that_breaks_the_contract_is_named(
    tones_studio: Studio, monkeypatch, change: dict
) -> None:
    perform = Tones.perform

    def broken(self, task):
        performance = perform(self, task)
        for name, value in change.items():
            setattr(performance, name, value)
        return performance

    monkeypatch.setattr(Tones, "perform", broken)
    with pytest.raises(menura.EngineFailed):
        tones_studio.render(menura.Speech("abc", engine="tones"))


def test_a_closed_studio_says_so(settings: Settings) -> None:
    studio = Studio(settings)
    studio.close()
    with pytest.raises(menura.InvalidInput, match="closed"):
        studio.render(menura.Speech("hi"))


def test_progress_rises_to_one(studio: Studio) -> None:
    seen: list[float] = []
    studio.render(menura.Speech(TEXT * 3), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3


def test_names_of_stems_never_collide(studio: Studio) -> None:
    names = ["a", "a (2)", "a"]
    parts = tuple(menura.Part(menura.Speech("x"), name=name) for name in names)
    take = studio.render(menura.Work(parts))
    assert list(take.stems) == ["a", "a (2)", "a (3)"]


def test_the_source_of_a_mix_is_that_of_its_least_synthetic_part(tones_studio: Studio) -> None:
    card = tones_studio.card("tones")
    cards = tones_studio._roster._fixed
    cards[cards.index(card)] = dataclasses.replace(card, source="trained")
    parts = (menura.Part(menura.Speech("ab", engine="tones")), menura.Part(menura.Speech("hi")))
    assert tones_studio.render(menura.Work(parts)).origin.source == "trained"
    assert tones_studio.render(menura.Work(parts[1:])).origin.source == "algorithmic"


def test_only_tasks_are_rendered(studio: Studio) -> None:
    with pytest.raises(menura.InvalidInput, match="task"):
        studio.render("hello")
