"""Text to dialogue, by ElevenLabs' own client and by hand."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from elevenlabs import DialogueInput, ElevenLabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Running

INPUTS = [
    ("[whispers] Is it there?", "nora"),
    (" - Yes.", "otto"),
    ("Oh.", "otto"),
    ("... so then", "otto"),
    ("Good: as I said, it costs $5.", "21m00Tcm4TlvDq8ikWAM"),
]


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


@pytest.fixture
def inputs() -> list[DialogueInput]:
    return [DialogueInput(text=text, voice_id=voice) for text, voice in INPUTS]


def test_times_and_turns(client: ElevenLabs, inputs: list[DialogueInput]) -> None:
    told = client.text_to_dialogue.convert_with_timestamps(inputs=inputs, output_format="pcm_16000")
    seconds = len(base64.b64decode(told.audio_base_64)) / 32000
    assert told.alignment is not None
    assert "".join(told.alignment.characters) == "".join(text for text, _ in INPUTS)
    assert [each.dialogue_input_index for each in told.voice_segments] == list(range(len(INPUTS)))
    end_s = 0.0
    for segment, (text, voice) in zip(told.voice_segments, INPUTS, strict=True):
        start, stop = segment.character_start_index, segment.character_end_index
        assert "".join(told.alignment.characters[start:stop]) == text
        assert segment.voice_id == voice
        assert end_s <= segment.start_time_seconds < segment.end_time_seconds <= seconds
        end_s = segment.end_time_seconds
        letters = [i for i in range(start, stop) if told.alignment.characters[i].isalnum()]
        last_s = told.alignment.character_end_times_seconds[letters[-1]]
        assert last_s == pytest.approx(segment.end_time_seconds, abs=0.01)


def test_the_stream_is_the_whole(client: ElevenLabs, inputs: list[DialogueInput]) -> None:
    whole = client.text_to_dialogue.convert_with_timestamps(
        inputs=inputs, output_format="pcm_16000"
    )
    rows = list(
        client.text_to_dialogue.stream_with_timestamps(inputs=inputs, output_format="pcm_16000")
    )
    assert [each for row in rows for each in row.voice_segments] == whole.voice_segments
    assert whole.alignment is not None
    chars = [char for row in rows if row.alignment for char in row.alignment.characters]
    assert chars == whole.alignment.characters
    audio = b"".join(base64.b64decode(row.audio_base_64) for row in rows)
    assert audio == b"".join(
        client.text_to_dialogue.stream(inputs=inputs, output_format="pcm_16000")
    )


def test_a_whole_file(client: ElevenLabs, inputs: list[DialogueInput]) -> None:
    with client.text_to_dialogue.with_raw_response.convert(
        inputs=inputs, seed=3, settings={"stability": 0.8, "similarity": 0.2}
    ) as answer:
        data = b"".join(answer.data)
    assert data.startswith((b"ID3", b"\xff\xfb"))
    assert answer.headers["character-cost"] == str(sum(len(text) for text, _ in INPUTS))
    assert "settings.similarity" in answer.headers["x-menura-ignored"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"inputs": []}, 422),
        ({"inputs": [{"text": "Hi."}]}, 422),
        ({"inputs": [{"text": "", "voice_id": "nora"}]}, 422),
        ({"inputs": [{"text": "[sadly]", "voice_id": "nora"}]}, 400),
        ({"inputs": [{"text": "...", "voice_id": "nora"}]}, 400),
        ({"inputs": [{"text": "Hi.", "voice_id": "nobody"}]}, 404),
        ({"inputs": [{"text": "Hi.", "voice_id": f"v{i}"} for i in range(11)]}, 400),
        ({"inputs": [{"text": "Hi.", "voice_id": "nora"}], "settings": {"stability": 2}}, 422),
    ],
)
@pytest.mark.parametrize("route", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_bad_requests(server: Running, route: str, body: dict[str, Any], status: int) -> None:
    answer = httpx.post(f"{server.url}/v1/text-to-dialogue{route}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
