import itertools

import numpy as np
import pytest

from menura.dsp.reverb import Room, echo, respond

RATE = 44_100


def decay_s(response: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Returns T60 in a band by backward integration (Schroeder, JASA 37, 1965), -5 to -25 dB."""
    size = 2 * response.size
    spectrum = np.fft.rfft(response, size)
    hz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    band = np.fft.irfft(spectrum, size)[: response.size]
    level = 10 * np.log10(np.cumsum((band**2)[::-1])[::-1] / (band**2).sum() + 1e-12)
    start, stop = np.argmax(level < -5), np.argmax(level < -25)
    return 3 * (stop - start) / RATE


def test_a_room_decays_as_it_should_in_each_band() -> None:
    room = Room(decay_s=(2.0, 1.6, 1.2, 0.7), size_m=12)
    response = respond(room, RATE, np.random.default_rng(0))
    for (low, high), wanted in zip(
        [(60, 160), (400, 650), (1600, 2600), (6500, 14_000)], room.decay_s, strict=True
    ):
        for ear in response:
            assert decay_s(ear, low, high) == pytest.approx(wanted, rel=0.2)
    assert (response**2).sum(axis=1) == pytest.approx([1, 1], rel=1e-3)
    assert abs(np.corrcoef(response)[0, 1]) < 0.1


def test_a_larger_room_answers_more_sparsely_at_first() -> None:
    small, large = (
        respond(Room(decay_s=(1, 1, 1, 1), size_m=size), RATE, np.random.default_rng(0))
        for size in (3.0, 25.0)
    )
    early = slice(0, round(0.03 * RATE))
    peaky = [np.mean(r[0, early] ** 4) / np.mean(r[0, early] ** 2) ** 2 for r in (small, large)]
    assert peaky[1] > 2 * peaky[0]  # kurtosis: 3 for noise, more for single echoes


def test_a_delay_comes_before_everything() -> None:
    room = Room(decay_s=(1, 1, 1, 1), size_m=5, delay_s=0.05)
    response = respond(room, RATE, np.random.default_rng(0))
    assert not response[:, : round(0.05 * RATE)].any()


def test_echoes_come_in_time_fall_and_darken() -> None:
    response = echo(RATE, 0.25, 0.5)
    mono = response.sum(axis=0)
    step = RATE // 4
    energies = [(mono[k * step - 10 : k * step + 400] ** 2).sum() for k in range(1, 5)]
    assert all(after < 0.35 * before for before, after in itertools.pairwise(energies))
    sides = [np.argmax(np.abs(response[:, k * step - 10 : k * step + 400]).sum(1)) for k in (1, 2)]
    assert sides == [0, 1]
    bright = [np.abs(np.fft.rfft(mono[k * step - 10 : k * step + 400], 1024)) for k in (1, 3)]
    share = [b[200:].sum() / b.sum() for b in bright]
    assert share[1] < share[0]
