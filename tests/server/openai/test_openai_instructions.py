"""Instructions in free words: what is understood, and what is named."""

from __future__ import annotations

import pytest

from menura.server.openai.instructions import read_instructions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Speak cheerfully.", {"emotion": "happy"}),
        ("Whisper, slowly", {"emotion": "whisper", "speed": 0.8}),
        ("very fast", {"speed": 1.25**1.5}),
        ("Slightly deeper voice", {"pitch": -1.5}),
        ("Make long pauses and sound robotic", {"pauses": 1.6, "stability": 1.0}),
        ("quick. then slow", {"speed": 1.25}),
        ("", {}),
        ("...!?", {}),
    ],
)
def test_understood(text: str, expected: dict[str, object]) -> None:
    manner = read_instructions(text)
    assert manner.ignored == []
    for name in ("emotion", "pitch", "pauses", "stability", "speed"):
        default = 1.0 if name == "speed" else None
        assert getattr(manner, name) == pytest.approx(expected.get(name, default)), name


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Speak in French.", "fr"),
        ("speak slowly, in Brazilian Portuguese", "pt-br"),
        ("Language: German", "de"),
        ("Mandarin Chinese", "cmn"),
        ("The language is Dutch", "nl"),
        ("in English", "en"),
        ("cheerful", None),
    ],
)
def test_a_language_is_understood(text: str, language: str | None) -> None:
    manner = read_instructions(text)
    assert manner.language == language
    assert [line for line in manner.ignored if "anguage" not in line] == []


@pytest.mark.parametrize(
    "text", ["in a French accent", "in French style", "like a French waiter", "not in French"]
)
def test_no_language_is_read_into_what_names_none(text: str) -> None:
    assert read_instructions(text).language is None


@pytest.mark.parametrize(
    "text", ["Speak with a French accent", "do not whisper", "Don't be sad", "日本語で"]
)
def test_what_is_not_understood_is_named_and_not_done(text: str) -> None:
    manner = read_instructions(text)
    assert manner.ignored == [f"the instruction: {text}"]
    assert manner.emotion is None


def test_the_list_of_what_is_not_understood_is_bounded() -> None:
    manner = read_instructions("blah, " * 500)
    assert len(manner.ignored) == 9
    assert manner.ignored[-1] == "492 more instructions"
