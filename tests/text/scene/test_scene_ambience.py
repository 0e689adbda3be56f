"""Ambiences: the layers that belong to a place, and when they are left out."""

import pytest

from menura.text.scene import read_scene
from menura.text.scene.vocabulary import split, vocabulary


def _sources(prompt):
    return [layer.source for layer in read_scene(prompt).layers]


@pytest.mark.parametrize("name", sorted(vocabulary().sets))
def test_a_place_alone_is_its_ambience(name):
    table = vocabulary().sets[name]
    brief = read_scene(next(split(table["words"])))
    assert {x.source for x in brief.layers} == {layer["source"] for layer in table["layers"]}
    assert brief.space
    assert not brief.ignored


@pytest.mark.parametrize(
    ("prompt", "sources"),
    [
        ("forest at night", {"wind", "crickets", "owl"}),
        ("forest at night, no owls", {"wind", "crickets"}),
        ("forest at night without owls or crickets", {"wind"}),
        ("forest with birds but without wind", {"birds", "woodpecker"}),
        ("rainforest without frogs", {"rain", "birds", "crickets"}),
        ("a knock in a kitchen", {"knock"}),
        ("a wolf howls in the forest", {"wolf"}),
        ("ambience of a forest with a wolf", {"wolf", "wind", "birds", "woodpecker"}),
        ("jazz in a pub", {"music", "crowd", "glass_clink", "laugh"}),
        ("a deserted street", {"horn"}),
        ("farm without animals, only a rooster", {"rooster", "chicken", "cow", "sheep", "birds"}),
    ],
)
def test_only_what_is_missing_is_added(prompt, sources):
    found = _sources(prompt)
    assert set(found) == sources
    assert len(found) == len(sources)


def test_the_force_of_a_place_moves_its_layers():
    crowd = {
        word: next(x for x in read_scene(f"{word} tavern").layers if x.source == "crowd").intensity
        for word in ("calm", "", "lively")
    }
    assert crowd["calm"] < crowd[""] < crowd["lively"]


@pytest.mark.parametrize("words", ["no wind", "without wind", "but no wind", "no rain or wind"])
def test_what_is_turned_down_is_reported(words):
    brief = read_scene(f"meadow, {words}")
    assert "wind" not in {layer.source for layer in brief.layers}
    assert "left out" in brief.understood.values()


def test_what_is_asked_for_and_turned_down_is_noted():
    brief = read_scene("birds and wind, no wind")
    assert [layer.source for layer in brief.layers] == ["birds"]
    assert len(brief.notes) == 1


def test_not_loud_is_quiet():
    assert read_scene("a bell, not too loud").layers[0].level == "quiet"


@pytest.mark.parametrize(
    "cafe", [", cafe in the background", ", cafe background", " with a cafe in the background"]
)
def test_an_ambience_is_in_the_background_that_is_said_to_be(cafe):
    pouring, *others = read_scene(f"coffee being poured into a cup{cafe}").layers
    assert (pouring.source, pouring.level) == ("pouring", "")
    assert "crowd" in {layer.source for layer in others}
    assert {layer.level for layer in others} == {"background"}
