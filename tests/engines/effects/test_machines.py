"""Machines turn as fast as stated, stop and start, and hammers are brighter the harder they hit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import RATE, Wish
from menura.engines.effects.sources.machines import bed, event
from menura.engines.effects.sources.machines.course import Course, mean_states
from menura.engines.effects.sources.machines.responses import respond
from menura.errors import NotFound
from menura.metrics.texture import envelope, spectral_centroid


def rendered(
    name: str, variant: str, seconds: float, intensity: float = 0.5
) -> NDArray[np.float32]:
    made = bed(name, Wish(variant=variant, intensity=intensity), np.random.default_rng(6))
    return np.concatenate([made.next() for _ in range(int(seconds * RATE / 8192))], axis=1)


def test_a_hum_has_lines_at_twice_the_mains_and_little_between() -> None:
    sound = rendered("electricity", "hum", 6)[0]
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    hz = np.fft.rfftfreq(sound.size, 1 / RATE)
    lines = sum(power[np.abs(hz - 100 * k) < 3].sum() for k in range(1, 6))
    assert lines > 0.8 * power.sum()


def test_a_drill_stops_and_starts() -> None:
    level = envelope(rendered("drill", "electric", 20), RATE, 0.1)
    assert level.max() > 3.5 * np.percentile(level, 3)


def test_states_come_one_after_the_other_and_the_last_stays_if_it_is_once() -> None:
    states = [
        {"lasts_s": [0.2, 0.2], "speed": 0.5, "load": 0.0},
        {"lasts_s": [0.3, 0.3], "ramp_s": 0.01, "speed": 1.0, "load": 1.0},
    ]
    course = Course(states, True, np.random.default_rng(0))
    speeds = np.concatenate([course.next()[0][:-1] for _ in range(20)])
    assert speeds[:200] == pytest.approx(0.5)
    assert speeds[400:] == pytest.approx(1.0)
    again = Course(states, False, np.random.default_rng(0))
    speeds = np.concatenate([again.next()[0][:-1] for _ in range(60)])
    share, speed, _ = mean_states(states)
    assert speeds.mean() == pytest.approx(float(share @ speed), abs=0.05)


def test_a_response_has_unit_energy_no_dc_and_its_resonance() -> None:
    table = {"rings": [[800.0, 0.05, 0.0]], "pulse_ms": 0.1}
    response = respond(table, 1.0, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(response, 1 << 15))
    assert np.sum(response**2) == pytest.approx(1, rel=1e-4)
    assert power[0] < 0.01 * power.max()
    assert np.argmax(power) * RATE / (1 << 15) == pytest.approx(800, rel=0.06)


@pytest.mark.parametrize("variant", ["nail", "anvil"])
def test_a_harder_blow_is_brighter(variant: str) -> None:
    soft, hard = (
        np.mean(
            [
                spectral_centroid(
                    event(
                        "hammering", Wish(variant=variant, intensity=i), np.random.default_rng(s)
                    ),
                    RATE,
                )
                for s in range(6)
            ]
        )
        for i in (0.0, 1.0)
    )
    assert hard > 1.1 * soft


def test_what_is_no_machine_is_refused() -> None:
    with pytest.raises(NotFound, match="no bed"):
        bed("hammering", Wish(variant="nail"), np.random.default_rng(0))
    with pytest.raises(NotFound, match="no event"):
        event("fan", Wish(variant="desk"), np.random.default_rng(0))
