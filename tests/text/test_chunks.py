import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.espeak import Pool, Utterance
from menura.text.chunks import (
    CLAUSE_PAUSE_S,
    MAX_CHARS,
    MAX_RUN_CHARS,
    PARAGRAPH_PAUSE_S,
    SENTENCE_PAUSE_S,
    chunks,
)


def _texts(text):
    return [chunk.text.strip() for chunk in chunks(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith met Mr. J. R. Jones. He left.", ["Dr. Smith met Mr. J. R. Jones.", "He left."]),
        ("See e.g. this, i.e. that. Then go.", ["See e.g. this, i.e. that.", "Then go."]),
        ("No. 5 is alive. No. Never.", ["No. 5 is alive.", "No.", "Never."]),
        ("It is 3.50. In 2024. So.", ["It is 3.50.", "In 2024.", "So."]),
        ("Am 3. Oktober kam er. Gut.", ["Am 3. Oktober kam er.", "Gut."]),
        ("Born (b. 1970) here. Yes.", ["Born (b. 1970) here.", "Yes."]),
        ("So am I. You too.", ["So am I.", "You too."]),
        ("Well... maybe. Well... Maybe.", ["Well... maybe.", "Well...", "Maybe."]),
        ("“Really?” he said. “No.” She left.", ["“Really?” he said.", "“No.”", "She left."]),
        ("(He left.) She stayed.", ["(He left.)", "She stayed."]),
        ("Yahoo! is old. The www.a.b is not.", ["Yahoo! is old.", "The www.a.b is not."]),
        (
            "你好，世界。今天好！「是的。」他说。",
            ["你好，世界。", "今天好！", "「是的。」", "他说。"],
        ),
        ("नमस्ते दुनिया। आप कैसे हैं?", ["नमस्ते दुनिया।", "आप कैसे हैं?"]),
        ("مرحبا؟ نعم۔ شكرا", ["مرحبا؟", "نعم۔", "شكرا"]),
        ("Title\n\nText here.\n \nMore", ["Title", "Text here.", "More"]),
        ("line one\nline two", ["line one\nline two"]),
        ("", []),
        ("   ", [""]),
        (".", ["."]),
        ("Привет, г. Иванов. Как дела?", ["Привет, г. Иванов.", "Как дела?"]),
    ],
)
def test_text_is_cut_into_sentences(text, sentences):
    assert _texts(text) == sentences


def test_pauses_follow_what_ends_a_chunk():
    clause = "word " * 60 + "and so, " + "word " * 60 + "end"
    text = f"One. Two.\n\n{clause}. {'a' * 100} Last."
    found = {
        chunk.text.strip().rpartition("d ")[2][-7:]: chunk.pause_after_s for chunk in chunks(text)
    }
    assert found["One."] == SENTENCE_PAUSE_S
    assert found["Two."] == PARAGRAPH_PAUSE_S
    assert found["so,"] == CLAUSE_PAUSE_S
    assert found["a" * 7] == 0
    assert found["a Last."] == 0


def test_the_pauses_are_those_of_espeak():
    with Pool(1) as pool:

        def length_s(text, end_pause):
            rendering = pool.speak(Utterance(text=text, end_pause=end_pause))
            return len(rendering.samples) / rendering.rate

        for text, pause_s in (
            ("Hello world,", CLAUSE_PAUSE_S),
            ("Hello world.", SENTENCE_PAUSE_S),
            ("Hello world.\n\n", PARAGRAPH_PAUSE_S),
        ):
            assert length_s(text, True) - length_s(text, False) == pytest.approx(pause_s, abs=0.02)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("word " * 50 + "so, " + "word " * 100, "so, "),
        ("word " * 200, "word "),
        ("x" * 1_000, "x" * MAX_RUN_CHARS),
        ("short " + "x" * 1_000, "short "),
        ("http://" + "abc/" * 100, "/"),
        ("漢" * 30 + "、" + "字" * 500, "、"),
    ],
)
def test_a_long_sentence_is_cut_at_the_best_place(text, ends):
    first = next(chunks(text))
    assert first.text.endswith(ends)
    assert len(first.text.strip()) <= MAX_CHARS


