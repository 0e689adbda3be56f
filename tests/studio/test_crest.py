"""A few milliseconds that hold a whole sound down."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.studio import Studio
from menura.studio.crest import MOST_DB, Crest
from menura.tasks import Effect

RATE = 48_000


def rumble(level: float, spike: float, spike_ms: float = 2.0) -> NDArray[np.float32]:
    sound = level * np.sin(2 * np.pi * 80 * np.arange(RATE) / RATE)
    frames = round(spike_ms * RATE / 1000)
    at = 1350 - frames // 2  # a crest of the rumble
    sound[at : at + frames] += (spike - level) * np.hanning(frames)
    return sound[np.newaxis].astype(np.float32)


def lift_db(sound: NDArray[np.float32], block: int = RATE) -> float:
    crest = Crest(RATE)
    for at in range(0, sound.shape[1], block):
        crest.process(Audio(sound[:, at : at + block], RATE))
    return crest.lift_db()


@pytest.mark.parametrize(
    ("spike", "expected_db"), [(0.1, 0.0), (0.15, 3.5), (0.18, 5.1), (0.8, MOST_DB)]
)
def test_a_lone_peak_gives_way_to_the_rest(spike: float, expected_db: float) -> None:
    assert lift_db(rumble(0.1, spike)) == pytest.approx(expected_db, abs=0.6)


@pytest.mark.parametrize("block", [37, 4096])
def test_blocks_do_not_matter(block: int) -> None:
    sound = rumble(0.1, 0.17)
    assert lift_db(sound, block) == lift_db(sound)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros((1, RATE), np.float32),
        rumble(0.0, 0.5),  # a click is its peak
        np.ones((1, 10), np.float32),
    ],
    ids=["silence", "click", "short"],
)
def test_what_is_its_own_peak_stays_whole(sound: NDArray[np.float32]) -> None:
    assert lift_db(sound) == 0.0


def test_what_is_loud_for_longer_stays_whole() -> None:
    sound = rumble(0.1, 0.1)
    sound[:, 6000:18_000] *= 5
    assert lift_db(sound) < 0.2


def test_an_explosion_is_no_softer_than_a_bed_for_its_first_milliseconds(studio: Studio) -> None:
    take = studio.render(Effect("huge explosion with falling debris", seed=1))
    told = take.report.measured
    heard = measure(take.audio)
    assert -25.0 < heard.integrated_lufs < -22.8
    assert heard.true_peak_dbtp == pytest.approx(-1.0, abs=0.1)
    assert told["loudness_lufs"] == pytest.approx(heard.integrated_lufs, abs=0.1)
    assert 3.0 < told["limiter_reduction_db"] <= MOST_DB + 0.1


def test_a_loud_or_a_tiny_sound_is_not_limited(studio: Studio) -> None:
    for prompt in ("church bell", "ui click"):
        told = studio.render(Effect(prompt, seed=1)).report.measured
        assert told["limiter_reduction_db"] == 0.0
