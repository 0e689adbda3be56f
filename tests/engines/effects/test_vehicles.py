"""Engines fire as their cylinders say, rotors beat, trains clatter, horns sound their chords."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import RATE, Wish
from menura.engines.effects.sources.vehicles import bed, event
from menura.errors import NotFound


def rendered(name: str, variant: str, seconds: float, **asked: float) -> NDArray[np.float32]:
    made = bed(name, Wish(variant=variant, **asked), np.random.default_rng(4))
    return np.concatenate([made.next() for _ in range(int(seconds * RATE / 8192))], axis=1)


def strength(sound: NDArray[np.float32], low_hz: float, high_hz: float) -> float:
    """The largest line between two frequencies."""
    power = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1])))
    hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
    return float(power[(hz > low_hz) & (hz < high_hz)].max())


def test_a_drone_sounds_at_twice_its_rotors_turns_and_not_between() -> None:
    sound = rendered("drone", "quadcopter", 6)
    assert strength(sound, 150, 205) > 20 * strength(sound, 225, 290)


def test_an_engine_under_way_rises_in_pitch_as_it_accelerates() -> None:
    sound = rendered("car", "accelerate", 3.4)
    early, late = sound[:, : RATE // 3], sound[:, 2 * RATE : 2 * RATE + RATE // 2]
    pitch = []
    for piece in (early, late):
        power = np.abs(np.fft.rfft(piece[0] * np.hanning(piece.shape[1]), 1 << 17))
        hz = np.fft.rfftfreq(1 << 17, 1 / RATE)
        power[(hz < 25) | (hz > 400)] = 0
        pitch.append(float(hz[np.argmax(power)]))
    assert pitch[1] > 1.5 * pitch[0]


def test_a_starter_whines_and_is_gone_once_the_engine_runs() -> None:
    sound = rendered("car", "start", 5)
    cranked, running = sound[:, : RATE // 2], sound[:, 3 * RATE : 3 * RATE + RATE // 2]
    assert strength(cranked, 380, 560) > 5 * strength(running, 380, 560)


def test_a_bigger_engine_fires_slower() -> None:
    small, large = (rendered("truck", "idle", 4, size=size) for size in (0.0, 1.0))
    centroids = []
    for sound in (small, large):
        power = np.abs(np.fft.rfft(sound[0])) ** 2
        hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
        centroids.append(float((hz * power).sum() / power.sum()))
    assert centroids[0] > 1.3 * centroids[1]


@pytest.mark.parametrize(
    ("variant", "notes_hz"),
    [("car", (410, 510)), ("ship", (98, 147.5)), ("train", (311, 370, 415, 494, 622))],
)
def test_a_horn_sounds_all_its_notes(variant: str, notes_hz: tuple[float, ...]) -> None:
    sound = event("horn", Wish(variant=variant, length_s=4.0), np.random.default_rng(5))
    both = sound[np.newaxis]
    floor = strength(both, 20, 60)
    for note in notes_hz:
        assert strength(both, 0.98 * note, 1.02 * note) > 5 * floor


def test_traffic_passes_from_side_to_side() -> None:
    sound = rendered("traffic", "road", 40)
    power = (sound[:, : 8192 * 230].reshape(2, -1, 8192) ** 2).mean(axis=2)
    lean = 10 * np.log10(power[0] / power[1])
    assert lean.max() > 3
    assert lean.min() < -3


@pytest.mark.parametrize("name", ["horn", "", "ship"])
def test_what_is_no_bed_is_refused(name: str) -> None:
    with pytest.raises(NotFound, match="no bed"):
        bed(name, Wish(variant="car"), np.random.default_rng(0))
