"""Texts of signs alone: said where the language has names for them, refused where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from menura.errors import InvalidText
from menura.tasks import Dialogue, Speech

if TYPE_CHECKING:
    from menura.studio import Studio


@pytest.mark.parametrize("engine", ["expressive", "formant"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("★", "fr"),
        ("♪ ♫", "de"),
        ("🎉", "la"),
        ("🎉🎉", "ko"),
        ("[pause 1s]★", "fr"),
        ("<speak>★<break time='1s'/>♪</speak>", "ru"),
    ],
)
def test_signs_without_a_name_are_refused(
    studio: Studio, engine: str, text: str, language: str
) -> None:
    with pytest.raises(InvalidText, match="name in"):
        studio.stream(Speech(text, language=language, engine=engine))


@pytest.mark.parametrize("text", ["...", "—", "\U0001fae8", "🫨 …"])
def test_what_nobody_reads_is_refused(studio: Studio, text: str) -> None:
    with pytest.raises(InvalidText, match="nothing in the text"):
        studio.stream(Speech(text))


def test_a_dialogue_of_signs_is_refused_and_one_line_of_words_is_enough(studio: Studio) -> None:
    with pytest.raises(InvalidText, match="fr-fr"):
        studio.stream(Dialogue("A: ★\nB: ♪", language="fr"))
    studio.stream(Dialogue("A: ★\nB: Oui.", language="fr")).close()


@pytest.mark.parametrize(("text", "language"), [("🎉", "en"), ("🎉", "fr"), ("★", "en")])
def test_signs_with_a_name_are_said(studio: Studio, text: str, language: str) -> None:
    take = studio.render(Speech(text, language=language, engine="formant"))
    assert [word.text for word in take.captions] == [text]
    assert take.report.measured["loudness_lufs"] == pytest.approx(-16, abs=1)
