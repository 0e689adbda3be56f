"""What the framework finds wrong with a request, in the words of each API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from menura.errors import NotInstalled
from menura.server import elevenlabs, native, openai
from menura.server.openai.elsewhere import NAMES, is_elsewhere
from menura.server.problems import problem_of

if TYPE_CHECKING:
    from conftest import Running

MAKING = {
    "native": "/api/takes",
    "openai": "/v1/audio/speech",
    "elevenlabs": "/v1/text-to-speech/nora",
}
JSON = {"content-type": "application/json"}


def told(api: str, answer: httpx.Response) -> tuple[int, str, Any]:
    """Returns status, message and field of an error, and that it is as its API words it."""
    body = answer.json()
    if api == "elevenlabs":
        assert answer.status_code == 422
        [error] = body["detail"]
        return 422, error["msg"], ".".join(map(str, error["loc"][1:])) or None
    error = body["error"]
    assert error["code"] == "invalid_input"
    if api == "openai":
        assert error["type"] == "invalid_request_error"
    return answer.status_code, error["message"], error["param"]


@pytest.mark.parametrize("api", MAKING)
@pytest.mark.parametrize(
    ("content", "headers", "says"),
    [
        (b'{"text": "a"}', {}, "Content-Type: application/json, which is missing"),
        (
            b'{"text": "a"}',
            {"content-type": "text/plain"},
            "application/json, and not 'text/plain'",
        ),
        (b'{\n  "text": "a",\n}', JSON, "at line 3, column 1"),
        (b'{"text" "a"}', JSON, "at line 1, column 9"),
        (b"nothing", JSON, "the body is no JSON"),
        (b"", JSON, "the body is missing"),
        (b"[1]", JSON, "the body is a JSON object"),
    ],
)
def test_a_body_that_is_none(
    server: Running, api: str, content: bytes, headers: dict[str, str], says: str
) -> None:
    answer = httpx.post(server.url + MAKING[api], content=content, headers=headers)
    status, message, param = told(api, answer)
    assert status == (400 if api == "openai" else 422)
    assert says in message
    assert param is None


@pytest.mark.parametrize(
    ("api", "body", "field"),
    [
        ("native", {"task": 7}, "task"),
        ("openai", {"model": "tts-1", "voice": "alloy", "input": 7}, "input"),
        ("elevenlabs", {"text": 7}, "text"),
        ("elevenlabs", {"text": "a", "voice_settings": {"speed": 9}}, "voice_settings.speed"),
    ],
)
def test_a_field_that_is_wrong(server: Running, api: str, body: Any, field: str) -> None:
    _, message, param = told(api, httpx.post(server.url + MAKING[api], json=body))
    assert param == field
    assert message.startswith(f"{field}: ")


@pytest.mark.parametrize("path", ["chat/completions", "images/generations", "embeddings", "files"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_routes_of_openai_that_are_not_about_sound(server: Running, method: str, path: str) -> None:
    body = {"model": "gpt-4o", "messages": []} if method == "POST" else None
    answer = httpx.request(method, f"{server.url}/v1/{path}", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (404, "not_found_error")
    assert "/v1/audio/speech" in error["message"]


def test_only_names_of_openai_are_elsewhere() -> None:
    assert all(is_elsewhere(f"/v1/{name}") for name in NAMES)
    for path in ("/v1/chatter", "/v1/voices", "/v1/audio/speech", "/v2/chat", "/api/files", "/v1/"):
        assert not is_elsewhere(path)


@pytest.mark.parametrize(
    ("path", "error"),
    [("/v1/nothing", "detail"), ("/v1/audio/nothing", "error"), ("/api/nothing", "error")],
)
def test_a_route_that_is_not_there(server: Running, path: str, error: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 404
    assert set(answer.json()) == {error}
    assert answer.json()[error]["message"].startswith("there is no such route")


@pytest.mark.parametrize("api", MAKING)
def test_a_method_that_a_route_does_not_take(server: Running, api: str) -> None:
    answer = httpx.put(server.url + MAKING[api])
    assert answer.status_code == 405
    assert "this route takes " in answer.text
    assert "POST" in answer.text


@pytest.mark.parametrize("path", ["/api/verify", "/v1/pronunciation-dictionaries/add-from-file"])
def test_a_form_that_is_sent_as_json(server: Running, path: str) -> None:
    answer = httpx.post(server.url + path, json={"name": "x", "file": "y"})
    assert answer.status_code == 422
    assert "multipart/form-data" in answer.text


@pytest.mark.parametrize("api", [elevenlabs, native, openai], ids=lambda api: api.__name__)
def test_what_is_not_installed_is_not_asked_for_again(api: Any) -> None:
    assert api.tell(problem_of(NotInstalled("x"))).headers["x-should-retry"] == "false"


SECTION: Any = {"section_name": "a", "positive_local_styles": [], "negative_local_styles": []}
STYLES: Any = {"positive_global_styles": [], "negative_global_styles": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        (
            "POST",
            "/v1/music",
            {"composition_plan": STYLES | {"sections": [SECTION | {"duration_ms": 1}]}},
            ["body", "composition_plan", "sections", 0, "duration_ms"],
        ),
        ("POST", "/v1/music", {"composition_plan": "x"}, ["body", "composition_plan"]),
        ("GET", "/v1/history?page_size=0", None, ["query", "page_size"]),
        (
            "POST",
            "/v1/text-to-speech/nora?optimize_streaming_latency=9",
            {"text": "a"},
            ["query", "optimize_streaming_latency"],
        ),
    ],
)
def test_the_way_to_what_is_wrong(
    server: Running, method: str, path: str, body: Any, where: list[str | int]
) -> None:
    answer = httpx.request(method, server.url + path, json=body, timeout=60)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == where
