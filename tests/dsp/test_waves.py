import numpy as np
import pytest

from menura.dsp.waves import (
    HOP_FRAMES,
    TABLE_FRAMES,
    accumulate,
    draw_curve,
    find_places,
    make_table,
    read_table,
)

RATE = 44_100


@pytest.mark.parametrize("waves", [1, 2, 4])
def test_a_table_holds_its_harmonics(waves: int) -> None:
    harmonics = np.zeros((waves, 3), np.complex128)
    harmonics[:, 2] = 0.5
    harmonics[0, 0] = -1j
    table = make_table(harmonics)
    turn = 2 * np.pi * np.arange(TABLE_FRAMES) / TABLE_FRAMES
    assert table.shape == (TABLE_FRAMES, waves)
    assert table[:, 0] == pytest.approx(np.sin(turn) + 0.5 * np.cos(3 * turn), abs=1e-5)
    for wave in range(1, waves):
        assert table[:, wave] == pytest.approx(0.5 * np.cos(3 * turn), abs=1e-5)


@pytest.mark.parametrize("hz", [27.5, 440.0, 4000.0, 12_345.6])
def test_a_wave_has_its_pitch_and_nothing_else(hz: float) -> None:
    table = make_table(1 / np.arange(1, max(1, int(19_800 / hz)) + 1)[np.newaxis] + 0j)
    hops = RATE // HOP_FRAMES
    phase = accumulate(np.full(hops + 1, hz), RATE)
    sound = read_table(table, find_places(phase))[:, 0].astype(np.float64)
    size = 1 << 18
    window = np.blackman(sound.size)
    spectrum = np.abs(np.fft.rfft(sound * window, size))
    at = np.fft.rfftfreq(size, 1 / RATE)
    first = np.abs(at - hz) < 0.4 * hz
    assert at[np.argmax(spectrum * first)] == pytest.approx(hz, abs=0.1)
    away = np.abs(at / hz - np.round(at / hz)) * hz > 6
    assert spectrum[away].max() < 1e-3 * spectrum.max()


def test_phase_runs_on_over_minutes() -> None:
    hz = np.full(600 * RATE // HOP_FRAMES, 439.993)
    phase = accumulate(hz, RATE)
    places = find_places(phase[-3:])
    seconds = (np.arange(2 * HOP_FRAMES) + (hz.size - 3) * HOP_FRAMES) / RATE
    expected = (439.993 * seconds % 1) * TABLE_FRAMES
    off = (places - expected + TABLE_FRAMES / 2) % TABLE_FRAMES - TABLE_FRAMES / 2
    assert np.abs(off).max() < 2


def test_a_glide_reads_backwards_and_forwards_without_a_jump() -> None:
    hz = np.concatenate([np.linspace(400, 800, 200), np.linspace(800, 300, 200)])
    table = make_table(np.array([[1 + 0j]]))
    sound = read_table(table, find_places(accumulate(hz, RATE)))[:, 0]
    assert np.abs(np.diff(sound)).max() < 2 * np.pi * 801 / RATE + 1e-3


def test_curves_are_straight_between_hops() -> None:
    curve = draw_curve(np.array([0.0, 1.0, -1.0]))
    assert curve.dtype == np.float32
    assert curve.size == 2 * HOP_FRAMES
    assert curve[:HOP_FRAMES] == pytest.approx(np.arange(HOP_FRAMES) / HOP_FRAMES)
    assert curve[-1] == pytest.approx(-1 + 2 / HOP_FRAMES)
