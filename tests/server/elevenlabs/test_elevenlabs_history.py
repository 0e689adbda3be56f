"""History, account, and routes that are not there yet, by ElevenLabs' own client and by hand."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from menura.server.elevenlabs import past
from menura.server.elevenlabs.absent import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Locked, Running


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


def _said(client: ElevenLabs, text: str, voice: str = "nora") -> bytes:
    return b"".join(client.text_to_speech.convert(voice, text=text, output_format="mp3_22050_32"))


def test_history_is_listed_searched_and_heard_again(client: ElevenLabs, server: Running) -> None:
    sounds = {text: _said(client, text) for text in ("One zebra.", "Two zebras.", "Three zebras.")}
    _said(client, "Four zebras.", "otto")
    found = client.history.list(search="zebra", voice_id="nora", page_size=2)
    assert [item.text for item in found.history] == ["Three zebras.", "Two zebras."]
    assert found.has_more
    rest = client.history.list(
        search="ZEBRA", voice_id="nora", start_after_history_item_id=found.last_history_item_id
    )
    assert [item.text for item in rest.history] == ["One zebra."]
    assert not rest.has_more
    rising = client.history.list(search="zebra", sort_direction="asc")
    assert [item.text for item in rising.history][:2] == ["One zebra.", "Two zebras."]
    assert client.history.list(search="zebra", source="STS").history == []
    assert client.history.list(search="zebra", date_before_unix=1).history == []
    item = client.history.get(found.history[1].history_item_id)
    assert (item.source, item.content_type) == ("TTS", "audio/mpeg")
    assert item.character_count_change_to == len("Two zebras.")
    kept = b"".join(client.history.get_audio(item.history_item_id))
    assert kept == sounds["Two zebras."]
    place, _ = server.house.shelf.find(item.history_item_id)  # type: ignore[misc]
    server.house.shelf.discard(place)
    again = b"".join(client.history.get_audio(item.history_item_id))
    assert abs(len(again) - len(kept)) < 200  # but for its signature it is the same file
    ids = [each.history_item_id for each in found.history]
    with zipfile.ZipFile(io.BytesIO(b"".join(client.history.download(history_item_ids=ids)))) as z:
        assert z.namelist() == [f"{each}.mp3" for each in ids]
    alone = b"".join(client.history.download(history_item_ids=ids[:1], output_format="wav"))
    assert alone.startswith(b"RIFF")
    assert client.history.delete(ids[0]).status == "ok"
    with pytest.raises(ApiError) as told:
        client.history.get(ids[0])
    assert told.value.status_code == 404


def test_a_dialogue_is_told_by_its_turns(client: ElevenLabs, server: Running) -> None:
    texts = ['Is it <break time="0.2s"/> there?', "Yes, it is the okapi."]
    inputs = [
        {"text": text, "voice_id": voice}
        for text, voice in zip(texts, ("nora", "otto"), strict=True)
    ]
    b"".join(client.text_to_dialogue.convert(inputs=inputs, output_format="mp3_22050_32"))  # type: ignore[arg-type]
    [item] = client.history.list(search="okapi").history
    assert item.text == "\n".join(texts)
    task = {"kind": "dialogue", "text": "Ann: Hello, okapi.\nBob (softly): Hello."}
    httpx.post(f"{server.url}/api/takes", json={"task": task}, timeout=60).raise_for_status()
    assert client.history.list(search="okapi").history[0].text == "Hello, okapi.\nHello."


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ('One <break time="1s"/> kakapo.', None),
        ('Two <phoneme alphabet="ipa" ph="kɑ">ka</phoneme> kakapo.', None),
        ("[whispers] Three kakapo.", "eleven_v3"),
    ],
)
def test_a_text_is_told_as_it_was_sent(client: ElevenLabs, text: str, model: str | None) -> None:
    sound = client.text_to_speech.stream(
        "nora", text=text, **({"model_id": model} if model else {})
    )
    assert b"".join(sound)
    [item] = client.history.list(search=text).history
    assert item.text == text
    assert item.character_count_change_to == len(text)


def test_a_text_is_told_only_where_records_have_it(start: Callable[..., Running]) -> None:
    quiet = start(record="hash")
    body = {"text": 'One <break time="0.1s"/> kea.'}
    assert httpx.post(f"{quiet.url}/v1/text-to-speech/nora", json=body, timeout=60).is_success
    [item] = httpx.get(f"{quiet.url}/v1/history").json()["history"]
    assert item["text"] == ""


def test_a_page_has_only_so_much_text(client: ElevenLabs, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("One quagga.", "Two quaggas, and a long text.", "Three quaggas."):
        _said(client, text)
    monkeypatch.setattr(past, "MAX_PAGE_CHARS", 20)
    pages, last = [], None
    while True:
        found = client.history.list(search="quagga", start_after_history_item_id=last)
        pages.append([item.text for item in found.history])
        last = found.last_history_item_id
        if not found.has_more:
            break
    assert pages == [["Three quaggas."], ["Two quaggas, and a long text."], ["One quagga."]]


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=1001", "page_size=x", "start_after_history_item_id=nobody"]
)
def test_a_page_that_is_none_is_refused(server: Running, query: str) -> None:
    assert httpx.get(f"{server.url}/v1/history?{query}", timeout=60).status_code in {400, 422}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"history_item_ids": []}, 422),
        ({"history_item_ids": ["nobody"]}, 404),
        ({"history_item_ids": "nobody"}, 422),
        ({"history_item_ids": ["x"], "output_format": "wav;rm"}, 400),
    ],
)
def test_a_download_of_nothing_is_refused(
    server: Running, body: dict[str, Any], status: int
) -> None:
    assert (
        httpx.post(f"{server.url}/v1/history/download", json=body, timeout=60).status_code == status
    )


def test_history_of_one_caller_is_nothing_to_another(locked: Locked) -> None:
    with httpx.Client(timeout=60) as http:
        ann, bob = (
            ElevenLabs(base_url=locked.url, api_key=locked.keys[name], httpx_client=http)
            for name in ("ann", "bob")
        )
        _said(ann, "A secret of Ann's.")
        item = ann.history.list(search="secret").history[0].history_item_id
        assert bob.history.list(search="secret").history == []
        for use in (
            lambda: bob.history.get(item),
            lambda: bob.history.delete(item),
            lambda: b"".join(bob.history.get_audio(item)),
            lambda: b"".join(bob.history.download(history_item_ids=[item])),
            lambda: bob.history.list(start_after_history_item_id=item),
        ):
            with pytest.raises(ApiError) as told:
                use()
            assert told.value.status_code in {400, 404}
        assert ann.history.get(item).text == "A secret of Ann's."


def test_an_account_is_without_limits(client: ElevenLabs) -> None:
    _said(client, "Ten chars.")
    user = client.user.get()
    assert user.user_id == "local"
    subscription = client.user.subscription.get()
    assert subscription.character_count >= 10
    assert subscription.character_limit > 10**9
    assert subscription.status == "active"
    assert not subscription.can_use_instant_voice_cloning
    now_ms = int(time.time() * 1000)
    day_ms = 86_400_000
    usage = client.usage.get(
        start_unix=now_ms - 2 * day_ms, end_unix=now_ms + day_ms, breakdown_type="voice"
    )
    assert len(usage.time) == 4
    assert sum(usage.usage["nora"]) >= 10
    assert {model.model_id for model in client.models.list()} >= {"eleven_v3", "expressive"}


@pytest.mark.parametrize(
    "query",
    [
        "start_unix=1",
        "start_unix=9000&end_unix=1",
        "start_unix=0&end_unix=9007199254740000&aggregation_interval=hour",
        "start_unix=a&end_unix=b",
    ],
)
def test_statistics_of_no_time_are_refused(server: Running, query: str) -> None:
    assert (
        httpx.get(f"{server.url}/v1/usage/character-stats?{query}", timeout=60).status_code == 422
    )


def _until_closed(socket: Any) -> Iterator[str]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield socket.recv(timeout=30)


def test_a_token_opens_one_socket(locked: Locked) -> None:
    http = httpx.Client(base_url=locked.url, headers={"xi-api-key": locked.keys["ann"]}, timeout=60)
    token = http.post("/v1/single-use-token/tts_websocket").json()["token"]
    url = f"{locked.running.ws_url}/v1/text-to-speech/nora/stream-input?single_use_token={token}"
    with connect(url) as socket:
        socket.send(json.dumps({"text": " "}))
        socket.send(json.dumps({"text": "Hello. "}))
        socket.send(json.dumps({"text": ""}))
        messages = [json.loads(message) for message in socket]
    assert any(message.get("audio") for message in messages)
    with connect(url) as socket:
        socket.send(json.dumps({"text": " "}))
        assert not any(json.loads(message).get("audio") for message in _until_closed(socket))
    assert http.post("/v1/single-use-token/realtime_scribe").status_code == 501
    assert http.post("/v1/single-use-token/nothing").status_code == 422
    http.close()


@pytest.mark.parametrize("each", ABSENT, ids=lambda each: each.path)
def test_what_is_not_there_yet_says_so(server: Running, each: Any) -> None:
    path = each.path.replace("{rest:path}", "a/b").replace("{", "").replace("}", "")
    for method in each.methods:
        answer = httpx.request(
            method, server.url + path, files={"file": ("a.mp3", b"x")}, timeout=60
        )
        assert answer.status_code == 501, (method, path)
        detail = answer.json()["detail"]
        assert detail["status"] == "not_implemented"
        assert each.what in detail["message"]
