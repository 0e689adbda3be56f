"""Designed voices from the studio: rendered, kept, spoken with, renamed and forgotten."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from menura.archive import VoiceShelf
from menura.engines.speech.design import find_preview
from menura.errors import InvalidInput, InvalidRecipe, NotFound
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Speech, VoiceDesign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from menura.take import Take

LINE = "Good evening, and welcome aboard."


@pytest.fixture(scope="module")
def design(studio: Studio) -> Take:
    return studio.render(VoiceDesign("an old sailor, like Popeye", text=LINE, seed=1))


@pytest.fixture
def saved(studio: Studio, design: Take) -> Iterator[str]:
    yield studio.save_voice(design, "popeye").id
    if any(voice.name in {"popeye", "salty"} for voice in studio.voices()):
        studio.remove_voice("popeye" if "popeye" in names(studio) else "salty")


def names(studio: Studio) -> list[str]:
    return [voice.name for voice in studio.voices() if voice.id]


def test_a_design_is_a_marked_take_that_tells_how_it_was_read(design: Take, studio: Studio) -> None:
    report = design.report
    assert report.understood["voice_id"].startswith("v-")
    assert report.understood["age"] == "elder"
    assert "not understood: Popeye" in report.ignored
    assert report.measured["loudness_lufs"] == pytest.approx(-16, abs=1)
    assert design.origin.marked
    assert studio.render(design.task).samples_sha256() == design.samples_sha256()


def test_a_saved_voice_speaks_and_its_recipe_survives_a_new_name(
    studio: Studio, saved: str, tmp_path: Path
) -> None:
    first = studio.render(Speech(LINE, voice="popeye", seed=1))
    assert first.task.voice == saved == studio.render(Speech("Hi.", voice=saved)).task.voice
    path = first.save(tmp_path / "a.wav")
    studio.rename_voice("popeye", "salty")
    assert studio.redo(path).samples_sha256() == first.samples_sha256()
    with pytest.raises(NotFound, match="popeye"):
        studio.render(Speech(LINE, voice="popeye"))
    studio.remove_voice("salty")
    with pytest.raises(NotFound, match=saved):
        studio.redo(path)


def test_two_previews_of_a_design_give_one_voice_and_one_stream(studio: Studio) -> None:
    """What a preview says, and how softly, does not come into the voice."""
    soft = f'<speak><prosody volume="-20dB">{LINE}</prosody></speak>'
    kept, streamed = [], []
    for text, seed in ((LINE, 1), (soft, 2)):
        take = studio.render(VoiceDesign("an old sailor, like Popeye", text=text, seed=seed))
        kept.append(studio.save_voice(take, "twice"))
        try:
            with closing(studio.stream(Speech("Ahoy.", voice="twice", seed=1))) as stream:
                streamed.append(b"".join(block.samples.tobytes() for block in stream))
        finally:
            studio.remove_voice("twice")
    assert kept[0] == kept[1]
    assert streamed[0] == streamed[1]


def test_a_stream_of_a_saved_voice_is_about_as_loud_as_its_takes(
    studio: Studio, saved: str
) -> None:
    text = find_preview("en-us")
    with closing(studio.stream(Speech(text, voice=saved, seed=1))) as stream:
        for _ in stream:
            pass
    assert stream.take.report.measured["loudness_lufs"] == pytest.approx(-16, abs=2.5)


def test_a_saved_voice_is_listed_once(studio: Studio, saved: str) -> None:
    assert names(studio) == ["popeye"]
    assert len({voice.name for voice in studio.voices() if voice.engine == "expressive"}) == len(
        [voice for voice in studio.voices() if voice.engine == "expressive"]
    )


def test_a_take_can_be_saved_by_its_id_and_remixed(studio: Studio, design: Take) -> None:
    voice = studio.save_voice(design.id, "by-id")
    try:
        assert voice.id == design.report.understood["voice_id"]
        remix = studio.render(VoiceDesign("younger", voice="by-id", text="Hi.", seed=1))
        assert remix.task.voice == voice.id
        assert remix.report.understood["made_from"] == "by-id"
        younger = studio.save_voice(remix, "by-id-2")
        assert younger.age == "adult"
        studio.remove_voice("by-id-2")
    finally:
        studio.remove_voice("by-id")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nora", "built-in voice is called 'nora'"),
        ("popeye", "saved voice is called 'popeye'"),
        ("Popeye", "lower-case"),
        ("v-popeye", "begin with v-"),
        ("", "lower-case"),
        ("a\0b", "lower-case"),
    ],
)
def test_names_that_are_taken_or_none(
    studio: Studio, saved: str, design: Take, name: str, message: str
) -> None:
    for act in (
        lambda: studio.check_voice_name(name),
        lambda: studio.save_voice(design, name),
        lambda: studio.rename_voice(saved, name),
    ):
        with pytest.raises(InvalidInput, match=message):
            act()
    assert names(studio) == ["popeye"]


def test_what_is_no_design_is_not_saved(studio: Studio, design: Take) -> None:
    spoken = studio.render(Speech("Hi.", voice="nora"))
    table: list[tuple[Any, type[Exception], str]] = [
        (spoken, InvalidInput, "not a designed voice"),
        (spoken.id, InvalidInput, "not a designed voice"),
        ("ffffffffffff", NotFound, "no take"),
        (7, InvalidInput, "a take or its id"),
    ]
    for source, error, message in table:
        with pytest.raises(error, match=message):
            studio.save_voice(source, "fresh")
    changed = {**design.report.understood, "voice_id": "v-0000000000000000"}
    other = replace(design, report=replace(design.report, understood=changed))
    with pytest.raises(InvalidInput, match="another version"):
        studio.save_voice(other, "fresh")
    assert names(studio) == []


def test_removing_what_is_not_there(studio: Studio) -> None:
    for name in ("nobody", "nora", "", "\0"):
        with pytest.raises(NotFound, match="menura voices"):
            studio.remove_voice(name)


def test_where_records_keep_only_hashes_a_take_is_saved_but_not_its_id(tmp_path: Path) -> None:
    with Studio(Settings(home=tmp_path, workers=1, record="hash")) as studio:
        take = studio.render(VoiceDesign("a deep man", text="Hi.", seed=1))
        with pytest.raises(InvalidRecipe, match="hash"):
            studio.save_voice(take.id, "deep")
        assert studio.save_voice(take, "deep").id == take.report.understood["voice_id"]


def test_a_voice_saved_elsewhere_meanwhile_is_there(studio: Studio, design: Take) -> None:
    voice = studio.save_voice(design, "here")
    shelf = VoiceShelf(studio.archive)
    shelf.remove("here")
    assert "here" not in names(studio)
    shelf.add(replace(voice, name=voice.id), "there")
    assert names(studio) == ["there"]
    shelf.remove("there")
