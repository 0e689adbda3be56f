"""When words are said in a recording: our own, whose true times are known."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core import http_client
from elevenlabs.core.api_error import ApiError

from menura.errors import InvalidInput, NotInstalled
from menura.server import aligning
from menura.server.aligning import align
from menura.server.elevenlabs.forced_alignment import characters
from menura.tasks import Speech

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Running
    from menura.studio import Studio

TEXT = "In 1984 the quick brown fox jumped over 42 lazy quokkas - “isn't it?”, said Dr. Menura."


@pytest.fixture
def needs_align(request: pytest.FixtureRequest) -> None:
    """Skips a test without the extra `align`, unless every extra should be there."""
    if not aligning.is_installed():
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `align` is not installed")
        pytest.skip("needs the extra `align`")


@pytest.mark.usefixtures("needs_align")
@pytest.mark.parametrize("voice", ["otto", "maeve"])
def test_words_are_found_where_they_are_said(studio: Studio, tmp_path: Path, voice: str) -> None:
    take = studio.render(Speech(TEXT, voice=voice, seed=1))
    path = take.save(tmp_path / "a.mp3")
    shares: list[float] = []
    found = align(path, TEXT, studio.settings, shares.append)
    assert [word.text for word in found] == [w for w in TEXT.split() if w != "-"]
    assert all(TEXT[word.start_char :].startswith(word.text) for word in found)
    true = {word.start_char: word.start_s for word in take.captions}
    errors = [abs(w.start_s - true[w.start_char]) for w in found if w.start_char in true]
    assert len(errors) > 10
    assert np.mean(errors) < 0.05
    assert all(word.end_s > word.start_s for word in found)
    assert shares == sorted(shares)


@pytest.mark.usefixtures("needs_align")
def test_a_text_that_is_not_said_has_more_loss(studio: Studio, tmp_path: Path) -> None:
    said = "The quick brown fox jumps over the lazy dog."
    path = studio.render(Speech(said, voice="otto", seed=1)).save(tmp_path / "a.wav")

    def loss(text: str) -> float:
        found = align(path, text, studio.settings, lambda _: None)
        return float(np.mean([word.loss for word in found]))

    assert loss(said) < 0.7 * loss("Nobody knows how they managed this without any help.")


@pytest.mark.usefixtures("needs_align")
@pytest.mark.parametrize("text", ["", "?! ...", "word " * 6000])
def test_a_text_without_words_is_refused(studio: Studio, tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        align(tmp_path / "none.wav", text, studio.settings, lambda _: None)


def test_without_the_extra_it_says_how(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligning, "is_installed", lambda: False)
    with pytest.raises(NotInstalled, match="menura\\[align\\]"):
        align(tmp_path / "none.wav", "hello", studio.settings, lambda _: None)


def test_their_client_is_told_how_though_it_asks_again(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligning, "is_installed", lambda: False)
    monkeypatch.setattr(http_client, "INITIAL_RETRY_DELAY_SECONDS", 0.01)
    with httpx.Client(timeout=60) as http:
        client = ElevenLabs(base_url=server.url, api_key="x", httpx_client=http)
        with pytest.raises(ApiError) as caught:
            client.forced_alignment.create(file=("a.mp3", b"ID3"), text="Hello.")
    assert caught.value.status_code == 501, caught.value.body
    assert "menura[align]" in str(caught.value.body)


def test_every_character_has_a_time() -> None:
    words = [
        {"text": "ab", "start_char": 1, "start_s": 1.0, "end_s": 2.0, "loss": 1.0},
        {"text": "c", "start_char": 5, "start_s": 2.4, "end_s": 3.0, "loss": 1.0},
    ]
    found = characters(" ab  c!", words)
    assert "".join(each["text"] for each in found) == " ab  c!"
    starts = [each["start"] for each in found]
    assert starts == sorted(starts)
    assert starts == [1.0, 1.0, 1.5, 2.0, 2.2, 2.4, 3.0]


@pytest.mark.usefixtures("needs_align")
def test_their_client_aligns(server: Running) -> None:
    with httpx.Client(timeout=60) as http:
        client = ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)
        text = "The quick brown fox."
        sound = b"".join(client.text_to_speech.convert("otto", text=text))
        found = client.forced_alignment.create(file=("a.mp3", sound), text=text)
    assert "".join(each.text for each in found.characters) == text
    assert [word.text for word in found.words] == text.split()
    assert found.loss > 0


def test_what_is_no_recording_is_refused(server: Running) -> None:
    silence = io.BytesIO()
    with wave.open(silence, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\0" * 320)
    for data in (b"", b"<svg/>", silence.getvalue()):
        answer = httpx.post(
            f"{server.url}/v1/forced-alignment",
            files={"file": ("a.wav", data)},
            data={"text": "hello there"},
            timeout=60,
        )
        assert answer.status_code in {400, 501}, answer.text
