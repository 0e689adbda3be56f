import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import Room, find_room, response, room_names
from menura.engines.effects.space.images import mirror, reach_m, trunks
from menura.engines.effects.space.place import LATENCY_S
from menura.engines.effects.space.rooms import BANDS_HZ
from menura.engines.effects.space.standing import crossover_hz, standing_waves
from menura.engines.effects.space.tail import network

INDOORS = [
    name for name in room_names() if find_room(name).volume_m3 > 10 and not find_room(name).is_open
]


def octave(samples: NDArray[np.float32], hz: float, octaves: float = 0.2) -> NDArray[np.float64]:
    """Returns what lies about a frequency; zeros are added so that nothing wraps."""
    frames = samples.shape[1]
    size = 1 << (frames + 4096).bit_length()
    spectra = np.fft.rfft(samples.astype(np.float64), size)
    away = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1) / hz)
    heard = np.fft.irfft(spectra * np.exp(-0.5 * (away / octaves) ** 2), size)
    return np.asarray(heard[:, :frames], np.float64)


def decay_db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    left = np.cumsum(power[::-1])[::-1]
    return np.asarray(10 * np.log10(left / left[0] + 1e-12), np.float64)


def measured_s(power: NDArray[np.float64]) -> tuple[float, float]:
    """Returns the decay time by Schroeder's integration from -5 to -35 dB, and what is not line."""
    level = decay_db(power)
    inside = np.flatnonzero((level <= -5) & (level >= -35))
    line = np.polyfit(inside / RATE, level[inside], 1)
    return -60 / line[0], float(np.abs(np.polyval(line, inside / RATE) - level[inside]).max())


def density(samples: NDArray[np.float64], at: int, half: int = 480) -> float:
    """Returns how much of the window exceeds its deviation, re Gaussian noise.

    Abel and Huang, "A simple, robust measure of reverberation echo density", AES 121 (2006).
    """
    window = np.hanning(2 * half + 1)
    piece = samples[at - half : at + half + 1]
    deviation = np.sqrt((window * piece**2).sum() / window.sum())
    return float((window * (np.abs(piece) > deviation)).sum() / window.sum() / 0.3173)


@pytest.mark.parametrize("name", ["bathroom", "hall", "church", "metal cave", "tank", "cellar"])
def test_each_band_decays_as_eyring_says_without_a_seam(name: str) -> None:
    room = find_room(name)
    answers = [response(room, np.random.default_rng(seed)) for seed in range(3)]
    frames = min(answer.shape[1] for answer in answers)
    for hz, wanted_s in list(zip(BANDS_HZ, room.decay_s, strict=True))[1:6]:
        power = np.zeros(frames)
        for answer in answers:
            power += (octave(answer, hz) ** 2).sum(axis=0)[:frames]
        decay_s, away_db = measured_s(power)
        assert decay_s == pytest.approx(wanted_s, rel=0.1), hz
        assert away_db < 1.5, hz


