"""A scene as sound: lengths, moments, loops, stems, movement, and scenes without end."""

import dataclasses
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import performing
from menura.engines.effects.performing import (
    PART_FRAMES,
    PARTS_AT_ONCE,
    from_json,
    perform,
    stem_names,
    to_json,
)
from menura.engines.effects.scene import Layer, Scene
from menura.engines.effects.sources import RATE
from menura.metrics.texture import decay_time, fast_level_db, peak_frequency

RAIN = Layer(name="rain", source="rain", variant="soil", distance_m=3.0, seed=1)
DROP = Layer(name="anvil", source="anvil", distance_m=2.0, seed=2)


def heard(scene: Scene, *, stems: bool = False) -> NDArray[np.float32]:
    return np.concatenate(list(perform(scene, stems=stems)), axis=1)


def scene(*layers: Layer, duration_s: float = 2.0, **fields: object) -> Scene:
    return dataclasses.replace(Scene(title="x", duration_s=duration_s, layers=layers), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("duration_s", [0.5, 1.0, 1.23457, 3.0])
@pytest.mark.parametrize("loop", [False, True])
def test_a_scene_is_exactly_as_long_as_it_says(duration_s: float, loop: bool) -> None:
    made = heard(scene(RAIN, duration_s=duration_s, loop=loop))
    assert made.shape == (2, round(duration_s * RATE))


@pytest.mark.parametrize("fields", [{}, {"loop": True}, {"room": "hall"}, {"channels": 1}])
def test_stems_add_up_to_the_mix(fields: dict[str, object]) -> None:
    whole = scene(RAIN, dataclasses.replace(DROP, times_s=(0.4,)), **fields)
    channels = whole.channels
    rows = heard(whole, stems=True).reshape(-1, channels, 2 * RATE)
    assert rows.shape[0] == 1 + len(stem_names(whole)) == 4
    np.testing.assert_allclose(rows[0], rows[1:].sum(axis=0), atol=1e-6)
    np.testing.assert_array_equal(rows[0], heard(whole))


@pytest.mark.parametrize("time_s", [0.0, 0.1, 0.1706, 0.9])
def test_an_event_is_heard_at_its_moment(time_s: float) -> None:
    made = np.abs(heard(scene(dataclasses.replace(DROP, times_s=(time_s,))))).max(axis=0)
    first = np.flatnonzero(made > 0.01 * made.max())[0] / RATE
    assert first == pytest.approx(time_s, abs=0.005)


def test_no_two_strokes_are_the_same() -> None:
    made = heard(scene(dataclasses.replace(DROP, times_s=(0.0, 1.0)), duration_s=2.0))
    first, second = made[:, : RATE // 2], made[:, RATE : RATE + RATE // 2]
    assert not np.allclose(first, second, atol=1e-3)


def test_the_end_of_a_loop_leads_into_its_beginning() -> None:
    """Twice round, the joint is as smooth as anywhere: level, slope and spectrum."""
    turn = heard(scene(RAIN, duration_s=3.0, loop=True, room="hall"))
    twice = np.concatenate([turn, turn], axis=1)
    steps = np.abs(np.diff(twice)).max(axis=0)
    joint = turn.shape[1] - 1
    assert steps[joint] <= np.percentile(steps, 99.5)
    levels = [fast_level_db(piece, RATE) for piece in np.split(twice[:, : 40 * 7200], 40, axis=1)]
    at = joint // 7200
    inner = np.abs(np.diff(levels[: at - 1]))
    assert abs(levels[at] - levels[at - 1]) <= inner.max() + 0.5


def test_what_rings_at_the_end_of_a_loop_rings_into_its_beginning() -> None:
    stroke = dataclasses.replace(DROP, times_s=(1.9,))
    straight = heard(scene(stroke, duration_s=4.0))
    turned = heard(scene(stroke, duration_s=2.0, loop=True))
    np.testing.assert_allclose(turned[:, :9600], straight[:, 96000 : 96000 + 9600], atol=2e-4)
    np.testing.assert_allclose(turned[:, 95000:], straight[:, 95000:96000], atol=2e-4)


def test_a_room_makes_it_ring_longer() -> None:
    stroke = dataclasses.replace(
        DROP, source="impact", variant="wood", times_s=(0.0,), distance_m=8.0
    )
    dry, wet = (heard(scene(stroke, duration_s=3.0, room=r)) for r in ("dry", "cathedral"))
    assert decay_time(dry, RATE) < 0.8
    assert decay_time(wet, RATE) > 2.0


def test_what_passes_is_higher_before_than_after() -> None:
    tone = dataclasses.replace(
        DROP,
        name="bee",
        source="insect",
        variant="bee",
        movement="passing",
        speed_kmh=200.0,
        distance_m=3.0,
        length_s=3.0,
    )
    made = heard(scene(tone, duration_s=3.0))
    before, after = made[:, 12_000:48_000], made[:, 96_000:132_000]
    ratio = peak_frequency(before, RATE, 100, 400) / peak_frequency(after, RATE, 100, 400)
    speed = 200 / 3.6
    assert ratio == pytest.approx((343 + speed) / (343 - speed), rel=0.08)


def test_a_scene_without_end_goes_on_and_never_repeats() -> None:
    endless = scene(
        RAIN, dataclasses.replace(DROP, every_s=0.4), duration_s=0.0, room="living room"
    )
    blocks = list(itertools.islice(perform(endless, stems=False), 20))
    # The first is short, for it is waited for; all others are of one length.
    frames = [block.shape[1] for block in blocks]
    assert frames == [PART_FRAMES] + [PARTS_AT_ONCE * PART_FRAMES] * 19
    assert len({block.tobytes() for block in blocks}) == len(blocks)


def test_what_passes_over_the_joint_of_a_loop_is_heard_behind_it() -> None:
    car = dataclasses.replace(
        DROP, source="car", movement="leaving", start_s=2.0, length_s=2.0, distance_m=5.0
    )
    made = heard(scene(car, duration_s=3.0, loop=True))
    assert np.abs(made[:, : RATE // 2]).max() > 0.01
    assert np.abs(made[:, RATE + RATE // 4 : 2 * RATE - RATE // 4]).max() < 0.001


def test_of_very_many_events_of_a_loop_few_are_made_beforehand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    struck: list[int] = []
    monkeypatch.setattr(
        performing,
        "strike",
        lambda layer, number: struck.append(number) or np.zeros((1, RATE), np.float32),
    )
    next(
        perform(
            scene(dataclasses.replace(DROP, every_s=0.05), duration_s=600, loop=True), stems=False
        )
    )
    assert 0 < len(struck) <= performing.TRIED


def test_a_loop_shows_that_it_is_alive_while_it_is_prepared() -> None:
    blocks = perform(scene(RAIN, duration_s=600.0, loop=True), stems=True)
    assert [next(blocks).shape for _ in range(20)] == [(6, 0)] * 20


def test_a_scene_goes_to_a_worker_and_back() -> None:
    whole = scene(RAIN, dataclasses.replace(DROP, times_s=(0.5, 1.0)), room="cave")
    assert from_json(to_json(whole)) == whole


def test_a_bed_stops_and_starts_when_it_should() -> None:
    made = heard(scene(dataclasses.replace(RAIN, start_s=0.5, stop_s=1.0)))
    assert np.abs(made[:, : RATE // 2 - 200]).max() == 0
    assert np.abs(made[:, RATE // 2 + 2000 : RATE - 2000]).max() > 0.01
    assert np.abs(made[:, RATE + 200 :]).max() < 1e-3


def test_what_surrounds_is_louder_at_the_side_that_was_asked_for() -> None:
    left = heard(scene(dataclasses.replace(RAIN, direction_deg=-60.0)))
    powers = np.mean(left.astype(np.float64) ** 2, axis=1)
    assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(10.2, abs=1.0)


def test_a_room_does_not_drown_what_is_in_it() -> None:
    far = dataclasses.replace(RAIN, distance_m=80.0)
    rows = heard(scene(far, room="cathedral"), stems=True).reshape(-1, 2, 2 * RATE)
    direct_db, room_db = (fast_level_db(row, RATE) for row in rows[1:])
    assert room_db - direct_db < 6.5
