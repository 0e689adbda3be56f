"""Composition plans, there and back."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from menura.server.elevenlabs.composing import assemble, notes_of, requests, section_seconds
from menura.server.elevenlabs.compositions import ChunkPlan, SectionPlan, read
from menura.server.elevenlabs.describing import describe, describe_as, describe_song
from menura.server.problems import Problem
from menura.tasks import Music

if TYPE_CHECKING:
    from menura.studio import Studio


def _section(name: str, ms: int, *styles: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "section_name": name,
        "positive_local_styles": list(styles),
        "negative_local_styles": list(without),
        "duration_ms": ms,
        "lines": [],
    }


def _composed(studio: Studio, plan: SectionPlan | ChunkPlan, seed: int = 1) -> dict[str, Any]:
    """Returns a plan as our composer's document, once it has been read and settled by it."""
    wish = read(plan)
    document, _ = assemble(wish, [studio.plan(task) for task in requests(wish, seed, None)])
    return tomllib.loads(studio.plan(Music(plan=document, seed=seed)))


@pytest.mark.parametrize(
    ("style", "lengths_ms"),
    [
        ("rock", (3000, 4321, 7000)),
        ("waltz", (10_000, 3333, 15_000)),
        ("irish jig", (12_345, 6789, 9999)),
        ("techno, 133 BPM", (30_000, 61_234, 3000)),
    ],
)
def test_sections_last_exactly_as_long_as_asked(
    studio: Studio, style: str, lengths_ms: tuple[int, ...]
) -> None:
    names = ("Intro", "Verse 1", "Drop - (heavier)")
    sections = [_section(name, ms) for name, ms in zip(names, lengths_ms, strict=True)]
    made = _composed(
        studio,
        SectionPlan.model_validate({"positive_global_styles": [style], "sections": sections}),
    )
    assert made["duration_s"] == pytest.approx(sum(lengths_ms) / 1000, abs=1e-6)
    for section, ms in list(zip(made["section"], lengths_ms, strict=True))[:-1]:
        assert section_seconds(made, section) == pytest.approx(ms / 1000, abs=1e-6)
    ring_out_s = lengths_ms[-1] / 1000 - section_seconds(made, made["section"][-1])
    assert 0 < ring_out_s <= 2.5 + 1e-6
    assert all(abs(section.get("tempo", 1.0) - 1) < 0.2 for section in made["section"])


def test_a_tempo_that_is_asked_for_stays(studio: Studio) -> None:
    plan = {
        "positive_global_styles": ["techno", "133 BPM"],
        "sections": [_section("Groove", 7100)],
    }
    assert _composed(studio, SectionPlan.model_validate(plan))["bpm"] == 133


def test_styles_of_a_section_decide_who_plays_there_and_how_strong(studio: Studio) -> None:
    plan = {
        "positive_global_styles": ["rock"],
        "sections": [
            _section("Verse", 8000, "quiet and sparse", without=("drums",)),
            _section("Verse", 8000, "powerful and energetic", "saxophone"),
        ],
    }
    made = _composed(studio, SectionPlan.model_validate(plan))
    instrument = {part["name"]: part["instrument"] for part in made["part"]}
    quiet, strong = made["section"]
    assert quiet["energy"] < strong["energy"]
    assert not any("kit" in instrument[name] for name in quiet["parts"])
    assert any("kit" in instrument[name] for name in strong["parts"])
    assert "saxophone" in {instrument[name] for name in strong["parts"]}
    assert "saxophone" not in {instrument[name] for name in quiet["parts"]}


@pytest.mark.parametrize("model", ["music_v1", "music_v2"])
def test_a_plan_comes_back_as_what_it_was(studio: Studio, model: str) -> None:
    document = studio.plan(Music("dreamy synthwave", duration_s=40, seed=4))
    before = tomllib.loads(document)
    told = describe(document, model)
    shape = SectionPlan if model == "music_v1" else ChunkPlan
    parsed = shape.model_validate(told)
    lengths = [each.duration_s for each in read(parsed).stretches]
    assert sum(lengths) == pytest.approx(40.0, abs=1e-6)
    assert all(3 <= length <= 120 for length in lengths)
    after = _composed(studio, parsed, seed=4)
    for name in ("genre", "key", "meter"):
        assert after[name] == before[name]
    assert after["bpm"] == pytest.approx(before["bpm"], rel=1e-6)
    song = describe_song(document)
    assert song["genres"] == ["synthwave"]
    assert song["languages"] == []