@pytest.mark.parametrize("name", ["hall", "church", "cathedral", "kitchen", "dungeon"])
def test_the_reverberant_field_has_the_level_of_diffuse_field_theory(name: str) -> None:
    # Direct sound at 1 m against the field: V = 312 T (Kuttruff, critical distance), for what comes
    # after 80 ms: times exp(-13.8 * 0.08 / T).
    room = find_room(name)
    after = round(0.08 * RATE)
    powers = []
    for seed in range(4):
        answer = octave(response(room, np.random.default_rng(seed)), 1000)
        powers.append((answer[:, after:] ** 2).sum())
    click = np.zeros((1, RATE), np.float32)
    click[0, RATE // 2] = 1
    direct = (octave(click, 1000) ** 2).sum()
    decay_s = room.decay_s[3]
    wanted = 312 * decay_s / room.volume_m3 * np.exp(-13.8 * 0.085 / decay_s)
    assert 10 * np.log10(np.mean(powers) / direct / wanted) == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize("name", ["room", "hall", "church", "corridor"])
def test_echoes_become_dense(name: str) -> None:
    room = find_room(name)
    answer = octave(response(room, np.random.default_rng(1)), 4000, 1.0)[0]
    mixed = round(reach_m(room) / 343 * RATE)
    dense = np.mean([density(answer, mixed + 480 * step) for step in range(5)])
    assert dense > 0.85
    assert density(answer, 481) < dense - 0.1


@pytest.mark.parametrize("name", INDOORS)
def test_the_tail_is_wide_above_500_hz_and_narrow_below_150(name: str) -> None:
    answer = response(find_room(name), np.random.default_rng(2))
    late = answer[:, answer.shape[1] // 5 : -answer.shape[1] // 5]
    spectra = np.fft.rfft(late)
    hz = np.fft.rfftfreq(late.shape[1], 1 / RATE)

    def likeness(inside: NDArray[np.bool_]) -> float:
        left, right = spectra[:, inside]
        power = np.sqrt((np.abs(left) ** 2).sum() * (np.abs(right) ** 2).sum())
        return float(np.real((left.conj() * right).sum()) / power)

    assert abs(likeness(hz > 500)) < 0.2
    if answer.shape[1] > RATE // 2:
        assert likeness((hz > 40) & (hz < 150)) > 0.6


def test_first_mirror_images_are_where_they_must_be() -> None:
    room = Room(
        name="box",
        dimensions_m=(6, 5, 3),
        absorption=((0.19,) * 7,) * 6,
        objects_m2=(0.0,) * 7,
        scattering=0.0,
    )
    source, listener = np.array([2.0, 1.0, 1.5]), np.array([4.0, 3.0, 1.0])
    images = mirror(room, source, listener)
    first = sorted(images.path_m[images.orders == 1])
    mirrored = [(-2, 1, 1.5), (10, 1, 1.5), (2, -1, 1.5), (2, 9, 1.5), (2, 1, -1.5), (2, 1, 4.5)]
    wanted = sorted(float(np.linalg.norm(np.array(m) - listener)) for m in mirrored)
    assert first == pytest.approx(wanted)
    # A side that absorbs 0.19 sends back 0.9 of the pressure; the air's share is small here.
    nearest = int(np.argmin(images.path_m))
    assert images.gains[nearest, 2] * images.path_m[nearest] == pytest.approx(0.9, abs=0.01)
    ordered = images.path_m <= reach_m(room)
    assert ordered.sum() == pytest.approx(700, rel=0.05)


def test_the_first_echo_of_a_response_comes_when_it_must() -> None:
    # Nothing but grass: the sound from the floor is the only one, and comes after the direct sound.
    room = find_room("field")
    answer = response(room, np.random.default_rng(3), distance_m=10.0)
    came = np.abs(answer).max(axis=0).argmax() / RATE - LATENCY_S
    lengths = [np.hypot(10, high) - np.hypot(10, low) for high, low in ((3.09, 0.49), (2.80, 0.2))]
    assert min(lengths) / 343 - 3e-4 < came < max(lengths) / 343 + 3e-4


def test_a_far_source_has_no_echo_louder_than_itself() -> None:
    for name in ("field", "forest"):
        answer = response(find_room(name), np.random.default_rng(3), distance_m=60.0)
        assert np.abs(answer).max() < 1 / 60


def test_a_canyon_answers_with_single_echoes() -> None:
    # 160 m wide: the listener near the middle hears both sides after some 0.35 to 0.6 s.
    answer = octave(response(find_room("canyon"), np.random.default_rng(5)), 1000, 0.5)
    power = (answer**2).sum(axis=0)
    frames = round(0.01 * RATE)
    level = 10 * np.log10(power[: 100 * frames].reshape(100, frames).sum(axis=1) + 1e-12)
    echoes = [i for i in range(30, 64) if level[i] > np.median(level[30:64]) + 12]
    assert 2 <= len(echoes) <= 6


def test_trunks_scatter_nothing_low() -> None:
    echoes = trunks(find_room("forest"), np.array([10.0, 5.0, 0.0]), np.random.default_rng(1))
    assert 1700 < echoes.path_m.size < 2400  # 0.08 for each of 25,447 square metres
    mean = np.sqrt((echoes.gains**2).mean(axis=0))
    assert mean[0] < 0.3 * mean[3]


def test_standing_waves_are_those_of_the_box() -> None:
    room = find_room("tank")
    edge = crossover_hz(room)
    source, listener = np.array([0.4, 0.5, 0.3]), np.array([2.9, 1.6, 1.5])
    waves = standing_waves(room, source, listener, edge, 9000)[0]
    level = np.abs(np.fft.rfft(waves * np.hanning(9000)))
    hz = np.fft.rfftfreq(9000, 16 / RATE)
    below = (hz > 20) & (hz < 110)
    peaks = [
        float(hz[i])
        for i in np.flatnonzero(below)
        if level[i] > level[i - 1] and level[i] >= level[i + 1] and level[i] > 0.03 * level.max()
    ]
    size = np.array(room.dimensions_m)
    modes = [
        343 / 2 * float(np.sqrt(((np.array(n) / size) ** 2).sum()))
        for n in itertools.product(range(3), repeat=3)
        if any(n)
    ]
    assert len(peaks) >= 4
    assert all(min(abs(peak - mode) for mode in modes) < 0.5 for peak in peaks)


def test_standing_waves_have_the_power_of_the_diffuse_field() -> None:
    # 4 pi c / (V RATE), half of it at each ear, of which 150 Hz are (500 - 350) / (RATE / 2).
    room = find_room("tank")
    rng = np.random.default_rng(9)
    size = np.array(room.dimensions_m)
    powers = []
    for _ in range(60):
        places = size * rng.random((2, 3))
        waves = standing_waves(room, places[0], places[1], 800.0, 600)
        spectra = np.fft.rfft(waves)
        hz = np.fft.rfftfreq(600, 16 / RATE)
        inside = (hz >= 350) & (hz < 500)
        powers.append((np.abs(spectra[:, inside]) ** 2).sum() / 600**2 * 2 / 2)
    falling = np.exp(-13.8 * np.arange(600) * 16 / RATE / room.decay_s[1]).mean()
    wanted = 4 * np.pi * 343 / (room.volume_m3 * RATE) / 2 * 150 / (RATE / 2) * falling
    # In a box this small modes along the sides add S c / (8 V f) = 0.2 of it, 0.9 dB.
    assert 10 * np.log10(np.mean(powers) / wanted) == pytest.approx(0.9, abs=1.2)


def test_bare_sides_throw_sound_to_and_fro() -> None:
    room = Room(
        name="box",
        dimensions_m=(30, 3, 4),
        absorption=(*((0.9,) * 7,) * 2, *((0.02,) * 7,) * 2, *((0.9,) * 7,) * 2),
        objects_m2=(0.0,) * 7,
        scattering=0.0,
    )
    source, listener = np.array([14.0, 1.0, 1.5]), np.array([15.0, 2.0, 1.5])
    images = mirror(room, source, listener, flutter_s=0.8)
    late = images.path_m > reach_m(room)
    assert np.abs(images.directions[late]).max(axis=1).min() > 0.99  # along one axis
    assert (np.abs(images.directions[late, 1]) > 0.99).sum() > 50
    # Each side of the listener hears two images for every 6 m, twice the width.
    paths = np.sort(images.path_m[late & (images.directions[:, 1] > 0.99)])
    assert np.diff(paths[::2]) == pytest.approx(6.0, abs=0.02)
    assert not (mirror(room, source, listener).path_m > reach_m(room)).any()


def test_the_network_loses_nothing_and_its_outputs_are_strangers() -> None:
    noise = network(96_000, 3000, np.random.default_rng(4))
    quarters = (noise.reshape(2, 4, -1) ** 2).mean(axis=2)
    assert np.abs(quarters - 1).max() < 0.15
    assert abs(float((noise[0] * noise[1]).mean())) < 0.1


@pytest.mark.parametrize("name", room_names())
def test_every_place_answers_within_limits(name: str) -> None:
    room = find_room(name)
    answer = response(room, np.random.default_rng(6))
    assert answer.dtype == np.float32
    assert answer.shape[0] == 2
    assert answer.shape[1] <= 12.1 * RATE
    assert np.isfinite(answer).all()
    again = response(room, np.random.default_rng(6))
    assert np.array_equal(answer, again)
    if name == "dry" or not room.dimensions_m:
        assert not answer.any()
        return
    # No sum of mirror images that stays: mean pressure, and where it ends.
    assert abs(float(answer.sum(axis=1).max())) < 0.05 * np.abs(answer).sum()
    assert np.abs(answer[:, -48:]).max() < 1e-2 * np.abs(answer).max()
    other = response(room, np.random.default_rng(7))
    assert other.shape != answer.shape or not np.allclose(other, answer)
