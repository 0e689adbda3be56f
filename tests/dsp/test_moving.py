"""`MovingNoise` has the power it is told to have, where and when it is told to."""

import numpy as np
import pytest

from menura.dsp.moving import BINS, HOP_FRAMES, MovingNoise, add_bell, make_shapes, unit_shape
from menura.metrics.texture import band_share, peak_frequency, spectral_slope

RATE = 48_000
FRAMES = 8192
HOPS = FRAMES // HOP_FRAMES


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_band_has_the_rms_of_its_level() -> None:
    shapes = make_shapes([[(500.0, 0.0), (2000.0, 0.0)], [(4000.0, 0.0), (8000.0, -6.0)]], RATE)
    noise = MovingNoise(shapes, FRAMES, 2, rng())
    sound = np.concatenate([noise.next(np.full((HOPS, 2), 0.5)) for _ in range(60)], axis=1)
    assert sound.shape == (2, 60 * FRAMES)
    assert sound.dtype == np.float32
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(np.sqrt(0.5), rel=0.03)
    assert abs(np.corrcoef(sound)[0, 1]) < 0.02


def test_a_band_lies_where_its_curve_says() -> None:
    shapes = make_shapes([[(1000.0, 0.0), (8000.0, -18.0)]], RATE)
    noise = MovingNoise(shapes, FRAMES, 1, rng())
    sound = np.concatenate([noise.next(np.ones((HOPS, 1))) for _ in range(30)], axis=1)
    assert spectral_slope(sound, RATE, 1200, 7000) == pytest.approx(-6.0, abs=0.6)
    assert band_share(sound, RATE, 0, 400) < 0.02


def test_levels_move_from_hop_to_hop() -> None:
    shapes = make_shapes([[(200.0, 0.0), (9000.0, 0.0)]], RATE)
    noise = MovingNoise(shapes, FRAMES, 1, rng())
    levels = np.zeros((HOPS, 1))
    levels[4] = 1.0
    sound = noise.next(levels)[0]
    loud = np.sqrt(np.mean(sound[4 * HOP_FRAMES : 6 * HOP_FRAMES] ** 2))
    assert loud == pytest.approx(np.sqrt(0.5), rel=0.1)
    assert not sound[: 4 * HOP_FRAMES].any()
    assert not sound[6 * HOP_FRAMES :].any()


def test_blocks_join_without_a_seam() -> None:
    shapes = make_shapes([[(100.0, 0.0), (300.0, 0.0)]], RATE)
    noise = MovingNoise(shapes, FRAMES, 1, rng())
    sound = np.concatenate([noise.next(np.ones((HOPS, 1))) for _ in range(20)], axis=1)[0]
    steps = np.abs(np.diff(sound))
    seams = steps[FRAMES - 1 :: FRAMES]
    assert seams.max() < np.quantile(steps, 0.9999)
    power = np.mean(sound.reshape(-1, FRAMES) ** 2, axis=1)
    assert power[0] > 0.4 * power.mean()  # it is under way from its first frame


def test_a_bell_has_its_level_and_follows_its_pitch() -> None:
    shapes = make_shapes([[(100.0, 0.0), (300.0, 0.0)]], RATE)
    for hz in (440.0, 3000.0):
        noise = MovingNoise(shapes, FRAMES, 1, rng())
        blocks = []
        for _ in range(40):
            power = np.zeros((HOPS, BINS), np.float32)
            add_bell(power, np.full(HOPS, hz), 30.0, np.full(HOPS, 0.3), RATE)
            blocks.append(noise.next(np.zeros((HOPS, 1)), power))
        sound = np.concatenate(blocks, axis=1)
        assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.3, rel=0.1)
        assert peak_frequency(sound, RATE) == pytest.approx(hz, rel=0.06)


def test_the_same_seed_makes_the_same_noise() -> None:
    shapes = unit_shape(np.ones(BINS))[np.newaxis]
    first, again, other = (
        MovingNoise(shapes, FRAMES, 1, rng(seed)).next(np.ones((HOPS, 1))) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
