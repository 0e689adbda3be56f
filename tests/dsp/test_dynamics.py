import numpy as np
import pytest

from menura.dsp.dynamics import (
    LOOK_AHEAD_S,
    RELEASE_DB_PER_S,
    Compressor,
    Limiter,
    saturate,
)

RATE = 24_000


def _limit(x: np.ndarray, cuts: list[int], ceiling_db: float = -1.0, control: int = 1):
    limiter = Limiter(RATE, ceiling_db, len(x), control)
    pieces = [limiter.process(piece) for piece in np.split(x, cuts, axis=1)]
    rest = limiter.finish()
    return np.concatenate([*pieces, rest], axis=1), limiter


def _loud_noise(seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    envelope = np.abs(np.sin(np.arange(int(seconds * RATE)) / 3000)) * 3
    return (rng.standard_normal((1, envelope.size)) * envelope).astype(np.float32)


@pytest.mark.parametrize("at", [0, 3, 40, 110])
@pytest.mark.parametrize("cuts", [[], [1, 60, 130]])
def test_a_peak_in_the_first_milliseconds_is_held_too(at: int, cuts: list[int]) -> None:
    x = np.full((1, RATE), 0.1, np.float32)
    x[:, at] = 1.0
    limited, limiter = _limit(x, cuts, ceiling_db=-6.0)
    assert np.abs(limited).max() <= 10 ** (-6 / 20) * 1.0001
    assert limiter.reduction_db == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize("ceiling_db", [-0.1, -1.0, -6.0, -20.0])
def test_nothing_passes_the_ceiling_and_nothing_is_lost(ceiling_db: float) -> None:
    x = _loud_noise()
    y, limiter = _limit(x, [], ceiling_db)
    assert y.shape == x.shape
    assert np.abs(y).max() <= 10 ** (ceiling_db / 20) * (1 + 1e-6)
    assert limiter.reduction_db == pytest.approx(
        20 * np.log10(np.abs(x).max()) - ceiling_db, abs=0.5
    )


def test_sound_below_the_ceiling_is_untouched() -> None:
    x = _loud_noise() / 20
    y, limiter = _limit(x, [5000, 5001, 20_000])
    assert np.array_equal(x, y)
    assert limiter.reduction_db == 0


@pytest.mark.parametrize("cuts", [[1, 2, 3], [100, 7000], list(range(0, 24_000, 4096))[1:], [60]])
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    x = _loud_noise()
    np.testing.assert_allclose(_limit(x, cuts)[0], _limit(x, [])[0], rtol=0, atol=1e-6)


def test_stems_limited_with_their_mix_add_up_to_it() -> None:
    parts = [_loud_noise(seed=1), _loud_noise(seed=2)]
    mix = parts[0] + parts[1]
    y, _ = _limit(np.concatenate([mix, *parts]), [9000], control=1)
    error = y[0] - y[1:].sum(axis=0)
    assert np.abs(error).max() < 1e-5


def test_the_gain_falls_ahead_of_a_peak_and_recovers_at_the_release_rate() -> None:
    x = np.full((1, RATE), 0.1, np.float32)
    x[0, 6000] = 2.0
    y, _ = _limit(x, [], ceiling_db=0.0)
    gain_db = 20 * np.log10(y[0] / x[0])
    ahead = round(LOOK_AHEAD_S * RATE)
    assert np.all(gain_db[: 6000 - ahead - 1] == 0)
    assert gain_db[6000] == pytest.approx(-6.02, abs=0.1)
    later = gain_db[6000 + 2 * ahead :]
    rising = later[later < -0.5]
    assert np.diff(rising).mean() * RATE == pytest.approx(RELEASE_DB_PER_S, rel=0.02)
    assert gain_db[-1] == pytest.approx(0, abs=1e-4)


def test_silence_and_nothing_at_all() -> None:
    assert not _limit(np.zeros((2, 5000), np.float32), [], control=2)[0].any()
    assert Limiter(RATE, -1.0, 2, 1).finish().shape == (2, 0)


def test_a_compressor_turns_down_by_its_ratio() -> None:
    time_s = np.arange(88_200) / 44_100
    for level_db in (-40.0, -10.0, -4.0):
        sine = np.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * 500 * time_s)
        compressor = Compressor(44_100, threshold_db=-20, ratio=4)
        gain = compressor.gains(sine[None].astype(np.float32))
        wanted_db = min(0.0, (level_db + 20) * (1 / 4 - 1))
        assert 20 * np.log10(gain[-1]) == pytest.approx(wanted_db, abs=0.15)


def test_a_compressor_gives_the_same_gains_however_the_sound_is_cut() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 64 * 400)).astype(np.float32)
    noise *= np.linspace(0, 1, noise.shape[1], dtype=np.float32)
    whole = Compressor(44_100, threshold_db=-30, ratio=3).gains(noise)
    cut = Compressor(44_100, threshold_db=-30, ratio=3)
    pieces = [cut.gains(noise[:, i : i + 6400]) for i in range(0, noise.shape[1], 6400)]
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-6)
    assert np.abs(np.diff(20 * np.log10(whole))).max() < 0.2


def test_a_compressor_lets_go_at_its_rate() -> None:
    loud = np.ones((1, 22_050), np.float32)
    quiet = np.full((1, 44_100), 1e-4, np.float32)
    compressor = Compressor(44_100, threshold_db=-20, ratio=1e9, release_db_per_s=40, knee_db=1e-6)
    compressor.gains(loud)
    gain_db = 20 * np.log10(compressor.gains(quiet))
    assert gain_db[22_050] - gain_db[0] == pytest.approx(20, abs=1.5)


def test_saturation_bends_and_never_passes_its_limit() -> None:
    x = np.linspace(-20, 20, 4001, dtype=np.float32)
    y = saturate(x, 2.0)
    assert np.abs(y).max() <= 0.5
    assert np.all(np.diff(y) >= -1e-6)  # rounding of the cube root
    assert np.allclose(y, -y[::-1])
    small = np.float32(1e-3)
    assert saturate(np.array([small]), 2.0)[0] == pytest.approx(small, rel=1e-6)
    assert saturate(x, 0.0) is x
