"""What the engine promises: lengths, tone, times of words, and an honest report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from menura_morse import DOT_S, TONE_HZ

from menura import Speech, Studio
from menura.errors import InvalidInput, InvalidText, MenuraError, NotFound
from menura.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from menura.audio import Audio

PARIS_DOTS = 50
"""With the gap behind it: what a word a minute is counted in."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), workers=1, offline=True)
    with Studio(settings) as opened:
        yield opened


def lengths(audio: Audio) -> list[tuple[bool, int]]:
    """Returns what is heard: tone or silence, and for how many dots."""
    hop = round(DOT_S * audio.rate)
    power = np.square(audio.samples[0][: audio.frames // hop * hop].reshape(-1, hop)).mean(axis=1)
    on = power > power.max() / 4
    starts = np.flatnonzero(np.diff(on, prepend=~on[0]))
    counts = np.diff(starts, append=on.size).tolist()
    return list(zip(on[starts].tolist(), counts, strict=True))


def test_dots_dashes_and_gaps_have_the_lengths_of_the_recommendation(studio: Studio) -> None:
    heard = lengths(studio.render(Speech("a e", engine="morse")).audio)
    #      dot        gap         dash       7 dots between words     e
    assert heard == [(True, 1), (False, 1), (True, 3), (False, 7), (True, 1), (False, 7)]


def test_paris_takes_fifty_dots_and_speed_is_a_factor(studio: Studio) -> None:
    for speed in (0.5, 1.0, 2.0):
        take = studio.render(Speech("PARIS", engine="morse", speed=speed))
        assert take.audio.duration_s == pytest.approx(PARIS_DOTS * DOT_S / speed, abs=1e-3)
        assert take.report.understood["words_per_minute"] == 18 * speed


def test_pauses_stretch_gaps_and_nothing_else(studio: Studio) -> None:
    heard = lengths(studio.render(Speech("ie", engine="morse", pauses=2)).audio)
    assert heard == [(True, 1), (False, 1), (True, 1), (False, 6), (True, 1), (False, 14)]


def test_the_tone_is_where_it_should_be_and_words_are_timed(studio: Studio) -> None:
    take = studio.render(Speech("e tt", engine="morse"))
    spectrum = np.abs(np.fft.rfft(take.audio.samples[0]))
    assert np.argmax(spectrum) / take.audio.duration_s == pytest.approx(TONE_HZ, abs=5)
    assert [word.text for word in take.captions] == ["e", "tt"]
    assert take.captions[1].start_s == pytest.approx(8 * DOT_S, abs=1e-3)
    assert take.captions[1].end_s == pytest.approx(17 * DOT_S, abs=1e-3)


def test_what_has_no_sign_is_left_out_and_said(studio: Studio) -> None:
    take = studio.render(Speech("a # b 雨", engine="morse", language="ja"))
    assert [word.text for word in take.captions] == ["a", "b"]
    assert take.report.ignored == (
        "no sign in Morse code, left out: # 雨",
        "language and pronunciations: Morse code spells",
    )


def test_a_stream_is_as_loud_as_a_file(studio: Studio) -> None:
    stream = studio.stream(Speech("the quick brown fox, 73", engine="morse"))
    for _ in stream:
        pass
    assert stream.take.report.measured["loudness_lufs"] == pytest.approx(-16, abs=1)


def test_a_file_says_where_it_comes_from(studio: Studio, tmp_path: Path) -> None:
    take = studio.render(Speech("sos", engine="morse"))
    path = take.save(tmp_path / "sos.wav")
    found = studio.verify(path)
    assert found.manifest is not None
    assert found.manifest.state == "trusted"
    assert b"algorithmicMedia" in path.read_bytes()
    assert studio.redo(path).samples_sha256() == take.samples_sha256()


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        (Speech("雨", engine="morse"), InvalidText),
        (Speech("<speak>a</speak>", engine="morse"), InvalidText),
        (Speech("e" * 1_000_001, engine="morse"), InvalidText),
        (Speech("a", engine="morse", voice="nora"), NotFound),
        (Speech("a", engine="morse", emotion="happy"), InvalidInput),
    ],
)
def test_what_it_cannot_do_is_refused_before_any_sound(
    studio: Studio, task: Speech, kind: type[MenuraError]
) -> None:
    with pytest.raises(kind):
        studio.stream(task)
