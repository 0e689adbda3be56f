"""Voices: listed, designed, kept, forgotten; each caller has its own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from elevenlabs import ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError

from menura.server.casting import find, standing_in, voices_of
from menura.server.house import LOCAL
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Locked, Running

SAILOR = "an old sailor, gravelly and slow"
TEXT = "Well, hello there, my friends."
RACHEL = "21m00Tcm4TlvDq8ikWAM"


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=120) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


@pytest.fixture
def callers(locked: Locked) -> Iterator[dict[str, ElevenLabs]]:
    with httpx.Client(timeout=120) as http:
        yield {
            name: ElevenLabs(base_url=locked.url, api_key=key, httpx_client=http)
            for name, key in locked.keys.items()
        }


def test_every_voice_of_theirs_has_one_of_ours(server: Running) -> None:
    known = voices_of(server.house, LOCAL)
    assert len(standing_in()) > 50
    assert {ours for _, ours in standing_in().values()} <= set(known)
    assert all(len(voice) == 20 for voice in standing_in())


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        (RACHEL, "nora"),
        ("Rachel", "nora"),
        ("rachel", "nora"),
        ("nora", "nora"),
        ("Nora", "nora"),
        ("nora:0.5+otto:0.5", "nora:0.5+otto:0.5"),
    ],
)
def test_a_voice_is_found_by_its_names(server: Running, said: str, ours: str) -> None:
    assert find(server.house, LOCAL, said) == ours


def test_a_voice_of_theirs_is_found_again_by_its_id(client: ElevenLabs) -> None:
    told = client.voices.get(RACHEL)
    assert (told.voice_id, told.name) == (RACHEL, "nora")
    assert client.voices.get("Rachel").voice_id == "nora"
    found = client.voices.search(voice_ids=[RACHEL, "otto", "nobody"])
    assert {voice.voice_id for voice in found.voices} == {RACHEL, "otto"}
    assert RACHEL not in {voice.voice_id for voice in client.voices.get_all().voices}


@pytest.mark.parametrize(
    "said",
    ["", "nobody", "../../etc", "v-0000000000000000", "nora+nobody", "+", "a" * 500, "nora+" * 40],
)
def test_a_voice_that_is_not_there_is_not_found(server: Running, said: str) -> None:
    with pytest.raises(Problem) as told:
        find(server.house, LOCAL, said)
    assert (told.value.status, told.value.code) == (404, "voice_not_found")
    assert len(told.value.message) < 200


def test_voices_are_listed_and_searched(client: ElevenLabs) -> None:
    listed = client.voices.get_all().voices
    nora = next(voice for voice in listed if voice.voice_id == "nora")
    assert nora.category == "premade"
    assert nora.labels is not None
    assert (nora.labels["gender"], nora.labels["accent"]) == ("female", "american")
    assert nora.preview_url is None
    first = client.voices.search(page_size=5, category="premade", sort="name")
    assert len(first.voices) == 5
    assert first.has_more
    names = [voice.name for voice in first.voices]
    assert names == sorted(names, key=str)
    rest = client.voices.search(
        page_size=100, category="premade", sort="name", next_page_token=first.next_page_token
    )
    assert not rest.has_more
    assert first.total_count == len(first.voices) + len(rest.voices)
    scots = client.voices.search(accent="scottish", gender="male").voices
    assert [voice.voice_id for voice in scots] == ["fergus"]
    assert client.voices.search(search="narration calm").voices[0].voice_id == "otto"
    assert client.voices.search(voice_ids=["nora", "pip"]).total_count == 2
    assert client.voices.search(voice_type="community").total_count == 0
    assert client.voices.get_shared().voices == []


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=101", "next_page_token=x", "next_page_token=-1"]
)
def test_a_page_that_is_none_is_refused(server: Running, query: str) -> None:
    assert httpx.get(f"{server.url}/v2/voices?{query}", timeout=60).status_code in {400, 422}


def test_settings_are_kept_for_a_voice(client: ElevenLabs) -> None:
    default = client.voices.settings.get_default()
    assert (default.stability, default.similarity_boost, default.speed) == (0.5, 0.75, 1.0)
    client.voices.settings.update("wren", request=VoiceSettings(stability=0.9, speed=1.1))
    kept = client.voices.settings.get("wren")
    assert (kept.stability, kept.style, kept.speed) == (0.9, 0.0, 1.1)
    told = client.voices.get("wren").settings
    assert told is not None
    assert told.speed == 1.1
    client.voices.settings.update("wren", request=VoiceSettings())
    assert client.voices.settings.get("wren").speed == 1.0


def test_settings_out_of_range_are_refused(server: Running) -> None:
    for body in ({"stability": 2}, {"speed": 3}, {"stability": True}, {"style": "much"}):
        answer = httpx.post(f"{server.url}/v1/voices/nora/settings/edit", json=body, timeout=60)
        assert answer.status_code == 422, body


def test_copying_a_person_needs_consent(client: ElevenLabs) -> None:
    with pytest.raises(ApiError) as told:
        client.voices.ivc.create(name="Me", files=[("a.mp3", b"x")])
    assert told.value.status_code == 403
    detail: Any = told.value.body
    assert "consent" in detail["detail"]["message"]


def test_premade_voices_stay_as_they_are(client: ElevenLabs) -> None:
    for change in (
        lambda: client.voices.delete("nora"),
        lambda: client.voices.update("nora", name="x"),
    ):
        with pytest.raises(ApiError) as told:
            change()
        assert told.value.status_code == 403


def test_a_voice_is_designed_kept_used_and_forgotten(client: ElevenLabs) -> None:
    designed = client.text_to_voice.design(
        voice_description=SAILOR, text=TEXT, seed=5, output_format="mp3_22050_32"
    )
    assert designed.text == TEXT
    assert len({preview.generated_voice_id for preview in designed.previews}) == 3
    chosen = designed.previews[1]
    sound = base64.b64decode(chosen.audio_base_64)
    assert chosen.media_type == "audio/mpeg"
    assert chosen.duration_secs > 0.5
    streamed = b"".join(client.text_to_voice.preview.stream(chosen.generated_voice_id))
    assert streamed == sound
    voice = client.text_to_voice.create(
        voice_name="Sailor",
        voice_description="seen much",
        generated_voice_id=chosen.generated_voice_id,
        labels={"mood": "grim"},
    )
    assert voice.voice_id.startswith("v-")
    assert voice.category == "generated"
    assert voice.labels is not None
    assert voice.labels["mood"] == "grim"
    assert client.voices.search(search="seen much", voice_type="personal").total_count == 1
    assert b"".join(client.text_to_speech.convert("Sailor", text="Ahoy."))
    client.voices.update(voice.voice_id, name="Captain", labels={"mood": "mild"})
    told = client.voices.get(voice.voice_id)
    assert (told.name, told.description) == ("Captain", "seen much")
    assert told.samples is not None
    sample = told.samples[0].sample_id
    assert sample is not None
    assert b"".join(client.voices.samples.audio.get(voice.voice_id, sample)) == sound
    remixed = client.text_to_voice.remix(
        voice.voice_id, voice_description="younger", text=TEXT, stream_previews=True
    )
    assert all(preview.audio_base_64 == "" for preview in remixed.previews)
    assert client.voices.delete(voice.voice_id).status == "ok"
    for gone in (client.voices.get, client.voices.delete):
        with pytest.raises(ApiError) as told_so:
            gone(voice.voice_id)
        assert told_so.value.status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("design", {}),
        ("design", {"voice_description": ""}),
        ("design", {"voice_description": "x" * 1001}),
        ("design", {"voice_description": SAILOR, "seed": -1}),
        ("design", {"voice_description": SAILOR, "loudness": 3}),
        ("design?output_format=flac", {"voice_description": SAILOR}),
        ("create-previews", {"voice_description": SAILOR, "text": 7}),
        ("", {"voice_name": "x", "voice_description": "y"}),
        ("", {"voice_name": "", "voice_description": "y", "generated_voice_id": "0" * 12}),
    ],
)
def test_what_is_no_design_is_refused(server: Running, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}/v1/text-to-voice/{path}".rstrip("/"), json=body, timeout=60)
    assert answer.status_code in {400, 422}, answer.text


def test_previews_that_are_none_or_of_others_are_not_found(server: Running) -> None:
    body = {"voice_name": "x", "voice_description": "y", "generated_voice_id": "0" * 12}
    answer = httpx.post(f"{server.url}/v1/text-to-voice", json=body, timeout=60)
    assert answer.status_code == 404
    assert (
        httpx.get(f"{server.url}/v1/text-to-voice/{'0' * 12}/stream", timeout=60).status_code == 404
    )


def test_voices_of_one_caller_are_nothing_to_another(
    locked: Locked, callers: dict[str, ElevenLabs]
) -> None:
    ann, bob = callers["ann"], callers["bob"]
    asked: Any = {"voice_description": SAILOR, "text": TEXT, "seed": 9}
    preview = ann.text_to_voice.design(**asked).previews[0].generated_voice_id
    with pytest.raises(ApiError):  # before bob has the same designed
        bob.text_to_voice.create(
            voice_name="Mine", voice_description="", generated_voice_id=preview
        )
    voice = ann.text_to_voice.create(
        voice_name="Mine", voice_description="", generated_voice_id=preview
    ).voice_id
    digits = voice.removeprefix("v-")
    for name in (voice, "Mine", f"s-{digits}"):
        for use in (
            lambda name=name: bob.voices.get(name),
            lambda name=name: bob.voices.delete(name),
            lambda name=name: bob.voices.settings.get(name),
            lambda name=name: b"".join(bob.text_to_speech.convert(name, text="Hello.")),
            lambda name=name: bob.text_to_voice.remix(name, voice_description="x"),
        ):
            with pytest.raises(ApiError) as told:
                use()
            assert told.value.status_code == 404
    assert voice not in {each.voice_id for each in bob.voices.get_all().voices}
    assert all(item.voice_id != voice for item in bob.history.list().history)

    same = bob.text_to_voice.design(**asked).previews[0].generated_voice_id
    shared = bob.text_to_voice.create(
        voice_name="Also mine", voice_description="", generated_voice_id=same
    )
    assert shared.voice_id == voice
    assert shared.name == "Also mine"
    ann.voices.delete(voice)
    assert b"".join(bob.text_to_speech.convert(voice, text="Hello."))
    with pytest.raises(ApiError):
        ann.voices.get(voice)
    bob.voices.delete(voice)
    assert all(each.id != voice for each in locked.running.house.studio.voices())


def test_a_voice_has_one_name_and_none_of_ours(
    locked: Locked, callers: dict[str, ElevenLabs]
) -> None:
    ann = callers["ann"]
    asked: Any = {"voice_description": SAILOR, "text": TEXT, "seed": 21}
    preview = ann.text_to_voice.design(**asked).previews[0].generated_voice_id

    def create(name: str) -> Any:
        return ann.text_to_voice.create(
            voice_name=name, voice_description="", generated_voice_id=preview
        )

    with pytest.raises(ApiError) as told:
        create("Nora")
    assert told.value.status_code == 400
    voice = create("One").voice_id
    assert create("One").voice_id == voice  # sent again
    with pytest.raises(ApiError) as told:
        create("Two")
    assert told.value.status_code == 400
    assert ann.voices.get(voice).name == "One"
    with pytest.raises(ApiError) as told:
        ann.voices.update(voice, name="nora")
    assert told.value.status_code == 400
    ann.voices.update(voice, name="Two")
    assert ann.voices.get(voice).name == "Two"
    ann.voices.delete(voice)
