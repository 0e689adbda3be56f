"""What a prompt can lead to and what there is to play are the same."""

import dataclasses
from collections.abc import Iterator

import pytest

from menura.engines.effects import sources
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.engine import stage
from menura.engines.effects.space import find_room
from menura.tasks import Effect
from menura.text.scene import SceneLayer, source_phrases
from menura.text.scene.vocabulary import Node, vocabulary

ALL = sources.sources()
TARGETS = source_phrases()
WORDS = vocabulary()


@pytest.mark.parametrize("name", sorted(WORDS.sources))
def test_what_the_vocabulary_leads_to_exists(name: str) -> None:
    variants = {variant for source, variant in TARGETS if source == name}
    assert variants <= {"", *ALL[name].variants}
    assert WORDS.sources[name].variants[0] == ALL[name].variants[0]


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_variant_of_every_source_is_reached(name: str) -> None:
    reached = {variant or ALL[name].variants[0] for source, variant in TARGETS if source == name}
    assert reached == set(ALL[name].variants)


@pytest.mark.parametrize("name", sorted(WORDS.sources))
def test_what_sounds_on_in_a_prompt_sounds_on(name: str) -> None:
    if WORDS.sources[name].is_bed:
        assert ALL[name].kind == "bed"
    for chosen in WORDS.sources[name].among.values():
        assert set(chosen) <= set(ALL)


def test_places_of_prompts_are_rooms() -> None:
    spaces = {
        entry.id for node in _nodes(WORDS.root) for entry in node.entries if entry.kind == "space"
    }
    for space in spaces | {table["space"] for table in WORDS.sets.values()}:
        assert find_room(space)
    for table in WORDS.sets.values():
        for each in table["layers"]:
            layer = SceneLayer(**each)
            assert layer.variant in {"", *ALL[layer.source].variants}


@pytest.mark.parametrize(
    "table", ["doings", "every_s", "groups", "gap_s", "pass_s", "bursts", "beats", "speed_kmh_of"]
)
def test_behaviour_is_of_sources(table: str) -> None:
    for key in behaviour()[table]:
        name, _, variant = key.partition("/")
        if name == "usual":
            continue
        assert not variant or variant in ALL[name].variants
        if table in {"doings", "bursts", "beats", "pass_s"} and name != "alarm":
            assert ALL[name].kind == "bed"


@pytest.mark.parametrize("list_", ["once", "passing"])
def test_lists_of_behaviour_are_of_sources(list_: str) -> None:
    assert set(behaviour()[list_]["sources"]) <= set(ALL)


def test_a_layer_of_a_prompt_has_no_field_that_is_lost() -> None:
    fields = {spec.name for spec in dataclasses.fields(SceneLayer)}
    assert {"many", "count", "every_s", "irregular"} <= fields


# Prompt, then for each layer what must hold of it: source/variant -> number of events, or the
# seconds at which it ends (0 = with the scene).
@pytest.mark.parametrize(
    ("prompt", "times"),
    [
        ("a knock on the door", {"knock/": 1}),
        ("knocking on a door", {"knock/": 3}),
        ("seven knocks", {"knock/": 7}),
        ("glass shatters", {"glass_break/": 1}),
        ("rain, a window breaks", {"rain/": 0, "glass_break/window": 1}),
        ("a dog barks every 5 seconds for 20 seconds", {"dog/": 4}),
        ("a bell every 2 seconds", {"bell/": 5}),
        ("explosions", {"explosion/": 4}),
        ("two cars pass by", {"car/pass": 2}),
        ("a phone rings in an office", {"phone/": 0}),
    ],
)
def test_there_are_as_many_as_are_meant(prompt: str, times: dict[str, int]) -> None:
    scene = stage(Effect(prompt=prompt, seed=3)).scene
    found = {f"{layer.source}/{layer.variant}": len(layer.times_s) for layer in scene.layers}
    assert found == times


def test_an_interval_that_is_said_is_kept() -> None:
    (beep,) = stage(Effect(prompt="a beep every 3 seconds", seed=1)).scene.layers
    assert beep.times_s == (0.0, 3.0, 6.0, 9.0)


@pytest.mark.parametrize(("count", "low_s", "high_s"), [(1, 0.2, 0.5), (10, 4.8, 6.0)])
def test_steps_are_counted(count: int, low_s: float, high_s: float) -> None:
    scene = stage(Effect(prompt=f"{count} footsteps on wood", seed=1)).scene
    stop_s = scene.layers[0].stop_s or scene.duration_s
    assert low_s <= stop_s <= high_s


def test_deeds_follow_one_another() -> None:
    prompt = "a door creaks open, footsteps enter, the door slams shut"
    creak, steps, slam = stage(Effect(prompt=prompt, seed=1)).scene.layers
    assert creak.times_s[0] < steps.start_s < steps.stop_s < slam.times_s[0]


def test_what_leads_to_something_is_followed_at_once() -> None:
    fuse, blast = stage(Effect(prompt="a fuse burns, then an explosion", seed=1)).scene.layers
    assert blast.times_s[0] == pytest.approx(fuse.stop_s)


def test_a_bed_ends_where_it_turns_into_another() -> None:
    start, away = stage(Effect(prompt="a car starts and drives away", seed=1)).scene.layers
    assert start.variant == "start"
    assert away.movement == "leaving"
    assert 0 < away.times_s[0] < start.stop_s < away.times_s[0] + 1.0


@pytest.mark.parametrize(
    ("prompt", "low_s", "high_s"),
    [
        ("coin pickup", 0.5, 1.5),
        ("notification", 0.5, 1.5),
        ("ui click", 0.5, 0.8),
        ("rain", 10.0, 10.0),
        ("rain for three seconds", 3.0, 3.0),
        ("rain stops after 5 seconds", 5.0, 5.0),
        ("forest at dawn", 15.0, 24.0),
        ("jet flyover", 8.0, 15.0),
        ("steam burst", 2.0, 4.0),
    ],
)
def test_a_length_is_chosen(prompt: str, low_s: float, high_s: float) -> None:
    assert low_s <= stage(Effect(prompt=prompt, seed=2)).scene.duration_s <= high_s


def test_events_of_an_ambience_do_not_coincide() -> None:
    scene = stage(Effect(prompt="quiet library", seed=0)).scene
    firsts = [layer.times_s[0] for layer in scene.layers if layer.times_s]
    assert len(firsts) >= 3
    assert len(set(firsts)) == len(firsts)


@pytest.mark.parametrize("prompt", ["a dragon roars in a metal cave", "a scream in a bathroom"])
def test_a_sound_of_a_room_is_not_lost_in_its_answer(prompt: str) -> None:
    (layer,) = stage(Effect(prompt=prompt, seed=1)).scene.layers
    assert layer.distance_m < 5
    (asked,) = stage(Effect(prompt=f"{prompt}, 20 metres away", seed=1)).scene.layers
    assert asked.distance_m == pytest.approx(20)


def test_what_is_far_by_nature_is_not_out_of_hearing() -> None:
    (thunder,) = stage(Effect(prompt="very distant thunder", seed=1)).scene.layers
    assert thunder.distance_m < 15_000


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children.values():
        yield from _nodes(child)
