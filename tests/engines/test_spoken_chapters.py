"""Chapters of a spoken text, in both engines, down to the file."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import menura
from menura.settings import Settings
from menura.studio import Studio

BOOK = """A preface.

# One

The sun rose. It was early.

## Chapter 2: The **Rain**

It rained.
"""


@pytest.mark.parametrize("engine", ["formant", "expressive"])
def test_headings_become_chapters(studio: Studio, engine: str) -> None:
    take = studio.render(menura.Speech(BOOK, chapters=True, engine=engine, seed=1))
    titles = [chapter.title for chapter in take.chapters]
    assert titles[0] == "One"
    assert titles[1].startswith("Chapter 2")
    assert take.report.measured["chapters"] == 2
    words = {word.text.strip("*."): word for word in take.captions}
    assert BOOK[words["One"].start_char : words["One"].end_char] == "One"
    assert take.chapters[0].start_s == pytest.approx(words["One"].start_s, abs=0.15)
    assert words["One"].start_s - words["preface"].end_s > 1.5
    assert words["The"].start_s - words["One"].end_s > 0.8
    assert take.chapters[0].end_s == take.chapters[1].start_s
    assert take.chapters[1].end_s == pytest.approx(take.audio.duration_s, abs=0.01)
    assert "#" not in " ".join(word.said for word in take.captions)


def test_chapters_are_written_into_the_file(studio: Studio, tmp_path: Path) -> None:
    import av

    take = studio.render(menura.Speech(BOOK, chapters=True, engine="formant"))
    path = take.save(tmp_path / "book.m4b")
    with av.open(str(path)) as container:
        found = [chapter["metadata"]["title"] for chapter in container.chapters()]
    assert found == [chapter.title for chapter in take.chapters]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("No headings here.", "no chapters"),
        ("<speak># One</speak>", "plain text"),
        ("# One\n\n" + "x " * 600_000, "over the limit"),
    ],
)
def test_what_cannot_have_chapters_is_refused(studio: Studio, text: str, what: str) -> None:
    with pytest.raises(menura.InvalidInput, match=what):
        studio.render(menura.Speech(text, chapters=True))


def test_titles_alone_are_enough(studio: Studio) -> None:
    take = studio.render(menura.Speech("# One\n\n# Two\n", chapters=True, engine="formant"))
    assert [chapter.title for chapter in take.chapters] == ["One", "Two"]
    assert np.isfinite(take.audio.samples).all()


def test_a_chapter_of_a_pause_alone_is_that_pause(studio: Studio) -> None:
    text = "# One\n\n[pause 2s]\n\n# Two\n\nHello."
    take = studio.render(menura.Speech(text, chapters=True, engine="formant"))
    first, second = take.chapters
    assert first.end_s - first.start_s > 2 + 0.9 + 1.6
    assert [word.text for word in take.captions] == ["One", "Two", "Hello."]
    assert second.start_s == first.end_s


def test_a_title_with_odd_blanks_is_said_without_its_marks(studio: Studio) -> None:
    take = studio.render(menura.Speech("# The  Day ##\n\nIt rained.", chapters=True))
    assert "hash" not in " ".join(word.said for word in take.captions)


def test_a_record_of_hashes_names_no_chapter(settings: Settings, tmp_path: Path) -> None:
    hidden = dataclasses.replace(settings, home=tmp_path, record="hash")
    with Studio(hidden) as studio:
        take = studio.render(menura.Speech("# Secret\n\nHush.", chapters=True))
    assert [chapter.title for chapter in take.chapters] == ["1"]
    assert b"Secret" not in take.save(tmp_path / "a.flac").read_bytes()
