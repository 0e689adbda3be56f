"""What there is, as OpenAI's client and the clients of local servers ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Running

OFFICIAL = [
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
    *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
]


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="x", max_retries=0) as client:
        yield client


def test_models(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names == list(dict.fromkeys(names))
    assert {"tts-1", "tts-1-hd", "gpt-4o-mini-tts", "expressive", "formant"} <= set(names)
    for name in names:
        model = client.models.retrieve(name)
        assert (model.id, model.object) == (name, "model")
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_models_for_who_brings_a_key_of_elevenlabs(server: Running) -> None:
    rows = httpx.get(f"{server.url}/v1/models", headers={"xi-api-key": "x"}).json()
    assert {"eleven_multilingual_v2", "expressive"} <= {row["model_id"] for row in rows}


def test_voices(server: Running) -> None:
    told = httpx.get(f"{server.url}/v1/audio/voices").json()
    assert told["voices"] == told["data"]
    names = [voice["id"] for voice in told["voices"]]
    assert names[: len(OFFICIAL)] == OFFICIAL
    assert {"nora", "plain-otto"} <= set(names)
    assert len(names) == len(set(names))
    assert all(voice["name"] and voice["voice_id"] == voice["id"] for voice in told["voices"])
    legacy = httpx.get(f"{server.url}/v1/audio/voices", params={"legacy": "true"}).json()
    assert legacy == {"voices": names}


def test_every_voice_that_is_listed_is_one(client: openai.OpenAI) -> None:
    for name in OFFICIAL:
        answer = client.audio.speech.create(
            model="tts-1", input="Hi.", voice=name, response_format="pcm"
        )
        assert len(answer.content) > 4000


def test_audio_models(server: Running) -> None:
    told = httpx.get(f"{server.url}/v1/audio/models").json()
    assert {"id", "name"} <= told["models"][0].keys()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # theirs, of a model's name
def test_transcription_tells_what_it_needs(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(
            model="whisper-1",
            file=("a.wav", b"RIFF0000"),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
            temperature=0.2,
            language="en",
        )
    assert caught.value.status_code == 501
    assert "asr" in str(caught.value)
    with pytest.raises(openai.APIStatusError, match="501"):
        client.audio.translations.create(model="whisper-1", file=("a.wav", b"RIFF0000"))


def test_what_is_not_installed_is_asked_for_once(server: Running) -> None:
    with (
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="x", max_retries=2) as client,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF0000"))
    assert caught.value.status_code == 501
    assert caught.value.request.headers["x-stainless-retry-count"] == "0"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "model"),
        ({"model": "w", "temperature": "2"}, "temperature"),
        ({"model": "w", "temperature": "nan"}, "temperature"),
        ({"model": "w", "response_format": "exe"}, "response_format"),
        ({"model": "w", "timestamp_granularities[]": "word"}, "timestamp_granularities"),
        ({"model": "w", "language": "../.."}, "language"),
        ({"model": "w", "include[]": "x"}, "include"),
        ({"model": "w", "stream": "perhaps"}, "stream"),
        ({"model": "w", "chunking_strategy": '{"type":"x"}'}, "chunking_strategy"),
        ({"model": "w", "chunking_strategy": "{" + '"a":{' * 20_000}, "chunking_strategy"),
        ({"model": "w", "known_speaker_names[]": "ann"}, "known_speaker_names"),
        (
            {
                "model": "w",
                "known_speaker_names[]": "ann",
                "known_speaker_references[]": "http://x/a.wav",
            },
            "known_speaker_references",
        ),
    ],
)
def test_bad_transcriptions(server: Running, fields: dict[str, str], param: str) -> None:
    answer = httpx.post(
        f"{server.url}/v1/audio/transcriptions", data=fields, files={"file": b"abc"}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize("route", ["transcriptions", "translations", "voices", "voice_consents"])
def test_bad_forms(server: Running, route: str) -> None:
    url = f"{server.url}/v1/audio/{route}"
    assert httpx.post(url, json={"model": "w"}).status_code == 400
    assert httpx.post(url, data={"model": "w"}).status_code == 400
    empty = httpx.post(url, data={"model": "w"}, files={"file": b"", "recording": b""})
    assert empty.status_code == 400
    broken = {"content-type": "multipart/form-data"}
    assert httpx.post(url, content=b"x", headers=broken).status_code == 400
    many = [("file", b"x")] * 50
    assert httpx.post(url, files=many).status_code == 400  # type: ignore[arg-type]


def test_a_persons_voice_needs_consent(client: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="consent"):
        client.audio.voices.create(
            name="Ann", audio_sample=("a.wav", b"RIFF0000"), consent="cons_1"
        )
    with pytest.raises(openai.APIStatusError, match="501"):
        client.audio.voice_consents.create(
            name="Ann", language="en-US", recording=("a.wav", b"RIFF0000")
        )
    assert list(client.audio.voice_consents.list()) == []
    with pytest.raises(openai.NotFoundError):
        client.audio.voice_consents.retrieve("cons_1")
