"""Guests are in the scene's room, behind what stands between, and as loud as they were."""

import dataclasses

import numpy as np
import pytest

from menura.engines.base import BLOCK_FRAMES
from menura.engines.effects.hosting import host_guests
from menura.engines.effects.scene import MUSIC, Layer, Scene
from menura.engines.effects.sources import RATE
from menura.metrics.texture import band_share

JAZZ = Layer(name="band", source=MUSIC, text="soft jazz", distance_m=3.0, seed=5)


def scene(layer: Layer, **fields: object) -> Scene:
    return Scene(title="x", duration_s=4.0, layers=(layer,), **fields)  # type: ignore[arg-type]


def heard(whole: Scene, sound: np.ndarray) -> np.ndarray:
    host = host_guests(whole)["band"]
    starts = range(0, sound.shape[1], BLOCK_FRAMES)
    return np.concatenate([host(sound[:, at : at + BLOCK_FRAMES]) for at in starts], axis=1)


def noise(channels: int, seconds: float = 1.0) -> np.ndarray:
    """Returns pink noise, alike in both channels, and silence up to 3 s."""
    frames = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(frames))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(frames, 1 / RATE), 60.0))
    pink = np.fft.irfft(spectrum, frames)
    sound = np.zeros((channels, 3 * RATE), np.float32)
    sound[:, :frames] = 0.1 * pink / np.sqrt(np.mean(pink**2))
    return sound


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-15))


@pytest.mark.parametrize("channels", [1, 2])
def test_what_has_ended_rings_on_in_a_cathedral_and_not_in_a_dry_place(channels: int) -> None:
    dry = noise(channels)
    wet = heard(scene(JAZZ, room="cathedral", channels=channels), dry)
    assert wet.shape == dry.shape
    assert wet.dtype == np.float32
    after = wet[:, round(1.3 * RATE) : 2 * RATE]
    assert level_db(after) > level_db(wet[:, :RATE]) - 30
    assert host_guests(scene(JAZZ, room="dry", channels=channels)) == {}


@pytest.mark.parametrize("room", ["room", "hall", "cave", "corridor"])
def test_it_is_as_loud_there(room: str) -> None:
    dry = noise(2, 2.5)
    wet = heard(scene(JAZZ, room=room), dry)
    inner = slice(RATE, round(2.4 * RATE))
    assert level_db(wet[:, inner]) == pytest.approx(level_db(dry[:, inner]), abs=5.0)


def test_farther_away_it_is_more_of_the_room() -> None:
    dry = noise(2)
    ringing = [
        level_db(wet[:, round(1.3 * RATE) :]) - level_db(wet[:, :RATE])
        for metres in (1.0, 12.0)
        for wet in [heard(scene(dataclasses.replace(JAZZ, distance_m=metres), room="hall"), dry)]
    ]
    assert ringing[1] > ringing[0] + 3


def test_behind_a_wall_and_over_the_phone_it_loses_what_they_take() -> None:
    dry = noise(2)
    walled = heard(scene(dataclasses.replace(JAZZ, barrier="wall")), dry)
    assert band_share(walled, RATE, 2000.0, 20_000.0) < band_share(dry, RATE, 2000.0, 20_000.0) / 4
    called = heard(scene(JAZZ, room="phone"), dry)
    assert band_share(called, RATE, 300.0, 3600.0) > 0.9


def test_blocks_join_as_if_they_were_one() -> None:
    dry = noise(2)
    whole = scene(JAZZ, room="hall")
    again = heard(whole, dry)
    np.testing.assert_array_equal(heard(whole, dry), again)
    steps = np.abs(np.diff(again, axis=1))
    at = np.arange(BLOCK_FRAMES, RATE, BLOCK_FRAMES) - 1
    assert steps[:, at].mean() < 2 * steps[:, :RATE].mean()


def test_music_that_loops_stays_dry() -> None:
    assert host_guests(scene(JAZZ, room="hall", loop=True)) == {}


def test_a_guest_that_passes_comes_from_one_side_and_goes_to_the_other() -> None:
    moved = dataclasses.replace(JAZZ, movement="left to right", speed_kmh=20.0)
    sound = np.tile(noise(1, 3.0), (2, 1))
    whole = heard(scene(moved, room="dry"), np.pad(sound, ((0, 0), (0, RATE))))
    level = [
        [level_db(whole[side : side + 1, round(at * RATE) : round((at + 0.4) * RATE)])]
        for at in (0.1, 1.8, 2.5)
        for side in (0, 1)
    ]
    left, right = np.array(level).reshape(3, 2).T
    assert left[0] > right[0] + 6  # it comes from the left,
    assert right[2] > left[2]  # and is on the right at last
    assert max(left[1], right[1]) > left[0]  # nearest midway


def test_a_guest_that_leaves_is_softer_at_last() -> None:
    moved = dataclasses.replace(JAZZ, movement="leaving", speed_kmh=20.0)
    sound = np.tile(noise(1, 3.0), (1, 1))
    whole = heard(scene(moved, room="dry", channels=1), np.pad(sound, ((0, 0), (0, RATE))))
    early, late = whole[:, : RATE // 4], whole[:, round(2.5 * RATE) : 3 * RATE]
    assert level_db(early) > level_db(late) + 6
