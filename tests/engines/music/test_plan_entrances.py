"""Entrances: parts and sections begin at the bar line nearest to the time asked for."""

import itertools

import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.entrances import with_room
from menura.engines.music.arranger.writing import write
from menura.tasks import Music
from menura.text.brief import read_brief


def bar_s(plan):
    return plan.bar_beats * 60 / plan.quarter_bpm


def starts_s(plan):
    return [seconds_at(tempi_of(plan), beat) for beat in section_starts(plan)]


@pytest.mark.parametrize(
    ("prompt", "role", "asked_s"),
    [
        ("pop, drums enter at 10 seconds", "drums", 10.0),
        ("lofi, 85 BPM, drums from 0:08, 30 seconds", "drums", 8.0),
        ("folk, drums and bass enter at bar 9, 40 seconds", "bass", None),
        ("funk, bass joins at bar 5", "bass", None),
        ("rock, no drums until 0:12", "drums", 12.0),
        ("piano and strings, at 15 seconds the drums kick in", "drums", 15.0),
        ("12 seconds of pop, drums enter at 5 seconds", "drums", 5.0),
    ],
)
def test_a_part_comes_in_at_the_nearest_bar_line(prompt, role, asked_s):
    for seed in range(3):
        piece = arrange(Music(prompt, seed=seed))
        plan = piece.plan
        parts = [part.name for part in plan.parts if part.role == role]
        first = min(note.start_s for part in parts for note in piece.events[part])
        if asked_s is not None:
            assert abs(first - asked_s) <= bar_s(plan) / 2 + 0.1
        else:
            bar = 8 if "bar 9" in prompt else 4
            assert first == pytest.approx(bar * bar_s(plan), abs=0.1 + bar_s(plan) / 4)
        others = [notes for name, notes in piece.events.items() if name not in parts and notes]
        assert min(notes[0].start_s for notes in others) < 0.1
        assert abs(plan.duration_s - (asked_s or 0)) > 1


def test_a_part_that_stops_is_silent_behind_the_time():
    piece = arrange(Music("pop, drums stop at 20 s, 40 seconds", seed=2))
    kit = next(part.name for part in piece.plan.parts if part.role == "drums")
    last = max(note.start_s for note in piece.events[kit])
    assert 20.0 - 1.1 * bar_s(piece.plan) <= last <= 20.0 + bar_s(piece.plan) / 2


@pytest.mark.parametrize(
    ("prompt", "spans_s"),
    [
        (
            "pop, the drums play from 0:08 to 0:24 and again from 0:40, 60 seconds",
            [(8, 24), (40, 60)],
        ),
        ("rock, drums drop out at 0:16 and back in at 0:32, 60 seconds", [(0, 16), (32, 60)]),
    ],
)
def test_a_part_may_come_and_go_several_times(prompt, spans_s):
    for seed in range(2):
        piece = arrange(Music(prompt, seed=seed))
        kit = next(part.name for part in piece.plan.parts if part.role == "drums")
        heard = [note.start_s for note in piece.events[kit]]
        margin_s = bar_s(piece.plan)
        for start_s, stop_s in spans_s:
            inside = [at for at in heard if start_s - margin_s <= at <= stop_s]
            assert len(inside) > 8
            heard = [at for at in heard if at not in inside]
        if spans_s[0][0]:  # who begins and is silent later may wait for the first verse
            assert heard == []


@pytest.mark.parametrize(
    ("prompt", "early"),
    [
        ("strings only for the first 8 bars, then full orchestra", {"strings"}),
        ("piano starts alone, after 10 seconds the orchestra joins", {"piano"}),
    ],
)
def test_an_orchestra_is_all_that_is_not_named_beside_it(prompt, early):
    plan = arrange(Music(prompt, seed=1)).plan
    instruments = {part.name: part.instrument for part in plan.parts}
    first, last = plan.sections[0].parts, plan.sections[-1].parts
    assert {instruments[name] for name in first} == early
    assert len({instruments[name] for name in last}) > 3


@pytest.mark.parametrize(
    ("prompt", "name", "asked_s"),
    [
        ("house with a drop at 0:30", "drop", 30.0),
        ("progressive house, 128 bpm, drop at 0:20, 60 seconds", "drop", 20.0),
        ("pop, chorus at 0:15, 45 seconds", "chorus", 15.0),
        ("trap, chorus at 0:16", "chorus", 16.0),
    ],
)
def test_a_section_begins_at_the_nearest_bar_line(prompt, name, asked_s):
    for seed in range(4):
        plan = arrange(Music(prompt, seed=seed)).plan
        begins = [at for at, s in zip(starts_s(plan), plan.sections, strict=True) if s.name == name]
        assert min(abs(at - asked_s) for at in begins) <= bar_s(plan) / 2 + 0.01


def test_a_piece_of_open_length_has_room_for_what_comes_late():
    plan = arrange(Music("cinematic, choir comes in at 1:30", seed=1)).plan
    assert plan.duration_s == 135.0
    plan = arrange(Music("trance, drop after 48 bars", seed=1)).plan
    assert plan.bars == 72


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("pop, 20 seconds, drums enter at 30 seconds", "too late"),
        ("techno, hi-hats from bar 3", "no part of its own"),
        ("solo piano, piano enters at 10 seconds", "nobody else plays then"),
    ],
)
def test_what_cannot_come_in_is_told(prompt, note):
    assert any(note in told for told in arrange(Music(prompt, seed=1)).ignored)


def test_cues_win_over_entries():
    piece = arrange(Music("pop, drums enter at 10 seconds", cues=((12.0, "drop"),), seed=1))
    assert any("cues decide" in note for note in piece.ignored)


