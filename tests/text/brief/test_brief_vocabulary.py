"""The vocabulary: large enough, and without contradictions in itself."""

import dataclasses
from collections import Counter

import pytest

from menura.tasks import Music
from menura.text.brief import Character, read_brief
from menura.text.brief.genres import find_meter
from menura.text.brief.vocabulary import vocabulary
from menura.text.keys import Key

GENRES = """orchestral, cinematic, solo piano, string quartet, lofi, hip hop, trap, boom bap, house,
progressive house, techno, trance, drum and bass, dubstep, ambient, synthwave, rock, metal, punk,
pop, ballad, folk, country, bluegrass, blues, jazz swing, bossa nova, samba, reggae, funk, soul,
disco, latin, celtic, waltz, march, chiptune, lullaby, horror, arabic, indian,
medieval, christmas"""
ROLES = {"drums", "percussion", "bass", "chords", "pad", "arp", "melody", "counter", "drone"}
FACTS = vocabulary()


def _phrases(node, words=()):
    if node.entries:
        yield " ".join(words), node.entries
    for word, child in node.children.items():
        yield from _phrases(child, (*words, word))


PHRASES = list(_phrases(FACTS.root))


def test_what_is_promised_is_there():
    assert set(FACTS.genres) == {" ".join(name.split()) for name in GENRES.split(",")}
    assert len(FACTS.moods) >= 40
    assert len(FACTS.instruments) >= 60
    assert all(len(facts["words"]) >= 3 for facts in FACTS.genres.values())


@pytest.mark.parametrize("kind", ["genre", "mood", "instrument", "generic", "tempo", "texture"])
def test_a_phrase_names_one_thing_of_a_kind(kind):
    for phrase, entries in PHRASES:
        names = {entry.id for entry in entries if entry.kind == kind}
        assert len(names) <= 1, (phrase, names)


def test_a_phrase_names_one_player():
    players = ("instrument", "generic", "piece")
    for phrase, entries in PHRASES:
        found = Counter(entry.id for entry in entries if entry.kind in players)
        assert len(found) <= 1, (phrase, found)


def test_every_name_reads_as_itself():
    for name in FACTS.genres:
        assert name in read_brief(Music(name)).genres
    for name in FACTS.moods:
        assert name in read_brief(Music(name)).moods
    for name in FACTS.instruments:
        brief = read_brief(Music("play", instruments=(name,)))
        assert [wish.name for wish in brief.instruments] == [name]


def test_facts_are_sound():
    dimensions = {spec.name for spec in dataclasses.fields(Character)}
    for name, facts in FACTS.genres.items():
        assert 20 <= facts["tempo"][0] < facts["tempo"][1] <= 300, name
        assert set(facts.get("absorbs", ())) <= set(FACTS.genres), name
        assert "meter" not in facts or find_meter((name,)) is not None
        assert Key("C", facts.get("mode", "major"))
    for name, facts in FACTS.moods.items():
        assert set(facts["change"]) <= dimensions, name
        assert all(-1 <= value <= 1 for value in facts["change"].values()), name
        assert set(facts.get("opposes", ())) <= set(FACTS.moods) - {name}, name
        assert Key("C", facts.get("mode", "major"))


def test_players_are_instruments_of_the_list():
    known = set(FACTS.instruments)
    for name, facts in FACTS.players["generic"].items():
        choices = set(facts["choices"]) | set(facts["by_quality"].values())
        assert choices <= known, name
        assert facts["role"] in ROLES | {""}, name
        assert set(facts["shuts"]) <= ROLES
    for name, facts in FACTS.players["group"].items():
        assert {*facts.get("players", ()), *facts.get("suggested", ())} <= known, name
    assert set(FACTS.players["role"]) <= ROLES
    families = {facts["family"] for facts in FACTS.instruments.values()}
    assert set(FACTS.players["family"].values()) <= families


def test_qualities_that_choose_can_be_read():
    readable = {entry.id for _, entries in PHRASES for entry in entries}
    for name, facts in FACTS.players["generic"].items():
        assert set(facts["by_quality"]) <= readable, name


def test_curves_run_from_beginning_to_end():
    for name, facts in FACTS.other["shape"].items():
        positions = [point[0] for point in facts["curve"]]
        assert positions[0] == 0.0, name
        assert positions[-1] == 1.0, name
        assert positions == sorted(set(positions)), name
        assert all(0 <= energy <= 1 for _, energy in facts["curve"]), name
