"""What a prompt turns down, and what it only wants less of."""

import pytest

from menura.text.scene import read_scene

WITHOUT = [
    ("no thunder, light rain", {"rain"}),
    ("no wind, no thunder, heavy rain", {"rain"}),
    ("no loud thunder, soft rain", {"rain"}),
    ("light rain without thunder", {"rain"}),
    ("light rain, no thunder", {"rain"}),
    ("rain, minus the thunder", {"rain"}),
    ("rain but no wind", {"rain"}),
    ("rain only, no thunder", {"rain"}),
    ("wind only, no rain", {"wind"}),
    ("no birds, wind and rain", {"wind", "rain"}),
    ("no birds, wind or rain, just a river", {"river"}),
    ("no dogs or cats, birds", {"birds"}),
    ("no music, crowd chatter", {"crowd"}),
    ("don't include any birds, a stream", {"stream"}),
    ("without any wind. A river", {"river"}),
    ("forest, no birds, only wind", {"wind"}),
    ("forest ambience with no birds or insects", {"wind"}),
    ("thunderstorm without thunder", {"storm"}),
    ("no people, city street", {"traffic", "horn"}),
]


@pytest.mark.parametrize(("prompt", "sources"), WITHOUT)
def test_what_is_turned_down_is_left_out_and_no_more(prompt: str, sources: set[str]) -> None:
    assert {layer.source for layer in read_scene(prompt).layers} == sources


def test_how_it_is_said_to_be_belongs_to_what_is_heard() -> None:
    (rain,) = read_scene("no thunder, light rain").layers
    assert rain.intensity == 0.25


def test_not_too_much_is_a_little() -> None:
    wind, rain = read_scene("not too much wind, rain on leaves").layers
    assert (wind.source, wind.intensity) == ("wind", 0.25)
    assert (rain.source, rain.intensity) == ("rain", 0.5)


def test_nobody_in_a_street_leaves_its_cars_there_and_a_deserted_one_has_none() -> None:
    assert "traffic" in {layer.source for layer in read_scene("street without people").layers}
    assert "traffic" not in {layer.source for layer in read_scene("a deserted street").layers}


@pytest.mark.parametrize(
    "prompt",
    [
        "a crowd cheering, no applause",
        "people cheering but no applause",
        "a cheering crowd without clapping",
        "no clapping, people cheering",
    ],
)
def test_cheers_are_left_when_applause_is_turned_down(prompt: str) -> None:
    told = [(layer.source, layer.variant) for layer in read_scene(prompt).layers]
    assert told == [("applause", "cheers")]


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("applause, no cheering", [("applause", "")]),
        ("people cheering", [("applause", "cheering")]),
        ("applause, no applause", []),
        ("rain, no applause", [("rain", "")]),
    ],
)
def test_applause_is_left_when_only_cheers_are_turned_down(
    prompt: str, told: list[tuple[str, str]]
) -> None:
    assert [(layer.source, layer.variant) for layer in read_scene(prompt).layers] == told
