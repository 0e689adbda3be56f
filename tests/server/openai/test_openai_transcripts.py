"""What is said in a sound that is sent, by tiny models in the store, through the real way."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import wave
from typing import TYPE_CHECKING

import httpx
import numpy as np
import openai
import pytest
from tiny_listeners import write_ctc, write_tdt, write_whisper

from menura.catalog.store import Store
from menura.errors import InvalidAudio, InvalidInput, NotFound, NotInstalled, Refused
from menura.runtime import listening
from menura.studio import Studio, transcribing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Running
    from menura.settings import Settings

RATE = 22_050


@pytest.fixture(autouse=True)
def needs_asr(request: pytest.FixtureRequest) -> None:
    """Skips a test without the extra `asr`, unless every extra should be there."""
    if "without_extra" not in request.fixturenames and not listening.is_installed():
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `asr` is not installed")
        pytest.skip("needs the extra `asr`")


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the extra."""
    monkeypatch.setattr(listening, "is_installed", lambda: False)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny models."""
    folder = tmp_path_factory.mktemp("listeners")
    return {
        "table": write_whisper(folder / "table"),
        "ctc": write_ctc(folder / "ctc"),
        "tdt": write_tdt(folder / "tdt"),
        "ctc8": write_ctc(folder / "ctc8", ".int8"),
    }


@pytest.fixture(scope="module")
def hearing(start: Callable[..., Running], models: dict[str, Path]) -> Running:
    """A server with a Whisper and a CTC model."""
    running = start()
    store = Store(running.settings.home)
    store.import_from("table", models["table"])
    store.import_from("zctc", models["ctc"])
    return running


@pytest.fixture
def client(hearing: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{hearing.url}/v1", api_key="x", max_retries=0) as client:
        yield client


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an install without models."""
    return dataclasses.replace(settings, home=tmp_path / "home")


@pytest.fixture
def listener(own: Settings, models: dict[str, Path]) -> Iterator[Studio]:
    """A studio with both models."""
    store = Store(own.home)
    store.import_from("table", models["table"])
    store.import_from("zctc", models["ctc"])
    with Studio(own) as opened:
        yield opened


def sound(*parts: tuple[float, float]) -> bytes:
    """Returns a WAV of stretches of noise: (seconds, level); stereo, 22.05 kHz."""
    rng = np.random.default_rng(7)
    pieces = [level * rng.standard_normal((round(s * RATE), 2)) for s, level in parts]
    pcm = (np.clip(np.concatenate(pieces), -1, 1) * 32767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.tobytes())
    return out.getvalue()


TWICE = sound((0.5, 0.0), (1.0, 0.1), (2.0, 0.0), (1.0, 0.1), (0.5, 0.0))
"""Something from 0.5 to 1.5 s and from 3.5 to 4.5 s."""


def post(server: Running, data: bytes = TWICE, route: str = "transcriptions", **fields: str):
    fields = {"model": "whisper-1", **fields}
    lists = {"words": ("timestamp_granularities[]", "word")}
    form = dict(lists.get(k, (k, v)) for k, v in fields.items())
    url = f"{server.url}/v1/audio/{route}"
    return httpx.post(url, data=form, files={"file": ("a.wav", data)}, timeout=60)


def test_json_is_the_text(client: openai.OpenAI) -> None:
    told = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", TWICE))
    assert told.text == "hallo hallo"
    assert told.usage is not None
    assert told.usage.type == "duration"
    assert told.usage.seconds == pytest.approx(5.0, abs=0.01)


def test_the_language_that_is_named_is_told(client: openai.OpenAI) -> None:
    told = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", TWICE), language="en"
    )
    assert told.text == "hello hello"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # theirs, of the method
def test_a_translation_is_another_task_and_leaves_the_next_alone(client: openai.OpenAI) -> None:
    told = client.audio.translations.create(model="whisper-1", file=("a.wav", TWICE))
    assert told.text == "translated translated"
    assert client.audio.transcriptions.create(model="table", file=("a.wav", TWICE)).text == (
        "hallo hallo"
    )


