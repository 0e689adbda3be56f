"""Silences between groups of a sound, and groups with their own moments."""

import pytest

from menura.text.scene import read_scene


def told(prompt: str) -> list[tuple[str, int | None, int, float]]:
    return [(x.source, x.count, x.order, x.pause_s) for x in read_scene(prompt).layers]


@pytest.mark.parametrize(
    ("prompt", "layers"),
    [
        (
            "knock three times, wait two seconds, knock three times again",
            [("knock", 3, 0, 0.0), ("knock", 3, 1, 2.0)],
        ),
        (
            "a man walks up, waits 2 seconds, rings the doorbell",
            [("footsteps", None, 0, 0.0), ("bell", None, 1, 2.0)],
        ),
        (
            "two knocks, a pause of 1.5 seconds, three knocks",
            [("knock", 2, 0, 0.0), ("knock", 3, 1, 1.5)],
        ),
        (
            "knock knock, pause, knock knock knock",
            [("knock", 2, 0, 0.0), ("knock", 3, 1, 1.5)],
        ),
        (
            "dog barks twice, pause of 2 sec, dog barks 3 times, cat meows once",
            [("dog", 2, 0, 0.0), ("dog", 3, 1, 2.0), ("cat", 1, 1, 0.0)],
        ),
        (
            "rain for 3 seconds, a pause of 2 seconds, rain for 3 seconds",
            [("rain", None, 0, 0.0), ("rain", None, 1, 2.0)],
        ),
        (
            "someone knocks 2 times, pauses, then knocks 3 times",
            [("knock", 2, 0, 0.0), ("knock", 3, 1, 1.5)],
        ),
        (
            "a dog barks 3 times, waits, barks twice",
            [("dog", 3, 0, 0.0), ("dog", 2, 1, 1.5)],
        ),
        ("boom, silence, boom", [("explosion", None, 0, 0.0), ("explosion", None, 1, 1.5)]),
        ("a knock, wait a moment, a bell", [("knock", 1, 0, 0.0), ("bell", 1, 1, 1.5)]),
    ],
)
def test_a_pause_parts_what_is_told_of_one_sound(prompt: str, layers: list[tuple]) -> None:
    assert told(prompt) == layers
    brief = read_scene(prompt)
    assert (brief.duration_s, brief.ignored) == (None, ())


def test_groups_joined_by_and_are_apart() -> None:
    layers = read_scene("one gunshot at 2 s, two at 5 s and three at 8 s").layers
    assert [(layer.count, layer.start_s) for layer in layers] == [(1, 2.0), (2, 5.0), (3, 8.0)]


@pytest.mark.parametrize("last", ["one at 5 s", "three at 0:05", "one more at 5 s"])
def test_another_group_has_its_own_moment(last: str) -> None:
    first, second = read_scene(f"two gunshots at 2 s and {last}").layers
    assert (first.count, first.start_s) == (2, 2.0)
    assert (second.source, second.start_s) == ("gunshot", 5.0)
    if "more" not in last:
        assert second.count == (3 if "three" in last else 1)


@pytest.mark.parametrize(
    ("prompt", "layers"),
    [
        ("glass shatters 2 seconds after a gunshot", [("gunshot", 0.0), ("glass_break", 2.0)]),
        ("2 seconds after a gunshot, glass shatters", [("gunshot", 0.0), ("glass_break", 2.0)]),
        ("a gunshot, 2 seconds after, glass shatters", [("gunshot", 0.0), ("glass_break", 2.0)]),
        ("a beep 3 seconds before an explosion", [("beep", 0.0), ("explosion", 3.0)]),
        ("3 seconds before the explosion, a beep", [("beep", 0.0), ("explosion", 3.0)]),
        # A length, and no time between the two.
        ("rain for 5 seconds after thunder", [("thunder", 0.0), ("rain", 0.0)]),
    ],
)
def test_a_time_before_after_is_between_the_two(
    prompt: str, layers: list[tuple[str, float]]
) -> None:
    brief = read_scene(prompt)
    ordered = sorted(brief.layers, key=lambda layer: layer.order)
    assert [(layer.source, layer.pause_s) for layer in ordered] == layers
    assert [layer.order for layer in ordered] == [0, 1]
    assert brief.duration_s is None
