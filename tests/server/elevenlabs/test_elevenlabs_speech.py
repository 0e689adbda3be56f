"""Text to speech, by ElevenLabs' own client and by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import typing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from elevenlabs import (
    AsyncElevenLabs,
    ElevenLabs,
    PronunciationDictionaryVersionLocator,
    VoiceSettings,
)
from elevenlabs.core.api_error import ApiError
from elevenlabs.text_to_speech.types import TextToSpeechConvertRequestOutputFormat

from menura.audio import files
from menura.audio.formats import Format
from menura.server.casting import SETTINGS
from menura.server.elevenlabs.formats import format_of
from menura.server.elevenlabs.manner import DICTIONARY
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Running

RACHEL = "21m00Tcm4TlvDq8ikWAM"
LONG = "The lyrebird repeats whatever it hears in the forest. " * 60
FORMATS: tuple[str, ...] = typing.get_args(
    typing.get_args(TextToSpeechConvertRequestOutputFormat)[0]
)


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


def _said(client: ElevenLabs, voice: str = "nora", **more: Any) -> bytes:
    asked = {"text": "Hello there.", "output_format": "pcm_16000"} | more
    return b"".join(client.text_to_speech.stream(voice, **asked))


def test_every_format_of_their_client_is_one_of_ours() -> None:
    assert len(FORMATS) > 20
    for name in FORMATS:
        Format.parse(format_of(name, "speech"))
    with pytest.raises(Problem):
        format_of("mp3_44100_127", "speech")
    with pytest.raises(Problem):
        format_of("wav_44100", "music")
    assert Format.parse(format_of("auto", "music")).codec == "mp3"


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("mp3_22050_32", 22050),
        ("mp3_44100_192", 44100),
        ("opus_48000_64", 48000),
        ("wav_24000", 24000),
        (None, 44100),
    ],
)
def test_a_whole_file(
    client: ElevenLabs, server: Running, tmp_path: Path, name: str | None, rate: int
) -> None:
    asked: dict[str, Any] = {} if name is None else {"output_format": name}
    with client.text_to_speech.with_raw_response.convert(
        RACHEL, text="Hello there.", model_id="eleven_multilingual_v2", **asked
    ) as answer:
        headers, data = answer.headers, b"".join(answer.data)
    assert headers["character-cost"] == "12"
    assert headers["request-id"]
    assert (
        server.house.ledger.item("local", headers["history-item-id"]).take
        == (headers["x-menura-take"])
    )
    path = tmp_path / f"a{Format.parse(name or 'mp3').suffix}"
    path.write_bytes(data)
    audio = files.read(path)
    assert (audio.rate, audio.channels) == (rate, 1)
    assert 0.5 < audio.duration_s < 2


@pytest.mark.parametrize(("name", "bytes_per_s"), [("pcm_8000", 16000), ("ulaw_8000", 8000)])
def test_streams_of_bare_samples(client: ElevenLabs, name: str, bytes_per_s: int) -> None:
    seconds = len(_said(client, output_format=name)) / bytes_per_s
    assert seconds == pytest.approx(len(_said(client)) / 32000, abs=0.05)


def test_the_first_bytes_come_while_the_rest_is_made(client: ElevenLabs, server: Running) -> None:
    stream = client.text_to_speech.stream("nora", text=LONG, output_format="pcm_16000")
    assert next(iter(stream))
    assert server.house.workshop.working == 1
    stream.close()  # type: ignore[attr-defined]
    for _ in range(400):
        if not server.house.workshop.working:
            return
        httpx.get(f"{server.url}/livez")
    raise AssertionError("the work went on after its reader had left")


def test_voices_of_theirs_are_voices_of_ours(client: ElevenLabs) -> None:
    assert _said(client, RACHEL) == _said(client, "nora") != _said(client, "otto")


def test_settings_are_heard(client: ElevenLabs) -> None:
    plain = _said(client)
    assert len(_said(client, voice_settings=VoiceSettings(speed=0.7))) > 1.2 * len(plain)
    assert _said(client, voice_settings=VoiceSettings(stability=1.0)) != plain
    assert _said(client, voice_settings=VoiceSettings(similarity_boost=0.1)) == plain
    assert _said(client, seed=5) != plain
    assert _said(client, seed=5) == _said(client, seed=5)


def test_settings_that_are_kept_for_a_voice_count(client: ElevenLabs, server: Running) -> None:
    server.house.ledger.put("local", SETTINGS, "maeve", {"speed": 0.8, "stability": 0.9})
    kept = _said(client, "maeve")
    server.house.ledger.drop("local", SETTINGS, "maeve")
    settings = VoiceSettings(speed=0.8, stability=0.9)
    assert kept == _said(client, "maeve", voice_settings=settings) != _said(client, "maeve")


def test_directions_of_the_model_that_has_them(client: ElevenLabs) -> None:
    whispered = _said(client, text="[whispers] Hello there.", model_id="eleven_v3")
    plain = _said(client)
    assert whispered != plain
    assert len(whispered) < len(_said(client, text="[whispers] Hello there."))  # says the word
    samples = [np.frombuffer(each, "<i2").astype(float) for each in (whispered, plain)]
    crossings = [np.mean(np.diff(np.sign(each)) != 0) for each in samples]
    assert crossings[0] > 1.25 * crossings[1]  # a whisper is noise


def test_dictionaries(client: ElevenLabs, server: Running) -> None:
    rules = [
        {"string_to_replace": "W3C", "type": "alias", "alias": "World Wide Web Consortium"},
        {"string_to_replace": "tea", "type": "phoneme", "phoneme": "kɒfi", "alphabet": "ipa"},
        {"string_to_replace": "odd", "type": "phoneme", "phoneme": "ZZ9", "alphabet": "cmu"},
    ]
    facts = {
        "name": "d",
        "description": "",
        "versions": [{"id": "v1", "rules": rules}, {"id": "v2", "rules": rules[1:]}],
        "archived": False,
    }
    server.house.ledger.put("local", DICTIONARY, "dict1", facts)

    def said(text: str, *versions: str | None) -> bytes:
        locators = [
            PronunciationDictionaryVersionLocator(pronunciation_dictionary_id="dict1", version_id=v)
            for v in versions
        ]
        return _said(client, text=text, pronunciation_dictionary_locators=locators)

    assert len(said("The W3C.", "v1")) > 1.2 * len(said("The W3C."))
    assert said("The W3C.", "v2") == said("The W3C.")
    assert said("Some tea.", None) == said("Some tea.", "v1") != said("Some tea.")
    with client.text_to_speech.with_raw_response.stream(
        "nora",
        text="How odd.",
        pronunciation_dictionary_locators=[
            PronunciationDictionaryVersionLocator(pronunciation_dictionary_id="dict1")
        ],
    ) as answer:
        assert "odd" in answer.headers["x-menura-ignored"]
    with pytest.raises(ApiError) as caught:
        said("Hello.", "v9")
    assert caught.value.status_code == 404


def test_what_has_no_effect_is_named(client: ElevenLabs) -> None:
    with client.text_to_speech.with_raw_response.stream(
        "nora",
        text="Hello.",
        previous_text="Before.",
        next_request_ids=["a"],
        use_pvc_as_ivc=False,
        apply_text_normalization="off",
        optimize_streaming_latency=3,
        enable_logging=False,
        voice_settings=VoiceSettings(similarity_boost=0.9, use_speaker_boost=True, style=0.5),
    ) as answer:
        named = answer.headers["x-menura-ignored"]
    for name in (
        *("previous_text", "next_request_ids", "use_pvc_as_ivc", "apply_text_normalization"),
        *("optimize_streaming_latency", "enable_logging", "similarity_boost", "style"),
    ):
        assert name in named
    assert "use_speaker_boost" not in named


def test_a_voice_without_controls_leaves_them_out(client: ElevenLabs) -> None:
    with client.text_to_speech.with_raw_response.stream(
        "plain-otto", text="Hello.", voice_settings=VoiceSettings(stability=0.3, speed=1.1)
    ) as answer:
        assert "stability: formant has no control of it" in answer.headers["x-menura-ignored"]
        assert len(b"".join(answer.data)) > 1000


TEXT = 'Hello, "world"! It costs $5 <break time="0.3s"/> — oder?'


def test_times_of_characters(client: ElevenLabs) -> None:
    told = client.text_to_speech.convert_with_timestamps(
        "nora", text=TEXT, output_format="pcm_16000"
    )
    audio = base64.b64decode(told.audio_base_64)
    assert audio == _said(client, text=TEXT)
    assert told.alignment is not None
    assert told.normalized_alignment is not None
    assert "".join(told.alignment.characters) == TEXT
    normal = "".join(told.normalized_alignment.characters)
    assert "five dollars" in normal
    assert "<" not in normal
    for alignment in (told.alignment, told.normalized_alignment):
        starts = alignment.character_start_times_seconds
        ends = alignment.character_end_times_seconds
        assert len(starts) == len(ends) == len(alignment.characters)
        assert all(a <= b for a, b in zip(starts, ends, strict=True))
        assert all(a <= b for a, b in pairwise(starts))
        assert ends[-1] == pytest.approx(len(audio) / 32000, abs=0.1)
    samples = np.abs(np.frombuffer(audio, "<i2").astype(float)) / 32768
    at = TEXT.index("<")  # silence lies where the pause is, sound where a vowel is
    pause_s = told.alignment.character_end_times_seconds[at]
    quiet = samples[int((pause_s - 0.15) * 16000) : int((pause_s - 0.05) * 16000)]
    vowel = TEXT.index("o,")
    loud = samples[
        int(told.alignment.character_start_times_seconds[vowel] * 16000) : int(
            told.alignment.character_end_times_seconds[vowel] * 16000
        )
    ]
    assert quiet.max() < 0.1 * loud.max()


def test_streamed_times_are_those_of_the_whole(client: ElevenLabs) -> None:
    whole = client.text_to_speech.convert_with_timestamps(
        "nora", text=TEXT, output_format="pcm_16000"
    )
    rows = list(
        client.text_to_speech.stream_with_timestamps("nora", text=TEXT, output_format="pcm_16000")
    )
    assert len(rows) > 5
    audio = b"".join(base64.b64decode(row.audio_base_64) for row in rows)
    assert audio == base64.b64decode(whole.audio_base_64)
    for name in ("alignment", "normalized_alignment"):
        parts = [part for row in rows if (part := getattr(row, name)) is not None]
        assert len(parts) > 5
        for key in (
            *("characters", "character_start_times_seconds", "character_end_times_seconds"),
        ):
            assert [each for part in parts for each in getattr(part, key)] == getattr(
                getattr(whole, name), key
            )


GOOD = {"text": "Hi."}


@pytest.mark.parametrize(
    ("path", "body", "status", "state"),
    [
        ("nobody", GOOD, 404, "voice_not_found"),
        ("..%2F..%2Fx", GOOD, 404, None),
        ("nora?output_format=mp3_1_1", GOOD, 400, "invalid_output_format"),
        ("nora?output_format=wav;rm", GOOD, 400, "invalid_output_format"),
        ("nora?optimize_streaming_latency=9", GOOD, 422, None),
        ("nora?enable_logging=perhaps", GOOD, 422, None),
        ("nora", {}, 422, None),
        ("nora", {"text": ""}, 422, None),
        ("nora", {"text": "  "}, 400, "invalid_input"),
        ("nora", {"text": "..."}, 400, "invalid_input"),
        ("nora", {"text": "x" * 40_001}, 422, None),
        ("nora", GOOD | {"seed": 2**32}, 422, None),
        ("nora", GOOD | {"seed": -1}, 422, None),
        ("nora", GOOD | {"seed": True}, 422, None),
        ("nora", GOOD | {"language_code": "xx-none"}, 422, None),
        ("nora", GOOD | {"language_code": "../.."}, 422, None),
        ("nora", GOOD | {"voice_settings": {"stability": 2}}, 422, None),
        ("nora", GOOD | {"voice_settings": {"speed": 3}}, 422, None),
        ("nora", GOOD | {"voice_settings": {"stability": "0.5"}}, 422, None),
        ("nora", GOOD | {"previous_request_ids": ["a"] * 4}, 422, None),
        (
            "nora",
            GOOD | {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "x"}]},
            404,
            "pronunciation_dictionary_not_found",
        ),
        ("nora", {"text": '<speak><audio src="file:///etc/passwd"/></speak>'}, 400, None),
    ],
)
@pytest.mark.parametrize("route", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_bad_requests(  # noqa: PLR0917 - one for each column of the table
    server: Running, route: str, path: str, body: dict[str, Any], status: int, state: str | None
) -> None:
    voice, _, query = path.partition("?")
    answer = httpx.post(f"{server.url}/v1/text-to-speech/{voice}{route}?{query}", json=body)
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    if status == 422:
        assert detail[0]["msg"]
    elif state is not None:
        assert (detail["status"], bool(detail["message"])) == (state, True)


def test_unknown_fields_break_nothing(server: Running) -> None:
    body = GOOD | {"something": {"new": 1}, "voice_settings": {"stability": 0.5, "newer": "x"}}
    answer = httpx.post(f"{server.url}/v1/text-to-speech/nora/stream?more=1", json=body, timeout=60)
    assert answer.status_code == 200


def test_half_a_surrogate_is_no_text(server: Running) -> None:
    answer = httpx.post(
        f"{server.url}/v1/text-to-speech/nora",
        content=json.dumps({"text": "a"}).replace("a", "\\ud800").encode(),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in {400, 422}


async def _asynchronously(server: Running) -> list[bytes]:
    async with httpx.AsyncClient(timeout=60) as http:
        client = AsyncElevenLabs(base_url=server.url, api_key="x", httpx_client=http)

        async def said(text: str) -> bytes:
            stream = client.text_to_speech.stream("nora", text=text, output_format="pcm_8000")
            return b"".join([chunk async for chunk in stream])

        return await asyncio.gather(*(said(f"Number {i % 3}.") for i in range(9)))


def test_many_at_once_do_not_mix(server: Running, client: ElevenLabs) -> None:
    found = asyncio.run(_asynchronously(server))
    alone = [_said(client, text=f"Number {i}.", output_format="pcm_8000") for i in range(3)]
    assert found == alone * 3
