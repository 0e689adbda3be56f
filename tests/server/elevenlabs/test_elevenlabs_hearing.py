"""Speech to text, by ElevenLabs' own client and by hand, with tiny models."""

from __future__ import annotations

import io
import json
import wave
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tiny_listeners import write_ctc, write_whisper

from menura.catalog.store import Store
from menura.runtime import listening
from menura.server.elevenlabs.transcripts import language_of_two, transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Running

RATE = 16_000


@pytest.fixture
def needs_asr(request: pytest.FixtureRequest) -> None:
    """Skips a test without the extra `asr`, unless every extra should be there."""
    if not listening.is_installed():
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `asr` is not installed")
        pytest.skip("needs the extra `asr`")


@pytest.fixture(scope="module")
def hearing(start: Callable[..., Running], tmp_path_factory: pytest.TempPathFactory) -> Running:
    """A server with a Whisper and a CTC model."""
    folder = tmp_path_factory.mktemp("listeners")
    running = start()
    store = Store(running.settings.home)
    store.import_from("table", write_whisper(folder / "table"))
    store.import_from("zctc", write_ctc(folder / "ctc"))
    return running


@pytest.fixture
def client(hearing: Running, needs_asr: None) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        yield ElevenLabs(base_url=hearing.url, api_key="x", httpx_client=http)


def samples() -> bytes:
    """Returns noise from 0.5 to 1.5 s and from 3.5 to 4.5 s; 16 kHz, 16 bit."""
    rng = np.random.default_rng(7)
    parts = ((0.5, 0.0), (1.0, 0.1), (2.0, 0.0), (1.0, 0.1), (0.5, 0.0))
    sound = np.concatenate([level * rng.standard_normal(round(s * RATE)) for s, level in parts])
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples())
    return out.getvalue()


def test_text_without_times_of_words(client: ElevenLabs) -> None:
    told: Any = client.speech_to_text.convert(model_id="scribe_v1", file=("a.wav", wav()))
    assert told.text == "hallo hallo"
    assert told.language_code == "und"
    assert told.language_probability == 0
    assert told.audio_duration_secs == pytest.approx(5.0, abs=0.01)
    assert [(w.text, w.type, w.start) for w in told.words] == [
        ("hallo", "word", None),
        (" ", "spacing", None),
        ("hallo", "word", None),
    ]


@pytest.mark.parametrize("code", ["en", "eng", "en-GB"])
def test_the_language_that_is_named_is_told(client: ElevenLabs, code: str) -> None:
    told: Any = client.speech_to_text.convert(
        model_id="scribe_v2", file=("a.wav", wav()), language_code=code
    )
    assert (told.text, told.language_code, told.language_probability) == ("hello hello", "eng", 1)


def test_words_have_times_and_blanks_between_them(client: ElevenLabs) -> None:
    told: Any = client.speech_to_text.convert(model_id="zctc", file=("a.wav", wav()))
    assert "".join(word.text for word in told.words) == told.text
    assert [word.type for word in told.words[:3]] == ["word", "spacing", "word"]
    times = [time for word in told.words for time in (word.start, word.end)]
    assert times == sorted(times)
    starts = [word.start for word in told.words if word.type == "word"]
    assert all(0.25 < start < 1.75 or 3.25 < start < 4.75 for start in starts)


def test_characters_share_their_word(client: ElevenLabs) -> None:
    told: Any = client.speech_to_text.convert(
        model_id="zctc", file=("a.wav", wav()), timestamps_granularity="character"
    )
    for word in told.words:
        assert "".join(char.text for char in word.characters) == word.text
        assert word.characters[0].start == word.start
        assert word.characters[-1].end == pytest.approx(word.end, abs=0.002)
    none: Any = client.speech_to_text.convert(
        model_id="zctc", file=("a.wav", wav()), timestamps_granularity="none"
    )
    assert none.text == told.text
    assert {word.start for word in none.words} == {None}


