from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.espeak import languages
from menura.text.language import guess_by_letters, guess_language, has_foreign_letters

FACTS = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
SENTENCES: dict[str, list[str]] = FACTS["sentences"]
BRIEF: dict[str, list[str]] = FACTS["brief"]
TAGS = {"zh": "cmn", "pt": "pt-br"}
WELL = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "ru", "ja", "zh")


@pytest.mark.parametrize("language", SENTENCES)
def test_no_sentence_is_taken_for_another_language(language: str) -> None:
    wanted = TAGS.get(language, language)
    found = {text: guess_language(text) for text in SENTENCES[language]}
    assert {text: guess for text, guess in found.items() if guess not in {wanted, None}} == {}


@pytest.mark.parametrize("language", WELL)
def test_most_sentences_tell(language: str) -> None:
    texts = SENTENCES[language]
    told = sum(guess_language(text) is not None for text in texts)
    assert len(texts) >= 15
    assert told >= 0.8 * len(texts)


@pytest.mark.parametrize("language", BRIEF)
def test_short_sentences_tell_and_none_is_another_languages(language: str) -> None:
    wanted = TAGS.get(language, language)
    found = {text: guess_language(text) for text in BRIEF[language]}
    assert {text: guess for text, guess in found.items() if guess not in {wanted, None}} == {}
    told = sum(guess is not None for guess in found.values())
    assert language == "en" or told >= 0.8 * len(found)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le train partira à 20h15 du quai numéro 3.", "fr"),
        ("Chapitre 3 : la forêt", "fr"),
        ("Vielen Dank fürs Zuhören!", "de"),
        ("Willkommen zurück bei unserem Podcast", "de"),
        ("Hola, ¿qué tal?", "es"),
        ("Capítulo tres: el bosque", "es"),
        ("Bienvenidos al programa", "es"),
        ("Capitolo terzo: la foresta", "it"),
        ("O comboio parte às 20h15 da linha três.", "pt-br"),
        ("CAPÍTULO TRES: EL BOSQUE", "es"),
    ],
)
def test_what_people_try_first_tells(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème fraîche", True),
        ("¡Viva!", True),
        ("A café in São Paulo", False),
        ("Hello there", False),
        ("東京", False),
        ("мир", False),
    ],
)
def test_letters_that_english_has_only_in_loans(text: str, expected: bool) -> None:
    assert has_foreign_letters(text) is expected


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        ("ひらがなだけのぶんしょうです。", "en-us", "ja"),
        ("ひらがなだけのぶんしょうです。", "cmn", "ja"),
        ("ひらがなだけのぶんしょうです。", "ja", None),
        ("我昨天买了一部手机，非常喜欢。", "fr-fr", "cmn"),
        ("我昨天买了一部手机，非常喜欢。", "ja", None),
        ("我昨天买了一部手机，非常喜欢。", "zh-cn", None),
        ("Привіт, як справи? Її звати Оленка.", "de", "uk"),
        ("Привіт, як справи? Її звати Оленка.", "ru", None),
        ("Сәлем, қалайсың?", "kk", None),
        ("Привет, мир!", "ar", "ru"),
        ("Le chat dort sur le canapé et la pluie tombe.", "en-us", None),
        ("Le chat dort sur le canapé et la pluie tombe.", "ru", None),
        ("The word мир is Russian for peace.", "en-gb", None),
        ("東京", "en-us", None),
        ("3.14 🎉", "en-us", None),
        ("", "en-us", None),
    ],
)
def test_a_script_that_a_language_does_not_write_tells(
    text: str, own: str, expected: str | None
) -> None:
    assert guess_by_letters(text, own) == expected


@pytest.mark.parametrize("language", SENTENCES)
def test_a_paragraph_always_tells(language: str) -> None:
    assert guess_language(" ".join(SENTENCES[language])) == TAGS.get(language, language)


@pytest.mark.parametrize("text", FACTS["short"]["texts"])
def test_what_is_short_or_english_is_not_guessed(text: str) -> None:
    assert guess_language(text) in {None, "en"}


def test_every_guess_can_be_spoken() -> None:
    for texts in SENTENCES.values():
        tag = guess_language(" ".join(texts))
        assert tag is not None
        assert languages.find(tag).tag.partition("-")[0] == tag.partition("-")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iPhone 15 を買いました。", "ja"),
        ("我昨天买了一部 iPhone 15 Pro Max，非常喜欢。", "cmn"),
        ("The Russian word мир means both peace and world.", "en"),
        ("C’est l’été : j’ai 30 ans, et il n’y a plus d’eau.", "fr"),
        ("C'EST L'ÉTÉ ET IL N'Y A PLUS D'EAU", "fr"),
        ("国土交通省関東地方整備局は発表", "ja"),
        ("我昨天买了优の良品的一包饼干，非常喜欢。", "cmn"),
        ("佢哋喺度食嘢，我唔知佢想點。", "yue"),
        ("Съешь ещё этих мягких французских булок, да выпей чаю.", "ru"),
        ("", None),
        ("123 456", None),
    ],
)
def test_mixed_and_odd_texts(text: str, expected: str | None) -> None:
    assert guess_language(text) == expected


@given(st.text(max_size=200))
def test_anything_may_come(text: str) -> None:
    assert guess_language(text) == guess_language(text)


def test_the_beginning_decides() -> None:
    french = "Le chat dort sur le canapé et la pluie tombe dans la rue. " * 100
    assert guess_language(french + "the dog is not here and it was " * 10_000) == "fr"
