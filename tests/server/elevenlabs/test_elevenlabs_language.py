"""The language of what is said where `language_code` names none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from menura.server.elevenlabs.buffering import Buffer
from menura.server.elevenlabs.talking import Speaker, Talk

if TYPE_CHECKING:
    from conftest import Running

FRENCH = "Le chat dort sur le canapé et la pluie tombe dans la rue."
ENGLISH = "The cat sleeps on the sofa and the rain falls in the street."


def language_of(server: Running, path: str, body: dict[str, Any]) -> str | None:
    url = f"{server.url}/v1/{path}?output_format=pcm_16000"
    answer = httpx.post(url, json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    recipe = server.house.studio.archive.get(answer.headers["x-menura-take"]).recipe
    return recipe["task"]["language"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": FRENCH}, "fr-fr"),
        ({"text": FRENCH, "language_code": "de"}, "de"),
        ({"text": ENGLISH}, "en-us"),
        ({"text": "Bonjour"}, "en-us"),
        ({"text": f'<speak xml:lang="de">{FRENCH}</speak>'}, "en-us"),  # each passage has its own
    ],
)
@pytest.mark.parametrize("route", ["", "/stream"])
def test_text_to_speech(server: Running, route: str, body: dict[str, Any], expected: str) -> None:
    assert language_of(server, f"text-to-speech/nora{route}", body) == expected


def test_a_voice_keeps_its_accent(server: Running) -> None:
    assert language_of(server, "text-to-speech/alistair", {"text": ENGLISH}) == "en-gb-x-rp"
    assert language_of(server, "text-to-speech/odette", {"text": ENGLISH}) == "en-us"


def test_text_to_dialogue(server: Running) -> None:
    inputs = [{"text": FRENCH, "voice_id": "nora"}, {"text": "Oui.", "voice_id": "otto"}]
    assert language_of(server, "text-to-dialogue", {"inputs": inputs}) == "fr-fr"
    inputs = [{"text": ENGLISH, "voice_id": "nora"}, {"text": "Oui.", "voice_id": "hugo"}]
    assert language_of(server, "text-to-dialogue", {"inputs": inputs}) is None


def guesses(own: str, pieces: list[str], **more: Any) -> list[str | None]:
    """Returns the languages in which a context of a socket has its pieces said."""

    async def said() -> list[str | None]:
        async def send(_: dict[str, Any]) -> None:
            return

        speaker = Speaker(
            voice="v", voice_id="v", format="pcm_16000", model="m", own_language=own, **more
        )
        talk = Talk(None, None, speaker, Buffer([50], auto=False, markup=False), send)  # type: ignore[arg-type]
        return [talk._guess(piece) for piece in pieces]

    return asyncio.run(said())


def test_a_piece_of_a_socket_too_short_to_tell_goes_by_what_was_said_before() -> None:
    assert guesses("en-us", ["Oui.", FRENCH, "Oui."]) == [None, "fr", "fr"]
    assert guesses("fr-fr", [FRENCH, "Oui."]) == [None, None]
    assert guesses("en-gb", [ENGLISH, "Oui."]) == [None, None]
    assert guesses("en-us", [f"<speak>{FRENCH}</speak>"], markup=True) == ["auto"]
