"""The language of what is said where `language_code` names none."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from menura.server.elevenlabs import manner
from menura.server.elevenlabs.buffering import Buffer
from menura.server.elevenlabs.talking import Speaker, Talk
from menura.server.problems import Problem
from menura.voice import Voice

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


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *(("pt-BR", "pt-br"), ("en-us", "en-us"), ("en_GB", "en-gb"), ("zh", "cmn")),
        *(("zh-CN", "cmn"), ("cmn", "cmn"), ("no", "nb"), ("DE", "de"), ("deu", "de")),
        *(("jpn", "ja"), ("AUTO", "en-us"), ("", "en-us")),
    ],
)
def test_every_way_to_write_a_language(server: Running, code: str, expected: str) -> None:
    said = {"text": "2", "language_code": code}
    assert language_of(server, "text-to-speech/nora", said) == expected


@pytest.mark.parametrize("code", ["zz", "../..", "Vulcan", "e" * 35])
@pytest.mark.parametrize("route", ["text-to-speech/nora", "text-to-dialogue"])
def test_a_language_that_is_none_is_a_field_that_is_wrong(
    server: Running, route: str, code: str
) -> None:
    body = {"text": "2", "inputs": [{"text": "2", "voice_id": "nora"}], "language_code": code}
    answer = httpx.post(f"{server.url}/v1/{route}", json=body)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["detail"]
    assert error["loc"] == ["body", "language_code"]
    assert error["msg"].startswith("language_code: ")


def test_a_language_that_only_a_voice_has_goes_on_to_its_engine() -> None:
    voices = [Voice(name="spock", language="xvu", engine="plugin", description="")]
    house: Any = SimpleNamespace(studio=SimpleNamespace(voices=lambda: voices))
    assert asyncio.run(manner.language(house, "xvu-NE")) == "xvu-NE"
    with pytest.raises(Problem) as told:
        asyncio.run(manner.language(house, "qzz"))
    assert (told.value.status, told.value.param) == (422, "language_code")


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
