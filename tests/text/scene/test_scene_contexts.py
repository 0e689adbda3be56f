"""What a word means beside the other things that a prompt names."""

import pytest

from menura.text.scene import read_scene


def told(prompt):
    return [(each.source, each.variant, each.count) for each in read_scene(prompt).layers]


@pytest.mark.parametrize(
    ("prompt", "layers"),
    [
        (
            "typing on a mechanical keyboard, 5 keystrokes then enter, mouse click",
            [("typing", "mechanical", 5), ("typing", "mechanical", 1), ("mouse_click", "", 1)],
        ),
        ("she types and presses enter", [("typing", "", None), ("typing", "", 1)]),
        ("typing on a typewriter, enter key", [("typing", "typewriter", None), ("typing", "", 1)]),
        ("5 keystrokes", [("typing", "", 5)]),
        # Nobody types here.
        ("the door opens, a man enters", [("door_open", "", None), ("footsteps", "", None)]),
        (
            "typing, the door opens and two men enter",
            [("typing", "", None), ("door_open", "", None), ("footsteps", "", None)],
        ),
    ],
)
def test_enter_is_a_key_where_somebody_types(prompt, layers):
    assert told(prompt) == layers


def test_a_key_with_a_name_is_struck_when_the_rest_has_been_typed():
    orders = [layer.order for layer in read_scene("she types and presses enter").layers]
    assert orders == [0, 1]


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("three coins picked up one after another", 3),
        ("picking up three coins", 3),
        ("a coin is picked up", 1),
        ("coins picked up", None),
    ],
)
def test_coins_that_are_picked_up_are_those_of_a_game(prompt, count):
    brief = read_scene(prompt)
    assert told(prompt) == [("coin_pickup", "", count)]
    assert not brief.ignored


@pytest.mark.parametrize(
    ("prompt", "source"),
    [
        ("she picks up a coin", "coins"),
        ("a handful of coins dropped", "coins"),
        ("the wind picks up, coins", "wind"),
    ],
)
def test_other_coins_fall_and_other_things_grow(prompt, source):
    assert told(prompt)[0][0] == source
    assert all(each[0] != "coin_pickup" for each in told(prompt))


def test_one_after_another_is_not_one_more():
    coins, chime = read_scene(
        "three coins picked up one after another, then a level up chime"
    ).layers
    assert (coins.source, coins.count, coins.order) == ("coin_pickup", 3, 0)
    assert (chime.source, chime.order) == ("level_up", 1)


@pytest.mark.parametrize(
    ("prompt", "has_horn"),
    [
        ("engine of a spaceship with beeps", False),
        ("spaceship interior, engine humming, beeps", False),
        ("car engine humming, beeps", True),
    ],
)
def test_a_spaceship_has_no_horn(prompt, has_horn):
    sources = {layer[0] for layer in told(prompt)}
    assert ("horn" in sources) is has_horn
    assert ("beep" in sources) is not has_horn
    assert ("car" in sources) is has_horn


@pytest.mark.parametrize(
    ("prompt", "first", "note"),
    [
        ("candle lights", ("fire", "torch"), "candle lights: heard as fire/torch"),
        ("a candle being lit", ("match", ""), ""),
        ("candle", ("fire", "torch"), ""),
        ("sci-fi door", ("steam", "valve"), "sci-fi door: heard as steam/valve"),
        ("a sci-fi door opens", ("steam", "valve"), "sci-fi door: heard as steam/valve"),
        ("a wooden door opens", ("door_open", ""), ""),
    ],
)
def test_what_is_lit_and_what_slides(prompt, first, note):
    brief = read_scene(prompt)
    assert [(layer.source, layer.variant) for layer in brief.layers] == [first]
    assert brief.notes == ((note,) if note else ())
    assert not brief.ignored


@pytest.mark.parametrize(
    ("prompt", "sources"),
    [
        ("spaceship engine, beeps", {"spaceship", "beep"}),
        ("an engine, spaceship, beeps", {"spaceship", "beep"}),
        ("car chase with engines, spaceship overhead", {"car", "spaceship"}),
    ],
)
def test_an_engine_is_that_of_the_vehicle_before_it(prompt, sources):
    assert {each[0] for each in told(prompt)} == sources


@pytest.mark.parametrize("who", ["people", "the audience", "everyone", "the crowd"])
def test_many_gasp_once(who):
    verb = "gasp" if who == "people" else "gasps"
    assert ("gasp", "", 1) in told(f"glass shatters, {who} {verb}")
