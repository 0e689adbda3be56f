"""The language of what is said: guessed, named in the instructions, or the accent of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from menura.server.openai import names

if TYPE_CHECKING:
    from conftest import Running

FRENCH = "Le chat dort sur le canapé et la pluie tombe dans la rue."
ENGLISH = "The cat sleeps on the sofa and the rain falls in the street."
OFFICIAL = (
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
    *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
)


def language_of(server: Running, **asked: str) -> str:
    body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "pcm", **asked}
    answer = httpx.post(f"{server.url}/v1/audio/speech", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    recipe = server.house.studio.archive.get(answer.headers["x-menura-take"]).recipe
    return recipe["task"]["language"]


@pytest.mark.parametrize("voice", ["alloy", "nova", "fable"])
def test_french_is_read_as_french(server: Running, voice: str) -> None:
    assert language_of(server, input=FRENCH, voice=voice) == "fr-fr"


def test_instructions_name_the_language(server: Running) -> None:
    assert language_of(server, input=FRENCH, instructions="Speak in German.") == "de"
    assert language_of(server, input="Restaurant", instructions="Speak in French.") == "fr-fr"


@pytest.mark.parametrize("voice", OFFICIAL)
def test_their_names_speak_american_but_fable(server: Running, voice: str) -> None:
    expected = "en-gb" if voice == "fable" else "en-us"
    assert language_of(server, input="Hi.", voice=voice) == expected


def test_our_names_keep_their_accents(server: Running) -> None:
    assert language_of(server, input=ENGLISH, voice="wren") == "en-gb"
    assert language_of(server, input=ENGLISH, voice="desmond") == "en-029"
    assert language_of(server, input=FRENCH, voice="wren") == "fr-fr"


def test_every_name_has_a_voice_of_its_own(server: Running) -> None:
    ours = names.stand_ins(server.house)
    assert set(ours) == set(OFFICIAL)
    assert len(set(ours.values())) == len(OFFICIAL)
    listed = httpx.get(f"{server.url}/v1/audio/voices").json()["voices"]
    told = {row["id"]: row["language"] for row in listed if row["id"] in OFFICIAL}
    assert told == {name: "en-gb" if name == "fable" else "en-us" for name in OFFICIAL}
