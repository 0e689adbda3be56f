"""Signals keep their standards: pitches, patterns, strokes and partials."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import RATE, Wish
from menura.engines.effects.sources.signals import bed, event
from menura.errors import NotFound
from menura.metrics.texture import envelope


def rendered(name: str, variant: str, seconds: float) -> NDArray[np.float32]:
    made = bed(name, Wish(variant=variant), np.random.default_rng(7))
    return np.concatenate([made.next() for _ in range(int(seconds * RATE / 8192))], axis=1)


def lines(sound: NDArray[np.float32], *hz: float) -> list[float]:
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    at = np.fft.rfftfreq(sound.size, 1 / RATE)
    return [float(power[np.abs(at - each) < 0.012 * each].max()) for each in hz]


def test_a_fire_alarm_sounds_three_times_and_pauses() -> None:
    on = envelope(rendered("alarm", "fire", 12.2), RATE) > 0.02
    starts = np.flatnonzero(on[1:] & ~on[:-1]) / 1000
    gaps = np.diff(starts)
    assert sorted(np.unique(np.round(gaps, 1)).tolist()) == [1.0, 2.0]


def test_a_telephone_rings_two_seconds_and_rests_four() -> None:
    on = envelope(rendered("phone", "classic", 18), RATE, 0.05) > 0.01
    assert on.mean() == pytest.approx(1 / 3, abs=0.12)


def test_a_dial_tone_is_two_tones() -> None:
    low, between, high = lines(rendered("phone", "dial", 4)[0], 350, 395, 440)
    assert min(low, high) > 50 * between


def test_an_ambulance_goes_up_a_fourth_and_down_again() -> None:
    sound = rendered("siren", "ambulance", 6)[0]
    first, second = sound[: RATE // 2], sound[int(0.8 * RATE) : int(1.3 * RATE)]
    assert np.greater(*lines(first, 435, 580))
    assert np.greater(*lines(second, 580, 435))


def test_a_church_bell_has_hum_prime_tierce_and_nominal() -> None:
    sound = np.ravel(event("bell", Wish(variant="church"), np.random.default_rng(8)))
    power = np.abs(np.fft.rfft(sound * np.hanning(2 * sound.size)[sound.size :]))
    hz = np.fft.rfftfreq(sound.size, 1 / RATE)
    strong = hz[power > 0.03 * power.max()]
    low = (hz > 85) & (hz < 135)
    hum = float(hz[low][np.argmax(power[low])])
    for ratio in (2.0, 2.37, 4.0):
        assert np.any(np.abs(strong / hum / ratio - 1) < 0.025)


def test_a_gong_brightens_after_the_blow() -> None:
    sound = np.ravel(event("gong", Wish(variant="gong", intensity=0.8), np.random.default_rng(9)))
    high = np.diff(sound)
    early, later = (float(np.sum(high[a:b] ** 2)) for a, b in ((0, 2400), (9600, 12000)))
    assert later > early


def test_a_censor_tone_is_exact() -> None:
    sound = np.ravel(event("beep", Wish(variant="censor", length_s=2.0), np.random.default_rng(1)))
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 18))
    assert np.argmax(power) * RATE / (1 << 18) == pytest.approx(1000, abs=0.3)


@pytest.mark.parametrize("name", ["bell", ""])
def test_what_is_no_bed_is_refused(name: str) -> None:
    with pytest.raises(NotFound, match="no bed"):
        bed(name, Wish(variant="church"), np.random.default_rng(0))