def test_samples_without_a_header(client: ElevenLabs) -> None:
    told: Any = client.speech_to_text.convert(
        model_id="zctc", file=("a.pcm", samples()), file_format="pcm_s16le_16"
    )
    same: Any = client.speech_to_text.convert(model_id="zctc", file=("a.wav", wav()))
    assert told.words == same.words


def test_other_formats_come_with_it(client: ElevenLabs) -> None:
    told: Any = client.speech_to_text.convert(
        model_id="scribe_v1",
        file=("a.wav", wav()),
        additional_formats=[{"format": "srt"}, {"format": "txt"}, {"format": "pdf"}],  # type: ignore[list-item]
    )
    made = {each.requested_format: each.content for each in told.additional_formats}
    assert set(made) == {"srt", "txt"}
    assert made["srt"].startswith("1\n00:00:00,")
    assert made["txt"] == "hallo hallo"


def post(server: Running, **fields: Any) -> httpx.Response:
    data = {"model_id": "scribe_v1"} | fields
    files = {"file": ("a.wav", data.pop("file", wav()))}
    return httpx.post(f"{server.url}/v1/speech-to-text", data=data, files=files, timeout=60)


@pytest.mark.usefixtures("needs_asr")
def test_what_is_not_done_is_named(hearing: Running) -> None:
    more = {"diarize": "true", "num_speakers": "2", "keyterms": ["lyrebird"], "seed": "7"}
    told = post(hearing, **more).headers["x-menura-ignored"]
    for name in (*more, "no times of words", "logprob"):
        assert name in told
    quiet = post(hearing, diarize="false", tag_audio_events="true", entity_detection="null")
    assert "diarize" not in quiet.headers["x-menura-ignored"]
    assert "entity" not in quiet.headers["x-menura-ignored"]


@pytest.mark.usefixtures("needs_asr")
@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"file": b"not a sound file at all"}, 400, "read"),
        ({"language_code": "tlh"}, 400, "it knows de, en"),
        ({"model_id": "nobody"}, 400, "scribe_v1, table, zctc"),
        ({"source_url": "https://example.com/a.mp3"}, 501, "send the file"),
        ({"webhook": "true"}, 501, "webhook"),
        ({"additional_formats": "srt"}, 400, "additional_formats"),
        ({"additional_formats": json.dumps(["srt"])}, 400, "additional_formats"),
    ],
)
def test_what_is_refused(hearing: Running, fields: dict[str, Any], status: int, words: str) -> None:
    answer = post(hearing, **fields)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]["message"]


@pytest.mark.usefixtures("needs_asr")
def test_the_form_is_checked(hearing: Running) -> None:
    url = f"{hearing.url}/v1/speech-to-text"
    nothing = httpx.post(url, data={"model_id": "scribe_v1"}, timeout=60)
    assert nothing.status_code == 400
    assert "file" in nothing.json()["detail"]["message"]
    assert httpx.post(url, files={"file": ("a.wav", wav())}, timeout=60).status_code == 422
    assert post(hearing, timestamps_granularity="sentence").status_code == 422


def test_without_a_model_it_tells_how(server: Running) -> None:
    with httpx.Client(timeout=60) as http, pytest.raises(ApiError) as caught:
        ElevenLabs(base_url=server.url, api_key="x", httpx_client=http).speech_to_text.convert(
            model_id="scribe_v1", file=("a.wav", wav())
        )
    assert caught.value.status_code == 501, caught.value.body
    assert "menura models add whisper-base" in str(caught.value.body)


def test_a_language_that_nobody_named_is_guessed_from_long_texts() -> None:
    told = {
        "text": "Le chat dort sur le canapé et la pluie tombe dans la rue.",
        "language": None,
        "segments": [],
        "words": [],
        "duration_s": 3.0,
        "model": "m",
    }
    body, lacking = transcript(told, "word", [])
    assert body["language_code"] == "fra"
    assert lacking == ["language_code: guessed from the words"]
    assert language_of_two("deu") == "de"
    assert language_of_two("pt-BR") == "pt-BR"
    assert language_of_two("") is None
