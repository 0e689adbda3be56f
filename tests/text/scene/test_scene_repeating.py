"""A word that is said several times counts its sound."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "source", "count"),
    [
        ("knock knock", "knock", 2),
        ("tick tock tick tock then alarm", "clock_tick", 4),
        ("laser gun pew pew pew", "laser", 3),
        ("gulp gulp gulp", "gulp", 3),
        ("mouse click click", "mouse_click", 2),
        ("beep beep beep", "beep", 3),
        ("ding dong ding dong", "bell", 2),
        ("woof woof", "dog", 2),
        ("boom, boom, boom", "explosion", 3),
    ],
)
def test_words_in_a_row_are_counted(prompt: str, source: str, count: int) -> None:
    layers = read_scene(prompt).layers
    assert (layers[0].source, layers[0].count) == (source, count)
    assert [layer.source for layer in layers].count(source) == 1


@pytest.mark.parametrize("prompt", ["gulp", "a train, choo choo", "rain, rain"])
def test_what_is_said_once_or_sounds_on_is_not(prompt: str) -> None:
    assert read_scene(prompt).layers[0].count in {None, 1}


def test_what_breaks_is_counted_and_not_heard_besides() -> None:
    (plates,) = read_scene("dishes break one by one, 5 plates").layers
    assert (plates.source, plates.count, plates.many) == ("glass_break", 5, False)
