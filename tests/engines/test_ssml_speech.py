import html

import numpy as np
import pytest

import menura
from menura.dsp.vocoder import analyse
from menura.studio import Studio

DOCUMENT = """<speak>Hello <emphasis level="strong">world</emphasis>. <break time="500ms"/>
<mark name="here"/><voice name="otto">I am Otto.</voice>
<prosody rate="slow" volume="-12dB">Slow and soft.</prosody>
<say-as interpret-as="characters">ABC</say-as> <sub alias="World Wide Web Consortium">W3C</sub>
<lang xml:lang="de">Guten Tag.</lang>
<phoneme alphabet="ipa" ph="təˈmɑːtoʊ">tomato</phoneme> costs &lt;$5&gt;.</speak>"""


@pytest.fixture(scope="module")
def take(studio: Studio) -> menura.Take:
    return studio.render(menura.Speech(DOCUMENT, voice="nora"))


def _word(take: menura.Take, text: str):
    return next(word for word in take.captions if word.text == text)


def _level_db(take: menura.Take, first: str, last: str) -> float:
    rate = take.audio.rate
    start, stop = _word(take, first).start_s, _word(take, last).end_s
    piece = take.audio.samples[0, round(start * rate) : round(stop * rate)]
    return 10 * float(np.log10(np.mean(np.square(piece))))


def test_everything_is_said_and_quoted_from_the_source(take: menura.Take) -> None:
    said = " ".join(word.said for word in take.captions)
    for text in ("Hello", "World Wide Web Consortium", "A.B.C", "Guten Tag", "five dollars"):
        assert text in said
    assert _word(take, "W3C").said == "World Wide Web Consortium"
    assert _word(take, "tomato").sounds
    written = [html.unescape(DOCUMENT[w.start_char : w.end_char]) for w in take.captions]
    assert all(w.text in text for w, text in zip(take.captions, written, strict=True))
    assert not take.report.ignored


def test_breaks_and_marks_are_where_they_should_be(take: menura.Take) -> None:
    gap = _word(take, "I").start_s - _word(take, "world").end_s
    assert 0.45 < gap < 0.7
    here = take.report.measured["marks"]["here"]
    assert here == pytest.approx(_word(take, "I").start_s, abs=0.05)


def test_volume_and_rate_are_heard(take: menura.Take, studio: Studio) -> None:
    plain = studio.render(menura.Speech("Slow and soft.", voice="nora"))
    soft = _level_db(take, "Slow", "soft.") - _level_db(take, "Guten", "Tag.")
    loud = _level_db(plain, "Slow", "soft.")
    assert soft < -8
    assert loud > _level_db(take, "Slow", "soft.")
    slow = _word(take, "soft.").end_s - _word(take, "Slow").start_s
    usual = _word(plain, "soft.").end_s - _word(plain, "Slow").start_s
    assert slow > 1.1 * usual


def test_pitch_is_heard(studio: Studio) -> None:
    def median_hz(text: str) -> float:
        sound = studio.render(menura.Speech(text, voice="otto")).audio
        f0_hz = analyse(np.array(sound.samples[0]), sound.rate).f0_hz
        return float(np.median(f0_hz[f0_hz > 0]))

    said = "The rain is a division of light"
    plain = median_hz(said)
    high = median_hz(f'<speak><prosody pitch="+5st">{said}</prosody></speak>')
    assert 12 * np.log2(high / plain) == pytest.approx(5, abs=1)


def test_a_voice_can_be_described(studio: Studio) -> None:
    child = studio.render(menura.Speech('<speak><voice age="8">Hi there.</voice></speak>'))
    pip = studio.render(menura.Speech("<speak>Hi there.</speak>", voice="pip"))
    length = min(child.audio.frames, pip.audio.frames)
    assert abs(child.audio.frames - pip.audio.frames) < 100
    assert length > 5000


def test_pauses_can_stand_in_plain_text(studio: Studio) -> None:
    take = studio.render(menura.Speech("One. [pause 2s] Two."))
    first, second = take.captions
    assert second.start_s - first.end_s == pytest.approx(2.0, abs=0.15)
    assert [word.text for word in take.captions] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('<speak><audio src="file:///etc/passwd"/></speak>', menura.InvalidText, "audio"),
        ('<speak>a<break time="9999999s"/>b</speak>', menura.InvalidText, "pause"),
        ('<speak><prosody rate="0%">x</prosody></speak>', menura.InvalidText, "rate"),
        ('<speak><prosody rate="1e9%">x</prosody></speak>', menura.InvalidText, "rate"),
        ("<speak>" + "<p>" * 100_000, menura.InvalidText, "nested"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><speak>&a;</speak>', menura.InvalidText, "line 1"),
        ("<speak>", menura.InvalidText, "well-formed"),
        ("<speak> . </speak>", menura.InvalidText, "spoken"),
        ('<speak><voice name="zzz">x</voice></speak>', menura.NotFound, "zzz"),
        ('<speak><lang xml:lang="xx">x</lang></speak>', menura.NotFound, "xx"),
        ('<speak><prosody rate="9">x</prosody></speak>', menura.InvalidInput, "speeds"),
        ("a [pause 99h] b", menura.InvalidText, "pause"),
    ],
)
def test_bad_markup_is_refused_before_any_sound(
    studio: Studio, text: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        studio.stream(menura.Speech(text))
