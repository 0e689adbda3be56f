from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.text.alphabets import to_espeak
from menura.text.normalize import english
from menura.text.normalize.english.heteronyms import find_heteronyms

TABLES: dict[str, dict[str, list[list[str]]]] = tomllib.loads(
    Path(__file__).with_name("heteronyms.toml").read_text("utf-8")
)
WORDS = tomllib.loads(
    Path(english.__file__).with_name("heteronyms.toml").read_text(encoding="utf-8")
)["words"]
ROWS, TRAPS = (
    [(word, text, meant) for word, rows in TABLES[name].items() for text, meant in rows]
    for name in ("cases", "traps")
)


@pytest.mark.parametrize(("word", "text", "meant"), [*ROWS, *TRAPS])
def test_what_is_told_is_right(word: str, text: str, meant: str) -> None:
    said = list(find_heteronyms(text, american=True))
    here = [s.ipa for s in said if text[s.start : s.stop].lower() == word]
    assert here in ([], [WORDS[word]["american"].get(meant)])


def test_most_is_told() -> None:
    told = sum(any(find_heteronyms(text, american=True)) for _, text, _ in ROWS)
    assert len(ROWS) >= 60
    assert told >= 0.6 * len(ROWS)


@pytest.mark.parametrize("word", WORDS)
def test_every_pronunciation_can_be_said(word: str) -> None:
    row = WORDS[word]
    for ipa in row["american"].values():
        assert to_espeak(ipa, "en-us").text
    for ipa in (row["american"] | row.get("british", {})).values():
        assert to_espeak(ipa, "en-gb").text
    names = {cue.partition(":")[0] for cue in row["cues"]}
    assert names <= {"-", *row["american"]}
    assert set(row.get("british", {})) <= set(row["american"])


def test_british_is_said_as_there() -> None:
    text = "Please close the door."
    assert [each.ipa for each in find_heteronyms(text, american=False)] == ["ˈkləʊz"]
    assert [each.ipa for each in find_heteronyms(text, american=True)] == ["ˈkloʊz"]


@pytest.mark.parametrize(
    "text",
    [
        "LEAD PIPE",
        "The to-read list is long.",
        "Read-only memory",
        "to. Record",
        "live.example.com is in use.com",
        "She works at Lead's, by lead's.",
    ],
)
def test_what_is_no_such_word_is_left_alone(text: str) -> None:
    assert list(find_heteronyms(text, american=True)) == []


@given(st.text(max_size=300))
def test_places_are_those_of_the_words(text: str) -> None:
    for each in find_heteronyms(f"{text} will record", american=True):
        assert f"{text} will record"[each.start : each.stop].lower() in WORDS


def test_what_is_far_away_tells_nothing() -> None:
    far = "word " * 100
    assert list(find_heteronyms(f"yesterday {far} I read", american=True)) == []
    assert [s.ipa for s in find_heteronyms("Yesterday I read", american=True)] == ["ˈɹɛd"]
