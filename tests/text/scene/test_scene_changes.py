"""What changes while it sounds, and what is over before the next thing happens."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "tempo"),
    [
        ("knocks getting faster", "faster"),
        ("someone knocks on a door, getting faster and faster", "faster"),
        ("footsteps speeding up", "faster"),
        ("a heartbeat that gets faster", "faster"),
        ("a train picks up speed", "faster"),
        ("slowing footsteps", "slower"),
        ("a train slowing down", "slower"),
        ("a clock ticking slower and slower", "slower"),
        ("footsteps slow down and stop", "slower"),
        ("fast footsteps", ""),
        ("a slow heartbeat", ""),
    ],
)
def test_a_pace_that_changes_is_no_speed(prompt, tempo):
    brief = read_scene(prompt)
    assert brief.layers[0].tempo == tempo
    assert brief.ignored == ()
    assert brief.layers[0].speed == "" or not tempo


@pytest.mark.parametrize(
    ("prompt", "source", "grows"),
    [
        ("the wind picks up", "wind", "more"),
        ("gentle rain, then the wind picks up", "wind", "more"),
        ("rain getting heavier", "rain", "more"),
        ("a storm intensifies", "storm", "more"),
        ("the rain lets up", "rain", "less"),
        ("the wind is easing off", "wind", "less"),
        ("the wind fades in", "wind", ""),
        ("wind getting louder", "wind", ""),
    ],
)
def test_a_force_that_changes_is_no_fade(prompt, source, grows):
    layer = next(each for each in read_scene(prompt).layers if each.source == source)
    assert layer.grows == grows
    assert layer.fades == ("" if grows else "in")


def test_what_changes_later_is_the_same_sound():
    (rain,) = read_scene("gentle rain, then it picks up").layers
    assert (rain.source, rain.grows) == ("rain", "more")


@pytest.mark.parametrize("prompt", ["a man picks up the phone", "she picks up a coin"])
def test_what_is_picked_up_does_not_grow(prompt):
    assert [layer.grows for layer in read_scene(prompt).layers] == [""]


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("dog barks, stop, and a door slams", {"dog": 0, "door_slam": 1}),
        ("a dog barks, stops, and a door slams", {"dog": 0, "door_slam": 1}),
        ("footsteps, stop, and a knock", {"footsteps": 0, "knock": 1}),
        ("rain stops, then birds sing", {"rain": 0, "birds": 1}),
        ("the rain stops and birds sing", {"rain": 0, "birds": 1}),
        ("footsteps stop, then a door creaks", {"footsteps": 0, "door_creak": 1}),
        ("the engine stops, then a door opens", {"car": 0, "door_open": 1}),
        ("music stops with a record scratch", {"music": 0, "record_scratch": 1}),
        ("rain and birds", {"rain": 0, "birds": 0}),
    ],
)
def test_what_stops_is_over_before_what_comes_next(prompt, order):
    brief = read_scene(prompt)
    assert {layer.source: layer.order for layer in brief.layers} == order
    assert brief.ignored == ()
    assert brief.layers[0].stops is (max(order.values()) > 0)


@pytest.mark.parametrize("prompt", ["at a bus stop, a car passes", "footsteps at a rest stop"])
def test_a_place_where_one_stops_stops_nothing(prompt):
    assert not any(layer.stops for layer in read_scene(prompt).layers)


def test_what_is_done_without_stopping_goes_on():
    (rain,) = read_scene("rain without stopping").layers
    assert not rain.stops
    assert not read_scene("the footsteps do not stop").layers[0].stops


@pytest.mark.parametrize(
    ("prompt", "between"),
    [
        ("a dog barking behind a fence", "fence"),
        ("a dog barking behind the tall fence", "fence"),
        ("a dog barking behind a brick wall", "wall"),
        ("a dog barking behind a door", "door"),
    ],
)
def test_what_is_between_is_heard(prompt, between):
    brief = read_scene(prompt)
    assert [layer.muffled for layer in brief.layers] == [between]
    assert brief.ignored == ()


@pytest.mark.parametrize(
    ("prompt", "grows", "fades"),
    [
        ("wind gets stronger then weaker", "more, then less", ""),
        ("wind gets stronger, then softer", "more, then less", ""),
        ("rain gets lighter, then heavier", "less, then more", ""),
        ("wind builds up then dies down", "more", "swells"),
        ("applause that swells and then fades", "", "swells"),
        ("a storm builds up", "more", "in"),
    ],
)
def test_what_grows_and_then_eases_is_one_sound(prompt, grows, fades):
    (layer,) = read_scene(prompt).layers
    assert (layer.grows, layer.fades) == (grows, fades)


def test_what_dies_down_is_what_sounds_on():
    brief = read_scene(
        "rain starts softly, builds up into a heavy storm with thunder at 10 sec and 14 sec, "
        "then dies down"
    )
    _, storm, thunder = brief.layers
    assert (storm.source, storm.grows, storm.fades) == ("storm", "more", "swells")
    assert (thunder.source, thunder.fades) == ("thunder", "")
    assert thunder.moments_s == (10.0, 14.0)
    assert brief.ignored == ()


def test_what_gets_louder_and_then_quieter_swells():
    (layer,) = read_scene("wind gets louder then quieter").layers
    assert (layer.fades, layer.level) == ("swells", "")


def test_both_changes_of_a_pace_are_kept():
    (layer,) = read_scene("engine builds up speed, then slows down").layers
    assert layer.tempo == "faster, then slower"