def test_verbose_has_segments_where_something_is_heard(client: openai.OpenAI) -> None:
    told = client.audio.transcriptions.create(
        model="whisper-1", file=("a.wav", TWICE), response_format="verbose_json", language="en-GB"
    )
    assert told.duration == pytest.approx(5.0, abs=0.01)
    assert told.language == "en"
    assert told.words is None
    assert [each.text for each in told.segments or []] == ["hello", "hello"]
    first, second = told.segments or []
    assert (first.start, first.end) == pytest.approx((0.3, 1.7), abs=0.08)
    assert (second.start, second.end) == pytest.approx((3.3, 4.7), abs=0.08)


def test_words_have_times_inside_their_segments(hearing: Running) -> None:
    answer = post(hearing, model="zctc", response_format="verbose_json", words="")
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert "segments" not in told
    assert told["language"] == "und"
    assert " ".join(word["word"] for word in told["words"]) == told["text"]
    starts = [word["start"] for word in told["words"]]
    assert len(starts) > 2
    assert starts == sorted(starts)
    assert all(word["start"] <= word["end"] for word in told["words"])
    assert all(0.25 < start < 1.75 or 3.25 < start < 4.75 for start in starts)


def test_subtitles(hearing: Running) -> None:
    srt = post(hearing, response_format="srt")
    assert srt.headers["content-type"].startswith("text/plain")
    assert srt.text.startswith("1\n00:00:00,270 --> 00:00:01,")
    assert srt.text.count(" --> ") == 2
    assert srt.text.count("hallo\n") == 2
    vtt = post(hearing, response_format="vtt")
    assert vtt.text.startswith("WEBVTT\n\n00:00:00.270 --> 00:00:01.")
    assert post(hearing, response_format="text").text == "hallo hallo\n"


def test_silence_has_no_words(hearing: Running) -> None:
    silent = sound((3.0, 0.0))
    assert post(hearing, silent).json()["text"] == ""
    told = post(hearing, silent, response_format="verbose_json").json()
    assert (told["text"], told["segments"]) == ("", [])
    assert post(hearing, silent, response_format="vtt").text == "WEBVTT\n\n"
    assert [each["type"] for each in events(post(hearing, silent, stream="true"))] == [
        "transcript.text.done"
    ]


def events(answer: httpx.Response) -> list[dict]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    pieces = answer.text.strip().split("\n\n")
    return [json.loads(piece.removeprefix("data: ")) for piece in pieces]


def test_a_stream_has_the_text_as_it_comes(client: openai.OpenAI) -> None:
    stream = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", TWICE), stream=True
    )
    *deltas, done = list(stream)
    assert [each.delta for each in deltas] == ["hallo", " hallo"]  # type: ignore[union-attr]
    assert done.type == "transcript.text.done"
    assert done.text == "hallo hallo"


def test_a_stream_tells_what_is_ignored(hearing: Running) -> None:
    answer = post(hearing, model="zctc", language="en", prompt="Ann", stream="true")
    *deltas, done = events(answer)
    assert "".join(each["delta"] for each in deltas) == done["text"]
    assert done["usage"] == {"type": "duration", "seconds": 5.0}
    assert answer.headers["x-menura-ignored"].startswith("prompt; language: zctc")


def test_what_cannot_be_had_is_named(hearing: Running) -> None:
    asked = {"prompt": "Names: Ann", "temperature": "0.4", "include[]": "logprobs"}
    vad = {"chunking_strategy": '{"type":"server_vad"}', "keywords[]": "lyrebird"}
    ignored = post(hearing, **asked, **vad).headers["x-menura-ignored"]
    for name in ("prompt", "temperature", "logprobs", "chunking_strategy", "keywords"):
        assert name in ignored
    assert "x-menura-ignored" not in post(hearing, chunking_strategy="auto").headers
    verbose = post(hearing, response_format="verbose_json", words="")
    assert "no times of words" in verbose.headers["x-menura-ignored"]
    assert "language" in post(hearing, model="zctc", language="en").headers["x-menura-ignored"]


@pytest.mark.parametrize(
    ("data", "fields", "status", "words"),
    [
        (b"not a sound file at all", {}, 400, "read"),
        (b"RIFF0000", {"stream": "true"}, 400, "read"),
        (TWICE, {"language": "tlh"}, 400, "it knows de, en"),
        (TWICE, {"model": "nobody-heard-of-it"}, 404, "does not exist"),
        (TWICE, {"response_format": "diarized_json"}, 501, "speakers"),
    ],
)
def test_what_is_refused(
    hearing: Running, data: bytes, fields: dict[str, str], status: int, words: str
) -> None:
    answer = post(hearing, data, **fields)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]["message"]


