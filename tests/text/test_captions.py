import dataclasses
import itertools
import json
from pathlib import Path

import pytest

from menura.errors import InvalidInput
from menura.text.captions import Sound, Word, to_json, to_srt, to_vtt, write

WORDS = [
    Word("Hello", 0.0, 0.4, 0, 5),
    Word("<world>.", 0.45, 0.9, 6, 14, ends_sentence=True, said="world"),
    Word("Again,", 1.0, 1.3, 15, 21),
    Word("later", 3.0, 3599.9996, 22, 27, ends_sentence=True),
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
    assert "Hello <00:00:00.450>&lt;world&gt;.\n\n00:00:01.000 -->" in text


def test_words_that_touch_in_the_text_touch_in_the_cue() -> None:
    parts = ["https://", "example.com/", "早上", "好！"]
    places = itertools.pairwise(itertools.accumulate(map(len, parts), initial=0))
    words = [
        Word(p, i, i + 1, *span) for i, (p, span) in enumerate(zip(parts, places, strict=True))
    ]
    assert "\nhttps://example.com/早上好！\n" in to_srt(words)


def test_json_keeps_every_field() -> None:
    words = json.loads(to_json(WORDS))["words"]
    assert words[1] == {
        "text": "<world>.",
        "said": "world",
        "start_s": 0.45,
        "end_s": 0.9,
        "start_char": 6,
        "end_char": 14,
    }


def _words(count: int, step_s: float = 0.3) -> list[Word]:
    places = [(i * 6, i * 6 + 5) for i in range(count)]
    return [Word("words", i * step_s, i * step_s + 0.25, *p) for i, p in enumerate(places)]


@pytest.mark.parametrize("count", [1, 2, 6, 7, 8, 13, 14, 15, 60])
def test_cues_are_readable_balanced_and_lose_nothing(count: int) -> None:
    cues = [cue.splitlines()[2:] for cue in to_srt(_words(count)).split("\n\n")]
    lines = [line for cue in cues for line in cue]
    assert sum(line.count("words") for line in lines) == count
    assert max(map(len, lines)) <= 42
    assert max(map(len, cues)) <= 2
    shortest = min(sum(map(len, cue)) for cue in cues)
    assert shortest * 2 >= max(sum(map(len, cue)) for cue in cues)


def test_a_cue_rather_ends_at_a_comma() -> None:
    words = _words(18)
    words[7] = dataclasses.replace(words[7], text="wors,")
    assert to_srt(words).split("\n\n")[0].endswith("wors,")


def test_slow_words_do_not_stay_for_ever() -> None:
    assert to_srt(_words(8, step_s=2.0)).count("-->") >= 3


def test_no_words_make_an_empty_file() -> None:
    assert to_srt([]) == ""
    assert to_vtt([]).startswith("WEBVTT")
    assert json.loads(to_json([])) == {"words": [], "phonemes": [], "visemes": []}


@pytest.mark.parametrize("name", ["a.txt", "a", "a.srt.exe", "../a.doc"])
def test_only_caption_formats_are_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"\.srt"):
        write(tmp_path / name, WORDS)
    assert list(tmp_path.iterdir()) == []


def test_captions_are_written_in_utf8(tmp_path: Path) -> None:
    write(tmp_path / "c.SRT", [Word("naïve – 日本", 0, 1, 0, 9)])
    assert "naïve – 日本" in (tmp_path / "c.SRT").read_text(encoding="utf-8")


def test_json_holds_phonemes_and_mouth_shapes_in_order() -> None:
    one = Word("map", 0.1, 0.4, 0, 3, sounds=(Sound("m", 0.1, 0.2), Sound("ˈæ", 0.2, 0.3)))
    two = Word("on", 0.25, 0.6, 4, 6, sounds=(Sound("ɒ", 0.25, 0.4), Sound("n", 0.5, 0.6)))
    facts = json.loads(to_json([one, two]))
    assert [p["ipa"] for p in facts["phonemes"]] == ["m", "ˈæ", "ɒ", "n"]
    assert [v["name"] for v in facts["visemes"]] == ["PP", "aa", "oh", "sil", "nn"]
    ends = [(v["start_s"], v["end_s"]) for v in facts["visemes"]]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(ends))
    assert one.shifted(1.0).sounds[0] == Sound("m", 1.1, 1.2)
