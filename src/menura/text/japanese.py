"""Japanese: kanji and numbers put into kana by Open JTalk (the extra `ja`).

pyopenjtalk-plus brings its dictionary along; nothing is downloaded.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import warnings
from typing import TYPE_CHECKING

from menura.text.normalize.spans import Builder

if TYPE_CHECKING:
    from menura.text.normalize import Normalized

_SENTENCE_STOPS = "。！？!?\n"
_ACCENT_MARKS = str.maketrans("", "", "’'")


@functools.cache
def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("pyopenjtalk") is not None


def to_kana(text: str) -> Normalized:
    """Returns the text in katakana, word by word, and punctuation as it stands."""
    builder = Builder(text)
    start = 0
    while start < len(text):
        stop = min((i for c in _SENTENCE_STOPS if (i := text.find(c, start)) >= 0), default=-1)
        stop = len(text) if stop < 0 else stop + 1
        _read_sentence(builder, text, start, stop)
        start = stop
    return builder.build()


def _read_sentence(builder: Builder, text: str, start: int, stop: int) -> None:
    """Adds one sentence; words that Open JTalk spells otherwise share the gap they stand in."""
    held: list[str] = []
    position = start
    for word, kana in _words(text[start:stop]):
        found = text.find(word, position, stop)
        if found < 0:
            if kana:
                held.append(kana)
            continue
        if held and found > position:
            builder.replace(found, " ".join(held))
            held.clear()
        builder.keep(found)
        position = found + len(word)
        if kana:
            builder.replace(position, f"{' '.join([*held, kana])} ")
            held.clear()
        else:
            builder.keep(position)
    if held and position < stop:
        builder.replace(stop, " ".join(held))
    builder.keep(stop)


def _words(sentence: str) -> list[tuple[str, str]]:
    """Returns (word as Open JTalk writes it, its pronunciation or "" for a sign)."""
    # It prints advice on what else to install when it is loaded.
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        import pyopenjtalk
    nodes = pyopenjtalk.run_frontend(sentence)
    return [
        (node["string"], "" if node["pos"] == "記号" else node["pron"].translate(_ACCENT_MARKS))
        for node in nodes
    ]
