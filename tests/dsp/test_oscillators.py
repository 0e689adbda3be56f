import numpy as np
import pytest

from menura.dsp import oscillators


@pytest.mark.parametrize(
    ("wave", "expected"),
    [
        ("saw", [1.0, 1 / 2, 1 / 3, 1 / 4]),
        ("triangle", [1.0, 0.0, 1 / 9, 0.0]),
        ("sine", [1.0, 0.0, 0.0, 0.0]),
    ],
)
def test_harmonics_of_the_waves(wave: str, expected: list[float]) -> None:
    size = np.abs(getattr(oscillators, wave)(4))
    assert size / size[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("width", [0.125, 0.25, 0.5, 0.37])
def test_a_pulse_is_up_for_its_width(width: float) -> None:
    cycle = oscillators.tabulate(oscillators.pulse(2000, width)[np.newaxis])[0]
    assert np.mean(cycle > cycle.mean()) == pytest.approx(width, abs=0.01)
    assert np.percentile(cycle, 99) - np.percentile(cycle, 1) == pytest.approx(2, abs=0.1)


def test_a_saw_falls_from_one_to_minus_one() -> None:
    cycle = oscillators.tabulate(oscillators.saw(2000)[np.newaxis])[0]
    places = np.arange(oscillators.SIZE) / oscillators.SIZE
    inside = (places > 0.01) & (places < 0.99)
    assert np.abs(cycle - (1 - 2 * places))[inside].max() < 0.06


@pytest.mark.parametrize("resonance", [0.0, 2.0, 3.5])
def test_a_ladder_is_flat_then_falls_by_24_db(resonance: float) -> None:
    hz = np.array([1.0, 1000.0, 16_000.0, 32_000.0])
    response = np.abs(oscillators.ladder(hz, np.array([1000.0]), resonance))[0]
    decibels = 20 * np.log10(response)
    assert decibels[2] - decibels[3] == pytest.approx(24.08, abs=0.1)
    # (1 + j)^4 = -4: at the cutoff the gain is (1 + k / 2) / (4 - k).
    assert response[1] == pytest.approx((1 + resonance / 2) / (4 - resonance), rel=1e-6)
    assert response[0] == pytest.approx((1 + resonance / 2) / (1 + resonance), rel=1e-3)


def test_saturation_adds_only_what_fits() -> None:
    pure = oscillators.sine(12)[np.newaxis]
    bent = np.abs(oscillators.saturate(pure, 2.0))[0]
    assert bent.size == 12
    assert bent[1] < 1e-5
    # Fourier series of tanh(2 sin x): third against first harmonic, by quadrature.
    x = np.arange(4096) * 2 * np.pi / 4096
    series = [np.mean(np.tanh(2 * np.sin(x)) * np.sin(k * x)) for k in (1, 3)]
    assert bent[2] / bent[0] == pytest.approx(abs(series[1] / series[0]), rel=1e-3)
    uneven = np.abs(oscillators.saturate(pure, 2.0, 0.5))[0]
    assert uneven[1] > 0.02
    gentle = np.abs(oscillators.saturate(pure, np.array([0.05])))[0]
    assert gentle[0] == pytest.approx(1, abs=0.01)


def test_what_is_read_is_in_tune_and_clean() -> None:
    table = oscillators.tabulate(oscillators.saw(20)[np.newaxis])
    rate, frames = 44_100, 1 << 15
    hz = 41 * rate / frames * 17
    sound = oscillators.read(table, np.arange(frames) * hz / rate + 0.3)
    spectrum = np.abs(np.fft.rfft(sound)) / frames * np.pi
    own = np.arange(1, 21) * 41 * 17
    assert spectrum[own] == pytest.approx(1 / np.arange(1, 21), rel=0.01)
    spectrum[own] = 0
    assert spectrum.max() < 10 ** (-76 / 20)


def test_layers_are_mixed_between_their_neighbours() -> None:
    tables = oscillators.tabulate(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    turns = np.arange(1000) / 100
    layer = np.repeat([0, 1], 500)
    share = np.full(1000, 0.25, np.float32)
    sound = oscillators.read(tables, turns, layer, share)
    first = 0.75 * np.cos(2 * np.pi * turns) + 0.25 * np.cos(4 * np.pi * turns)
    second = 0.75 * np.cos(4 * np.pi * turns)
    assert sound == pytest.approx(np.concatenate([first[:500], second[500:]]), abs=0.01)


def test_a_phase_far_on_is_read_like_one_near_the_start() -> None:
    table = oscillators.tabulate(np.array([[1.0, 0.5j], [0.2, 0.1]]))
    turns = np.linspace(0, 900, 8_000)
    layer = (np.arange(8_000) % 2 == 0).astype(np.int32)
    near = oscillators.read(table, turns + 3, layer)
    far = oscillators.read(table, turns + 3 + 2**40, layer)
    np.testing.assert_allclose(far, near, atol=5e-3)
    at = ((turns + 3) * oscillators.SIZE).astype(np.int64) % oscillators.SIZE
    np.testing.assert_array_equal(near, table[layer, at])


def test_layers_side_by_side_are_looked_up_as_they_are_read() -> None:
    rng = np.random.default_rng(1)
    tables = rng.standard_normal((3, oscillators.SIZE)).astype(np.float32)
    frames, step = 5_000, 0.0123
    layer = np.repeat(np.array([0, 1, 2], np.int32), [2_000, 2_000, 1_000])
    share = np.where(layer < 2, 0.3, 0.0).astype(np.float32)
    found = np.empty(frames, np.complex64)
    phase = oscillators.count_steady(0.25, step, frames)
    first = layer.astype(np.uint32) * np.uint32(oscillators.SIZE)
    oscillators.look_up(oscillators.pair(tables), phase, first, found)
    places = ((0.25 + np.arange(frames) * step) % 1 * oscillators.SIZE).astype(int)
    above = np.minimum(layer + 1, 2)
    wanted = (1 - share) * tables[layer, places] + share * tables[above, places]
    heard = found.real + share * found.imag
    # Where rounding decides, the neighbour is read.
    assert np.mean(np.abs(heard - wanted) < 1e-5) > 0.995


def test_a_phase_counts_the_same_whether_its_pitch_moves_or_not() -> None:
    turns = 1_000.7 + 0.31 * np.arange(8_000)
    steady = oscillators.count_steady(1_000.7, 0.31, 8_000)
    moving = oscillators.count_moving(turns)
    apart = (steady - moving).view(np.int32) / 2**32
    assert np.abs(apart).max() < 1e-5
    shares = np.array([0.25, 0.75, -0.25], np.float32)
    counted = oscillators.count_share(shares) / 2**32
    assert counted == pytest.approx([0.25, 0.75, 0.75], abs=1e-6)
