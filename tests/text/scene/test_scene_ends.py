"""When something is asked to be over."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "spans_s"),
    [
        ("rain stops at 5 seconds", [(None, 5.0)]),
        ("rain until 5 seconds, then birds", [(None, 5.0), (None, None)]),
        ("rain till 0:05, then birds", [(None, 5.0), (None, None)]),
        ("rain, getting heavier, then it stops at 10 seconds", [(None, 10.0)]),
        ("rain from 2 to 6 seconds", [(2.0, 6.0)]),
        ("rain between 0:02 and 0:06, wind", [(2.0, 6.0), (None, None)]),
        ("rain starts at 2 s and stops at 7 s", [(2.0, 7.0)]),
        ("crowd cheering, fades out at 8 seconds", [(None, 8.0)]),
        ("wind and an alarm that cuts out at 8 s", [(None, None), (None, 8.0)]),
        ("rain, at 5 seconds it stops", [(None, 5.0)]),
        ("rain and birds, at 5 seconds the rain stops", [(None, 5.0), (None, None)]),
        ("rain and wind. At 6 seconds everything stops", [(None, 6.0), (None, 6.0)]),
        ("rain and wind, everything stops at 6 seconds", [(None, 6.0), (None, 6.0)]),
        ("rain stops suddenly at 4 seconds", [(None, 4.0)]),
        ("sirens fade out by 10 seconds", [(None, 10.0)]),
        ("crowd goes silent at 5 s", [(None, 5.0)]),
        ("rain for the first 5 seconds", [(None, 5.0)]),
        ("rain 0:00-0:05, wind 0:05-0:10", [(0.0, 5.0), (5.0, 10.0)]),
        ("rain and wind, silence at 5 seconds, then a scream", [(None, 5.0), (None, 5.0)]),
        # What ends a sound may be one itself.
        ("the machine shuts down at 5 seconds", [(5.0, None)]),
        ("cave ambience, dripping, bats fly over at 5 sec", [(None, None), (5.0, None)]),
        ("alarm goes off at 5 seconds", [(5.0, None)]),
    ],
)
def test_a_moment_may_be_that_of_the_end(prompt: str, spans_s: list[tuple[float, float]]) -> None:
    brief = read_scene(prompt)
    told = brief.layers[: len(spans_s)]
    assert [(layer.start_s, layer.stop_s) for layer in told] == spans_s
    assert brief.ignored == ()
    assert not any(what.startswith("length") for what in brief.understood.values())


def test_what_stops_at_a_moment_is_over_before_what_comes_next() -> None:
    rain, birds = read_scene("rain until 5 seconds, then birds").layers
    assert birds.order > rain.order


@pytest.mark.parametrize("prompt", ["a knock every 2 to 6 seconds", "rain, 4 to 6 seconds long"])
def test_a_span_of_lengths_has_no_end(prompt: str) -> None:
    assert all(layer.stop_s is None for layer in read_scene(prompt).layers)


def test_what_goes_on_until_the_end_is_told_so() -> None:
    alarm, bell = read_scene("alarm starts at 4 s and goes on until the end, a bell").layers
    assert (alarm.start_s, alarm.goes_on, bell.goes_on) == (4.0, True, False)
    assert bell.order == alarm.order


def test_what_is_counted_does_not_end_at_a_moment_and_that_is_told() -> None:
    brief = read_scene("three knocks until 5 seconds")
    assert brief.layers[0].stop_s is None
    assert "knock is over by itself, and not at 5 s" in brief.notes


def test_a_click_off_ends_what_sounds_on() -> None:
    assert read_scene("radio static, then click off").layers[-1].closing
    assert not read_scene("wind, then a bomb goes off").layers[-1].closing


def test_a_silence_in_the_middle_is_named_as_not_understood() -> None:
    brief = read_scene("rain, silence from 5 to 8 seconds")
    assert (brief.layers[0].start_s, brief.layers[0].stop_s) == (None, None)
    assert brief.ignored == ("5 to 8",)
