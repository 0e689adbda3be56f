"""Tests of the native API against a running server."""

import errno
import io
import json
import struct
import tempfile
import time

import httpx
import mido
import numpy as np
import pytest
import soundfile

from menura.server.delivery import Order
from menura.server.house import Caller
from menura.server.native.bodies import EXAMPLES
from menura.server.native.live import MAX_TICKETS, Tickets
from menura.server.workshop import MAX_LIVE_OF_ONE, Busy
from menura.tasks import Speech

SPEECH = EXAMPLES["speech"]
MUSIC = EXAMPLES["music"]
ENDLESS = {"kind": "effect", "prompt": "rain", "endless": True}


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, timeout=20) as opened:
        yield opened


@pytest.fixture(scope="module")
def piece(client) -> dict:
    answer = client.post("/api/takes", json={"task": MUSIC, "stems": True})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _samples(data: bytes) -> tuple[np.ndarray, int]:
    return soundfile.read(io.BytesIO(data), always_2d=True, dtype="float32")


def _await_clearing(server) -> None:
    """Waits until what was made again is gone: it goes after the answer's last byte."""
    deadline = time.monotonic() + 20
    while list((server.settings.home / "server").glob("new-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_documented_examples_are_made(client, example) -> None:
    answer = client.post("/api/takes", json={"task": example, "format": "flac"})
    assert answer.status_code == 201, answer.text
    take = answer.json()
    sound, rate = _samples(client.get(take["links"]["audio"]).content)
    assert len(sound) / rate == pytest.approx(take["duration_s"], abs=1e-4)
    assert np.abs(sound).max() > 0.01


def test_stems_add_up_and_notes_are_midi(client, piece) -> None:
    mix, _ = _samples(client.get(piece["links"]["audio"]).content)
    stems = [_samples(client.get(link).content)[0] for link in piece["links"]["stems"].values()]
    assert len(stems) > 1
    rest = mix - np.sum(stems, axis=0)
    assert 10 * np.log10((rest**2).mean() / (mix**2).mean()) < -60
    midi = mido.MidiFile(file=io.BytesIO(client.get(piece["links"]["score"]).content))
    assert any(message.type == "note_on" for message in midi)
    assert client.get(f"/api/takes/{piece['id']}/stems/99").status_code == 404


def test_a_take_that_went_from_the_shelf_is_made_again(server, client) -> None:
    take = client.post("/api/takes", json={"task": SPEECH, "format": "wav_32"}).json()
    first, _ = _samples(client.get(take["links"]["audio"]).content)
    server.house.shelf.discard(server.house.shelf.find(take["id"])[0])
    again, _ = _samples(client.get(take["links"]["audio"]).content)
    assert np.array_equal(first, again)
    _await_clearing(server)


@pytest.mark.parametrize(
    ("what", "headers", "status"),
    [
        ("audio", {"Range": "bytes=99999999-"}, 416),
        ("audio", {"Range": "bytes=5-1"}, 200),
        ("audio", {"Range": "bytes=0-9"}, 206),
        ("captions", {}, 404),
        ("score", {}, 404),
    ],
)
def test_what_is_made_again_is_cleared_away(server, client, what, headers, status) -> None:
    answer = client.post("/api/stream", json={"task": EXAMPLES["effect"]})
    take = answer.headers["x-menura-take"]
    assert client.get(f"/api/takes/{take}/{what}", headers=headers).status_code == status
    _await_clearing(server)


@pytest.mark.parametrize(("name", "holds"), [("mp3", b"ID3"), ("flac", b"fLaC"), ("opus", b"OggS")])
def test_a_take_comes_in_any_format(client, piece, name, holds) -> None:
    answer = client.get(piece["links"]["audio"], params={"format": name})
    assert holds in answer.content
    assert answer.headers["x-menura-take"] == piece["take"]


def test_captions_in_three_formats(client) -> None:
    take = client.post("/api/takes", json={"task": SPEECH}).json()
    link = take["links"]["captions"]
    assert "-->" in client.get(link).text
    assert client.get(link, params={"format": "vtt"}).text.startswith("WEBVTT")
    words = client.get(link, params={"format": "json"}).json()["words"]
    assert [word["text"] for word in words] == ["The", "lyrebird", "sings."]
    assert client.get(link, params={"format": "exe"}).status_code == 422


def test_what_the_server_reads_of_a_take_hangs_not_on_its_words(server, client) -> None:
    take = client.post("/api/takes", json={"task": SPEECH}).json()
    folder, facts = server.house.shelf.find(take["id"])
    assert facts["captions"] is True
    assert not {"words", "recipe"} & set(facts)
    facts.pop("captions")  # as an earlier version kept it, with words and one file of captions
    facts["files"]["captions"] = "captions.json"
    (folder / "facts.json").write_text(json.dumps(facts | {"words": []}))
    assert "-->" in client.get(take["links"]["captions"]).text


def test_a_stream_is_raw_sound_with_its_shape_in_headers(client) -> None:
    answer = client.post("/api/stream", json={"task": SPEECH, "format": "pcm"})
    rate, channels = (int(answer.headers[f"x-menura-{name}"]) for name in ("rate", "channels"))
    count = len(answer.content) // (2 * channels)
    samples = np.array(struct.unpack(f"<{count * channels}h", answer.content)) / 32768
    assert 0.5 < count / rate < 3
    assert 0.05 < np.abs(samples).max() < 1
    again = client.post("/api/stream", json={"task": SPEECH, "format": "pcm"})
    assert again.content == answer.content


def test_a_stream_begins_before_it_is_made(server, client) -> None:
    task = {"kind": "speech", "text": "One more sentence is said. " * 400}
    with client.stream("POST", "/api/stream", json={"task": task, "format": "pcm"}) as answer:
        heard = answer.iter_raw()
        next(heard)
        assert server.house.workshop.working == 1
    _wait_until(lambda: server.house.workshop.working == 0, 1.0)


def _wait_until(true, seconds: float) -> None:
    deadline = time.monotonic() + 30 * seconds  # a busy machine is given time; a leak never ends
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_verified_is_found(client, piece) -> None:
    sound = client.get(piece["links"]["audio"], params={"format": "mp3"}).content
    found = client.post("/api/verify", files={"file": ("../../x.mp3", sound)}).json()
    assert found["manifest"]["state"] == "trusted"
    assert found["take"]["id"] == piece["take"]
    assert found["mark"]["found"]


@pytest.mark.parametrize(
    "data", [b"", b"RIFF\0\0\0\0WAVE", b"#EXTM3U\nfile:///etc/passwd", b"\x7fELF"]
)
def test_what_is_no_sound_is_told(client, data) -> None:
    answer = client.post("/api/verify", files={"file": ("x.wav", data)})
    assert answer.status_code == 400
    assert "/" not in answer.json()["error"]["message"].replace("and/or", "")


def test_a_tune_is_read(client, piece) -> None:
    midi = client.get(piece["links"]["score"]).content
    found = client.post("/api/tunes", files={"file": ("x", midi)}, params={"bpm": 80})
    assert found.status_code == 200, found.text
    task = {"kind": "music", "prompt": "piano", "duration_s": 4, "melody": found.json()["melody"]}
    assert client.post("/api/plan", json={"task": task}).status_code == 200


def test_a_plan_is_made_and_played(client) -> None:
    plan = client.post("/api/plan", json={"task": MUSIC}).json()["plan"]
    task = {"kind": "music", "plan": plan, "seed": 1}
    assert client.post("/api/takes", json={"task": task}).status_code == 201


def test_takes_are_listed_in_pages_and_forgotten(client) -> None:
    made = [client.post("/api/takes", json={"task": SPEECH}).json()["id"] for _ in range(3)]
    first = client.get("/api/takes", params={"count": 2}).json()
    assert [take["id"] for take in first["takes"]] == made[:0:-1]
    assert not {"report", "task", "chapters"} & set(first["takes"][0])  # those of one are
    assert {"report", "task", "chapters"} < set(client.get(f"/api/takes/{made[0]}").json())
    rest = client.get("/api/takes", params={"count": 1, "before": first["next"]}).json()
    assert rest["takes"][0]["id"] == made[0]
    assert client.delete(f"/api/takes/{made[0]}").status_code == 204
    assert client.get(f"/api/takes/{made[0]}").status_code == 404
    assert client.get(f"/api/takes/{made[0]}/audio").status_code == 404


def test_a_ticket_opens_a_stream_once(client) -> None:
    ticket = client.post("/api/streams", json={"task": SPEECH, "format": "mp3"}).json()
    assert client.get(ticket["url"]).content.startswith(b"ID3")
    assert client.get(ticket["url"]).status_code == 404


def test_tickets_of_one_caller_leave_those_of_others() -> None:
    tickets = Tickets()
    order = Order(task=Speech("Hi."), format="pcm", route="/api/streams")
    for _ in range(MAX_TICKETS):
        tickets.give(order, Caller(id="a", name="a"))
    with pytest.raises(Busy):
        tickets.give(order, Caller(id="a", name="a"))
    assert tickets.take(tickets.give(order, Caller(id="b", name="b")))[1].id == "b"


def test_a_full_disk_is_told(client, monkeypatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/place")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    answer = client.post("/api/verify", files={"file": b"x"})
    assert answer.status_code == 507
    assert "secret" not in answer.text


def test_streams_without_end_are_capped_and_end_with_their_listener(server, client) -> None:
    opened = []
    try:
        for _ in range(MAX_LIVE_OF_ONE):
            ticket = client.post("/api/streams", json={"task": ENDLESS, "format": "pcm"}).json()
            answer = client.send(client.build_request("GET", ticket["url"]), stream=True)
            heard = answer.iter_raw()  # kept: where it goes, the connection is closed
            next(heard)
            opened.append((answer, heard))
        refused = client.post("/api/stream", json={"task": ENDLESS, "format": "pcm"})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
    finally:
        for answer, _ in opened:
            answer.close()
    _wait_until(lambda: server.house.workshop.working == 0, 1.0)
    with client.stream("POST", "/api/stream", json={"task": ENDLESS, "format": "pcm"}) as answer:
        assert answer.status_code == 200
    _wait_until(lambda: server.house.workshop.working == 0, 1.0)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "task"),
        ({"task": []}, 422, "task"),
        ({"task": {"kind": "song"}}, 400, "kind"),
        ({"task": {"kind": "speech"}}, 400, "lacks text"),
        ({"task": {"kind": "speech", "text": " "}}, 400, "empty"),
        ({"task": SPEECH | {"voice": "../../x"}}, 400, "voice"),
        ({"task": SPEECH | {"voice": "nobody"}}, 404, "nobody"),
        ({"task": SPEECH | {"speed": True}}, 400, "speed"),
        ({"task": SPEECH | {"seed": 2**64}}, 400, "seed"),
        ({"task": SPEECH | {"seed": -1}}, 400, "seed"),
        ({"task": SPEECH | {"__class__": "x"}}, 400, "unknown field"),
        ({"task": SPEECH | {"engine": "hf://evil"}}, 400, "engine"),
        ({"task": SPEECH, "format": "wav;rm"}, 400, "format"),
        ({"task": SPEECH, "rate": 1}, 422, "rate"),
        ({"task": MUSIC | {"duration_s": 1e9}}, 400, "duration_s"),
        ({"task": MUSIC | {"bpm": 0}}, 400, "bpm"),
        ({"task": MUSIC | {"key": "H#"}}, 400, "key"),
        ({"task": {"kind": "music", "prompt": "x", "continue_audio": "0" * 64}}, 404, "recording"),
        ({"task": {"kind": "effect", "prompt": "rain", "channels": 0}}, 400, "channels"),
        ({"task": ENDLESS}, 400, "length"),
        ({"task": {"kind": "work", "parts": []}}, 400, "parts"),
    ],
)
def test_bad_requests_get_one_clear_error(client, body, status, says) -> None:
    answer = client.post("/api/takes", json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert says in error["message"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (SPEECH | {"voice": "nobody"}, "voice"),
        ({"kind": "dialogue", "text": "Ann: Hi.", "voices": [["Ann", "nobody"]]}, "voices"),
        ({"kind": "work", "parts": [{"task": SPEECH | {"voice": "nobody"}}]}, "voice"),
    ],
)
def test_a_voice_that_is_not_there_is_told_by_its_field(client, task, field) -> None:
    error = client.post("/api/takes", json={"task": task}).json()["error"]
    assert error["param"] == field
    assert error["code"] == "voice_not_found"
    assert "voice_id" not in error["message"]
    assert "'nobody'" in error["message"]


