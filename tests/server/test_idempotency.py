"""A request that is sent again with the same Idempotency-Key."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import io
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from menura.server import idempotency
from menura.server.house import Caller
from menura.server.idempotency import MAX_ANSWER_BYTES, Idempotency, keep
from menura.server.ledger import DATABASE, Ledger
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

PATIENCE_S = 120.0
post = functools.partial(httpx.post, timeout=PATIENCE_S)
SPEECH = "/v1/audio/speech"
ASKED = {"model": "tts-1", "voice": "alloy", "input": "The same again.", "response_format": "pcm"}


def say(server: Any, key: str | None, **changes: str) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return post(server.url + SPEECH, json=ASKED | changes, headers=headers)


def test_the_same_key_gives_the_same_samples(server: Any) -> None:
    first, again = say(server, "one"), say(server, "one")
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert again.headers["x-menura-take"] == first.headers["x-menura-take"]


def test_another_key_or_none_gives_others(server: Any) -> None:
    takes = [say(server, key).headers["x-menura-take"] for key in ("two", "three", None)]
    assert len(set(takes)) == 3


def test_two_at_once_get_the_same(server: Any) -> None:
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: say(server, "at once"), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_another_request_with_the_same_key_is_refused(server: Any) -> None:
    assert say(server, "mine").is_success
    other = say(server, "mine", input="Something else.")
    assert other.status_code == 400  # what OpenAI's API makes of 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"


def test_the_own_api_keeps_it_too(server: Any) -> None:
    made = {"task": {"kind": "effect", "prompt": "a knock on a door"}, "format": "wav"}

    def answers(path: str) -> list[httpx.Response]:
        headers = {"Idempotency-Key": f"own {path}"}
        return [post(server.url + path, json=made, headers=headers) for _ in range(2)]

    first, again = answers("/api/takes")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    first, again = answers("/api/stream")
    assert first.headers["x-menura-take"] == again.headers["x-menura-take"]
    other = post(server.url + "/api/stream", json=made)
    assert other.headers["x-menura-take"] != first.headers["x-menura-take"]


@pytest.mark.parametrize("key", ["", "k" * 256, "k" * 20_000])
def test_keys_that_are_none(server: Any, key: str) -> None:
    answer = say(server, key)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_idempotency_key"


def test_the_longest_key(server: Any) -> None:
    assert say(server, "k" * 255).is_success


def test_keys_are_each_caller_s_own(locked: Any) -> None:
    answers = [
        post(
            locked.url + SPEECH,
            json=ASKED,
            headers={"Idempotency-Key": "shared", "Authorization": f"Bearer {key}"},
        )
        for key in locked.keys.values()
    ]
    assert all(answer.is_success for answer in answers)
    assert len({answer.headers["x-menura-take"] for answer in answers}) == 2


def test_of_files_that_are_sent_nothing_is_kept(server: Any) -> None:
    files = []
    for seconds in (1, 2):
        files.append(io.BytesIO())
        with wave.open(files[-1], "wb") as out:
            out.setparams((1, 2, 16_000, 0, "NONE", ""))
            out.writeframes(b"\1\0" * 16_000 * seconds)
    url, headers = f"{server.url}/api/sounds", {"Idempotency-Key": "two files"}
    kept = [post(url, files={"file": f.getvalue()}, headers=headers) for f in files]
    assert [answer.status_code for answer in kept] == [201, 201]
    assert kept[0].json() != kept[1].json()


# What the layer does by itself.


class Stage:
    """The layer before an application that counts how often it is called."""

    def __init__(self, folder: Path, answer: Callable[[int], Response]) -> None:
        self.calls = 0
        self.seeds: list[int | None] = []
        self._answer = answer
        self._house = SimpleNamespace(ledger=Ledger(folder / DATABASE))
        self._layer = Idempotency(self._app)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        self.seeds.append(scope.get("menura.seed"))
        await asyncio.sleep(0.01)
        await self._answer(self.calls)(scope, receive, send)

    async def post(self, key: str, body: bytes = b"", caller: str = "a") -> list[Message]:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/things",
            "query_string": b"",
            "headers": [(b"idempotency-key", key.encode())],
            "app": SimpleNamespace(state=SimpleNamespace(house=self._house)),
            "menura.caller": Caller(id=caller, name=caller),
            "menura.digest": hashlib.sha256(body).hexdigest(),
        }
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        await self._layer(scope, receive, send)
        return sent

    def run(self, *posts: Callable[[Stage], Awaitable[list[Message]]]) -> list[list[Message]]:
        async def together() -> list[list[Message]]:
            return list(await asyncio.gather(*(post(self) for post in posts)))

        return asyncio.run(together())


def small(calls: int) -> Response:
    return JSONResponse({"made": calls}, 201, {"x-menura-take": "t1", "x-other": "y"})


def test_a_small_answer_is_given_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, small)
    [first] = stage.run(lambda s: s.post("k"))
    [again] = stage.run(lambda s: s.post("k"))
    assert stage.calls == 1
    assert again[0]["status"] == 201
    assert again[1]["body"] == first[1]["body"] == b'{"made":1}'
    headers = dict(again[0]["headers"])
    assert headers[b"x-menura-take"] == b"t1"
    assert headers[b"idempotent-replayed"] == b"true"
    assert b"x-other" not in headers


def test_of_many_at_once_one_is_done(tmp_path: Path) -> None:
    stage = Stage(tmp_path, small)
    answers = stage.run(*[lambda s: s.post("k")] * 8)
    assert stage.calls == 1
    assert {answer[1]["body"] for answer in answers} == {b'{"made":1}'}


def test_who_looked_before_the_first_had_ended_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    looked = 0

    def late(*args: Any) -> dict[str, Any]:
        nonlocal looked
        looked += 1
        found = keep(*args)
        if looked == last:
            ended.wait(PATIENCE_S)
        return found

    async def first(stage: Stage) -> list[Message]:
        answer = await stage.post("k")
        ended.set()
        return answer

    async def second(stage: Stage) -> list[Message]:
        while not stage.calls:
            await asyncio.sleep(0)
        return await stage.post("k")

    monkeypatch.setattr(idempotency, "keep", late)
    stage = Stage(tmp_path, small)
    last = 0
    stage.run(lambda s: s.post("other"))
    last, looked, stage.calls = looked + 1, 0, 0
    stage.run(first, second)
    assert stage.calls == 1


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda n: JSONResponse({}, 500) if n == 1 else small(n))
    answers = stage.run(*[lambda s: s.post("k")] * 3)
    assert stage.calls == 2
    assert sorted(answer[0]["status"] for answer in answers) == [201, 201, 500]


def test_sound_is_made_again_with_the_same_seed(tmp_path: Path) -> None:
    async def sound() -> Any:
        yield b"sound"

    stage = Stage(tmp_path, lambda _: StreamingResponse(sound(), media_type="audio/mpeg"))
    stage.run(lambda s: s.post("k"), lambda s: s.post("k"), lambda s: s.post("other"))
    assert stage.calls == 3
    assert len(set(stage.seeds)) == 2
    assert None not in stage.seeds


def test_large_answers_are_made_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda _: JSONResponse({"a": "x" * MAX_ANSWER_BYTES}))
    stage.run(lambda s: s.post("k"))
    stage.run(lambda s: s.post("k"))
    assert stage.calls == 2


def test_another_body_is_refused_and_other_callers_are_others(tmp_path: Path) -> None:
    stage = Stage(tmp_path, small)
    stage.run(lambda s: s.post("k", b"1"))
    with pytest.raises(Problem) as refused:
        stage.run(lambda s: s.post("k", b"2"))
    assert refused.value.status == 422
    stage.run(lambda s: s.post("k", b"2", caller="b"))
    assert stage.calls == 2


def test_what_is_kept_is_forgotten_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path / DATABASE)
    monkeypatch.setattr("menura.server.idempotency.now", lambda: "2020-01-01T00:00:00.000+00:00")
    old = keep(ledger, "a", "k", "m")
    monkeypatch.undo()
    assert keep(ledger, "a", "k", "m")["seed"] != old["seed"]
