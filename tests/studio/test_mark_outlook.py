"""What a take says about its mark, and whether that is what verify finds."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import menura
from menura.cli.output import tell_ignored
from menura.safeguards.watermark import PERIOD_S, detect
from menura.studio import Studio

if TYPE_CHECKING:
    from pathlib import Path

    from menura.settings import Settings


@pytest.mark.parametrize("suffix", ["wav", "mp3"])
@pytest.mark.parametrize(
    "task",
    [
        menura.Speech("Yes, of course.", seed=1),
        menura.Effect("a bicycle bell", seed=1),
        menura.Effect("knocks on a door in a hall", seed=1, duration_s=10.0),
    ],
    ids=["speech", "bell", "knocks and silence"],
)
def test_the_mark_of_little_sound_is_found_as_the_report_says(
    studio: Studio, tmp_path: Path, task: menura.Task, suffix: str
) -> None:
    take = studio.render(task)
    assert take.report.measured["mark"] == "found"
    assert studio.verify(take.save(tmp_path / f"a.{suffix}")).mark.found is True


def test_what_will_not_be_found_is_said_and_the_manifest_marks_it(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take = studio.render(menura.Effect("a single knock on wood", seed=1))
    assert take.report.measured["mark"] == "not found"
    found = studio.verify(take.save(tmp_path / "a.wav"))
    assert found.mark.found is not True
    assert found.manifest.state == "trusted"
    assert "the signed manifest marks the file as generated" in found.notes
    tell_ignored(take)
    (line,) = capsys.readouterr().err.splitlines()
    assert "will not be found" in line
    assert line.endswith("the signed manifest still marks it")


@pytest.mark.parametrize(
    ("mark", "delivery", "told"),
    [
        ("found", "render", ""),
        ("off", "render", ""),
        ("faint", "render", "coding may remove it; the signed manifest still marks it"),
        ("not found", "stream", "the signed manifest kept in the archive still marks it"),
    ],
)
def test_one_line_is_said_where_it_matters(
    mark: str, delivery: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = SimpleNamespace(ignored=(), measured={"mark": mark})
    take = SimpleNamespace(report=report, recipe={"delivery": delivery})
    tell_ignored(take)  # type: ignore[arg-type]
    written = capsys.readouterr().err
    assert told in written
    assert written.count("\n") == bool(told)


def test_the_record_names_a_payload_only_where_there_is_one(studio: Studio) -> None:
    brief = studio.render(menura.Effect("a bicycle bell", seed=1))
    sparse = studio.render(menura.Effect("five knocks on wood", seed=1, duration_s=8.0))
    full = studio.render(menura.Effect("heavy rain", seed=1, duration_s=6.0))
    assert brief.audio.duration_s < PERIOD_S < sparse.audio.duration_s
    for take, payload in ((brief, b""), (sparse, b""), (full, bytes.fromhex(full.id))):
        assert take.origin.claim("audio/wav", take.audio.duration_s).payload == payload
    assert detect(full.audio).payload == bytes.fromhex(full.id)
    assert detect(sparse.audio).payload is None


def test_a_stream_of_known_length_is_marked_for_it(studio: Studio) -> None:
    short = studio.stream(menura.Effect("heavy rain", seed=1, duration_s=1.0)).play()
    long = studio.stream(menura.Effect("heavy rain", seed=1, duration_s=6.0)).play()
    assert short.report.measured["mark"] == long.report.measured["mark"] == "found"
    assert (short.origin.roomy, long.origin.roomy) == (False, True)
    assert detect(short.audio).found is True
    assert detect(long.audio).payload == bytes.fromhex(long.id)


def test_with_marking_off_the_report_says_so(settings: Settings) -> None:
    with Studio(dataclasses.replace(settings, marking=False)) as studio:
        take = studio.render(menura.Effect("a bicycle bell", seed=1))
    assert take.report.measured["mark"] == "off"
