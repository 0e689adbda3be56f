"""Endings: what is heard at the end of short pieces is a chord dying away, not silence."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.engine import create
from menura.tasks import Music

WINDOW_S = 0.02


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [
        ("corporate pop", 12.0),
        ("bossa nova", 15.0),
        ("jingle for a shop", 6.0),
        ("jazz trio", 12.0),
        ("solo piano sad", 12.0),
        ("reggae, fade out", 20.0),
        ("punk", 15.0),  # ends with a hit
        ("lofi hip hop", 10.0),
    ],
)
def test_a_short_piece_rings_to_its_end(prompt: str, duration_s: float, engine) -> None:
    task = engine.check(Music(prompt, duration_s=duration_s, seed=4))
    sound = np.concatenate([block.samples for block in engine.perform(task).blocks], axis=1)
    frames = round(WINDOW_S * sound.shape[1] / duration_s)
    count = sound.shape[1] // frames
    peaks = np.abs(sound[:, : count * frames]).max(axis=0).reshape(count, frames).max(axis=1)
    level_db = 20 * np.log10(peaks / peaks.max() + 1e-9)
    silent_s, dead_s = (
        (count - 1 - np.flatnonzero(level_db > floor)[-1]) * WINDOW_S for floor in (-60, -45)
    )
    assert silent_s <= 0.5
    assert dead_s <= 1.0
    end = level_db[-round(0.8 / WINDOW_S) :]
    assert end[-1] < -30  # and it is not cut off
    assert np.diff(end).max() < 12  # nor does anything begin in it


@pytest.mark.parametrize(
    ("prompt", "duration_s", "ending"),
    [
        ("house", 30.0, "cadence"),  # a fade would take the drop away
        ("house", 60.0, "fade"),
        ("house, fade out", 30.0, "fade"),
        ("punk", 30.0, "hit"),
        ("punk", 8.0, "cadence"),
    ],
)
def test_only_a_long_piece_fades_by_itself(prompt: str, duration_s: float, ending: str) -> None:
    assert arrange(Music(prompt, duration_s=duration_s, seed=4)).plan.ending == ending
