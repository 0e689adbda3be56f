"""Noise in streams: its colour, its slow courses, and grains at random moments."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.dsp.noise import Colour, Overlay, Shots, Wander

RATE, FRAMES = 48_000, 4096


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def stream(source: Colour, blocks: int = 60) -> NDArray[np.float32]:
    return np.concatenate([source.next() for _ in range(blocks)], axis=1)


def level_db(sound: NDArray[np.float32], low_hz: float, high_hz: float) -> float:
    """Returns the power density between two frequencies, dB."""
    rows = sound.reshape(sound.shape[0], -1, FRAMES)
    power = (np.abs(np.fft.rfft(rows * np.hanning(FRAMES))) ** 2).mean(axis=(0, 1))
    hz = np.fft.rfftfreq(FRAMES, 1 / RATE)
    return 10 * float(np.log10(power[(hz >= low_hz) & (hz < high_hz)].mean()))


def test_flat_noise_has_power_one_from_its_first_block() -> None:
    made = Colour([(100, 0.0)], RATE, FRAMES, 1, rng())
    first = made.next()
    assert first.shape == (1, FRAMES)
    assert first.dtype == np.float32
    assert np.sqrt(np.mean(first**2)) == pytest.approx(1.0, abs=0.06)
    assert np.sqrt(np.mean(first[:, :256] ** 2)) == pytest.approx(1.0, abs=0.25)


def test_noise_has_the_colour_of_its_curve() -> None:
    made = stream(
        Colour([(100, 0.0), (400, -24.0), (1600, -24.0), (6400, 6.0)], RATE, FRAMES, 1, rng())
    )
    at_100 = level_db(made, 85, 120)
    assert level_db(made, 380, 420) - at_100 == pytest.approx(-24, abs=2.0)
    assert level_db(made, 750, 850) - at_100 == pytest.approx(-24, abs=2.0)
    assert level_db(made, 3000, 3400) - at_100 == pytest.approx(-9, abs=2.0)
    assert level_db(made, 9000, 14_000) - at_100 == pytest.approx(6, abs=2.0)


def test_channels_are_independent_and_nothing_repeats() -> None:
    made = stream(Colour([(100, 0.0)], RATE, FRAMES, 2, rng()))
    assert abs(np.corrcoef(made)[0, 1]) < 0.02
    half = made.shape[1] // 2
    assert abs(np.corrcoef(made[0, :half], made[0, half:])[0, 1]) < 0.02


def test_there_is_no_seam_between_blocks() -> None:
    made = stream(Colour([(50, 0.0), (500, -40.0)], RATE, FRAMES, 1, rng()))[0]
    steps = np.abs(np.diff(made))
    assert steps[FRAMES - 1 :: FRAMES].max() < np.percentile(steps, 99.9)


def test_the_same_seed_is_the_same_noise() -> None:
    first, again, other = (
        stream(Colour([(100, 0.0)], RATE, FRAMES, 1, rng(seed)), 3) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("per_s", [0.2, 2.0, 20.0])
def test_a_course_is_as_slow_as_it_should_and_smooth(per_s: float) -> None:
    made = Wander(per_s, RATE, FRAMES, rng(3))
    blocks = 400
    curve = np.concatenate([made.next() for _ in range(blocks)])
    assert curve.shape == (blocks * FRAMES,)
    # A smooth step between two values rises no faster than 1.5 times their difference.
    assert np.abs(np.diff(curve)).max() < 1.5 * 8 * per_s / RATE
    power = np.abs(np.fft.rfft(curve - curve.mean())) ** 2
    hz = np.fft.rfftfreq(curve.size, 1 / RATE)
    assert power[hz < per_s].sum() > 0.9 * power.sum()
    if per_s >= 2:
        assert abs(curve.mean()) < 0.3
        assert curve.std() == pytest.approx(0.85, abs=0.2)


def test_a_course_begins_anywhere() -> None:
    starts = [Wander(1.0, RATE, FRAMES, rng(seed)).next()[0] for seed in range(200)]
    assert np.std(starts) > 0.5
    assert abs(np.mean(starts)) < 0.25


@pytest.mark.parametrize("frame", [0, 1, FRAMES - 1, FRAMES, 3 * FRAMES + 17])
def test_an_overlaid_sound_is_heard_at_its_frame_and_whole(frame: int) -> None:
    overlay = Overlay(2, FRAMES)
    sound = rng().standard_normal((2, 2 * FRAMES)).astype(np.float32)
    overlay.add(frame, sound)
    made = np.concatenate([overlay.next() for _ in range(7)], axis=1)
    np.testing.assert_array_equal(made[:, frame : frame + 2 * FRAMES], sound)
    assert not made[:, :frame].any()
    assert not made[:, frame + 2 * FRAMES :].any()


def test_overlaid_sounds_add_up_and_one_channel_goes_to_all() -> None:
    overlay = Overlay(2, FRAMES)
    ones = np.ones(100, np.float32)
    overlay.add(10, ones)
    overlay.next()
    overlay.add(FRAMES + 5, ones)
    overlay.add(FRAMES + 55, 2 * ones[np.newaxis])
    assert overlay.position == FRAMES
    block = overlay.next()
    assert block[:, 5:55].tolist() == [[1.0] * 50] * 2
    assert block[:, 55:105].tolist() == [[3.0] * 50] * 2
    assert block[:, 105:155].tolist() == [[2.0] * 50] * 2
    assert block.sum() == 2 * 300


def test_a_block_that_was_read_is_not_changed_later() -> None:
    overlay = Overlay(1, FRAMES)
    overlay.add(0, np.ones(2 * FRAMES, np.float32))
    first = overlay.next()
    overlay.next()
    overlay.add(2 * FRAMES, np.ones(9, np.float32))
    assert first.sum() == FRAMES


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("per_s", [0.0, 30.0, 2000.0])
def test_grains_are_as_many_as_asked(channels: int, per_s: float) -> None:
    clicks = np.array([[1.0], [1.0]], np.float32)
    shots = Shots(clicks, RATE, FRAMES, channels, rng(1))
    blocks = 120
    made = np.concatenate([shots.next(per_s, spread_db=0.0) for _ in range(blocks)], axis=1)
    assert made.shape == (channels, blocks * FRAMES)
    # Each is 1 in power; between two ears it is parted.
    count = float((made.astype(np.float64) ** 2).sum())
    expected = per_s * blocks * FRAMES / RATE
    assert count == pytest.approx(expected, abs=4.5 * np.sqrt(expected) + 0.1)


def test_grains_have_the_shape_of_their_kind_and_both_signs() -> None:
    shape = np.array([[0.0, 3.0, 0.0, 0.0, -2.0]], np.float32)
    shots = Shots(shape, RATE, FRAMES, 1, rng(2))
    made = np.concatenate([shots.next(20.0, spread_db=0.0)[0] for _ in range(50)])
    peaks = np.flatnonzero(np.abs(made) > 2.9)
    assert peaks.size > 20
    np.testing.assert_allclose(made[peaks[:-1] + 3] / made[peaks[:-1]], -2 / 3, atol=1e-3)
    assert (made[peaks] > 0).any()
    assert (made[peaks] < 0).any()


def test_levels_of_grains_spread_as_asked() -> None:
    shots = Shots(np.ones((1, 1), np.float32), RATE, FRAMES, 1, rng(4))
    made = np.concatenate([shots.next(300.0, spread_db=6.0)[0] for _ in range(200)])
    levels = 20 * np.log10(np.abs(made[np.abs(made) > 1e-3]))
    assert np.std(levels) == pytest.approx(6.0, abs=0.5)
    assert np.mean(levels) == pytest.approx(0.0, abs=0.6)


def test_grains_between_two_ears_have_places_of_their_own() -> None:
    shots = Shots(np.ones((1, 1), np.float32), RATE, FRAMES, 2, rng(4))
    made = np.concatenate([shots.next(300.0, spread_db=0.0) for _ in range(100)], axis=1)
    hit = made[:, np.abs(made).max(axis=0) > 1e-3]
    angles = np.degrees(np.arctan2(*np.abs(hit)))
    assert angles.min() < 5
    assert angles.max() > 85
    assert np.mean(angles) == pytest.approx(45, abs=2.5)
