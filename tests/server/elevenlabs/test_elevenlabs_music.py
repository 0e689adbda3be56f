"""Music and sound effects, by ElevenLabs' own client and by hand."""

from __future__ import annotations

import email
import email.policy
import io
import json
import typing
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.music.types import MusicComposeRequestOutputFormat
from elevenlabs.text_to_sound_effects.types import TextToSoundEffectsConvertRequestOutputFormat

from menura.audio import files
from menura.audio.formats import Format
from menura.server.elevenlabs.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Locked, Running

PLAN: dict[str, Any] = {
    "positive_global_styles": ["rock", "piano"],
    "negative_global_styles": [],
    "sections": [
        {
            "section_name": "Verse",
            "positive_local_styles": [],
            "negative_local_styles": [],
            "duration_ms": 3000,
            "lines": ["Nobody sings this."],
        }
    ],
}


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=120) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as client:
        yield client


def _seconds(sound: bytes, folder: Path, name: str = "a.mp3") -> float:
    (folder / name).write_bytes(sound)
    return files.read(folder / name).duration_s


@pytest.mark.parametrize(
    ("their", "door"),
    [
        (TextToSoundEffectsConvertRequestOutputFormat, "effects"),
        (MusicComposeRequestOutputFormat, "music"),
    ],
)
def test_every_format_of_their_client_is_one_of_ours(their: Any, door: Any) -> None:
    for name in typing.get_args(typing.get_args(their)[0]):
        Format.parse(format_of(name, door))


def test_an_effect_is_as_long_as_asked(client: ElevenLabs, tmp_path: Path) -> None:
    sound = b"".join(
        client.text_to_sound_effects.convert(
            text="three knocks on a wooden door",
            duration_seconds=1.5,
            prompt_influence=0.9,
            loop=False,
            output_format="wav_24000",
        )
    )
    (tmp_path / "a.wav").write_bytes(sound)
    audio = files.read(tmp_path / "a.wav")
    assert audio.rate == 24_000
    assert audio.duration_s == pytest.approx(1.5, abs=0.01)
    assert float(np.sqrt(np.mean(audio.samples**2))) > 1e-3


@pytest.mark.parametrize(("name", "suffix"), [("mp3_44100_128", "mp3"), ("wav_48000", "wav")])
def test_an_effect_is_signed_however_short_it_is(
    http: httpx.Client, name: str, suffix: str
) -> None:
    asked = {"text": "a button click", "duration_seconds": 0.5}
    made = http.post("/v1/sound-generation", params={"output_format": name}, json=asked)
    assert made.headers["x-menura-channels"] == "2"
    told = http.post("/api/verify", files={"file": (f"a.{suffix}", made.content)}).json()
    assert told["manifest"]["state"] == "trusted", told


def test_fields_of_others_are_passed_over_and_named(http: httpx.Client) -> None:
    asked = {"text": "rain", "duration_seconds": 0.5, "bpm": 120, "think": True, "nonsense": [1]}
    answer = http.post("/v1/sound-generation", json=asked)
    assert answer.status_code == 200
    assert answer.headers["x-menura-ignored"].split("; ")[:2] == ["think", "bpm"]
    assert len(answer.headers["x-menura-take"]) == 12


