"""Who is alone for a part of the piece is alone in the plan, and plucked strings are plucked."""

import io

import mido
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.midi import to_midi
from menura.tasks import Music


def heard(prompt: str, duration_s: float | None = None) -> list[tuple[str, set[str]]]:
    """Returns the sections of a piece with the instruments that play in each."""
    plan = arrange(Music(prompt, seed=1, duration_s=duration_s)).plan
    who = {part.name: part.instrument for part in plan.parts}
    return [(section.name, {who[name] for name in section.parts}) for section in plan.sections]


def test_only_drums_play_in_the_intro_and_the_band_behind_it():
    sections = heard("house 124bpm, 8 bar intro just drums, drop at 0:31, break at 46 sec", 60.0)
    assert sections[0][0] == "intro"
    assert sections[0][1] <= {"909 kit", "hand percussion"}
    assert all(len(players) > 2 for name, players in sections if name == "drop")


def test_only_bass_and_drums_play_in_the_breakdown():
    sections = heard("techno, breakdown with only bass and drums at 12 seconds")
    for name, players in sections:
        if name == "breakdown":
            assert players <= {"synth bass", "909 kit", "hand percussion"}
    assert len(set().union(*(players for _, players in sections))) > 3


def test_who_begins_alone_waits_for_those_who_are_timed():
    sections = heard("synthwave, bass alone at first, drums come in at 8 seconds, lead at 16 s")
    assert [players for _, players in sections[:2]] == [{"synth bass"}, {"synth bass", "909 kit"}]
    assert len(sections[2][1]) > 3


def test_only_strings_begin_and_neither_choir_nor_brass():
    sections = heard("boss battle, orchestra and choir, starts quiet with only strings, builds up")
    assert sections[0][1] <= {"strings", "violin", "viola", "cello", "contrabass"}
    assert {"choir", "brass"} <= set().union(*(players for _, players in sections))


def test_behind_the_climax_one_is_left():
    sections = heard("rock with a choir, climax at 0:20 and then only a solo flute", 40.0)
    at = [name for name, _ in sections].index("climax")
    assert sections[at + 1 :]
    assert all(players == {"flute"} for _, players in sections[at + 1 :])


def test_two_are_left_from_a_time_on():
    sections = heard("rock, at 20 seconds only bass and drums", 40.0)
    assert len(sections[0][1]) > 2
    assert sections[-1][1] == {"pick bass", "rock kit"}


def test_who_has_no_part_is_told():
    prompt = "pop without a flute, intro with only a flute"
    assert any("no part of its own" in note for note in arrange(Music(prompt, seed=1)).ignored)


def test_a_list_of_times_names_all_who_play():
    prompt = "sad piano starts alone, cello enters at bar 5, violin after 20 sec"
    sections = heard(prompt)
    assert sections[0][1] == {"piano"}
    assert set().union(*(players for _, players in sections)) == {"piano", "cello", "violin"}


@pytest.mark.parametrize(
    "prompt", ["pizzicato strings", "piano with pizzicato strings", "string quartet, pizzicato"]
)
def test_plucked_strings_play_nothing_with_a_bow(prompt):
    piece = arrange(Music(prompt, seed=1))
    parts = {part.name: part.instrument for part in piece.plan.parts}
    plucked = [events for name, events in piece.events.items() if parts[name] != "piano"]
    assert plucked
    assert {event.articulation for events in plucked for event in events} == {"pizzicato"}


@pytest.mark.parametrize(("prompt", "program"), [("pizzicato strings", 45), ("low strings", 42)])
def test_a_midi_file_has_the_sound_of_plucked_strings(prompt, program):
    piece = arrange(Music(prompt, seed=1))
    file = mido.MidiFile(file=io.BytesIO(to_midi(piece.score, piece.events, piece.plan)))
    found = [message.program for message in file if message.type == "program_change"]
    assert found[0] == program
    assert (45 in found) is (program == 45)


def test_bowed_strings_are_not_plucked():
    piece = arrange(Music("string quartet", seed=1))
    found = {event.articulation for events in piece.events.values() for event in events}
    assert "pizzicato" not in found


def test_low_strings_stay_low():
    piece = arrange(Music("low strings and drums", seed=1))
    tuned = [events for name, events in piece.events.items() if name in {"cello", "basses"}]
    assert len(tuned) == 2
    assert max(event.pitch for events in tuned for event in events) <= 69


def test_a_register_that_nobody_changes_is_told():
    notes = arrange(Music("folk with a low flute", seed=1)).ignored
    assert any("low flute" in note for note in notes)
