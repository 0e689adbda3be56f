"""What is asked to be over at a moment, or to last so long, in a scene of any length."""

import dataclasses

import pytest

from menura.engines.effects.planning import plan_scene
from menura.engines.effects.scene import Layer
from menura.tasks import Effect
from menura.text.scene import read_scene


def planned(prompt: str, duration_s: float | None = None) -> dict[str, Layer]:
    made = plan_scene(read_scene(prompt), Effect(prompt=prompt, duration_s=duration_s), 1)
    return {layer.name: layer for layer in made.scene.layers}


@pytest.mark.parametrize(
    ("prompt", "source", "start_s", "stop_s"),
    [
        ("rain stops at 5 seconds", "rain", 0.0, 5.0),
        ("rain until 5 seconds, then birds", "rain", 0.0, 5.0),
        ("rain from 2 to 6 seconds, wind", "rain", 2.0, 6.0),
        ("rain until 5 seconds, a knock", "rain", 0.0, 5.0),
        ("soft jazz stops at 4 seconds, then a scream", "music", 0.0, 4.0),
        ("footsteps until 4 seconds, door opens", "footsteps", 0.0, 4.0),
    ],
)
def test_a_bed_is_over_when_it_was_asked(
    prompt: str, source: str, start_s: float, stop_s: float
) -> None:
    layer = planned(prompt, 12.0)[source]
    assert (layer.start_s, layer.stop_s) == (start_s, stop_s)
    assert layer.fade_out_s <= 0.5


def test_what_is_next_begins_behind_that_moment() -> None:
    assert planned("rain until 5 seconds, then birds", 12.0)["birds"].start_s >= 5.0
    assert planned("footsteps until 4 seconds, door opens", 12.0)["door_open"].times_s[0] > 4.0
    assert planned("rain until 5 seconds, a knock", 12.0)["knock"].times_s[0] < 1.0


def test_what_happens_again_and_again_is_over_too() -> None:
    times_s = planned("wind, a dog barks until 6 seconds", 14.0)["dog"].times_s
    assert len(times_s) > 2
    assert times_s[-1] < 6.0


def test_a_scene_without_a_length_ends_with_what_stops() -> None:
    brief = read_scene("rain stops at 5 seconds")
    assert plan_scene(brief, Effect(prompt="rain"), 1).scene.duration_s == 5.0


def test_what_goes_on_until_the_end_does() -> None:
    layer = planned("alarm starts at 4 s and goes on until the end, a bell", 14.0)["alarm"]
    assert (layer.start_s, layer.stop_s) == (4.0, 0.0)


def test_an_asked_length_is_kept_where_the_rest_can_be_shorter() -> None:
    prompt = "helicopter approaching for 5 seconds then flying off"
    near, away = planned(prompt, 9.0).values()
    assert near.length_s == 5.0
    assert 4.0 < away.times_s[0] < 5.0
    assert away.times_s[0] + away.length_s <= 9.0


def test_where_nothing_can_be_shorter_all_is_moved_together() -> None:
    riser, impact = planned("riser for 5 seconds into an impact", 3.0).values()
    assert riser.length_s < 3.0
    assert impact.times_s[0] < 3.0


def test_a_moment_of_the_end_before_the_beginning_is_told() -> None:
    brief = read_scene("thunder for 5 seconds, then rain until 3 seconds")
    late = [dataclasses.replace(layer, pause_s=0.0) for layer in brief.layers]
    made = plan_scene(dataclasses.replace(brief, layers=tuple(late)), Effect(prompt="x"), 1)
    assert any("is not over at 3 s" in note for note in made.notes)


def test_a_click_off_comes_at_the_end() -> None:
    assert planned("radio static, then click off", 12.0)["ui_click"].times_s[0] > 10.0


def test_a_gunshot_at_each_of_its_moments() -> None:
    layers = planned("two gunshots at 2 s and one at 5 s")
    times_s = [time_s for layer in layers.values() for time_s in layer.times_s]
    assert times_s[0] == 2.0
    assert times_s[1] < 4.0
    assert times_s[2:] == [5.0]
