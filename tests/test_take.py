"""Takes as files: chapters, and what the telephone is given."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import soundfile

from menura.audio import Audio, files
from menura.audio.active_level import ActiveMeter
from menura.audio.formats import Format
from menura.audio.telephone import zero_dbm0_db
from menura.cli.pipe import send
from menura.engines.base import Performance, reblock
from menura.errors import InvalidInput
from menura.studio.ensemble import Ensemble
from menura.tasks import Part, Speech
from menura.text.captions import Chapter

if TYPE_CHECKING:
    from pathlib import Path

    from menura.studio import Studio
    from menura.take import Take

TEXT = (
    "The old harbour lay quiet under a thin mist. Gulls turned over the roofs, and somewhere a "
    "bell rang twice. Nobody answered it, for the boats had left before dawn. We waited."
)
CHAPTERS = (
    Chapter("One: the\0harbour\n", 0.0, 4.0),
    Chapter("Two", 4.0, 7.5),
    Chapter("Three", 7.5, 99.0),
)


@pytest.fixture(scope="module")
def take(studio: Studio) -> Take:
    made = studio.render(Speech(TEXT, voice="plain-nora", language="en", seed=1))
    return dataclasses.replace(made, chapters=CHAPTERS)


@pytest.mark.parametrize(
    ("text", "sidecar"),
    [
        ("wav", False),
        ("wav_ulaw_8000", False),
        ("flac", False),
        ("mp3", False),
        ("m4b", False),
        ("ogg", True),
        ("opus", True),
    ],
)
def test_a_file_has_chapters_tags_and_an_intact_manifest(
    studio: Studio, take: Take, tmp_path: Path, text: str, sidecar: bool
) -> None:
    path = take.save(tmp_path / f"a{Format.parse(text).suffix}", format=text)
    assert path.with_name(f"{path.name}.c2pa").exists() == sidecar
    with av.open(str(path)) as container:
        found = [
            (c["metadata"]["title"], float(c["start"] * c["time_base"]))  # type: ignore[operator]
            for c in container.chapters()
        ]
    assert [title for title, _ in sorted(found, key=lambda c: c[1])] == [
        "One: the harbour",
        "Two",
        "Three",
    ]
    assert sorted(start for _, start in found) == pytest.approx([0.0, 4.0, 7.5], abs=1e-3)
    verified = studio.verify(path)
    assert verified.manifest.state == "trusted"
    assert verified.mark.payload == take.id
    assert files.probe(path).tags["MENURA_TAKE"] == take.id


@pytest.mark.parametrize("text", ["ulaw_8000", "alaw_8000", "wav_ulaw_8000", "wav_alaw_8000"])
def test_the_telephone_gets_its_level_and_keeps_the_mark(
    studio: Studio, take: Take, tmp_path: Path, text: str
) -> None:
    chosen = Format.parse(text)
    path = take.save(tmp_path / f"a{chosen.suffix}", format=text)
    heard = files.read(path)
    assert (heard.rate, heard.channels) == (8_000, 1)
    assert heard.duration_s == pytest.approx(take.audio.duration_s, abs=1 / 8_000)
    meter = ActiveMeter(8_000)
    meter.process(heard)
    level_dbm0 = meter.level().active_db - zero_dbm0_db(chosen.law)
    assert level_dbm0 == pytest.approx(-20.0, abs=0.1)
    verified = studio.verify(path)
    assert verified.mark.found
    assert verified.mark.payload == take.id
    assert verified.manifest.state == "trusted"


@pytest.mark.parametrize("text", ["ulaw_8000", "wav_alaw_8000"])
def test_a_stream_to_the_telephone(studio: Studio, tmp_path: Path, text: str) -> None:
    sink = io.BytesIO()
    stream = studio.stream(Speech(TEXT, voice="plain-nora", language="en", seed=1))
    take = send(stream, text, sink)
    chosen = Format.parse(text)
    path = tmp_path / f"a{chosen.suffix}"
    path.write_bytes(sink.getvalue())
    heard = files.read(path)
    assert heard.duration_s == pytest.approx(take.audio.duration_s, abs=1 / 8_000)
    meter = ActiveMeter(8_000)
    meter.process(heard)
    # No look-ahead: as good as the calibration of the voice is.
    assert meter.level().active_db - zero_dbm0_db(chosen.law) == pytest.approx(-20.0, abs=3.0)
    assert studio.verify(path).mark.payload == take.id


def test_what_is_inside_wav_cannot_have_another_suffix(take: Take, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"ends in \.ul should not hold wav_ulaw"):
        take.save(tmp_path / "a.ul", format="wav_ulaw")
    assert list(tmp_path.iterdir()) == []


def test_stems_have_no_chapters(take: Take, tmp_path: Path) -> None:
    stemmed = dataclasses.replace(take, stems={"voice": take.audio})
    (path,) = stemmed.save_stems(tmp_path, "flac")
    assert soundfile.info(path).frames == take.audio.frames
    with av.open(str(path)) as container:
        assert container.chapters() == []


def test_what_is_written_is_told_and_may_be_given_up(take: Take, tmp_path: Path) -> None:
    stemmed = dataclasses.replace(take, stems={"voice": take.audio, "again": take.audio})
    whole: list[float] = []
    parts: list[float] = []
    (tmp_path / "stems").mkdir()
    take.save(tmp_path / "a.mp3", progress=whole.append)
    stemmed.save_stems(tmp_path / "stems", progress=parts.append)
    for told in (whole, parts):
        assert len(told) > 2
        assert told == sorted(told)
        assert told[0] == 0.0 < told[-1] < 1.0

    def give_up(share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take.save(tmp_path / "b.wav", captions=tmp_path / "b.srt", progress=give_up)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp3", "stems"]


def _performance(*chapters: Chapter, **fields: Any) -> Performance:
    sound = Audio(np.zeros((1, 8_000), np.float32), 8_000)
    return Performance(
        rate=8_000, channels=1, blocks=reblock([sound]), chapters=list(chapters), **fields
    )


def test_an_ensemble_has_the_chapters_of_its_parts_where_they_are_heard() -> None:
    inner = Ensemble(_performance(Chapter("b", 0.0, 1.0)), [], "tones")
    part = Part(Speech("b"), start_s=0.5)
    last = Chapter("c", 2.0, 3.0)
    outer = Ensemble(_performance(last, Chapter("a", 0.0, 0.5)), [(part, inner)], "tones")
    assert outer.chapters() == [Chapter("a", 0.0, 0.5), Chapter("b", 0.5, 1.5), last]


@pytest.mark.parametrize(
    "value",
    [10**5000, 1.5, b"x", [1], object(), np.zeros(300)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_path_format_or_listener_is_refused(
    take: Take, tmp_path: Path, value: Any
) -> None:
    scored = dataclasses.replace(take, stems={"a": take.audio}, score=b"MThd")
    path = tmp_path / "a.wav"
    for act in (
        lambda: take.save(value),
        lambda: take.save(path, captions=value),
        lambda: take.save(path, progress=value),
        lambda: scored.save_stems(value),
        lambda: scored.save_stems(tmp_path, value),
        lambda: scored.save_stems(tmp_path, progress=value),
        lambda: scored.save_score(value),
        lambda: Format.parse(value),
    ):
        with pytest.raises(InvalidInput) as caught:
            act()
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
