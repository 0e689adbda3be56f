"""Texts as ElevenLabs' clients write them, and the way back to every character."""

from __future__ import annotations

import pytest

from menura.server.elevenlabs.wording import worded


@pytest.mark.parametrize(
    ("source", "text", "emotion"),
    [
        ("Hello.", "Hello.", None),
        ('One <break time="1.5s" /> two', "One  [pause 1500ms]  two", None),
        ("One<break time='200ms'></break>two", "One [pause 200ms] two", None),
        ("One <break/> two", "One  [pause]  two", None),
        ("[whispers] Come here.", "Come here.", "whisper"),
        ("[pause 2s] Well.", "[pause 2s] Well.", None),
        ("a < b [1] c", "a < b [1] c", None),
        (
            'Say <phoneme alphabet="ipa" ph="x">it</phoneme> & go',
            '<speak>Say <phoneme alphabet="ipa" ph="x">it</phoneme> &amp; go</speak>',
            None,
        ),
        ("<speak>as it is</speak>", "<speak>as it is</speak>", None),
    ],
)
def test_wording(source: str, text: str, emotion: str | None) -> None:
    wording = worded(source, directions=True)
    assert (wording.text, wording.emotion) == (text, emotion)
    for letters in ("One", "two", "Come", "go", "Hello", "as"):
        if letters in text:
            start, stop = wording.source_span(
                text.index(letters), text.index(letters) + len(letters)
            )
            assert source[start:stop] == letters


def test_directions_are_text_where_nobody_reads_them() -> None:
    assert worded("[whispers] Hi").text == "[whispers] Hi"


def test_directions_that_are_not_understood_are_named() -> None:
    wording = worded("[sad] Oh. [explosion] No! [happy] Yes.", directions=True)
    assert wording.text == "Oh. No! Yes."
    assert wording.emotion == "sad"
    assert wording.ignored == ("the direction [explosion]", "the direction [happy]")


def test_a_break_has_a_limit() -> None:
    wording = worded('a <break time="9999s"/> b')
    assert "[pause 60000ms]" in wording.text
    assert wording.ignored


def test_without_markup_tags_are_text() -> None:
    wording = worded("<speak>Hi</speak>", markup=False)
    assert not wording.text.startswith("<")
    assert wording.source_span(1, 7) == (0, 6)
    assert worded("a <phoneme/> <b>", markup=False).text == "a <phoneme/> <b>"


def test_a_break_is_never_said() -> None:
    assert worded('a <break time="1s"/> b', markup=False).text == "a  [pause 1000ms]  b"
    speech = worded('<speak>a <break time="1s"/> b</speak>', markup=False)
    assert speech.text == "\u200b<speak>a  [pause 1000ms]  b</speak>"
    assert speech.source_span(1, 8) == (0, 7)
