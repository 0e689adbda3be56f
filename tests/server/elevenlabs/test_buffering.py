"""Text that comes in pieces is cut where a speaker would pause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.server.elevenlabs.buffering import Buffer, Piece
from menura.text.chunks import BREATH_PAUSE_S, CLAUSE_PAUSE_S, SENTENCE_PAUSE_S


def test_nothing_is_spoken_before_there_is_enough() -> None:
    buffer = Buffer([50, 100])
    buffer.add("Hello there. ")
    assert buffer.take() is None
    buffer.add("This is a second sentence that makes it enough and goes ")
    assert buffer.take() == Piece("Hello there. ", SENTENCE_PAUSE_S)
    assert buffer.take() is None  # the second piece needs 100


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("He met Dr. Smith there. And then he went on to the", ("He met Dr. Smith there. ", 0.30)),
        ("a long clause without any end that goes on, and on ", (None, CLAUSE_PAUSE_S)),
        ("words and words and words without a sign that ends the", (None, BREATH_PAUSE_S)),
    ],
)
def test_pieces_end_with_a_sentence_a_clause_or_a_word(
    text: str, piece: tuple[str | None, float]
) -> None:
    buffer = Buffer([50])
    buffer.add(text)
    found = buffer.take()
    assert found is not None
    assert found.pause_s == pytest.approx(piece[1])
    assert found.goes_on == (piece[1] == BREATH_PAUSE_S)
    assert found.text[-1] == " "
    if piece[0] is not None:
        assert found.text == piece[0]


def test_trigger_needs_less_and_flush_nothing() -> None:
    buffer = Buffer([500])
    buffer.add("A sentence of some length that is spoken now. And ")
    assert buffer.take() is None
    found = buffer.take(trigger=True)
    assert found is not None
    assert found.text == "A sentence of some length that is spoken now. "
    found = buffer.take(flush=True)
    assert found == Piece("And ", BREATH_PAUSE_S)


def test_auto_mode_speaks_at_once() -> None:
    buffer = Buffer(auto=True)
    buffer.add("Hi. ")
    assert buffer.take() == Piece("Hi. ", SENTENCE_PAUSE_S)


@pytest.mark.parametrize("text", ["", " ", "\n", "... ", "—"])
def test_what_has_no_sound_is_not_spoken(text: str) -> None:
    buffer = Buffer(auto=True)
    buffer.add(text)
    assert buffer.take() is None
    assert buffer.take(flush=True) is None


def test_tags_are_not_cut() -> None:
    buffer = Buffer([50], markup=True)
    buffer.add('<speak>One sentence here. Two sentences here. <break time="1s" />')
    assert buffer.take() is None
    buffer.add("Three. </speak> ")
    found = buffer.take(flush=True)
    assert found is not None
    assert found.text.count("speak>") == 2


@given(st.lists(st.text("ab ,.!\n。", max_size=30), max_size=30))
def test_pieces_joined_are_the_text(texts: list[str]) -> None:
    buffer = Buffer([50, 60])
    pieces: list[str] = []
    for text in texts:
        buffer.add(text)
        while (piece := buffer.take()) is not None:
            pieces.append(piece.text)
    while (piece := buffer.take(flush=True)) is not None:
        pieces.append(piece.text)
    spoken, whole = "".join(pieces), "".join(texts)
    assert "".join(filter(str.isalpha, spoken)) == "".join(filter(str.isalpha, whole))
    assert spoken in whole


@pytest.mark.parametrize("auto", [True, False])
def test_a_break_is_not_cut(auto: bool) -> None:
    buffer = Buffer((50,), auto=auto)
    pieces = []
    for text in (
        "This is a sentence of fifty characters or more. <br",
        'eak time="1. 5s" />',
        " Yes.",
    ):
        buffer.add(text)
        pieces.append(buffer.take())
    pieces.append(buffer.take(flush=True))
    said = [piece.text for piece in pieces if piece is not None]
    assert " ".join("".join(said).split()) == (
        'This is a sentence of fifty characters or more. <break time="1. 5s" /> Yes.'
    )
    assert all(text.count("<") == text.count(">") for text in said)


def test_a_lone_sign_is_no_break() -> None:
    buffer = Buffer((20,), auto=True)
    buffer.add("3 < 5 and so on, and so on. ")
    piece = buffer.take()
    assert piece is not None
    assert piece.text.startswith("3 < 5 and")
