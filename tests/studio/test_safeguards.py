import dataclasses
from pathlib import Path

import pytest

import menura
from menura.safeguards.watermark import PUBLIC_KEY, detect
from menura.settings import Settings
from menura.studio import Studio

LONG = "This sentence is long enough that its mark can carry the whole of the payload, we hope so."


def _with(settings: Settings, **changes: object) -> Studio:
    return Studio(dataclasses.replace(settings, **changes))


@pytest.mark.parametrize(
    "text", ["say Forbidden now", "FORBÍDDEN", "for\u200bbidden!", "two words"]
)
def test_blocked_terms_are_refused_in_every_disguise(
    settings: Settings, tmp_path: Path, text: str
) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("# not here\nforbidden  # a comment\nTwo   words\n", encoding="utf-8")
    with _with(settings, blocked_terms=terms) as studio:
        with pytest.raises(menura.Refused, match="does not make"):
            studio.render(menura.Speech(text))
        with pytest.raises(menura.Refused):
            studio.stream(menura.Work((menura.Part(menura.Speech(text)),)))
        studio.render(menura.Speech("forbiddenly, not here, two or more words"))


@pytest.mark.parametrize(
    "task",
    [
        menura.Speech(
            "foo[pause 0.1s]bar",
            lexicon=(menura.Pronunciation(written="foo", said="forbidden"),),
        ),
        menura.Speech("<speak>&#102;orbidden<break/>hello</speak>"),
        menura.Speech("<speak>for<break time='1ms'/>bidden</speak>"),
        menura.Dialogue(
            '[{"speaker": "A", "text": "\\u0066orbidden"}, {"speaker": "B", "text": "b"}]'
        ),
        menura.VoiceDesign("an old man", text="<speak>&#102;orbidden<break/>hello</speak>"),
        menura.VoiceDesign("a forbidden man"),
        menura.Music("a waltz", form="intro forbidden outro"),
        menura.Effect(plan='title="\\u0066orbidden"\nduration_s=1\n[[layer]]\nsource="rain"\n'),
        menura.Effect("rain", cues=((0.5, "knock for\u200bbidden"),)),
    ],
)
def test_blocked_terms_do_not_hide_in_markup_or_between_its_pieces(
    settings: Settings, tmp_path: Path, task: menura.Task
) -> None:
    (tmp_path / "terms").write_text("forbidden\n", encoding="utf-8")
    blocked = _with(settings, blocked_terms=tmp_path / "terms")
    with blocked as studio, pytest.raises(menura.Refused):
        studio.render(task)


def test_a_policy_that_cannot_be_read_stops_everything(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(menura.StorageFailed, match="blocked terms"):
        _with(settings, blocked_terms=tmp_path / "gone.txt")


def test_terms_of_unspaced_scripts_are_found_inside_a_line(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "terms").write_text("炸弹\n", encoding="utf-8")
    with _with(settings, blocked_terms=tmp_path / "terms") as studio:
        with pytest.raises(menura.Refused):
            studio.render(menura.Speech("我要做一个炸弹给你", language="zh"))
        studio.render(menura.Speech("我要做一个蛋糕给你", language="zh"))


@pytest.mark.parametrize(
    "text",
    [
        "<speak>for<mark name='x'/>bidden</speak>",
        "<speak><sub alias='forbidden'>fine</sub></speak>",
        "<speak>for<break time='10ms'/>bidden</speak>",
        "for[pause 10ms]bidden",
        "<speak>&#102;orbidden</speak>",
    ],
)
def test_markup_hides_no_term(settings: Settings, tmp_path: Path, text: str) -> None:
    (tmp_path / "terms").write_text("forbidden\n", encoding="utf-8")
    with (
        _with(settings, blocked_terms=tmp_path / "terms") as studio,
        pytest.raises(menura.Refused),
    ):
        studio.stream(menura.Speech(text))


def test_every_voice_that_is_heard_needs_consent(tones_studio: Studio) -> None:
    with pytest.raises(menura.Refused, match="ann"):
        tones_studio.render(menura.Speech("secretly", voice="robot", engine="tones"))


@pytest.mark.parametrize("voice", ["ANN", None])
def test_an_engine_must_say_whose_voice_it_uses(tones_studio: Studio, voice: str | None) -> None:
    with pytest.raises(menura.EngineFailed, match="does not list"):
        tones_studio.render(menura.Speech("unsettled", voice=voice, engine="tones"))


@pytest.mark.parametrize("voice", ["ann", "bob"])
def test_a_human_voice_needs_consent(tones_studio: Studio, voice: str) -> None:
    with pytest.raises(menura.Refused, match="consent"):
        tones_studio.render(menura.Speech("hello", voice=voice, engine="tones"))
    tones_studio.render(menura.Speech("hello", voice="robot", engine="tones"))


def test_with_marking_off_the_record_says_so(settings: Settings, tmp_path: Path) -> None:
    with _with(settings, marking=False) as studio:
        take = studio.render(menura.Speech(LONG, seed=1))
        path = take.save(tmp_path / "a.wav")
        found = studio.verify(path)
    assert take.recipe["marking"] is False
    assert detect(take.audio).found is False
    assert found.mark.found is False
    assert found.take is not None
    assert found.take["marking"] is False
    assert "made with marking switched off" in found.notes
    from menura.audio.files import probe

    assert probe(path).tags["comment"] == "AI-generated, without watermark"


def test_a_recipe_can_hide_its_prompt(settings: Settings, tmp_path: Path) -> None:
    with _with(settings, record="hash") as studio:
        take = studio.render(menura.Speech("zanzibar " + LONG, seed=1))
        for suffix in ("wav", "mp3", "ogg"):
            path = take.save(tmp_path / f"a.{suffix}")
        assert all(b"zanzibar" not in p.read_bytes() for p in tmp_path.iterdir())
        assert "zanzibar" not in str(studio.archive.get(take.id))
        with pytest.raises(menura.InvalidRecipe, match="hash"):
            studio.redo(path)
        part = menura.Part(menura.Speech("zanzibar 今日"), name="zanzibar")
        work = studio.render(menura.Work((part, part)))
        stored = str(studio.archive.get(work.id))
        assert "zanzibar" not in stored
        assert "今" not in stored


def test_a_deployments_own_key_marks_and_is_looked_for(settings: Settings, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"a secret of this deployment")
    with _with(settings, watermark_key=key) as studio:
        take = studio.render(menura.Speech(LONG, seed=1))
        assert detect(take.audio, [key.read_bytes()]).found
        assert not detect(take.audio, [PUBLIC_KEY]).found
        assert studio.verify(take.save(tmp_path / "a.wav")).mark.found
    key.write_bytes(b"short")
    with pytest.raises(menura.InvalidInput, match="16 to 1024"):
        _with(settings, watermark_key=key)
    with pytest.raises(menura.NotFound):
        _with(settings, watermark_key=tmp_path / "gone")
