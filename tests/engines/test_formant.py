import itertools
import json

import numpy as np
import pytest

import menura
from menura.engines.speech.passages import passages
from menura.studio import Studio
from menura.tasks import Pronunciation
from menura.text import japanese

SENTENCES = {
    "de": "Guten Morgen, dieser Satz wurde auf Ihrem eigenen Rechner gesprochen.",
    "fr": "Bonjour, cette phrase a été prononcée sur votre propre ordinateur.",
    "es": "Buenos días, esta frase se ha pronunciado en su propio ordenador.",
    "hi": "नमस्ते, यह वाक्य आपके अपने कंप्यूटर पर बोला गया है।",
    "ar": "صباح الخير، قيلت هذه الجملة على حاسوبك الخاص.",
    "ru": "Доброе утро, это предложение было произнесено на вашем компьютере.",
    "zh": "早上好，这句话是在您自己的电脑上说的。",
    "ja": "おはよう、これは あなたの コンピューターで つくられました。",
}


def test_what_is_said_stands_beside_what_is_written(studio: Studio) -> None:
    text = "Dr. Smith paid $12.50 on 3/4/2026 at 5:30 pm; call 555-0199 or info@example.com."
    take = studio.render(menura.Speech(text))
    said = {w.text: w.said for w in take.captions}
    assert said["Dr."] == "Doctor"
    assert said["$12.50"] == "twelve dollars and fifty cents"
    assert said["3/4/2026"] == "March fourth twenty twenty-six"
    assert said["info@example.com."] == "info at example dot com"
    assert [w.text for w in take.captions][:3] == ["Dr.", "Smith", "paid"]
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(take.captions))
    gaps = [b.start_s - a.end_s for a, b in itertools.pairwise(take.captions)]
    assert max(gaps) < 0.5


def test_phonemes_and_mouth_shapes_follow_the_sound(studio: Studio, tmp_path) -> None:
    take = studio.render(menura.Speech("Mama, five."))
    assert [s.ipa.strip("ˈˌ") for s in take.captions[0].sounds][::2] == ["m", "m"]
    take.save(tmp_path / "a.wav", captions=tmp_path / "a.json")
    shapes = json.loads((tmp_path / "a.json").read_text())["visemes"]
    names = [shape["name"] for shape in shapes]
    assert names[0] == "PP"
    assert names.count("PP") == 2
    assert names.count("FF") == 2
    assert "sil" in names
    assert shapes[-1]["end_s"] <= take.audio.duration_s


@pytest.mark.parametrize("language", SENTENCES)
def test_languages_speak_at_a_plausible_pace_with_captions(studio: Studio, language: str) -> None:
    take = studio.render(menura.Speech(SENTENCES[language], language=language, seed=1))
    assert 2.5 < take.audio.duration_s < 8
    assert len(take.captions) >= 3
    assert "".join(w.text for w in take.captions).strip()
    assert take.captions[-1].end_s > 0.8 * take.audio.duration_s
    loud = np.abs(take.audio.samples[0]) > 0.02
    assert 0.3 < loud.mean() < 0.98


def test_japanese_with_kanji_is_refused_with_the_way_out(studio: Studio, monkeypatch) -> None:
    monkeypatch.setattr(japanese, "is_installed", lambda: False)
    with pytest.raises(menura.InvalidText, match="`ja` extra"):
        studio.render(menura.Speech("日本語を話します", language="ja"))


def test_a_script_that_no_voice_reads_is_refused_or_reported(studio: Studio) -> None:
    with pytest.raises(menura.InvalidText, match="language"):
        studio.render(menura.Speech("ລາວ", language="en-us"))
    take = studio.render(menura.Speech("The word ລາວ means Lao.", language="en-us"))
    assert any("ລ" in line for line in take.report.ignored)
    assert "languages" not in take.report.understood


def test_every_voice_sounds_different_and_speaks(studio: Studio) -> None:
    voices = [voice for voice in studio.voices() if voice.engine == "formant"]
    assert len(voices) >= 4
    takes = [studio.render(menura.Speech("Hello.", voice=v.name, seed=1)) for v in voices]
    assert len({t.samples_sha256() for t in takes}) == len(voices)
    assert all(v.origin == "synthetic" for v in voices)


def test_dropped_characters_are_reported(studio: Studio) -> None:
    take = studio.render(menura.Speech("A\u200bword\u202e here."))
    assert any("ZERO WIDTH SPACE" in line for line in take.report.ignored)
    assert [w.text for w in take.captions][-1] == "here."


