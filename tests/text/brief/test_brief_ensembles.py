"""Who plays in a trio or alone: what words for ensembles ask."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief

JAZZ = ["piano", "upright bass", "brush kit"]


@pytest.mark.parametrize(
    ("prompt", "players", "only"),
    [
        ("solo violin, no accompaniment", ["violin"], True),
        ("just a kick drum", ["kick"], True),
        ("only drums", ["drums"], True),
        ("drums only", ["drums"], True),
        ("drone only, no chords", [], True),
        ("solo saxophone, jazz", ["saxophone"], True),
        ("jazz with a solo saxophone", ["saxophone"], False),
        ("sad cello solo for a funeral scene", ["cello"], True),
        ("a guitar solo in the middle of a rock song", ["guitar"], False),
        ("a guitar solo, then intro, verse, chorus", ["guitar"], False),
        ("solo piano with strings", ["piano", "strings"], True),
        ("jazz trio", JAZZ, True),
        ("jazz trio: piano, bass, drums", JAZZ, True),
        ("jazz trio with guitar, bass and drums", [*JAZZ[1:], "guitar"], True),
        ("jazz trio with saxophone", [*JAZZ[1:], "saxophone"], True),
        ("jazz quartet", ["saxophone", *JAZZ], True),
        ("power trio", ["overdriven guitar", "pick bass", "rock kit"], True),
        ("waltz for string quartet", ["violin", "violin", "viola", "cello"], True),
        ("string quartet and piano", ["violin", "violin", "viola", "cello", "piano"], True),
        ("orchestra with a string quartet", ["violin", "violin", "viola", "cello"], False),
        ("violin and cello duo", ["violin", "cello"], True),
        ("cello duo", ["cello", "cello"], True),
        ("two guitars", ["guitar", "guitar"], False),
        ("3 guitars, bass and drums", ["guitar"] * 3 + ["bass", "drums"], True),
        ("two drums and a flute", ["drums", "flute"], True),
        ("solo duet", [], False),
    ],
)
def test_who_plays_and_whether_alone(prompt, players, only):
    brief = read_brief(Music(prompt))
    assert [wish.name for wish in brief.instruments] == players
    assert brief.only_named is only


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("duo", 2),
        ("folk trio", 3),
        ("quartet", 4),
        ("a quintet with a flute", 5),
        ("violin and cello duo", None),
        ("folk", None),
    ],
)
def test_words_for_a_number_of_players_leave_open_who(prompt, size):
    brief = read_brief(Music(prompt))
    assert brief.size == size
    assert brief.ignored == brief.notes == ()


def test_more_who_are_named_than_a_duo_has_all_play():
    brief = read_brief(Music("duo with violin, cello and piano"))
    assert brief.notes == ("duo means 2, and 3 are named: all of them play",)
    assert brief.only_named


@pytest.mark.parametrize("prompt", ["a cappella", "acapella", "no instruments"])
def test_without_instruments_a_choir_sings_and_it_is_said(prompt):
    brief = read_brief(Music(prompt))
    assert {wish.name for wish in brief.instruments} == {"choir"}
    assert brief.only_named
    assert brief.notes == (f"{prompt!r}: a choir sings, without words",)


def test_a_contradiction_to_a_cappella_is_named():
    notes = read_brief(Music("a cappella with guitar")).notes
    assert any("guitar" in note and "contradict" in note for note in notes)


@pytest.mark.parametrize(
    ("prompt", "density", "purposes"),
    [
        ("not too busy", "sparse", ()),
        ("minimal", "sparse", ()),
        ("underscore", None, ("underscore",)),
        ("background music", None, ("underscore",)),
        ("a busy arrangement", "dense", ()),
    ],
)
def test_words_for_little_music_are_heard(prompt, density, purposes):
    brief = read_brief(Music(prompt))
    assert (brief.density, brief.purposes) == (density, purposes)
    assert brief.ignored == brief.notes == ()
    assert brief.understood
    assert (brief.character.density < 0.5) is (density != "dense")


def test_nothing_fancy_is_simple():
    brief = read_brief(Music("nothing fancy"))
    assert brief.mix == ("simple",)
    assert brief.character.density < 0.5


@pytest.mark.parametrize(
    ("prompt", "key"),
    [("metal in drop D", "D minor"), ("drop C tuning", "C minor"), ("drop D, E minor", "E minor")],
)
def test_a_tuning_is_a_key_unless_one_is_named(prompt, key):
    assert str(read_brief(Music(prompt)).key) == key


def test_an_adjective_without_its_player_is_named_and_one_for_all_is_not():
    assert read_brief(Music("bowed")).ignored == ("bowed",)
    for prompt in ("soft", "airy", "electronic", "modern", "saturated", "crisp"):
        brief = read_brief(Music(prompt))
        assert brief.mix == (prompt,)
        assert brief.ignored == brief.notes == ()


def test_not_swing_is_no_refusal_of_jazz():
    brief = read_brief(Music("jazz but not swing"))
    assert brief.genres == ("jazz swing",)
    assert brief.swing == 0.5
    assert brief.avoid == ()


@pytest.mark.parametrize("who", ["full orchestra", "the whole orchestra", "rest of the orchestra"])
def test_an_orchestra_that_comes_in_later_is_not_only_who_is_named(who):
    brief = read_brief(Music(f"solo violin, piano joins at 0:10, {who} at 0:20"))
    assert [entry.who for entry in brief.entries] == ["piano", "orchestra"]
    assert not brief.only_named
    assert read_brief(Music("solo violin, piano joins at 0:10")).only_named


@pytest.mark.parametrize("who", ["full band", "everyone", "everybody else", "the whole band"])
def test_everybody_comes_in_at_a_time_and_is_no_player_otherwise(who):
    brief = read_brief(Music(f"rock, solo violin, then {who} comes in at 0:12"))
    assert brief.entries[-1].who == "everybody"
    assert brief.entries[-1].when == 12.0
    assert not brief.only_named
    assert brief.ignored == ()
    assert [wish.name for wish in brief.instruments] == ["violin"]
    plain = read_brief(Music(f"rock for {who}"))
    assert plain.entries == plain.instruments == plain.ignored == ()
