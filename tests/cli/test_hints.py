"""What a person at a terminal is told once."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from menura.cli.hints import tell_neural_voice
from menura.settings import Settings


class Shown:
    """A stderr that may be a terminal."""

    def __init__(self, *, terminal: bool = True) -> None:
        self.terminal, self.text = terminal, ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.text += text


def told(monkeypatch: pytest.MonkeyPatch, settings: Settings, shown: Shown, *cards: object) -> str:
    monkeypatch.setattr(sys, "stderr", shown)
    tell_neural_voice(SimpleNamespace(settings=settings, cards=lambda: iter(cards)))
    return shown.text


def test_the_way_to_a_neural_voice_is_told_once(tmp_path: Path, monkeypatch) -> None:
    settings = Settings(home=tmp_path)
    text = told(monkeypatch, settings, Shown())
    assert text.count("\n") == 1
    assert "menura models add kokoro" in text
    assert "MB" in text
    assert "Apache-2.0" in text
    assert not told(monkeypatch, settings, Shown())


def test_it_is_told_to_people_alone(tmp_path: Path, monkeypatch) -> None:
    neural = SimpleNamespace(family="neural", tasks=("speech",))
    music = SimpleNamespace(family="neural", tasks=("music",))
    open_, closed = Settings(home=tmp_path), Settings(home=tmp_path, hints=False)
    assert not told(monkeypatch, open_, Shown(terminal=False))
    assert not told(monkeypatch, closed, Shown())
    assert not told(monkeypatch, open_, Shown(), neural)
    assert told(monkeypatch, open_, Shown(), music)
