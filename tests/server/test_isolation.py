"""Tests that requests do not mix, and that callers see nothing of each other."""

import asyncio
import hashlib
import os
import signal
import time

import httpx
import pytest

from menura.server.native.bodies import EXAMPLES

COUNT = 50
VOICES = ("nora", "otto")
DESIGN = {"kind": "voice-design", "description": "an old sailor, gravelly", "seed": 3}


def _task(number: int) -> dict:
    text = f"This is number {number}."
    return {"kind": "speech", "text": text, "voice": VOICES[number % 2], "seed": number}


async def _played(client: httpx.AsyncClient, number: int) -> str:
    digest = hashlib.sha256()
    body = {"task": _task(number), "format": "pcm"}
    async with client.stream("POST", "/api/stream", json=body) as answer:
        assert answer.status_code == 200
        async for data in answer.aiter_raw():
            digest.update(data)
    return digest.hexdigest()


def test_fifty_at_once_sound_as_each_does_alone(server) -> None:
    async def compare() -> None:
        limits = httpx.Limits(max_connections=COUNT)
        async with httpx.AsyncClient(base_url=server.url, timeout=300, limits=limits) as client:
            together = await asyncio.gather(*(_played(client, n) for n in range(COUNT)))
            assert len(set(together)) == COUNT
            for number in range(0, COUNT, 7):
                assert await _played(client, number) == together[number]

    asyncio.run(compare())


def test_a_worker_that_dies_spoils_no_request(server) -> None:
    async def compare() -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as client:
            alone = [await _played(client, n) for n in range(4)]
            playing = [asyncio.create_task(_played(client, n)) for n in range(4)]
            while not server.house.workshop.working:
                await asyncio.sleep(0.001)
            os.kill(server.house.workshop.staff.workers[0].pid, signal.SIGKILL)
            done = await asyncio.gather(*playing, return_exceptions=True)
            # What had not begun to be heard begins again; what had, breaks off and says so.
            whole = [d for d in done if isinstance(d, str)]
            assert set(whole) <= set(alone)
            assert all(isinstance(d, str | httpx.RemoteProtocolError) for d in done)
            assert [await _played(client, n) for n in range(4)] == alone

    asyncio.run(compare())


@pytest.fixture
def ann(locked):
    headers = {"Authorization": f"Bearer {locked.keys['ann']}"}
    with httpx.Client(base_url=locked.url, headers=headers, timeout=120) as client:
        yield client


@pytest.fixture
def bob(locked):
    headers = {"xi-api-key": locked.keys["bob"]}
    with httpx.Client(base_url=locked.url, headers=headers, timeout=120) as client:
        yield client


def test_a_take_is_its_callers_alone(ann, bob) -> None:
    take = ann.post("/api/takes", json={"task": EXAMPLES["speech"]}).json()
    for name in (take["id"], take["take"]):
        for path in ("", "/audio", "/captions"):
            assert ann.get(f"/api/takes/{name}{path}").status_code == 200
            assert bob.get(f"/api/takes/{name}{path}").status_code == 404
        assert bob.delete(f"/api/takes/{name}").status_code == 404
    assert take["id"] not in {each["id"] for each in bob.get("/api/takes").json()["takes"]}
    same = bob.post("/api/takes", json={"task": EXAMPLES["speech"]}).json()
    assert same["take"] == take["take"]
    assert same["id"] != take["id"]


def test_a_voice_is_its_callers_alone(ann, bob) -> None:
    made = [c.post("/api/takes", json={"task": DESIGN}).json()["id"] for c in (ann, bob)]
    voice = ann.post("/api/voices", json={"take": made[0], "name": "Sailor"}).json()["id"]
    speech = {"task": {"kind": "speech", "text": "Ahoy.", "voice": voice}}
    works = {
        "task": {"kind": "work", "parts": [{"task": speech["task"]}]},
    }
    talk = {"task": {"kind": "dialogue", "text": "A: Ahoy.", "voices": [["A", voice]]}}
    assert ann.post("/api/takes", json=speech).status_code == 201
    for body in (speech, works, talk):
        assert bob.post("/api/takes", json=body).status_code == 404
    assert voice not in {each["id"] for each in bob.get("/api/voices").json()["voices"]}
    assert bob.delete(f"/api/voices/{voice}").status_code == 404
    # Who designs the same keeps it when the other lets it go.
    assert bob.post("/api/voices", json={"take": made[1], "name": "Sailor"}).json()["id"] == voice
    assert ann.delete("/api/voices/Sailor").status_code == 204
    assert bob.post("/api/takes", json=speech).status_code == 201
    assert ann.post("/api/takes", json=speech).status_code == 404


def test_a_recording_is_its_callers_alone(ann, bob) -> None:
    take = ann.post("/api/takes", json={"task": EXAMPLES["speech"]}).json()
    sound = ann.get(take["links"]["audio"]).content
    digest = ann.post("/api/sounds", files={"file": ("x.wav", sound)}).json()["sha256"]
    body = {"task": {"kind": "music", "prompt": "piano", "continue_audio": digest}}
    assert "recording" in bob.post("/api/takes", json=body).json()["error"]["message"]
    assert bob.post("/api/takes", json=body).status_code == 404
    assert ann.post("/api/takes", json=body).status_code != 404


def test_without_a_key_nothing_opens(locked) -> None:
    for path in ("/api/takes", "/v1/voices", "/v1/models"):
        assert httpx.get(f"{locked.url}{path}").status_code == 401
    for path in ("/", "/web/main.js", "/livez"):
        assert httpx.get(f"{locked.url}{path}").status_code == 200


def test_who_leaves_ends_the_work(server) -> None:
    body = {"task": {"kind": "music", "prompt": "piano", "duration_s": 600}}
    with httpx.Client(base_url=server.url) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/api/takes", json=body, timeout=2)
    deadline = time.monotonic() + 60
    while server.house.workshop.working or list((server.settings.home / "server").glob("new-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_leaves_while_waiting_for_a_place_is_forgotten(server) -> None:
    body = {"task": {"kind": "speech", "text": "One more sentence is said. " * 60}}
    with httpx.Client(base_url=server.url, timeout=120) as client:
        playing = []
        for _ in range(server.house.workshop.places):
            request = client.build_request("POST", "/api/stream", json=body)
            answer = client.send(request, stream=True)
            playing.append((answer, answer.iter_raw()))
        with pytest.raises(httpx.ReadTimeout):
            client.post("/api/stream", json=body, timeout=1)
        deadline = time.monotonic() + 30
        while server.house.workshop.waiting:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert server.house.workshop.working == server.house.workshop.places
        for answer, _ in playing:
            answer.close()
    while server.house.workshop.working:
        time.sleep(0.01)
