"""Names of models that mean nothing here are told; those of theirs and of ours are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Running

PREVIEW = {"voice_description": "an old sailor, gravelly", "text": "Ahoy there."}
PLAN = {"prompt": "calm piano", "music_length_ms": 3000}
INPUTS = {"inputs": [{"text": "Hi.", "voice_id": "nora"}]}


def ignored(server: Running, path: str, body: dict[str, Any]) -> str:
    answer = httpx.post(f"{server.url}/v1/{path}", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.headers.get("x-menura-ignored", "")


@pytest.mark.parametrize(
    ("path", "body", "theirs", "kind"),
    [
        ("text-to-speech/nora", {"text": "Hi."}, "eleven_flash_v2_5", "speech"),
        ("text-to-dialogue", INPUTS, "eleven_v3", "dialogue"),
        (
            "sound-generation",
            {"text": "a click", "duration_seconds": 0.5},
            "eleven_text_to_sound_v2",
            "effect",
        ),
        ("music", PLAN, "music_v1", "music"),
        ("music/plan", PLAN, "music_v2", "music"),
        ("text-to-voice/design", PREVIEW, "eleven_ttv_v3", "voice-design"),
    ],
)
def test_a_model_that_is_none(
    server: Running, path: str, body: dict[str, Any], theirs: str, kind: str
) -> None:
    named = ignored(server, path, body | {"model_id": "eleven_nope"})
    assert f"model_id: no engine for {kind} is called 'eleven_nope'" in named
    assert "model_id" not in ignored(server, path, body | {"model_id": theirs})
    assert "model_id" not in ignored(server, path, body)


def test_an_engine_of_another_kind_is_named(server: Running) -> None:
    for model, is_named in (("formant", False), ("foley", True)):
        body = {"text": "Hi.", "model_id": model}
        assert ("model_id" in ignored(server, "text-to-speech/plain-otto", body)) is is_named