def test_sections_are_told_no_shorter_and_no_longer_than_plans_have_them(studio: Studio) -> None:
    short = describe(studio.plan(Music("pop", duration_s=5, form="intro verse chorus", seed=1)), "")
    assert all(each["duration_ms"] >= 3000 for each in short["sections"])
    long = describe(studio.plan(Music("ambient", duration_s=400, form="theme", seed=1)), "music_v2")
    assert all(each["duration_ms"] <= 120_000 for each in long["chunks"])
    assert sum(each["duration_ms"] for each in long["chunks"]) == 400_000


def test_a_plan_can_be_changed_by_words_and_length(studio: Studio) -> None:
    source = SectionPlan.model_validate(
        {"positive_global_styles": ["folk"], "sections": [_section("Opening", 6000)]}
    )
    wish = read(source).changed("with a cello, in D minor", 12.0)
    document, _ = assemble(wish, [studio.plan(task) for task in requests(wish, 1, None)])
    told = describe_as(wish, document, "music_v1")
    assert [(s["section_name"], s["duration_ms"]) for s in told["sections"]] == [
        ("Opening", 12_000)
    ]
    assert {"folk", "cello", "D minor"} <= set(told["positive_global_styles"])


def test_chunks_are_read_with_their_heading_directions_and_words() -> None:
    plan = ChunkPlan.model_validate(
        {
            "chunks": [
                {
                    "text": "[Verse 1]\n{whispering strings}\nLa la la",
                    "duration_ms": 5000,
                    "positive_styles": ["folk, calm", "folk, calm"],
                    "negative_styles": ["drums", "bass"],
                    "context_adherence": "high",
                },
                {"text": "", "duration_ms": 4000, "negative_styles": ["drums"]},
            ]
        }
    )
    wish = read(plan)
    assert wish.styles == ("folk calm",)
    assert wish.without == ("drums",)
    assert wish.stretches[0].name == "Verse 1"
    assert "whispering strings" in wish.stretches[0].styles
    assert [line.partition(":")[0] for line in wish.ignored] == [
        "chunks.0.context_adherence",
        "chunks.0.text",
    ]


def test_lyrics_are_told_of_and_notes_found() -> None:
    section = _section("Verse", 4000) | {"lines": ["la la"]}
    plan = SectionPlan.model_validate({"sections": [section]})
    assert read(plan).ignored == ("sections.0.lines: nobody sings words yet",)
    assert notes_of("# Note: not understood: x\ntitle = 1") == ["not understood: x"]


@pytest.mark.parametrize(
    ("shape", "plan"),
    [
        (SectionPlan, {"sections": []}),
        (SectionPlan, {"sections": [_section("x", 2999)]}),
        (SectionPlan, {"sections": [_section("x", 120_001)]}),
        (SectionPlan, {"sections": [_section("", 4000)]}),
        (SectionPlan, {"sections": [_section("x", 4000)] * 31}),
        (SectionPlan, {"sections": [_section("x", True)]}),  # type: ignore[arg-type]
        (ChunkPlan, {"chunks": [{"text": "x"}]}),
        (ChunkPlan, {"chunks": [{"text": 1, "duration_ms": 4000}]}),
    ],
)
def test_what_is_no_plan_is_refused(shape: type[SectionPlan], plan: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(plan)


def test_stretches_of_other_songs_are_not_there_yet() -> None:
    taken = {"song_id": "a", "range": {"start_ms": 0, "end_ms": 9}}
    section = _section("x", 4000) | {"source_from": taken}
    for plan in (
        SectionPlan.model_validate({"sections": [section]}),
        ChunkPlan.model_validate({"chunks": [taken]}),
    ):
        with pytest.raises(Problem) as told:
            read(plan)
        assert told.value.status == 501
        assert "another song" in told.value.message