def test_only_one_until_a_bar():
    piece = arrange(Music("pop, only piano until bar 5", seed=1))
    early = {
        piece.plan.parts[at].instrument
        for at, part in enumerate(piece.plan.parts)
        if any(note.start_s < 3.9 * bar_s(piece.plan) for note in piece.events[part.name])
    }
    assert early == {"piano"}


def test_sections_have_names_that_say_what_they_are():
    prompts = ("jazz swing", "celtic", "ambient", "waltz", "bossa nova", "samba")
    for prompt, duration_s in itertools.product(prompts, (25.0, 60.0, 150.0)):
        names = [
            s.name for s in arrange(Music(prompt, duration_s=duration_s, seed=3)).plan.sections
        ]
        assert all(len(name) > 1 for name in names)
    jazz = arrange(Music("jazz swing", duration_s=60.0, seed=3)).plan
    assert [s.name for s in jazz.sections][1:5] == ["theme", "theme", "bridge", "theme"]
    spelt = arrange(Music("jazz swing, AABA", duration_s=60.0, seed=3)).plan
    assert [s.name for s in spelt.sections] == ["a", "a", "b", "a"]


@pytest.mark.parametrize("prompt", ["reggae", "reggae with organ", "roots reggae, 74 bpm, organ"])
def test_a_reggae_organ_is_off_the_beat(prompt):
    piece = arrange(Music(prompt, duration_s=40.0, seed=3))
    organs = [part for part in piece.plan.parts if part.instrument == "organ"]
    assert [part.role for part in organs] == ["chords"]
    end = list(section_starts(piece.plan))[-1]
    line = next(line for line in piece.score.lines if line.part == organs[0].name)
    places = [note.beat % 4 for note in line.notes if note.beat < end]
    assert len(places) > 30
    assert not any(abs(place - strong) < 0.1 for place in places for strong in (0.0, 2.0))


def test_the_report_says_at_which_bar_and_second_a_part_comes_in(studio, settings):
    engine = create(studio.card("arranger"), settings)
    try:
        task = engine.check(Music("pop at 120 bpm, drums enter at 8.4 seconds", seed=3))
        told = engine.perform(task).understood
    finally:
        engine.close()
    assert told["enters"]["drums"] == {"bar": 5, "at_s": 8.0}
    assert "drums enter at 8.4 seconds" in told["from_prompt"]["entries"]


@pytest.mark.parametrize(
    "prompt", ["folk with flute", "cinematic with choir and harp", "string quartet, canon", "pop"]
)
def test_everybody_whose_first_note_comes_late_is_told(prompt, studio, settings):
    engine = create(studio.card("arranger"), settings)
    try:
        task = engine.check(Music(prompt, seed=4, duration_s=40.0))
        told = engine.perform(task).understood["enters"]
    finally:
        engine.close()
    piece = arrange(task)
    for name, notes in piece.events.items():
        late = notes[0].start_s > bar_s(piece.plan) + 0.1
        assert (name in told) >= late
        if name in told:
            assert told[name]["at_s"] == pytest.approx(notes[0].start_s, abs=0.15)
            assert told[name]["bar"] > 1


@pytest.mark.parametrize(
    "prompt",
    [
        "pop with female vocals",
        "female vocals, pop, female vocals",
        "rock with rubato and a vocoder, zzyzx",
        "folk in G that modulates to A, at 99999 bpm",
        "cinematic, 15 seconds of silence, scratching, -5 seconds",
    ],
)
def test_no_line_of_a_report_comes_twice(prompt):
    ignored = arrange(Music(prompt, seed=1)).ignored
    words = [
        line.removeprefix("not understood: ").partition("': ")[0].strip("'") for line in ignored
    ]
    assert words
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("prompt", "duration_s", "bars"),
    [
        ("rock, drums enter at 100 seconds", 150.0, None),
        ("rock, drums enter at 10 seconds and stop at 50 seconds", 75.0, None),
        ("rock, drums enter at 3000 seconds", 3600.0, None),
        ("rock, drums enter at bar 2000", None, 2048),
    ],
)
def test_there_is_room_for_an_entrance_up_to_the_longest_piece(prompt, duration_s, bars):
    brief = with_room(read_brief(Music(prompt)))
    assert (brief.duration_s, brief.bars) == (duration_s, bars)


@pytest.mark.parametrize(
    "prompt", ["rock, begins softly", "epic trailer music, starts quiet, drums at 20 seconds"]
)
def test_a_piece_that_begins_quietly_has_a_first_section_of_little_energy(prompt):
    sections = arrange(Music(prompt, duration_s=60, seed=1)).plan.sections
    assert sections[0].energy <= 0.3
    assert max(section.energy for section in sections) > 0.7


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_piano_that_begins_plays_alone(seed):
    prompt = "epic trailer music, starts quiet with solo piano, drums and brass at 20 seconds"
    plan = arrange(Music(prompt, seed=seed)).plan
    playing = {part.instrument for part in plan.parts if part.name in plan.sections[0].parts}
    later = {part.role for part in plan.parts if part.name in plan.sections[-1].parts}
    assert later & {"drums", "percussion"}
    assert plan.genre == "cinematic"
    assert playing == {"piano"}


@pytest.mark.parametrize(
    "prompt",
    [
        "piano with drums",
        "string quartet with drums",
        "solo piano with bass and drums",
        "jazz trio with piano solo",
        "solo piano, drums enter at 8 seconds",
        "tender lullaby with drums",
    ],
)
def test_drums_that_are_asked_for_are_written(prompt):
    plan = arrange(Music(prompt, duration_s=20, seed=2)).plan
    drums = [part.name for part in plan.parts if part.role == "drums"]
    lines = {line.part: line.notes for line in write(plan).lines}
    assert drums
    assert all(lines[name] for name in drums)
