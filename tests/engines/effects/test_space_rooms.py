import numpy as np
import pytest

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import (
    barrier_names,
    colour,
    find_barrier,
    find_room,
    room_names,
)
from menura.engines.effects.space.air import Medium, absorption_db_m, path_filter
from menura.engines.effects.space.rooms import BANDS_HZ, Room
from menura.errors import NotFound


@pytest.mark.parametrize(
    ("temperature_c", "wanted"),
    # ISO 9613-2:1996, table 2, 70 %: dB per kilometre in the octave bands from 125 Hz.
    [
        (10.0, (0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0)),
        (20.0, (0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6)),
    ],
)
def test_air_absorbs_as_in_the_standard(temperature_c: float, wanted: tuple[float, ...]) -> None:
    lost = 1000 * absorption_db_m(np.array(BANDS_HZ), temperature_c, 70.0)
    assert lost.tolist() == pytest.approx(wanted, rel=0.03, abs=0.05)


def test_air_at_20_degrees_and_50_percent_takes_a_tenth_of_a_decibel_per_metre_at_8_khz() -> None:
    assert absorption_db_m(np.array([8000.0]))[0] == pytest.approx(0.105, rel=0.02)


def test_dry_air_absorbs_most_and_water_nothing() -> None:
    at = np.array([4000.0])
    assert absorption_db_m(at, 20, 10) > 2 * absorption_db_m(at, 20, 80)
    response = path_filter(Medium(air=False, speed_m_s=1480.0), 500.0)
    assert np.abs(np.abs(np.fft.rfft(response)) - 1).max() < 1e-3


@pytest.mark.parametrize("distance_m", [30.0, 100.0, 400.0])
def test_a_stretch_of_air_takes_its_part_of_each_frequency(distance_m: float) -> None:
    spectrum = np.abs(np.fft.rfft(path_filter(Medium(), distance_m), RATE))
    for hz in (500, 2000, 5000):
        lost_db = absorption_db_m(np.array([float(hz)]))[0] * distance_m
        assert -20 * np.log10(spectrum[hz]) == pytest.approx(lost_db, abs=0.5)


def test_decay_follows_eyring_and_kuttruff() -> None:
    # 10 x 8 x 5 m, all sides 0.3, nothing inside: V = 400, S = 340, T = 0.161 * 400 / 121.3.
    sides = ((0.3,) * 7,) * 6
    room = Room(name="box", dimensions_m=(10, 8, 5), absorption=sides, objects_m2=(0.0,) * 7)
    assert room.decay_s[0] == pytest.approx(0.1611 * 400 / (340 * -np.log(0.7)), rel=0.01)
    # At 8 kHz 4 m V = 4 * 0.0242 * 400 joins in.
    wanted = 0.1611 * 400 / (340 * -np.log(0.7) + 4 * 0.02424 * 400)
    assert room.decay_s[-1] == pytest.approx(wanted, rel=0.02)


def test_a_room_twice_as_large_rings_twice_as_long_but_for_the_air() -> None:
    small, large = find_room("kitchen"), find_room("kitchen").resized(2)
    assert large.volume_m3 == pytest.approx(8 * small.volume_m3)
    assert large.decay_s[1] == pytest.approx(2 * small.decay_s[1], rel=0.02)
    assert large.decay_s[-1] < 1.8 * small.decay_s[-1]
    assert find_room("dry").resized(2) == find_room("dry")


@pytest.mark.parametrize(
    ("name", "low_s", "high_s"),
    [
        ("living room", 0.3, 0.6),  # Kuttruff, chapter 7: furnished rooms about half a second
        ("office", 0.25, 0.6),
        ("car interior", 0.03, 0.1),
        ("concert hall", 1.8, 2.3),  # Beranek, "Concert Halls and Opera Houses", 2004: occupied
        ("church", 2.5, 5.0),
        ("cathedral", 5.0, 10.0),
        ("tank", 2.5, 5.0),
        ("metal cave", 3.0, 6.5),
    ],
)
def test_rooms_ring_as_long_as_rooms_of_their_kind(name: str, low_s: float, high_s: float) -> None:
    assert low_s <= find_room(name).decay_s[3] <= high_s


def test_every_name_finds_one_room() -> None:
    from menura.engines.effects.space.rooms import _tables

    names = list(room_names())
    for table in _tables()["rooms"].values():
        names += table.get("also", [])
    assert len(names) == len(set(names))
    for name in names:
        room = find_room(name.upper().replace(" ", "_"))
        assert len(room.decay_s) == len(BANDS_HZ)
    with pytest.raises(NotFound, match="no room is called 'nowhere'"):
        find_room("nowhere")
    with pytest.raises(NotFound, match="no barrier"):
        find_barrier("nothing")


def test_materials_absorb_shares_and_name_their_source() -> None:
    from menura.engines.effects.space.rooms import _tables

    for name, table in _tables()["materials"].items():
        assert len(table["absorption"]) == len(BANDS_HZ), name
        assert all(0 < share <= 1 for share in table["absorption"]), name
        assert table["source"][:2] in {"K:", "K,", "V", "V:", "D:"}, name


@pytest.mark.parametrize(
    ("name", "passed_hz", "stopped_hz"),
    [
        ("phone", (500, 1000, 3000), (100, 6000, 12_000)),
        ("radio", (200, 1000, 4000), (40, 7000, 12_000)),
        ("underwater", (100, 300), (2000, 6000)),
    ],
)
def test_colouring_places_pass_their_band(
    name: str, passed_hz: tuple[int, ...], stopped_hz: tuple[int, ...]
) -> None:
    response = colour(find_room(name))
    assert response is not None
    level = 20 * np.log10(np.abs(np.fft.rfft(response, RATE)) + 1e-9)
    assert all(abs(level[hz]) < 4 for hz in passed_hz)
    assert all(level[hz] < -24 for hz in stopped_hz)


@pytest.mark.parametrize("name", barrier_names())
def test_barriers_keep_back_more_the_higher_it_is(name: str) -> None:
    barrier = find_barrier(name)
    response = colour(barrier)
    assert response is not None
    assert barrier.loss_db > 0
    level = 20 * np.log10(np.abs(np.fft.rfft(response, RATE)))
    assert level[60] == pytest.approx(0, abs=1.5)
    assert level[250] > level[1000] + 4
    assert level[1000] > level[4000] + 4


def test_a_room_without_a_curve_does_not_colour() -> None:
    assert colour(find_room("church")) is None
