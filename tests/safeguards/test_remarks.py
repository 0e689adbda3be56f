"""Remarks: what verify says of mark, manifest and take together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import menura
from menura.audio import files
from menura.audio.formats import Format
from menura.safeguards.remarks import Remarks

if TYPE_CHECKING:
    from pathlib import Path

    from menura.studio import Studio

TAKE = {"id": "aa", "marking": True}
FOUND: dict[str, Any] = {"found": True, "p": 1e-20}
NOT_FOUND: dict[str, Any] = {"found": False, "p": 1.0}


def remarks(
    mark: dict[str, Any], manifest: Any = "absent", take: Any = None, **told: Any
) -> tuple[str, ...]:
    known = {"payload": None, "streamed": None, "thorough": False} | mark | told
    return Remarks(manifest=manifest, take=take, **known).lines()


@pytest.mark.parametrize(
    ("take", "streamed", "words", "never"),
    [
        (TAKE, False, "the signed manifest was removed", "streamed"),
        (TAKE, True, "streamed: its signed manifest is in this archive", "removed"),
        (None, True, "by its tags it was streamed", "removed"),
        (None, None, "removed or never survived, or the sound was streamed", "this archive"),
    ],
)
def test_why_a_marked_file_has_no_manifest(
    take: Any, streamed: bool | None, words: str, never: str
) -> None:
    first, last = remarks(FOUND, take=take, streamed=streamed)
    assert words in first
    assert never not in first
    assert "not who made it" in last


@pytest.mark.parametrize(
    ("mark", "manifest"),
    [
        (NOT_FOUND, "absent"),
        (NOT_FOUND, "valid"),
        ({"found": None, "p": 1e-4}, "absent"),
    ],
)
def test_a_harder_search_is_suggested_until_it_was_done(mark: Any, manifest: str) -> None:
    assert any("--thorough" in line for line in remarks(mark, manifest, TAKE))
    assert not any("--thorough" in line for line in remarks(mark, manifest, TAKE, thorough=True))


@pytest.mark.parametrize(
    ("mark", "manifest", "take"),
    [
        (FOUND, "absent", TAKE),
        (NOT_FOUND, "valid", TAKE | {"marking": False}),
        ({"found": None, "p": None}, "absent", None),
        ({"found": None, "p": 0.5}, "valid", TAKE),
    ],
)
def test_a_harder_search_is_not_suggested_where_it_finds_no_more(
    mark: Any, manifest: str, take: Any
) -> None:
    assert not any("--thorough" in line for line in remarks(mark, manifest, take))


@pytest.mark.parametrize(
    ("tagged", "words"),
    [(True, "by its tags it was streamed"), (False, "or the sound was streamed")],
)
def test_of_a_short_stream_no_manifest_was_removed(
    studio: Studio, tmp_path: Path, tagged: bool, words: str
) -> None:
    """It is too short for a payload that would lead to the archive."""
    stream = studio.stream(menura.Speech("Hi there. One two three."))
    tags = stream.origin.tags() if tagged else {}
    files.write(tmp_path / "a.flac", stream, Format("flac"), tags)
    found = studio.verify(tmp_path / "a.flac")
    assert (found.mark.found, found.mark.payload) == (True, None)
    assert words in found.notes[0]
