"""Neural speech, from the task to the marked file, on networks that hum."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_voices import TOKEN_S, write_kokoro, write_piper, write_vits

import menura
from menura.audio import Audio
from menura.catalog.store import Store
from menura.runtime import speech_graph
from menura.settings import Settings
from menura.studio import Studio

TEXT = "Hello there, world. It costs $5!"


def pitch_hz(audio: Audio) -> float:
    """Returns the frequency with the most energy."""
    samples = audio.samples[0]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.fft.rfftfreq(samples.size, 1 / audio.rate)[np.argmax(spectrum)])


@pytest.mark.parametrize(
    ("fields", "engine", "hz", "rate"),
    [
        ({"voice": "af_heart"}, "kokoro", 200, 24_000),
        ({"voice": "am_adam"}, "kokoro", 400, 24_000),
        ({"voice": "af_heart:0.7+am_adam:0.3"}, "kokoro", 260, 24_000),
        ({"voice": "af_heart+am_adam"}, "kokoro", 300, 24_000),
        ({"voice": "af_heart:3+am_adam:1"}, "kokoro", 250, 24_000),
        ({"voice": "ann"}, "ann", 200, 16_000),
        ({"voice": "crowd-a-man"}, "crowd", 400, 16_000),
        ({"voice": "crowd-p225"}, "crowd", 200, 16_000),
        ({"voice": "mms-tts-eng"}, "mms-tts-eng", 300, 16_000),
        ({"language": "es"}, "kokoro", 300, 24_000),
        ({"language": "en-gb"}, "kokoro", 250, 24_000),
        ({}, "kokoro", 200, 24_000),
    ],
)
def test_each_voice_sounds_like_itself(
    neural_studio: Studio, fields: dict, engine: str, hz: float, rate: int
) -> None:
    take = neural_studio.render(menura.Speech(TEXT, **fields))
    assert take.task.engine == engine
    assert take.audio.rate == rate
    assert pitch_hz(take.audio) == pytest.approx(hz, rel=0.01)
    assert [word.text for word in take.captions] == [
        "Hello",
        "there,",
        "world.",
        "It",
        "costs",
        "$5!",
    ]
    assert take.captions[-1].said == {"es": "cinco dólares"}.get(
        fields.get("language"), "five dollars"
    )
    assert take.captions[-1].end_s <= take.audio.duration_s
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(take.captions))
    assert not take.report.ignored


def test_the_file_says_that_a_trained_model_made_it(neural_studio: Studio, tmp_path: Path) -> None:
    take = neural_studio.render(menura.Speech(TEXT, voice="af_heart"))
    path = take.save(tmp_path / "a.wav")
    assert b"trainedAlgorithmicMedia" in path.read_bytes()
    found = neural_studio.verify(path)
    assert found.mark is not None
    assert found.mark.found
    assert found.manifest is not None
    assert found.manifest.state == "trusted"
    assert (
        neural_studio.render(neural_studio.task_of(path)).samples_sha256() == take.samples_sha256()
    )


def test_words_are_timed_by_the_durations_of_the_network(neural_studio: Studio) -> None:
    """Each token lasts 50 ms: `həlˈO ðˈɛɹ`, five and a blank, and so on."""
    take = neural_studio.render(menura.Speech("Hello world. No.", voice="af_heart"))
    hello, world, no = take.captions
    start = hello.start_s
    assert 0.02 < start < 0.06
    assert (hello.end_s - start) / TOKEN_S == pytest.approx(6, abs=0.05)
    assert (world.start_s - start) / TOKEN_S == pytest.approx(6, abs=0.05)
    assert (world.end_s - world.start_s) / TOKEN_S == pytest.approx(6, abs=0.05)  # wˈɜɹld
    assert "durations" in take.report.measured["word_times"]
    assert no.ends_sentence
    assert [sound.ipa for sound in hello.sounds] == ["h", "ə", "l", "ˈoʊ"]


def test_without_durations_words_are_spread_over_what_is_heard(neural_studio: Studio) -> None:
    take = neural_studio.render(menura.Speech("Hello world.", voice="af_sky"))
    assert "spread" in take.report.measured["word_times"]
    loud = np.flatnonzero(np.abs(take.audio.samples[0]) > 0.01) / take.audio.rate
    assert take.captions[0].start_s == pytest.approx(loud[0], abs=0.02)
    assert take.captions[-1].end_s == pytest.approx(loud[-1], abs=0.02)
    middle = take.captions[1].start_s
    assert loud[0] + 0.15 < middle < loud[-1] - 0.15


@pytest.mark.parametrize(("voice", "tokens"), [("af_heart", 5), ("ann", 11)])
def test_speed_and_pauses_act_on_what_they_should(
    neural_studio: Studio, voice: str, tokens: int
) -> None:
    """A sentence and its silences; `pauses` stretches these alone."""

    def ends(**fields: float) -> tuple[float, float]:
        take = neural_studio.render(menura.Speech("Hello. Hello.", voice=voice, **fields))
        first, second = take.captions
        return first.end_s - first.start_s, second.start_s - first.end_s

    said, gap = ends()
    assert said == pytest.approx(tokens * TOKEN_S, abs=0.06)
    faster, shorter = ends(speed=2.0)
    assert faster == pytest.approx(said / 2, abs=0.03)
    assert shorter < gap
    same, longer = ends(pauses=3.0)
    assert same == pytest.approx(said, abs=0.01)
    assert longer - gap == pytest.approx(0.6, abs=0.05)


def test_the_same_task_gives_the_same_samples_and_another_seed_others(
    neural_studio: Studio, neural_settings: Settings
) -> None:
    for voice in ("af_heart", "ann"):
        task = menura.Speech("One. Two. Three.", voice=voice)
        first = neural_studio.render(task)
        neural_studio.render(menura.Speech("Something else.", voice=voice))
        with Studio(neural_settings) as other:
            again = other.render(task)
        assert first.samples_sha256() == again.samples_sha256()
        assert first.report.measured["repeatable"] is True
        seeded = neural_studio.render(menura.Speech("One. Two. Three.", voice=voice, seed=1))
        assert seeded.samples_sha256() != first.samples_sha256()


def test_a_stream_speaks_sentence_by_sentence(neural_studio: Studio, monkeypatch) -> None:
    runs = []
    speak = speech_graph.SpeechGraph.speak

    def counted(self, feeds, tokens, noise):
        runs.append(tokens)
        return speak(self, feeds, tokens, noise)

    neural_studio.stream(menura.Speech("No.", voice="af_heart")).play()  # its level is known now
    monkeypatch.setattr(speech_graph.SpeechGraph, "speak", counted)
    text = "This is a sentence of some length. " * 12
    stream = neural_studio.stream(menura.Speech(text, voice="af_heart"))
    next(stream)
    assert len(runs) < 4
    for _ in stream:
        pass
    assert len(runs) == 12


def test_a_text_over_the_limit_is_said_in_parts(neural_studio: Studio, monkeypatch) -> None:
    runs = []
    speak = speech_graph.SpeechGraph.speak

    def counted(self, feeds, tokens, noise):
        runs.append(feeds["input_ids"].size)
        return speak(self, feeds, tokens, noise)

    monkeypatch.setattr(speech_graph.SpeechGraph, "speak", counted)
    words = "seven hundred and seventy-seven thousand, " * 9
    take = neural_studio.render(menura.Speech(f"{words}and one.", voice="af_heart"))
    assert take.captions[-1].end_s <= take.audio.duration_s
    assert max(runs) <= 512
    count = len(take.captions)
    monkeypatch.setattr("menura.engines.speech.neural.kokoro.LIMIT", 60)
    with Studio(neural_studio.settings) as small:
        runs.clear()
        cut = small.render(menura.Speech(f"{words}and one.", voice="af_heart"))
    assert max(runs) <= 62
    assert len(runs) > 6
    assert [w.text for w in cut.captions] == [w.text for w in take.captions]
    assert len(cut.captions) == count
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(cut.captions))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"voice": "af_hart", "engine": "kokoro"}, menura.NotFound, "did you mean af_heart"),
        (
            {"voice": "af_heart+nobody", "engine": "kokoro"},
            menura.NotFound,
            "'nobody' in the blend",
        ),
        ({"voice": "af_heart:x", "engine": "kokoro"}, menura.InvalidInput, "written like"),
        ({"voice": "af_heart:0", "engine": "kokoro"}, menura.InvalidInput, "weight above 0"),
        ({"voice": "af_heart++am_adam", "engine": "kokoro"}, menura.InvalidInput, "voice"),
        (
            {"voice": "+".join(f"v{i}" for i in range(9)), "engine": "kokoro"},
            menura.InvalidInput,
            "at most 8",
        ),
        ({"voice": "ann:0.5+crowd-p225:0.5", "engine": "ann"}, menura.NotFound, "no voice"),
        ({"speed": 0.3, "voice": "af_heart"}, menura.InvalidInput, "speeds 0.5 to 2, not 0.3"),
        ({"speed": 2.5, "voice": "af_heart"}, menura.InvalidInput, "speeds 0.5 to 2"),
        ({"speed": 1.5, "voice": "mms-tts-eng"}, menura.InvalidInput, "its own pace only"),
        ({"emotion": "happy", "engine": "kokoro"}, menura.InvalidInput, "no control of emotion"),
        ({"language": "xx"}, menura.NotFound, "xx"),
        ({"engine": "piper-en_us-lessac-medium"}, menura.NotInstalled, "models add piper-en_us"),
    ],
)
def test_bad_parameters_are_refused_before_any_neural_sound(
    neural_studio: Studio, fields: dict, error: type[Exception], message: str
) -> None:
    for act in (neural_studio.render, neural_studio.stream):
        with pytest.raises(error, match=message):
            act(menura.Speech("Hello", **fields))


def test_a_model_that_is_not_installed_says_how_to_add_it(studio: Studio) -> None:
    with pytest.raises(
        menura.NotInstalled, match=r"`menura models add kokoro` \(about \d+ MB; .*Apache"
    ):
        studio.render(menura.Speech("Hello", engine="kokoro"))


def test_engines_are_chosen_by_voice_and_language(neural_studio: Studio) -> None:
    for fields, engine in (
        ({"voice": "nora"}, "expressive"),
        ({"language": "de"}, "expressive"),
        ({"emotion": "happy"}, "expressive"),
        ({"voice": "plain-nora"}, "formant"),
        ({"language": "en"}, "kokoro"),
    ):
        take = neural_studio.render(menura.Speech("Hallo.", **fields))
        assert take.task.engine == engine, fields


def test_markup_and_dialogues_call_upon_voices(neural_studio: Studio) -> None:
    ssml = (
        '<speak>Hello <voice name="am_adam">there. <break time="700ms"/><mark name="m"/></voice>'
        '<voice name="af_heart:1+am_adam:1">All.</voice> <prosody pitch="+4st" rate="fast" '
        'volume="-6dB">you.</prosody></speak>'
    )
    take = neural_studio.render(menura.Speech(ssml, engine="kokoro"))
    hello, there, all_, you = take.captions
    assert all_.start_s - there.end_s > 0.7
    assert there.end_s < take.report.measured["marks"]["m"] <= all_.start_s
    assert any("pitch" in line for line in take.report.ignored)
    sound = take.audio.samples[0]

    def part(word) -> Audio:
        first, last = (round(t * take.audio.rate) for t in (word.start_s, word.end_s))
        return Audio(sound[np.newaxis, first:last], take.audio.rate)

    assert pitch_hz(part(hello)) == pytest.approx(200, rel=0.1)
    assert pitch_hz(part(there)) == pytest.approx(400, rel=0.1)
    assert pitch_hz(part(all_)) == pytest.approx(300, rel=0.1)
    loudness = [float(np.std(part(word).samples)) for word in (hello, you)]
    assert 20 * np.log10(loudness[0] / loudness[1]) == pytest.approx(6, abs=1.5)
    lines = menura.Dialogue(
        "Ann: Hello.\nBob: Hi.", engine="kokoro", voices={"Bob": "af_heart:1+am_adam:1"}
    )
    take = neural_studio.render(lines)
    assert dict(take.task.voices) == {"Ann": "af_heart", "Bob": "af_heart:1+am_adam:1"}
    assert [turn["speaker"] for turn in take.report.measured["turns"]] == ["Ann", "Bob"]


def test_what_a_voice_was_not_trained_for_is_reported(neural_studio: Studio) -> None:
    take = neural_studio.render(menura.Speech("Guten Tag.", voice="af_heart", language="de"))
    assert any("its accent" in line for line in take.report.ignored)
    take = neural_studio.render(menura.Speech("你好。", engine="kokoro", language="zh"))
    assert any("tones of Mandarin" in line for line in take.report.ignored)
    take = neural_studio.render(menura.Speech("Hello 世界.", voice="mms-tts-eng", language="en"))
    assert any("does not know" in line for line in take.report.ignored)


def _home(folder: Path, name: str, source: Path) -> Settings:
    Store(folder / "home").import_from(name, source)
    return Settings(home=folder / "home", workers=1)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"inputs": ("x", "style", "speed")}, menura.InvalidInput, "takes speed, style, x"),
        ({"level": float("nan")}, menura.EngineFailed, "no numbers"),
        ({"level": float("inf")}, menura.EngineFailed, "no numbers"),
    ],
)
def test_a_damaged_or_foreign_network_fails_clearly(
    tmp_path: Path, fields: dict, error: type[Exception], message: str
) -> None:
    settings = _home(tmp_path, "odd", write_kokoro(tmp_path / "odd", {"af_x": 200.0}, **fields))
    with Studio(settings) as studio, pytest.raises(error, match=message):
        studio.render(menura.Speech("Hello.", engine="odd"))


def test_the_older_kokoro_and_one_archive_of_voices_work(tmp_path: Path) -> None:
    source = write_kokoro(
        tmp_path / "old",
        {"af_a": 200.0, "bm_b": 500.0},
        inputs=("tokens", "style", "speed"),
        archive=True,
    )
    with Studio(_home(tmp_path, "old", source)) as studio:
        take = studio.render(menura.Speech("Hello.", voice="bm_b"))
        assert pitch_hz(take.audio) == pytest.approx(500, rel=0.01)
        assert {v.name: (v.language, v.gender) for v in studio.voices() if v.engine == "old"} == {
            "af_a": ("en-us", "woman"),
            "bm_b": ("en-gb", "man"),
        }


def test_a_file_that_was_altered_is_not_loaded(tmp_path: Path) -> None:
    settings = _home(tmp_path, "ann", write_piper(tmp_path / "ann"))
    graph = Store(settings.home).get("ann").path(".onnx")
    data = bytearray(graph.read_bytes())
    data[-40] ^= 1
    graph.write_bytes(data)
    with Studio(settings) as studio, pytest.raises(menura.StorageFailed, match="SHA-256 differs"):
        studio.render(menura.Speech("Hello.", engine="ann"))


def test_a_model_with_a_config_of_another_kind_hinders_no_other(tmp_path: Path) -> None:
    bad = write_piper(tmp_path / "bad", phoneme_type="pinyin")
    worse = write_piper(tmp_path / "worse", phoneme_id_map={})
    settings = _home(tmp_path, "bad", bad)
    _home(tmp_path, "worse", worse)
    with Studio(settings) as studio:
        assert studio.render(menura.Speech("Hello.", voice="nora")).task.engine == "expressive"
        assert studio.render(menura.Speech("Hello.")).task.engine == "expressive"
        with pytest.raises(menura.EngineFailed, match="phonemes of pinyin"):
            studio.render(menura.Speech("Hello.", engine="bad"))
        with pytest.raises(menura.EngineFailed, match="worse are not as they should be"):
            studio.render(menura.Speech("Hello.", engine="worse"))
        assert {voice.engine for voice in studio.voices()} == {"expressive", "formant"}
        assert {"bad", "worse"} <= studio.broken().keys()


def test_letters_that_only_another_program_could_write_are_refused(tmp_path: Path) -> None:
    settings = _home(tmp_path, "roman", write_vits(tmp_path / "roman", is_uroman=True))
    with Studio(settings) as studio, pytest.raises(menura.InvalidInput, match="uroman"):
        studio.render(menura.Speech("Hello.", engine="roman"))


def test_the_rewritten_graph_goes_with_the_model(tmp_path: Path) -> None:
    settings = _home(tmp_path, "ann", write_piper(tmp_path / "ann"))
    with Studio(settings) as studio:
        studio.render(menura.Speech("Hello.", engine="ann"))
    kept = list((settings.home / "models/cache/ann").rglob("graph.onnx"))
    assert len(kept) == 1
    assert not list((settings.home / "models/cache/ann").rglob("*.tmp"))
    Store(settings.home).remove("ann")
    assert not kept[0].exists()
    shutil.rmtree(settings.home)


def test_voices_of_models_say_that_people_are_in_them(neural_studio: Studio) -> None:
    """docs/decisions/0016: no consent is asked for, and they are not called synthetic."""
    origins: dict[str, set[str]] = {}
    for voice in neural_studio.voices():
        origins.setdefault(voice.engine, set()).add(voice.origin)
    assert origins == {
        "expressive": {"synthetic"},
        "formant": {"synthetic"},
        "kokoro": {"trained"},
        "plain": {"trained"},
        "ann": {"trained"},
        "crowd": {"trained"},
        "mms-tts-eng": {"trained"},
    }
    assert neural_studio.render(menura.Speech("No.", voice="af_heart+am_adam")).audio.frames


@pytest.mark.parametrize("values", [100, 0])
def test_a_table_of_styles_of_another_width_is_damaged(tmp_path: Path, values: int) -> None:
    source = write_kokoro(tmp_path / "odd", {"af_x": 200.0, "af_y": 300.0})
    np.ones(values or 512, "<f4").tofile(source / "voices/af_x.bin")
    if not values:  # an archive under the name of a voice, with another one in it
        np.savez(tmp_path / "other.npz", other=np.ones((510, 1, 256), np.float32))
        (source / "voices/af_x.bin").unlink()
        (tmp_path / "other.npz").rename(source / "voices/af_x.bin")
    with Studio(_home(tmp_path, "odd", source)) as studio:
        assert studio.render(menura.Speech("Hello.", voice="af_y")).audio.frames
        with pytest.raises((menura.EngineFailed, menura.NotFound)):
            studio.render(menura.Speech("Hello.", engine="odd", voice="af_x"))