def test_what_listens_is_listed(client: openai.OpenAI, server: Running) -> None:
    names = [model.id for model in client.models.list()]
    assert {"whisper-1", "table", "zctc"} <= {*names}
    assert client.models.retrieve("zctc").id == "zctc"
    speaking = httpx.get(f"{str(client.base_url).rstrip('/')}/audio/models").json()["models"]
    assert "zctc" not in [each["id"] for each in speaking]
    others = httpx.get(f"{server.url}/v1/models").json()["data"]
    assert "whisper-1" not in [each["id"] for each in others]


def test_a_model_that_does_not_translate_says_so(hearing: Running) -> None:
    answer = post(hearing, route="translations", model="zctc")
    assert answer.status_code == 400
    assert "does not translate" in answer.json()["error"]["message"]


def test_a_studio_writes_down_what_is_said(listener: Studio, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(TWICE)
    shares: list[float] = []
    told = listener.transcribe(path, language="en", progress=shares.append)
    assert (told.text, told.language, told.model) == ("hello hello", "en", "table")
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    with pytest.raises(NotFound, match="table, zctc"):
        listener.transcribe(path, model="nobody")
    with pytest.raises(NotFound):
        listener.transcribe(tmp_path / "none.wav")


def test_long_sounds_are_heard_in_windows(listener: Studio, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(sound((61.0, 0.1)))
    told = listener.transcribe(path)
    spans = [(each.start_s, each.end_s) for each in told.segments]
    assert len(spans) >= 3
    assert all(end - start <= listening.LONGEST_S for start, end in spans)
    assert spans[0][0] == 0
    assert spans[-1][1] == pytest.approx(61.0, abs=0.01)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def test_too_long_sounds_are_refused(
    listener: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribing, "MAX_DURATION_S", 4.0)
    path = tmp_path / "a.wav"
    path.write_bytes(TWICE)
    with pytest.raises(InvalidAudio, match="longer than the 4 s"):
        listener.transcribe(path)


@pytest.mark.parametrize(("name", "folder"), [("ctc8", "ctc8"), ("parakeet", "tdt")])
def test_quantized_graphs_are_found(
    own: Settings, models: dict[str, Path], tmp_path: Path, name: str, folder: str
) -> None:
    Store(own.home).import_from(name, models[folder])
    path = tmp_path / "a.wav"
    path.write_bytes(TWICE)
    with Studio(own) as studio:
        told = studio.transcribe(path)
    assert told.text
    assert told.text == " ".join(word.text for word in told.words)
    assert {each.start_s > 2.5 for each in told.words} == {True, False}


def test_a_model_whose_graph_is_another_is_refused_in_a_line(
    own: Settings, models: dict[str, Path], tmp_path: Path
) -> None:
    folder = write_ctc(tmp_path / "odd")
    (folder / "config.json").write_text('{"model_type": "nemo-conformer-tdt"}')
    Store(own.home).import_from("odd", folder)
    path = tmp_path / "a.wav"
    path.write_bytes(TWICE)
    with Studio(own) as studio, pytest.raises(InvalidInput, match="odd cannot be loaded"):
        studio.transcribe(path)


def test_licences_are_kept_to(own: Settings, models: dict[str, Path], tmp_path: Path) -> None:
    Store(own.home).import_from("table", models["table"])
    only = dataclasses.replace(own, commercial_only=True)
    with Studio(only) as studio, pytest.raises(Refused, match="commercial"):
        studio.transcribe(tmp_path / "a.wav")


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_it_tells_how(server: Running, own: Settings, tmp_path: Path) -> None:
    for route in ("transcriptions", "translations"):
        answer = post(server, route=route)
        assert answer.status_code == 501
        message = answer.json()["error"]["message"]
        assert "pip install 'menura[asr]'" in message
        assert "menura models add whisper-base" in message
    with Studio(own) as studio, pytest.raises(NotInstalled, match="extra `asr` and a model"):
        studio.transcribe(tmp_path / "a.wav")
