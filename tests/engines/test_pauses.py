"""Pauses: kept at speed, and between passages of other voices and languages."""

import numpy as np
import pytest

import menura
from menura.engines.speech.pauses import lengthened, stretch
from menura.espeak.utterance import Event, Rendering
from menura.studio import Studio

RATE = 22_050
TEXT = "The first sentence is here. The second one follows it."
VOICES = ("plain-nora", "nora")
SENTENCE, TIGHT = (0.25, 0.5), (0.0, 0.15)


def gap_s(studio: Studio, text: str, word: str, **fields) -> float:
    """Seconds from the end of a word to the next."""
    controls = {} if fields["voice"].startswith("plain-") else {"breaths": 0.0}
    words = studio.render(menura.Speech(text, **controls, **fields), stems=False).captions
    index = next(i for i, each in enumerate(words) if each.text == word)
    return words[index + 1].start_s - words[index].end_s


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("speed", [1.5, 2.0, 2.7])
def test_pauses_are_as_much_faster_as_the_words(studio: Studio, voice: str, speed: float) -> None:
    usual = gap_s(studio, TEXT, "here.", voice=voice)
    fast = gap_s(studio, TEXT, "here.", voice=voice, speed=speed)
    assert 0.8 * usual / speed < fast < 1.25 * usual / speed + 0.05
    assert fast > 0.12


@pytest.mark.parametrize("voice", VOICES)
def test_markup_that_hurries_keeps_pauses_too(studio: Studio, voice: str) -> None:
    text = f'<speak><prosody rate="200%">{TEXT}</prosody></speak>'
    assert gap_s(studio, text, "here.", voice=voice) > 0.13


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("inner", "word", "span_s"),
    [
        ('I am here. <lang xml:lang="de">Guten Tag.</lang>', "here.", SENTENCE),
        ('<lang xml:lang="de">Guten Tag.</lang> Good day.', "Tag.", SENTENCE),
        ('Well, <lang xml:lang="fr">bonjour</lang> my friend.', "Well,", (0.1, 0.25)),
        ('He said <lang xml:lang="fr">bonjour</lang> to me.', "said", TIGHT),
        ('I met approx. <lang xml:lang="de">zwanzig</lang> of them.', "approx.", TIGHT),
        ('<voice name="{0}otto">Otto.</voice><voice name="{0}pip">Hi.</voice>', "Otto.", SENTENCE),
        (
            '<voice name="{0}otto">“Oh.”</voice> <voice name="{0}pip">No.</voice>',
            "“Oh.”",
            (0.25, 0.8),
        ),
    ],
)
def test_a_sentence_ends_where_voice_or_language_change(
    studio: Studio, voice: str, inner: str, word: str, span_s: tuple[float, float]
) -> None:
    text = f"<speak>{inner.format('plain-' if voice.startswith('plain-') else '')}</speak>"
    assert span_s[0] <= gap_s(studio, text, word, voice=voice) <= span_s[1]


def test_a_break_is_not_made_longer_by_the_sentence_before_it(studio: Studio) -> None:
    text = '<speak>I am here. <break time="500ms"/>I am there.</speak>'
    assert gap_s(studio, text, "here.", voice="nora") == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("usual", "rate", "factor"),
    [(165, 165, 1.0), (165, 90, 1.0), (165, 450, 1.0), (160, 320, 175 / 2 / 32)],
)
def test_how_much_longer(usual: float, rate: float, factor: float) -> None:
    assert stretch(usual, rate) == pytest.approx(factor)


def clauses() -> Rendering:
    """Two clauses: 0.2 s of sound, 0.1 s of pause, twice."""
    sound = np.full(4_410, 0.5, np.float32)
    pause = np.zeros(2_205, np.float32)
    events = [
        Event(kind="phoneme", frame=0, ipa="a"),
        Event(kind="phoneme", frame=4_410),
        Event(kind="end", frame=6_615),
        Event(kind="phoneme", frame=6_615, ipa="o"),
        Event(kind="phoneme", frame=11_025),
        Event(kind="end", frame=13_230),
    ]
    return Rendering(np.concatenate([sound, pause, sound, pause]), RATE, tuple(events))


@pytest.mark.parametrize(
    ("end_pause", "frames", "ends"),
    [(True, 13_230 + 4_410, [8_820, 17_640]), (False, 13_230 + 2_205, [8_820, 15_435])],
)
def test_silence_is_put_between_clauses(end_pause: bool, frames: int, ends: list[int]) -> None:
    before = clauses()
    after = lengthened(before, 2.0, end_pause=end_pause)
    assert after.samples.shape == (frames,)
    assert after.samples.dtype == np.float32
    assert [e.frame for e in after.select("end")] == ends
    assert [e.frame for e in after.select("phoneme") if e.ipa] == [0, 8_820]
    assert not after.samples[4_410:8_820].any()
    assert np.mean(after.samples**2) * frames == pytest.approx(2 * 4_410 * 0.25, rel=0.02)


def test_nothing_is_touched_at_the_usual_pace() -> None:
    before = clauses()
    assert lengthened(before, 1.0, end_pause=True) is before
