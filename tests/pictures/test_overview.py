from pathlib import Path

import numpy as np
import pytest

from menura.audio import Audio
from menura.errors import InvalidAudio, InvalidInput
from menura.pictures import draw_overview, save_png
from menura.pictures.overview import LOWEST_HZ, SPECTRUM, WAVE


def _tone(hz: float, seconds: float, rate: int = 16_000) -> Audio:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return Audio(wave[None].astype(np.float32), rate)


def test_a_tone_is_bright_at_its_frequency_and_dark_elsewhere() -> None:
    picture = np.asarray(draw_overview(_tone(1000, 2.0), "tone")).astype(int).sum(axis=2)
    inside = picture[SPECTRUM.top : SPECTRUM.top + SPECTRUM.height, SPECTRUM.left + 500]
    row = int(np.argmax(inside))
    expected = SPECTRUM.height * (1 - np.log(1000 / LOWEST_HZ) / np.log(8000 / LOWEST_HZ))
    assert abs(row - expected) < 4
    assert inside[20] < 60


def test_the_waveform_is_as_high_as_the_sound() -> None:
    picture = np.asarray(draw_overview(_tone(200, 1.0), "t")).astype(int)
    column = picture[WAVE.top : WAVE.top + WAVE.height, WAVE.left + 300]
    drawn = np.flatnonzero(column.sum(axis=1) < 500)
    assert abs(drawn.size / WAVE.height - 0.5) < 0.08


@pytest.mark.parametrize("frames", [1, 2, 50, 1000])
def test_tiny_sounds_and_channels_are_drawn(frames: int, tmp_path: Path) -> None:
    sound = Audio(np.full((3, frames), 0.2, np.float32), 8000)
    save_png(draw_overview(sound, "x\n\u202e" * 300), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidAudio):
        draw_overview(Audio(np.zeros((1, 0), np.float32), 8000), "x")
    picture = draw_overview(_tone(100, 0.1), "x")
    with pytest.raises(InvalidInput):
        save_png(picture, tmp_path / "gone" / "a.png")
