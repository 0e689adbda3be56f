import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.errors import InvalidText
from menura.text.clean import MAX_MARKS, clean

ACUTE = "\u0301"


@pytest.mark.parametrize(
    ("text", "expected", "dropped"),
    [
        ("Hello there.", "Hello there.", []),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd", []),
        ("e" + ACUTE, "é", []),
        ("\u212bngström", "Ångström", []),
        ("a\u200bb\ufeff", "ab", ["U+200B ZERO WIDTH SPACE", "U+FEFF ZERO WIDTH NO-BREAK SPACE"]),
        ("a\u202eb\u2066c", "abc", ["U+202E RIGHT-TO-LEFT OVERRIDE", "U+2066"]),
        ("soft\u00adhyphen", "softhyphen", ["U+00AD SOFT HYPHEN"]),
        ("bell\x07 \x1b[0m", "bell [0m", ["U+0007 CONTROL CHARACTER", "U+001B"]),
        ("a" + ACUTE * 50, "á" + ACUTE * MAX_MARKS, ["U+0301 COMBINING ACUTE ACCENT"]),
        ("a \u0301 b ." + ACUTE, "a  b .", ["U+0301"]),
        ("a\u200b" + ACUTE, "á", ["U+200B"]),
        ("a\u200db", "ab", ["U+200D ZERO WIDTH JOINER"]),
        ("👩\u200d👩\u200d👧 ❤\ufe0f", "👩\u200d👩\u200d👧 ❤\ufe0f", []),
        ("می\u200cخواهم", "می\u200cخواهم", []),
        ("\u1112\u1161\u11ab", "한", []),
        ("a" + " " * 1_000 + "b", "a b", []),
        ("a" + " \n" * 500 + "b", "a\n\nb", []),
        ("a\ufffdb", "ab", ["U+FFFD REPLACEMENT CHARACTER"]),
        ("tab\tstays", "tab\tstays", []),
        ("§ 5", "§ 5", []),
        ("🎉", "🎉", []),
    ],
)
def test_text_is_made_fit(text, expected, dropped):
    cleaned = clean(text)
    assert cleaned.text == expected
    assert len(cleaned.dropped) == len(dropped)
    for name, start in zip(cleaned.dropped, dropped, strict=True):
        assert name.startswith(start)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0b", "NUL character at 1"),
        ("ab\ud800", "surrogate pair at 2"),
        ("a" * 101, "101"),
        ("\u200b\u200d", "nothing"),
        (ACUTE * 5, "nothing"),
        ("... --- !!!", "nothing"),
        ("\u202e", "nothing"),
    ],
)
def test_text_that_cannot_be_spoken_is_refused(text, words):
    with pytest.raises(InvalidText, match=words) as caught:
        clean(text, max_chars=100)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("one\r\n\u200btwo e\u0301lan three", "three", "three"),
        ("one\r\n\u200btwo e\u0301lan three", "élan", "e\u0301lan"),
        ("\u200bone two", "two", "two"),
        ("a" + " " * 300 + "bee", "bee", "bee"),
        ("x" + ACUTE * 30 + " yes", "yes", "yes"),
        ("\ufb1d word", "word", "word"),  # grows: a composition that Unicode excludes
        ("\u1112\u1161\u11ab\u1100\u1173\u11af ja", "ja", "ja"),
    ],
)
def test_the_way_back_quotes_the_original(text, word, written):
    cleaned = clean(text)
    assert cleaned.quote(cleaned.text.index(word), len(word)) == written


@settings(deadline=None, max_examples=300)
@given(
    st.text(
        st.sampled_from(
            "ab é\u0301\u0323\u200b\u200d\r\n\u202e한\u1112\u1161\u11ab👩\ufb1d\u09c7\u09be."
        )
        | st.characters(exclude_categories=["Cs"]),
        max_size=40,
    )
)
def test_clean_text_is_normal_and_maps_back_in_order(text):
    try:
        cleaned = clean(text)
    except InvalidText:
        return
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert "\r" not in cleaned.text
    assert clean(cleaned.text).text == cleaned.text
    places = [cleaned.offset(offset) for offset in range(len(cleaned.text) + 1)]
    assert places == sorted(places)
    assert places[-1] <= len(text)
    for offset, char in enumerate(cleaned.text):
        if char.isascii() and not char.isspace():
            assert text[places[offset]] == char


LONG = {
    "brackets": "(" * 400_000 + "a",
    "addresses": "a@" * 200_000,
    "digits": "1" * 400_000,
    "one word": "a" * 400_000,
    "marks": "a" + ACUTE * 400_000,
    "decomposed": ("e" + ACUTE) * 200_000,
    "invisible": "a\u200b" * 200_000,
    "blanks": "a" + " " * 400_000 + "b",
    "lines": "a\r\n" * 130_000,
    "joiners": "👩\u200d" * 200_000,
}


@pytest.mark.timeout(60)  # quadratic time would be minutes
@pytest.mark.parametrize("kind", LONG)
def test_a_long_text_is_cleaned_and_maps_back_to_its_end(kind):
    text = LONG[kind]
    cleaned = clean(text)
    assert cleaned.offset(len(cleaned.text)) == len(text)
    assert cleaned.quote(0, len(cleaned.text)) == text
