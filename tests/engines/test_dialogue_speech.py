import itertools
import json
from pathlib import Path

import pytest

import menura
from menura.studio import Studio
from menura.tasks import dump, load

TEXT = """Ann: Did you hear that bird?
Bob: Which one? It sounded like a camera.

Ann (laughing): It was one."""


@pytest.fixture(scope="module")
def take(studio: Studio) -> menura.Take:
    return studio.render(menura.Dialogue(TEXT, voices={"Bob": "otto"}))


def test_speakers_take_turns_with_natural_gaps(take: menura.Take) -> None:
    turns = take.report.measured["turns"]
    assert [turn["speaker"] for turn in turns] == ["Ann", "Bob", "Ann"]
    gaps = [b["start_s"] - a["end_s"] for a, b in itertools.pairwise(turns)]
    assert 0.05 < gaps[0] < 0.5
    assert gaps[0] < gaps[1] < 2
    assert turns[-1]["end_s"] <= take.audio.duration_s


def test_every_speaker_is_cast_once_and_for_all(take: menura.Take, studio: Studio) -> None:
    voices = dict(take.task.voices)
    assert voices["Bob"] == "otto"
    assert voices["Ann"] not in {"otto", ""}
    assert studio.render(take.task).samples_sha256() == take.samples_sha256()
    crowd = "\n".join(f"P{i}: Hello there." for i in range(9))
    cast = dict(studio.render(menura.Dialogue(crowd, engine="formant")).task.voices)
    assert len(cast) == 9
    assert len(set(cast.values())) == 6


def test_captions_name_the_speaker_and_quote_the_text(take: menura.Take, tmp_path: Path) -> None:
    assert all(TEXT[w.start_char : w.end_char] == w.text for w in take.captions)
    assert {w.speaker for w in take.captions} == {"Ann", "Bob"}
    for suffix in ("srt", "vtt", "json"):
        take.save(tmp_path / "d.mp3", captions=tmp_path / f"d.{suffix}")
    assert "\nBob: Which one?" in (tmp_path / "d.srt").read_text()
    assert "\n<v Bob>Which" in (tmp_path / "d.vtt").read_text()
    words = json.loads((tmp_path / "d.json").read_text())["words"]
    assert words[0]["speaker"] == "Ann"
    assert studio_id(take) in (tmp_path / "d.mp3").read_bytes()


def studio_id(take: menura.Take) -> bytes:
    return take.id.encode()


def test_directions_are_followed_or_it_is_said(take: menura.Take, studio: Studio) -> None:
    assert take.report.ignored == ()
    assert take.report.understood["directions"] == {"laughing": "happy"}
    odd = menura.Dialogue("Ann: (like a teapot) Hello.\nBob: (sadly) Bye.", engine="formant")
    ignored = studio.render(odd).report.ignored
    assert ignored == ("the direction (like a teapot)", "the direction (sadly)")


@pytest.mark.parametrize("engine", ["formant", "expressive"])
def test_a_cast_without_a_turn_is_reported(studio: Studio, engine: str) -> None:
    voice = {"formant": "plain-nora", "expressive": "nora"}[engine]
    take = studio.render(menura.Dialogue("Bob: Hi.", voices={"Ann": voice, "Bob": voice}))
    assert take.task.engine == engine
    assert take.report.ignored == ("the voice of Ann: has no turn",)


def test_json_and_markup_are_taken(studio: Studio) -> None:
    rows = [{"speaker": "A", "text": "One [pause 1s] two."}, {"speaker": "B", "text": "Three."}]
    take = studio.render(menura.Dialogue(json.dumps(rows)))
    assert [w.text for w in take.captions] == ["One", "two.", "Three."]
    assert take.captions[1].start_s - take.captions[0].end_s > 0.9


def test_a_dialogue_survives_json() -> None:
    task = menura.Dialogue(TEXT, voices=(("Ann", "nora"),), language="en", speed=1)
    assert load(json.loads(json.dumps(dump(task)))) == task


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: menura.Dialogue(""), menura.InvalidText),
        (lambda: menura.Dialogue("Ann: hi", voices=[("a",)]), menura.InvalidInput),
        (lambda: menura.Dialogue("Ann: hi", voices=7), menura.InvalidInput),
        (lambda: menura.Dialogue("Ann: hi", voices={"Ann": "../x"}), menura.InvalidInput),
        (lambda: menura.Dialogue("Ann: hi", voices={"Ann": "nobody"}), menura.NotFound),
        (
            lambda: menura.Dialogue("Ann: hi", voices=[("A", "pip"), ("A", "nora")]),
            menura.InvalidInput,
        ),
        (lambda: menura.Dialogue("no speaker at all"), menura.InvalidText),
        (lambda: menura.Dialogue("Ann:"), menura.InvalidText),
        (lambda: menura.Dialogue("Ann: hi", speed=4), menura.InvalidInput),
        (lambda: menura.Dialogue("Ann: hi", language="dothraki"), menura.NotFound),
    ],
)
def test_bad_dialogues_are_refused_before_any_sound(studio: Studio, make, error) -> None:
    with pytest.raises(error):
        studio.stream(make())
