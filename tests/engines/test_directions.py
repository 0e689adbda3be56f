import tomllib
from importlib import resources

import pytest

from menura.engines.speech.directions import find_emotion
from menura.engines.speech.expressive.expression import emotions


def _words() -> dict[str, list[str]]:
    source = resources.files("menura.engines.speech") / "directions.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("direction", "emotion"),
    [
        ("sadly", "sad"),
        ("Sadly", "sad"),
        ("very angry", "angry"),
        ("softly", "calm"),
        ("whispering, furtive", "whisper"),
        ("with a SMILE", "happy"),
        ("matter-of-factly", "neutral"),
        ("nervously laughing", "fearful"),
        ("traurig", "sad"),
        ("not angry", None),
        ("without a smile", None),
        ("in Latin", None),
        ("saddle", None),
        ("...", None),
    ],
)
def test_a_direction_is_understood_or_not(direction: str, emotion: str | None) -> None:
    assert find_emotion(direction) == emotion


def test_every_emotion_has_its_words_and_no_word_two_emotions() -> None:
    words = _words()
    without = words.pop("without")
    assert words.keys() == emotions().keys()
    assert all(len(set(of)) >= 10 for of in words.values())
    every = [word for of in words.values() for word in of] + without
    assert len(every) == len(set(every))
    assert all(find_emotion(word) == name for name, of in words.items() for word in of)
