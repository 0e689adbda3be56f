"""The language of a text that names none."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from menura.errors import InvalidText
from menura.studio import tongue
from menura.tasks import Dialogue, Music, Speech
from menura.text import japanese

if TYPE_CHECKING:
    from menura.studio import Studio

FRENCH = "Le chat dort sur le canapé et la pluie tombe dans la rue."
ENGLISH = "The cat sleeps on the sofa and the rain falls in the street."
TWO = {"A": "hugo", "B": "odette"}
HIRAGANA = "ひらがなだけのぶんしょうです。"
KANJI = "海岸行きの列車は毎朝八時半に出発します。"


def language_of(studio: Studio, task: Speech | Dialogue) -> str | None:
    """Returns what the recipe of a task has; no sound is made."""
    stream = studio.stream(task)
    try:
        return stream.origin.recipe["task"]["language"]
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Speech(FRENCH), "fr-fr"),
        (Speech(ENGLISH), "en-us"),
        (Speech("Bonjour"), "en-us"),
        (Speech(HIRAGANA, voice="nora"), "ja"),
        (Speech("我昨天买了一部手机，非常喜欢。", voice="nora"), "cmn"),
        (Speech("東京", voice="nora"), "en-us"),
        (Speech("Привіт, як справи? Її звати Оленка.", voice="nora"), "uk"),
        (Speech("Γεια σου, τι κάνεις;", voice="odette"), "el"),
        (Speech("مرحبا كيف حالك اليوم", voice="nora"), "ar"),
        (Speech("שלום, מה שלומך היום", voice="nora"), "he"),
        (Speech("안녕하세요, 오늘은 날씨가 좋네요.", voice="nora"), "ko"),
        (Speech("नमस्ते, आप कैसे हैं", voice="nora"), "hi"),
        (Speech("The word мир is Russian for peace.", voice="nora"), "en-us"),
        (Speech("Привет, мир!", voice="nora", language="en-us"), "en-us"),
        (Speech("<speak>Привет, мир!</speak>", voice="nora"), "ru"),
        (Dialogue(f"A: {HIRAGANA}\nB: はい。", voices=TWO), None),
        (Speech(FRENCH, engine="formant"), "fr-fr"),
        (Speech(FRENCH, voice="nora"), "en-us"),
        (Speech(FRENCH, voice="nora", language="auto"), "fr-fr"),
        (Speech(FRENCH, voice="nora", language="AUTO"), "fr-fr"),
        (Speech(FRENCH, voice="nora", language="de"), "de"),
        (Speech(FRENCH, language="en-gb"), "en-gb"),
        (Speech(ENGLISH, voice="alistair", language="auto"), "en-gb-x-rp"),
        (Speech(ENGLISH, voice="odette", language="auto"), "en-us"),
        (Speech(FRENCH, voice="odette", language="auto"), "fr-fr"),
        (Speech("Hello", voice="odette", language="auto"), "fr-fr"),
        (Speech(f"<speak>{FRENCH}</speak>"), "fr-fr"),
        (Speech(f'<speak xml:lang="de-DE">{FRENCH}</speak>'), "en-us"),
        (Speech(f'<speak>Hello. <lang xml:lang="fr">{FRENCH}</lang></speak>'), "en-us"),
        (Speech(f"{FRENCH} [pause 1s] {FRENCH}"), "fr-fr"),
        (Dialogue(f"Ann: {FRENCH}\nBen: {FRENCH}"), "fr-fr"),
        (Dialogue(f"Ann: {FRENCH}", voices={"Ann": "otto"}), None),
        (Dialogue(f"Ann: {FRENCH}", voices={"Ann": "otto"}, language="auto"), "fr-fr"),
        (Dialogue(f"Ann: {ENGLISH}", voices={"Ann": "otto"}, language="auto"), None),
        (
            Dialogue(f"A: {ENGLISH}\nB: Oh.", voices={"A": "hugo", "B": "odette"}, language="auto"),
            None,
        ),
    ],
)
def test_what_the_recipe_names(
    studio: Studio, task: Speech | Dialogue, expected: str | None
) -> None:
    assert language_of(studio, task) == expected


def test_the_report_tells_that_it_was_guessed_and_the_recipe_makes_it_again(
    studio: Studio,
) -> None:
    take = studio.render(Speech(FRENCH))
    assert take.report.understood["language"] == "fr-fr"
    assert take.report.understood["guessed"] == "language: fr-fr"
    named = studio.render(Speech(FRENCH, language="fr"))
    assert "guessed" not in named.report.understood
    assert named.id == take.id
    again = studio.redo(take.id)
    assert again.id == take.id
    assert np.array_equal(again.audio.samples, take.audio.samples)
    assert "guessed" not in studio.render(Speech(ENGLISH)).report.understood


def test_a_voice_that_is_not_at_home_in_the_letters_speaks_their_language_and_tells(
    studio: Studio,
) -> None:
    task = Speech("Привет, мир! Как дела сегодня?", voice="nora")
    take = studio.render(task)
    assert take.report.understood["language"] == "ru"
    assert take.report.understood["guessed"] == "language: ru"
    again = studio.redo(take.id)
    assert (again.id, again.samples_sha256()) == (take.id, take.samples_sha256())
    # A recipe from before names the language of the voice.
    before = studio.render(dataclasses.replace(task, language="en-us"))
    assert before.id != take.id
    assert studio.redo(before.id).samples_sha256() == before.samples_sha256()
    assert "guessed" not in studio.render(Speech(ENGLISH, voice="nora")).report.understood


@pytest.mark.parametrize(
    "asked", [{}, {"voice": "nora"}, {"language": "auto", "voice": "nora"}, {"language": "ja"}]
)
def test_japanese_that_nobody_can_read_is_refused(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    monkeypatch.setattr(japanese, "is_installed", lambda: False)
    with pytest.raises(InvalidText, match=r"menura\[ja\]"):
        studio.stream(Speech(KANJI, **asked))
    assert language_of(studio, Speech(HIRAGANA)) == "ja"
    assert language_of(studio, Speech("我昨天买了一部手机，非常喜欢。")) == "cmn"


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Speech("Größe und Gewicht"), None),
        (Speech("Crème fraîche"), "language: en-us"),
        (Speech("Fußgängerüberführung"), "language: en-us"),
        (Speech("Fußgängerüberführung", language="auto"), "language: en-us"),
        (Speech("Fußgängerüberführung", language="de"), None),
        (Speech("Fußgängerüberführung", voice="nora"), None),
        (Speech("A café in São Paulo"), None),
        (Speech("Hello there"), None),
    ],
)
def test_what_may_not_be_english_is_told(
    studio: Studio, task: Speech, expected: str | None
) -> None:
    assert studio.render(task).report.understood.get("unsure") == expected


def test_what_is_not_spoken_is_left_alone() -> None:
    task = Music("une chanson pour la pluie et le soleil dans la rue")
    assert tongue.guess(task) == (task, None)
    broken = Speech("<speak>Le chat dort", language="auto")
    assert tongue.guess(broken)[1] is None