@pytest.mark.parametrize(
    "letter", ["e" + "\u0301" * 3, "👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "क्षि", "\u1112\u1161\u11ab"]
)
def test_a_letter_is_never_divided(letter):
    for shift in range(3):
        text = "ab"[:shift] + letter * 100
        pieces = [chunk.text for chunk in chunks(text)]
        assert len(pieces) > 1
        assert pieces[0] == "ab"[:shift] + letter * ((len(pieces[0]) - shift) // len(letter))
        for piece in pieces[1:]:
            assert piece == letter * (len(piece) // len(letter))


def test_a_number_is_divided_only_when_it_is_too_long_itself():
    text = "x" * (MAX_RUN_CHARS - 3) + "1234567"
    assert [chunk.text for chunk in chunks(text)] == ["x" * (MAX_RUN_CHARS - 3), "1234567"]
    assert len(next(chunks("1" * 1_000)).text) == MAX_RUN_CHARS


@settings(deadline=None, max_examples=300)
@given(
    st.text(
        st.sampled_from('aB1 .!?,;\n\r\t"”)(。！、।\u0301\u200d👩🇩漢कि\u1161')
        | st.characters(exclude_categories=["Cs"]),
        max_size=120,
    ),
    st.integers(1, 12),
)
def test_every_character_lands_in_one_chunk(unit, times):
    text = unit * times
    found = list(chunks(text))
    assert "".join(chunk.text for chunk in found) == text
    starts = [0, *itertools.accumulate(len(chunk.text) for chunk in found)]
    assert [chunk.start_char for chunk in found] == starts[:-1]
    for chunk in found:
        assert chunk.text
        assert len(chunk.text.strip()) <= MAX_CHARS
    for one, two in itertools.pairwise(found):
        # No cut before a mark, unless the marks alone are over the limit.
        if len(one.text) < 30:
            assert unicodedata.category(two.text[0])[0] != "M"


LONG = {
    "brackets": "(" * 200_000,
    "addresses": "a@" * 100_000,
    "digits": "1" * 200_000,
    "one word": "a" * 200_000,
    "stops": "a. " * 70_000,
    "dots": "." * 200_000,
    "blanks": "a" + " " * 200_000 + "b",
    "flags": "🇩🇪" * 100_000,
    "joiners": "👩\u200d" * 100_000,
    "marks": "a" + "\u0301" * 200_000,
    "line feeds": "\n" * 200_000,
}


@pytest.mark.timeout(60)  # quadratic time would be minutes
@pytest.mark.parametrize("kind", LONG)
def test_long_text_is_cut_lazily_and_completely(kind):
    text = LONG[kind]
    position = 0
    for chunk in chunks(text):
        assert chunk.start_char == position
        position += len(chunk.text)
    assert position == len(text)


def test_the_first_chunk_of_an_endless_word_can_be_spoken():
    with Pool(1) as pool:
        for text in ("a" * 100_000, "1" * 100_000, "A." * 50_000):
            chunk = next(chunks(text))
            rendering = pool.speak(Utterance(text=chunk.text))
            assert 0.5 < len(rendering.samples) / rendering.rate < 60


@pytest.mark.parametrize(
    ("text", "whole", "pieces"),
    [
        ("Say Yahoo! Inc now. Go.", [(4, 15)], ["Say Yahoo! Inc now. ", "Go."]),
        ("Yahoo! Inc now. Go.", [(0, 10)], ["Yahoo! Inc now. ", "Go."]),
        ("One. Two! Three.", [(5, 8)], ["One. ", "Two! ", "Three."]),
        ("a" * 500, [(0, 500)], ["a" * 500]),
        ("b " * 150 + "a " * 100, [(300, 500)], ["b " * 150, "a " * 100]),
        ("One. Two.", [], ["One. ", "Two."]),
    ],
)
def test_what_is_whole_is_never_cut(text, whole, pieces):
    cut = list(chunks(text, whole))
    assert [chunk.text for chunk in cut] == pieces
    assert "".join(chunk.text for chunk in cut) == text
