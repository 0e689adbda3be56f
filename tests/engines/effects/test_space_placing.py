import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import Placer, find_room
from menura.engines.effects.space.air import absorption_db_m

FIELD = find_room("field")


def white(channels: int, seed: int = 0, frames: int = RATE) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((channels, frames)).astype(np.float32)


def level_db(samples: NDArray[np.float32], hz: float) -> NDArray[np.float64]:
    spectra = np.abs(np.fft.rfft(samples)) ** 2
    at = np.fft.rfftfreq(samples.shape[1], 1 / RATE)
    inside = (at > hz / 1.15) & (at < hz * 1.15)
    return np.asarray(10 * np.log10(spectra[:, inside].sum(axis=1) + 1e-20))


def likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


def later_s(heard: NDArray[np.float32]) -> float:
    """Returns by how much the right ear hears it later, to a fraction of a frame."""
    spectra = np.fft.rfft(heard)
    spectra[:, np.fft.rfftfreq(heard.shape[1], 1 / RATE) > 15_000] = 0
    padded = 16 * heard.shape[1]
    likeness = np.fft.irfft(spectra[1] * spectra[0].conj(), padded)
    at = int(np.argmax(likeness))
    return (at - padded if at > padded // 2 else at) / (16 * RATE)


@pytest.mark.parametrize(
    ("direction", "low_ms", "high_ms"),
    [(90.0, -0.70, -0.60), (-90.0, 0.60, 0.70), (0.0, -0.01, 0.01), (30.0, -0.30, -0.22)],
)
def test_a_head_hears_the_far_side_later(direction: float, low_ms: float, high_ms: float) -> None:
    # Woodworth: a / c (angle + sin angle): 0.656 ms at 90 degrees, 0.261 ms at 30.
    placer = Placer(direction, 2.0, FIELD, binaural=True)
    click = np.zeros((1, 4096), np.float32)
    click[0, 100] = 1
    assert low_ms <= 1000 * later_s(placer.process(click)) <= high_ms


def test_a_head_shades_the_far_ear_and_only_high_frequencies() -> None:
    heard = Placer(90.0, 2.0, FIELD, binaural=True).process(white(1))
    low, high = level_db(heard, 120), level_db(heard, 6000)
    assert abs(low[0] - low[1]) < 2
    assert 12 < high[1] - high[0] < 26  # Brown and Duda: 2 / (about 0.27)


@pytest.mark.parametrize("binaural", [True, False])
def test_behind_is_darker(binaural: bool) -> None:
    ahead = Placer(0.0, 2.0, FIELD, binaural=binaural).process(white(1))
    behind = Placer(180.0, 2.0, FIELD, binaural=binaural).process(white(1))
    assert level_db(ahead, 300)[0] - level_db(behind, 300)[0] == pytest.approx(0, abs=0.3)
    assert 3 < level_db(ahead, 8000)[0] - level_db(behind, 8000)[0] < 8


@pytest.mark.parametrize("direction", [-90.0, -40.0, 0.0, 25.0, 90.0])
def test_the_powers_of_both_channels_add_up_to_the_source(direction: float) -> None:
    sound = white(1)
    heard = Placer(direction, 1.0, FIELD, binaural=False).process(sound)
    wanted = level_db(sound, 1000)[0]
    got = 10 * np.log10((10 ** (level_db(heard, 1000) / 10)).sum())
    assert got == pytest.approx(wanted, abs=0.3)


def test_the_right_channel_is_the_right() -> None:
    heard = Placer(60.0, 1.0, FIELD, binaural=False).process(white(1))
    left, right = level_db(heard, 1000)
    assert right > left + 10


def test_level_falls_by_6_db_per_doubling_and_high_frequencies_by_the_air() -> None:
    sound = white(1)
    near, far = (Placer(0, m, FIELD, binaural=False).process(sound) for m in (100.0, 200.0))
    air_db = absorption_db_m(np.array([500.0, 8000.0])) * 100
    for hz, lost_db in zip((500, 8000), air_db, strict=True):
        fallen = level_db(near, hz)[0] - level_db(far, hz)[0]
        assert fallen == pytest.approx(6.02 + lost_db, abs=0.6)
    kept = Placer(0, 200.0, FIELD, binaural=False, gain=False).process(sound)
    assert level_db(kept, 500)[0] - level_db(far, 500)[0] == pytest.approx(46.02, abs=0.05)


def test_nothing_is_nearer_than_half_a_metre() -> None:
    sound = white(1)
    touching, half = (Placer(0, m, FIELD, binaural=False).process(sound) for m in (0.01, 0.5))
    assert level_db(touching, 500)[0] == pytest.approx(level_db(half, 500)[0], abs=0.01)


def test_a_bed_of_two_channels_keeps_its_width_and_is_no_louder_for_it() -> None:
    sound = white(2)
    heard = Placer(0, 1.0, FIELD, binaural=False).process(sound)
    assert abs(likeness(*heard)) < 0.2
    # Channel by channel: 1 ms late, and 0.13 ms less where it is nearer.
    for own, got in zip(sound, heard, strict=True):
        assert likeness(got[42:], own[:-42]) > 0.85
    single = Placer(0, 1.0, FIELD, binaural=False).process(white(1))
    power = [10 * np.log10((part.astype(np.float64) ** 2).sum()) for part in (heard, single)]
    assert power[0] == pytest.approx(power[1], abs=0.5)


def test_a_source_with_width_is_wide() -> None:
    point = Placer(0, 1.0, FIELD, binaural=False).process(white(1))
    wide = Placer(0, 1.0, FIELD, width=1.0, binaural=False).process(white(1))
    assert likeness(*point) > 0.99
    assert abs(likeness(*wide)) < 0.3
    assert level_db(wide, 1000).mean() == pytest.approx(level_db(point, 1000).mean(), abs=1.5)


@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_of_any_length_give_the_same(channels: int) -> None:
    sound = white(channels, frames=20_000)
    whole = Placer(50, 20.0, FIELD, width=0.5, binaural=True).process(sound)
    placer = Placer(50, 20.0, FIELD, width=0.5, binaural=True)
    edges = [0, 1, 700, 8892, 8893, 17_085, 20_000]
    parts = [placer.process(sound[:, a:b]) for a, b in itertools.pairwise(edges)]
    assert np.abs(np.concatenate(parts, axis=1) - whole).max() < 1e-6
    placer.process(np.zeros((channels, 4096), np.float32))
    assert not placer.process(np.zeros((channels, 4096), np.float32)).any()
