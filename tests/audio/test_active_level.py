"""The active speech level against P.56 sample by sample, and against what it is for."""

import math

import numpy as np
import pytest
from tones import cut, noise, tone

from menura.audio import Audio
from menura.audio.active_level import ActiveMeter
from menura.errors import InvalidInput

RATE = 8_000


def measured(audio, frames=3_001):
    meter = ActiveMeter(audio.rate)
    for block in cut(audio, frames):
        meter.process(block)
    return meter.level()


def with_pauses(audio, period_s, share):
    t = np.arange(audio.frames) / audio.rate
    return Audio((audio.samples * (t % period_s < share * period_s)).astype(np.float32), audio.rate)


def straight(audio):
    """P.56, clause 7.3, frame by frame: two averages, and for each threshold a count."""
    decay = math.exp(-1 / (audio.rate * 0.03))
    hangover = math.ceil(0.2 * audio.rate)
    thresholds = [2.0**k for k in range(-15, 0)]
    active, since = [0] * 15, [hangover] * 15
    p = q = energy = 0.0
    for x in audio.samples[0].astype(float):
        energy += x * x
        p = decay * p + (1 - decay) * abs(x)
        q = decay * q + (1 - decay) * p
        for j, threshold in enumerate(thresholds):
            if q >= threshold:
                active[j] += 1
                since[j] = 0
            elif since[j] < hangover:
                active[j] += 1
                since[j] += 1
    levels = [10 * math.log10(energy / a) for a in active if a]
    distances = [level - 20 * math.log10(c) for level, c in zip(levels, thresholds, strict=False)]
    j = next(i for i, d in enumerate(distances) if d <= 15.9)
    share = (distances[j - 1] - 15.9) / (distances[j - 1] - distances[j])
    return levels[j - 1] + share * (levels[j] - levels[j - 1])


@pytest.mark.parametrize("level", [0.3, 0.01])
@pytest.mark.parametrize(("period_s", "share"), [(0.9, 0.45), (0.37, 0.2), (2.0, 0.9)])
def test_is_that_of_the_recommendation_done_frame_by_frame(level, period_s, share):
    sound = with_pauses(noise(2.0, RATE, level=level), period_s, share)
    assert measured(sound).active_db == pytest.approx(straight(sound), abs=1e-3)


def test_does_not_depend_on_how_the_stream_is_cut():
    sound = with_pauses(noise(3.0, RATE), 1.1, 0.5)
    whole = measured(sound, 10**6)
    for frames in (160, 999, 20_000):
        again = measured(sound, frames)
        assert again.active_db == pytest.approx(whole.active_db, abs=1e-9)
        assert again.peak == whole.peak


@pytest.mark.parametrize("rate", [8_000, 24_000])
@pytest.mark.parametrize("amplitude", [0.9, 0.1, 0.003])
def test_a_steady_tone_has_its_own_level(rate, amplitude):
    level = measured(tone(1_000, 4.0, rate, amplitude))
    assert level.active_db == pytest.approx(20 * math.log10(amplitude) - 3.01, abs=0.1)
    assert level.activity == pytest.approx(1.0, abs=0.02)
    assert level.peak == pytest.approx(amplitude, rel=0.01)


def test_long_pauses_do_not_count_and_short_ones_do():
    steady = noise(20.0, RATE)
    seldom = measured(with_pauses(steady, 10.0, 0.2))
    # Speech of 2 s, then 8 s of nothing: the hangover of 0.2 s is all that is added.
    assert seldom.active_db == pytest.approx(measured(steady).active_db, abs=0.8)
    assert seldom.rms_db == pytest.approx(measured(steady).rms_db - 10 * math.log10(5), abs=0.1)
    assert seldom.activity == pytest.approx(0.22, abs=0.03)
    often = measured(with_pauses(steady, 0.2, 0.5))
    assert often.active_db == pytest.approx(often.rms_db, abs=0.1)


def test_moves_with_the_gain():
    sound = with_pauses(noise(6.0, RATE, level=0.05), 2.0, 0.6)
    moved = measured(sound.scaled(12.0)).active_db - measured(sound).active_db
    assert moved == pytest.approx(12.0, abs=0.1)


@pytest.mark.parametrize("sound", [Audio.silence(1.0, RATE), Audio.silence(0.0, RATE)])
def test_silence_has_no_level(sound):
    level = measured(sound)
    assert level.active_db == level.rms_db == -math.inf
    assert level.activity == 0


@pytest.mark.parametrize("block", [tone(rate=24_000), tone(rate=RATE, channels=2)])
def test_refuses_another_kind_of_block(block):
    with pytest.raises(InvalidInput, match="expected 1 channel at 8000 Hz"):
        ActiveMeter(RATE).process(block)