def test_what_is_to_be_composed_is_told_to_be_missing_or_to_be_double(http: httpx.Client) -> None:
    bodies: list[tuple[dict[str, Any], str]] = [
        ({}, "what is to be composed is missing: prompt, or composition_plan"),
        ({"prompt": "techno", "composition_plan": PLAN}, "give one of them, and not both"),
    ]
    for body, says in bodies:
        [error] = http.post("/v1/music", json=body).json()["detail"]
        assert says in error["msg"]
        assert not error["msg"].startswith("Value error")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/sound-generation", {}),
        ("/v1/sound-generation", {"text": ""}),
        ("/v1/sound-generation", {"text": 1}),
        ("/v1/sound-generation", {"text": "rain", "duration_seconds": 0.4}),
        ("/v1/sound-generation", {"text": "rain", "duration_seconds": 31}),
        ("/v1/sound-generation", {"text": "rain", "duration_seconds": True}),
        ("/v1/sound-generation", {"text": "rain", "prompt_influence": 2}),
        ("/v1/sound-generation", {"text": "rain", "loop": 1}),
        ("/v1/sound-generation?output_format=wav;rm", {"text": "rain"}),
        ("/v1/sound-generation", {"text": "rain " * 10_000}),
        ("/v1/music", {}),
        ("/v1/music", {"prompt": "techno", "composition_plan": PLAN}),
        ("/v1/music", {"prompt": "techno", "music_length_ms": 2999}),
        ("/v1/music", {"prompt": "techno", "music_length_ms": 600_001}),
        ("/v1/music", {"prompt": "techno", "seed": -1}),
        ("/v1/music", {"prompt": "techno", "seed": 2**64}),
        ("/v1/music", {"composition_plan": {"sections": "x"}}),
        ("/v1/music", {"composition_plan": []}),
        ("/v1/music", {"prompt": "qqqqqq zzzzzz"}),
        ("/v1/music?output_format=mp3_1_1", {"prompt": "techno"}),
        ("/v1/music/plan", {"prompt": ""}),
        ("/v1/music/plan", {"music_length_ms": 5000}),
    ],
)
def test_what_is_wrong_is_told_before_any_sound(
    http: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    answer = http.post(path, json=body)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["detail"]


def test_a_plan_is_made_and_composed(client: ElevenLabs, tmp_path: Path) -> None:
    plan = client.music.composition_plan.create(prompt="calm piano", music_length_ms=4000)
    assert sum(section.duration_ms for section in plan.sections) == 4000
    assert "piano" in plan.positive_global_styles
    sound = b"".join(client.music.compose(composition_plan=plan, seed=3))
    assert _seconds(sound, tmp_path) == pytest.approx(4.0, abs=0.06)
    chunks = client.music.composition_plan.create(
        prompt="calm piano", music_length_ms=4000, model_id="music_v2"
    )
    assert sum(chunk.duration_ms for chunk in chunks.chunks) == 4000
    changed = client.music.composition_plan.create(
        prompt="with a flute", source_composition_plan=plan, music_length_ms=8000
    )
    assert "flute" in changed.positive_global_styles
    assert sum(section.duration_ms for section in changed.sections) == 8000


def test_music_is_streamed_and_rendered(client: ElevenLabs, tmp_path: Path) -> None:
    whole = b"".join(client.music.compose(prompt="techno", music_length_ms=3000, seed=1))
    assert _seconds(whole, tmp_path) == pytest.approx(3.0, abs=0.06)
    assert b"c2pa" in whole
    stream = b"".join(
        client.music.stream(prompt="techno", music_length_ms=3000, output_format="pcm_16000")
    )
    assert len(stream) == 3 * 16_000 * 2 * 2


def test_what_has_no_effect_is_named(http: httpx.Client) -> None:
    asked = {
        "composition_plan": PLAN,
        "music_length_ms": 9000,
        "sign_with_c2pa": True,
        "seed": 1,
    }
    answer = http.post("/v1/music?output_format=opus_48000_64", json=asked)
    assert answer.status_code == 200, answer.text
    ignored = answer.headers["x-menura-ignored"]
    for name in ("music_length_ms", "sections.0.lines: nobody sings", "sign_with_c2pa"):
        assert name in ignored
    assert answer.headers["song-id"] == answer.headers["x-menura-take"]


def test_details_come_with_the_sound(client: ElevenLabs, server: Running, tmp_path: Path) -> None:
    made = client.music.compose_detailed(
        prompt="techno", music_length_ms=3000, with_timestamps=True
    )
    assert made.json["song_metadata"]["genres"] == ["techno"]
    assert made.json["words_timestamps"] == []
    assert sum(s["duration_ms"] for s in made.json["composition_plan"]["sections"]) == 3000
    assert made.song_id is not None
    assert made.filename == f"{made.song_id}.mp3"
    assert _seconds(made.audio, tmp_path) == pytest.approx(3.0, abs=0.06)
    # What their client saves is the signed file, to the last byte.
    with httpx.Client(base_url=server.url, timeout=60) as http:
        found = http.post("/api/verify", files={"file": ("a.mp3", made.audio)}).json()
    assert found["manifest"]["state"] in {"valid", "trusted"}
    assert found["take"]["id"] == made.song_id


def test_the_answer_with_details_is_mime(http: httpx.Client) -> None:
    answer = http.post("/v1/music/detailed", json={"prompt": "techno", "music_length_ms": 3000})
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + answer.content, policy=email.policy.HTTP)
    kinds = [part.get_content_type() for part in parts.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["application/json", "audio/mpeg"]


def test_details_are_streamed_as_events(client: ElevenLabs, http: httpx.Client) -> None:
    events: list[Any] = list(
        client.music.compose_detailed_stream(prompt="techno", music_length_ms=3000)
    )
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["composition_plan", "song_metadata"]
    assert kinds[-1] == "done"
    assert kinds.count("audio_chunk") > 2
    lines = http.post(
        "/v1/music/detailed/stream", json={"prompt": "techno", "music_length_ms": 3000}
    ).text.splitlines()
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert data[0]["type"] == "composition_plan"
    named = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert named == [each["type"] for each in data]


def test_stems_are_of_pieces_of_ones_own(client: ElevenLabs, tmp_path: Path) -> None:
    song = b"".join(client.music.compose(composition_plan=PLAN, seed=2))  # type: ignore[arg-type]
    packed = b"".join(
        client.music.separate_stems(file=("song.mp3", song), output_format="pcm_48000")
    )
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        stems = {name: np.frombuffer(archive.read(name), "<i2") for name in archive.namelist()}
    assert {"drums.pcm", "piano.pcm"} <= set(stems)
    assert "vocals.pcm" not in stems
    packed = b"".join(
        client.music.separate_stems(
            file=("song.mp3", song), stem_variation_id="two_stems_v1", output_format="pcm_48000"
        )
    )
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["instrumental.pcm"]
        whole = np.frombuffer(archive.read("instrumental.pcm"), "<i2").astype(float)
    together = np.sum([stem.astype(float) for stem in stems.values()], axis=0)
    assert np.sqrt(np.mean(whole**2)) > 100
    assert np.max(np.abs(together - whole)) <= len(stems) + 2  # to the rounding of 16 bits


def test_the_sound_of_others_is_not_taken_apart(locked: Locked) -> None:
    with httpx.Client(base_url=locked.url, timeout=120) as http:
        ann, bob = ({"xi-api-key": locked.keys[name]} for name in ("ann", "bob"))
        asked = {"prompt": "techno", "music_length_ms": 3000}
        song = http.post("/v1/music", json=asked, headers=ann).content
        sent = {"file": ("a.mp3", song)}
        own = http.post("/v1/music/stem-separation", files=sent, headers=ann)
        assert own.status_code == 200, own.text
        others = http.post("/v1/music/stem-separation", files=sent, headers=bob)
        assert others.status_code == 501
        assert "you had made here" in others.json()["detail"]["message"]
        junk = {"file": ("a.mp3", b"<svg/>")}
        assert http.post("/v1/music/stem-separation", files=junk, headers=bob).status_code == 400
        empty = {"file": ("a.mp3", b"")}
        assert http.post("/v1/music/stem-separation", files=empty, headers=bob).status_code == 400
        kind = {"stem_variation_id": "ten_stems"}
        wrong = http.post("/v1/music/stem-separation", files=sent, data=kind, headers=ann)
        assert wrong.status_code == 422


def test_a_finetune_is_not_there(http: httpx.Client) -> None:
    answer = http.post("/v1/music", json={"prompt": "techno", "finetune_id": "x"})
    assert answer.status_code == 501


def test_their_client_is_told_what_music_cannot_do_yet(client: ElevenLabs) -> None:
    with pytest.raises(ApiError) as told:
        b"".join(client.music.video_to_music(videos=[("a.mp4", b"x")]))
    assert told.value.status_code == 501
