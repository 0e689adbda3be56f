"""What grows and then eases: planned, and heard."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.rising import risen_share
from menura.engines.effects.striking import strike
from menura.metrics.texture import fast_level_db
from menura.tasks import Effect


def fifths_db(prompt: str) -> list[float]:
    scene = stage(Effect(prompt, seed=1, duration_s=12.0)).scene
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    powers = [np.mean(part.astype(np.float64) ** 2) for part in np.array_split(sound, 5, axis=1)]
    return [10 * float(np.log10(power)) for power in powers]


@pytest.mark.parametrize(
    ("prompt", "least_db"),
    [
        ("wind builds up then dies down", 8.0),
        ("applause that swells", 8.0),
        ("wind gets stronger then weaker", 2.5),
    ],
)
def test_what_swells_is_loudest_in_the_middle(prompt: str, least_db: float) -> None:
    first, *_, last = levels = fifths_db(prompt)
    assert levels[2] > first + least_db
    assert levels[2] > last + least_db


def test_a_storm_between_soft_rain_rises_and_falls() -> None:
    prompt = "rain starts softly, builds up into a heavy storm, then dies down"
    levels = fifths_db(prompt)
    assert levels[2] > max(levels[0], levels[-1]) + 5


@pytest.mark.parametrize(
    ("turn", "shares"),
    [(0.0, [0, 0.25, 0.5, 0.75, 1]), (0.5, [0, 0.5, 1, 0.5, 0]), (0.25, [0, 1, 2 / 3, 1 / 3, 0])],
)
def test_a_change_turns_back_where_it_was_told_to(turn: float, shares: list[float]) -> None:
    at = np.linspace(0, 1, 5)
    np.testing.assert_allclose(risen_share(at, turn), shares, atol=1e-9)


def test_blows_that_grow_and_ease_are_hardest_in_the_middle() -> None:
    scene = stage(Effect("five knocks getting stronger then weaker", seed=1)).scene
    (layer,) = scene.layers
    assert len(layer.times_s) == 5
    assert layer.turn == 0.5
    bright = [np.diff(strike(layer, n)).std() / strike(layer, n).std() for n in range(5)]
    assert bright[2] > max(bright[0], bright[4])
    assert fast_level_db(strike(layer, 2), 48000) == pytest.approx(
        fast_level_db(strike(layer, 0), 48000), abs=1.0
    )


def test_what_beats_and_is_to_turn_back_says_that_it_stays() -> None:
    staged = stage(Effect("footsteps getting harder, then easing off", seed=1))
    assert any("does not change and turn back" in note for note in staged.ignored)


@pytest.mark.parametrize(
    ("prompt", "fields", "note"),
    [
        ("engine speeds up, then slows down", {}, "how it then gets slower is left out"),
        ("wind that swells", {"loop": True}, "its change is left out"),
    ],
)
def test_what_cannot_turn_is_told(prompt: str, fields: dict[str, bool], note: str) -> None:
    staged = stage(Effect(prompt, seed=1, **fields))
    assert any(note in each for each in staged.ignored)


def test_what_beats_swells_by_its_level_alone() -> None:
    (layer,) = stage(Effect("a train that swells", seed=1)).scene.layers
    assert (layer.rise, layer.fade_in_s, layer.fade_out_s) == (0.0, 5.0, 5.0)
