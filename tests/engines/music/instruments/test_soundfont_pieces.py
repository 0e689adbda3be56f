"""Whole pieces played with a SoundFont."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from test_soundfont_files import file

import menura
from menura.settings import Settings
from menura.studio import Studio

PROMPT = menura.Music("solo piano in C major", duration_s=4, seed=1)


@pytest.fixture
def font(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.sf2"
    path.write_bytes(file().bytes())
    return path


def render(settings: Settings, task: menura.Task, **changes: object) -> menura.Take:
    with Studio(dataclasses.replace(settings, **changes)) as studio:
        return studio.render(task, stems=False)


def test_a_soundfont_plays_the_acoustic_parts(settings: Settings, font: Path) -> None:
    own, other = render(settings, PROMPT), render(settings, PROMPT, soundfont=font)
    assert own.score == other.score
    assert not np.array_equal(own.audio.samples, other.audio.samples)
    assert own.task.soundfont == ""
    assert len(other.task.soundfont) == 64
    assert other.report.ignored == ()
    power = np.abs(np.fft.rfft(other.audio.samples[0])) ** 2
    hz = np.fft.rfftfreq(other.audio.frames, 1 / other.audio.rate)
    assert power[hz > 3000].sum() < 1e-3 * power.sum()  # its only sample is a sine


def test_a_recipe_asks_for_its_font_again(settings: Settings, font: Path) -> None:
    take = render(settings, PROMPT, soundfont=font)
    again = render(settings, take.task, soundfont=font)
    assert again.samples_sha256() == take.samples_sha256()
    with pytest.raises(menura.NotFound, match="SoundFont"):
        render(settings, take.task)
    plain = render(settings, PROMPT)
    assert render(settings, plain.task, soundfont=font).samples_sha256() == plain.samples_sha256()


def test_what_the_font_lacks_is_played_by_our_own_and_said(settings: Settings, font: Path) -> None:
    task = menura.Music("flute and drums, folk", duration_s=4, seed=1, instruments=("flute",))
    take = render(settings, task, soundfont=font)
    assert any("has no flute" in line for line in take.report.ignored)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\0" * 1000])
def test_a_file_that_is_no_soundfont_is_refused(
    settings: Settings, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "bad.sf2"
    path.write_bytes(data)
    with pytest.raises(menura.InvalidInput):
        render(settings, PROMPT, soundfont=path)
    with pytest.raises(menura.NotFound):
        render(settings, PROMPT, soundfont=tmp_path / "gone.sf2")