@pytest.mark.parametrize("path", ["", "/audio", "/captions", "/score", "/stems/1"])
def test_takes_of_nobody_are_not_found(client, path) -> None:
    assert client.get(f"/api/takes/0123456789ab{path}").status_code == 404


def test_voices_are_designed_kept_and_forgotten(client) -> None:
    design = {"kind": "voice-design", "description": "a bright young woman", "seed": 7}
    take = client.post("/api/takes", json={"task": design}).json()
    kept = client.post("/api/voices", json={"take": take["id"], "name": "Bright one"})
    assert kept.status_code == 201, kept.text
    voice = kept.json()
    assert voice["name"] == "Bright one"
    assert voice in client.get("/api/voices").json()["voices"]
    for name in (voice["id"], "Bright one"):
        task = {"kind": "speech", "text": "Hello.", "voice": name}
        assert client.post("/api/takes", json={"task": task}).status_code == 201
    assert client.delete("/api/voices/Bright one").status_code == 204
    assert client.delete("/api/voices/Bright one").status_code == 404
    assert client.delete("/api/voices/nora").status_code == 404


def test_models_and_formats_are_listed(client) -> None:
    models = {model["name"] for model in client.get("/api/models").json()["models"]}
    assert {"arranger", "foley", "expressive"} <= models
    assert client.get("/api/models/foley").json()["licences"]
    assert client.get("/api/models/nothing").status_code == 404
    assert "mp3" in {each["name"] for each in client.get("/api/formats").json()["formats"]}
    assert client.get("/api/about").json()["ready"]


def test_languages_are_listed_and_can_be_spoken(client) -> None:
    rows = client.get("/api/languages").json()["languages"]
    names = {row["tag"]: row["name"] for row in rows}
    assert len(names) > 100
    assert names["de"] == "German"
    assert [row["name"] for row in rows] == sorted(names.values())
    asked = {"kind": "speech", "text": "Guten Tag", "language": "de"}
    assert client.post("/api/takes", json={"task": asked}).status_code == 201


def test_a_language_is_guessed_where_that_is_asked_for(client) -> None:
    text = "Le chat dort sur le canapé et la pluie tombe dans la rue."
    for asked, spoken in (({}, "fr-fr"), ({"voice": "nora"}, "en-us")):
        task = {"kind": "speech", "text": text, **asked}
        take = client.post("/api/takes", json={"task": task}).json()
        assert take["report"]["understood"]["language"] == spoken
    task = {"kind": "speech", "text": text, "voice": "nora", "language": "auto"}
    take = client.post("/api/takes", json={"task": task}).json()
    assert take["report"]["understood"]["guessed"] == "language: fr-fr"
