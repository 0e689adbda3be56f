"""Words of one spelling and two pronunciations, as they are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from menura.tasks import Pronunciation, Speech

if TYPE_CHECKING:
    from menura.studio import Studio


def sounds(studio: Studio, text: str, word: str, **more: object) -> str:
    """Returns how a word of a text sounds, in IPA."""
    task = Speech(text, engine="formant", **({"language": "en-us"} | more))  # type: ignore[arg-type]
    captions = studio.stream(task).play().captions
    found = next(each for each in captions if each.text.strip(".,?!").lower() == word)
    assert text[found.start_char : found.end_char] == found.text
    return "".join(sound.ipa for sound in found.sounds)


@pytest.mark.parametrize(
    ("text", "word", "part"),
    [
        ("Wind the clock.", "wind", "aɪ"),
        ("The wind blows.", "wind", "ɪn"),
        ("He read it yesterday.", "read", "ɛ"),
        ("The box is made of lead.", "lead", "ɛ"),
        ("Close the door, please.", "close", "z"),
        ("We close at six, so stay close to me.", "close", "z"),
        ("Use it.", "use", "z"),
        ("In minute detail.", "minute", "aɪ"),
    ],
)
def test_the_words_around_tell(studio: Studio, text: str, word: str, part: str) -> None:
    assert part in sounds(studio, text, word)


@pytest.mark.parametrize("language", ["en-gb", "en-029", "en-gb-scotland", "en-gb-x-rp"])
def test_every_accent_says_it(studio: Studio, language: str) -> None:
    assert sounds(studio, "He read it yesterday.", "read", language=language)


def test_a_lexicon_comes_first(studio: Studio) -> None:
    rule = Pronunciation(written="read", said="/ˈɹaɪd/")
    assert "aɪ" in sounds(studio, "He read it yesterday.", "read", lexicon=(rule,))


def test_other_languages_are_left_alone(studio: Studio) -> None:
    assert "ɛ" not in sounds(studio, "He read Lied", "read", language="de")


def test_numbers_and_names_beside_it_are_read_as_ever(studio: Studio) -> None:
    task = Speech("Dr. Smith read 3 books on 3/4/2026.", engine="formant", language="en-us")
    said = " ".join(word.said for word in studio.stream(task).play().captions)
    assert said.startswith("Doctor Smith read three books on March fourth")
