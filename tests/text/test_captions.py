import json
from pathlib import Path

import pytest

from menura.errors import InvalidInput
from menura.text.captions import Word, to_json, to_srt, to_vtt, write

WORDS = [
    Word("Hello", 0.0, 0.4, 0, 5),
    Word("<world>.", 0.45, 0.9, 6, 13),
    Word("Again,", 1.0, 1.3, 15, 20),
    Word("later", 3.0, 3599.9996, 22, 27),
]


def test_srt_groups_sentences_and_breaks_at_pauses() -> None:
    assert to_srt(WORDS[:3]) == (
        "1\n00:00:00,000 --> 00:00:00,900\nHello <world>.\n\n"
        "2\n00:00:01,000 --> 00:00:01,300\nAgain,\n"
    )
    assert to_srt(WORDS).count("-->") == 3
    assert "01:00:00,000" in to_srt(WORDS)


def test_vtt_times_each_word_and_escapes_markup() -> None:
    text = to_vtt(WORDS)
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:00.900\n")
    assert "Hello <00:00:00.450>&lt;world&gt;." in text


def test_json_keeps_every_field() -> None:
    words = json.loads(to_json(WORDS))["words"]
    assert words[1] == {
        "text": "<world>.",
        "start_s": 0.45,
        "end_s": 0.9,
        "start_char": 6,
        "end_char": 13,
    }


def test_lines_stay_readable() -> None:
    words = [Word("word", i * 0.3, i * 0.3 + 0.25, 0, 4) for i in range(60)]
    lines = [line for line in to_srt(words).splitlines() if "word" in line]
    assert max(map(len, lines)) <= 42
    assert sum(line.count("word") for line in lines) == 60


def test_no_words_make_an_empty_file() -> None:
    assert to_srt([]) == ""
    assert to_vtt([]).startswith("WEBVTT")
    assert json.loads(to_json([])) == {"words": []}


@pytest.mark.parametrize("name", ["a.txt", "a", "a.srt.exe", "../a.doc"])
def test_only_caption_formats_are_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"\.srt"):
        write(tmp_path / name, WORDS)
    assert list(tmp_path.iterdir()) == []


def test_captions_are_written_in_utf8(tmp_path: Path) -> None:
    write(tmp_path / "c.SRT", [Word("naïve – 日本", 0, 1, 0, 9)])
    assert "naïve – 日本" in (tmp_path / "c.SRT").read_text(encoding="utf-8")