def test_captions_quote_the_text_as_written(studio: Studio) -> None:
    text = 'She said: "Don\u2019t (ever) go\u2014there!" 🐦 in cafe\u0301s.'
    take = studio.render(menura.Speech(text))
    words = [w.text for w in take.captions]
    assert '"Don\u2019t' in words
    assert "(ever)" in words
    assert "cafe\u0301s." in words
    assert all(w.text in text for w in take.captions)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"voice": "noora"}, menura.NotFound, "did you mean nora"),
        ({"voice": "zzzz"}, menura.NotFound, "menura voices"),
        ({"language": "dothraki"}, menura.NotFound, "dothraki"),
        ({"language": "xx"}, menura.NotFound, "xx"),
        ({"speed": 0.3}, menura.InvalidInput, "speaks at speeds"),
        ({"speed": 4.0}, menura.InvalidInput, "speaks at speeds"),
        ({"engine": "piper"}, menura.NotInstalled, "stands for many"),
        ({"engine": "assembly"}, menura.InvalidInput, "work"),
    ],
)
def test_bad_parameters_are_refused_before_any_sound(
    studio: Studio, fields: dict, error: type[Exception], message: str
) -> None:
    for act in (studio.render, studio.stream):
        with pytest.raises(error, match=message):
            act(menura.Speech("Hello", **fields))


def test_controls_lead_to_the_engine_that_has_them(studio: Studio) -> None:
    assert studio.render(menura.Speech("Hi.")).task.engine == "expressive"
    assert studio.render(menura.Speech("Hi.", emotion="happy")).task.engine == "expressive"
    assert studio.render(menura.Speech("Hi.", voice="isla")).task.engine == "expressive"
    with pytest.raises(menura.InvalidInput, match="no control of pitch"):
        studio.render(menura.Speech("Hi.", pitch=2, engine="formant"))
    with pytest.raises(menura.InvalidInput, match="plain-nora: the engine formant has no control"):
        studio.render(menura.Speech("Hi.", voice="plain-nora", pitch=2))
    lines = menura.Dialogue("Ann: Hi.", voices={"Ann": "plain-otto"}, style=1, breaths=1)
    with pytest.raises(menura.InvalidInput, match="formant has no control of breaths and style"):
        studio.render(lines)
    with pytest.raises(menura.NotFound, match="no voice is called"):
        studio.render(menura.Speech("Hi.", voice="zzzz", pitch=2))
    lines = menura.Dialogue("Ann: Hi.", voices={"Ann": "plain-otto"})
    assert studio.render(lines).task.engine == "formant"
    with pytest.raises(menura.InvalidInput, match="emotion"):
        studio.render(menura.Speech("Hi.", emotion="hungry"))


HOSTILE = {
    "combining marks only": "\u0301" * 1000,
    "zero width only": "\u200b\u200d\ufeff",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "two million characters": "a" * 2_000_000,
    "punctuation only": "... --- ...",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_that_cannot_be_spoken_is_refused(studio: Studio, text: str) -> None:
    with pytest.raises(menura.InvalidText) as caught:
        studio.render(menura.Speech(text))
    assert len(str(caught.value)) < 300


ODD = {
    "combining marks": "a" + "\u0301" * 20_000 + " word",
    "brackets": "(" * 2000 + " word",
    "digits": "1" * 400,
    "addresses": "a@" * 300,
    "links": "http://" * 200,
    "twenty scripts": "a б γ ა Ա א ع ह ক ਕ ક த క ಕ ക ක ก 한 あ 中",
    "dates": "99/99/9999 and $1e308",
    "romans": "MCMXCIX IIII",
    "phonemes left open": "[[hello",
    "template": "{{7*7}} %s $(id) `id`",
    "lines": "one\r\ntwo\rthree\u2028four",
    "ssml": '<audio src="file:///etc/passwd"/> & done',
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_spoken_all_the_same(studio: Studio, text: str) -> None:
    take = studio.render(menura.Speech(text, speed=2.4))
    assert take.audio.duration_s > 0.15
    assert np.isfinite(take.audio.samples).all()
    assert all(0 <= w.start_char < w.end_char <= len(text) for w in take.captions)


def test_a_long_text_is_read_once(settings, monkeypatch) -> None:
    """Its first block comes as soon as it is read."""
    reads = []

    def counted(*args, **fields):
        reads.append(args[0])
        return passages(*args, **fields)

    monkeypatch.setattr("menura.engines.speech.spoken.passages", counted)
    with Studio(settings) as studio:
        stream = studio.stream(menura.Speech("1" * 100_000, voice="plain-nora"))
        assert next(stream).frames
        stream.close()
        assert len(reads) == 1
        # With a rule left out, the settled task is read on its own: as when it is made again.
        rules = (Pronunciation(written="zebra", said="horse"),)
        studio.render(menura.Speech("A horse.", voice="plain-nora", lexicon=rules))
        assert len(reads) == 3
