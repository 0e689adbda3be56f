import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import InvalidInput, InvalidRecipe, InvalidText
from menura.tasks import (
    Decoding,
    Dialogue,
    Effect,
    Music,
    Part,
    Pronunciation,
    Speech,
    Task,
    VoiceDesign,
    Work,
    canonical,
    dump,
    hide_prompts,
    load,
)

NESTED = Work((Part(Speech("one")), Part(Work((Part(Speech("two"), start_s=1.5),)), pan=-1.0)))


@pytest.mark.parametrize(
    "task",
    [
        Speech("Hello"),
        Speech("Hello", voice="nora", language="de", speed=1.5, seed=7, engine="formant"),
        Speech("{{7*7}} `id` $(id) \r\n %s"),
        Work((Part(Speech("a"), start_s=1.0, gain_db=-3.0, pan=0.5, name="left"),)),
        Speech("a", lexicon=(Pronunciation(written="a", said="/ə/"),), chapters=True, breaths=1),
        Dialogue("A: b", voices={"A": "nora"}, pauses=2),
        VoiceDesign("an old sailor", variation=3),
        Music("a waltz", cues=((1, "hit"),), exclude=("drums",), form="intro verse"),
        Effect("rain", duration_s=0.5, loop=True, channels=1, prompt_influence=1),
        Effect("rain", endless=True, binaural=True, seed=0),
        Effect(cues=((2, "a knock"), (1, "rain")), plan="x"),
        Music("a waltz", continue_audio="ab" * 32, continue_s=3, melody_audio="cd" * 32),
        Effect("rain", continue_audio="ab" * 32, continue_s=0.5),
        Decoding("ab" * 32, engine="encodec-24khz"),
        NESTED,
    ],
)
def test_a_task_survives_json(task: Task) -> None:
    assert load(json.loads(json.dumps(dump(task)))) == task


@given(st.text(min_size=1).filter(str.strip), st.integers(0, 2**63 - 1))
def test_any_text_and_seed_survive_json(text: str, seed: int) -> None:
    task = Speech(text, seed=seed)
    assert load(json.loads(json.dumps(dump(task)))) == task


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Speech(""), InvalidText),
        (lambda: Speech(" \t\n\u2003"), InvalidText),
        (lambda: Speech(7), InvalidText),
        (lambda: Speech(b"bytes"), InvalidText),
        *[
            (lambda v=v: Speech("a", speed=v), InvalidInput)
            for v in (0, -1, 1e9, float("nan"), float("inf"), "x", True, None)
        ],
        *[
            (lambda v=v: Speech("a", seed=v), InvalidInput)
            for v in (-1, 2**63, 2**64, "x", 1.5, True)
        ],
        *[
            (lambda v=v: Speech("a", voice=v), InvalidInput)
            for v in ("../../", "a/b", "C:\\x", "a\0b", "x" * 4096, "", 7, "a|b", "hf://evil", "..")
        ],
        *[
            (lambda v=v: Speech("a", language=v), InvalidInput)
            for v in ("../", "en\n", "\u202een", 5)
        ],
        *[(lambda v=v: Speech("a", engine=v), InvalidInput) for v in ("hf://evil", "a\r\nb", 1)],
        (lambda: Speech("a", emotion="a/b"), InvalidInput),
        *[
            (lambda f=f, v=v: Speech("a", **{f: v}), InvalidInput)
            for f in ("voice", "language", "emotion", "engine", "seed", "speed", "style", "breaths")
            for v in (10**5000, [10**5000], np.zeros(300), {"a": 1}, object())
        ],
        *[
            (lambda v=v: Music("x", soundfont=v), InvalidInput)
            for v in ("x", [], {}, 7, np.zeros(3), 10**5000)
        ],
        *[
            (lambda v=v: Music("x", cues=((1.0, v),)), InvalidInput)
            for v in (np.zeros(3), [], 10**5000, "boom")
        ],
        (lambda: Speech("a", style=1.1), InvalidInput),
        (lambda: Speech("a", stability=-0.1), InvalidInput),
        (lambda: Speech("a", pitch=float("nan")), InvalidInput),
        (lambda: Speech("a", speed=10**5000), InvalidInput),
        (lambda: Speech("a", seed=10**5000), InvalidInput),
        *[
            (lambda m=m, v=v: m(v), InvalidInput)
            for v in ("", "ab" * 31, "AB" * 32, "/etc/passwd", 7, b"x")
            for m in (
                Decoding,
                lambda v: Music("x", continue_audio=v),
                lambda v: Music("x", melody_audio=v),
                lambda v: Effect("x", continue_audio=v),
            )
        ],
        (lambda: Decoding(None), InvalidInput),
        (lambda: Music("x", continue_audio="ab" * 32, duration_s=9), InvalidInput),
        (lambda: Music("x", continue_audio="ab" * 32, plan="x"), InvalidInput),
        (lambda: Effect("x", continue_audio="ab" * 32, duration_s=9), InvalidInput),
        (lambda: Effect("x", continue_s=9), InvalidInput),
        *[(lambda p=p: Effect(p), InvalidText) for p in ("", " \t\n\u2003", None, 7, b"rain")],
        (lambda: Effect("word " * 10_000), InvalidText),
        (lambda: Effect(plan="x" * 1_000_001), InvalidText),
        *[
            (lambda v=v: Effect("rain", duration_s=v), InvalidInput)
            for v in (0, -1, 0.49, 3601, 1e9, float("nan"), float("inf"), "3", True, 10**5000)
        ],
        *[
            (lambda v=v: Effect("rain", channels=v), InvalidInput)
            for v in (0, 3, -1, 1.0, True, "2", None, 10**5000)
        ],
        *[
            (lambda v=v: Effect("rain", prompt_influence=v), InvalidInput)
            for v in (-0.1, 1.1, float("nan"), "x", True)
        ],
        *[
            (lambda f=f, v=v: Effect("rain", **{f: v}), InvalidInput)
            for f in ("loop", "endless", "binaural")
            for v in (1, "yes", None)
        ],
        (lambda: Effect("rain", binaural=True, channels=1), InvalidInput),
        (lambda: Effect("rain", endless=True, loop=True), InvalidInput),
        (lambda: Effect("rain", endless=True, duration_s=3), InvalidInput),
        *[
            (lambda v=v: Effect("rain", cues=v), InvalidInput)
            for v in (
                "1:knock",
                ((1,),),
                ((-1, "knock"),),
                ((float("nan"), "knock"),),
                ((True, "knock"),),
                ((1, ""),),
                ((1, "x" * 129),),
                ((1, 2),),
                ((10**5000, "knock"),),
                ((1, "knock"),) * 257,
            )
        ],
        (lambda: Work(()), InvalidInput),
        (lambda: Work([Part(Speech("a"))]), InvalidInput),
        (lambda: Work((Speech("a"),)), InvalidInput),
        (lambda: Work(tuple([Part(Speech("a"))] * 257)), InvalidInput),
        (lambda: Part("a"), InvalidInput),
        (lambda: Part(Speech("a"), start_s=-1), InvalidInput),
        (lambda: Part(Speech("a"), start_s=1e9), InvalidInput),
        (lambda: Part(Speech("a"), gain_db=float("nan")), InvalidInput),
        (lambda: Part(Speech("a"), pan=1.01), InvalidInput),
    ],
)
def test_a_task_checks_itself(make, error) -> None:
    with pytest.raises(error) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def _nested(depth: int) -> dict:
    data = {"kind": "speech", "text": "x"}
    for _ in range(depth):
        data = {"kind": "work", "parts": [{"task": data}]}
    return data


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "speech",
        {},
        {"kind": "speech"},
        {"kind": "evil", "text": "x"},
        {"kind": ["speech"], "text": "x"},
        {"kind": "speech", "text": "x", "__class__": "os.system"},
        {"kind": "speech", "text": "x", "path": "/etc/passwd"},
        {"kind": "speech", "text": {"sha256": "00"}},
        {"kind": "speech", "text": ["x"]},
        {"kind": "speech", 5: "x"},
        {"kind": "work", "parts": "x"},
        {"kind": "work", "parts": [1]},
        {"kind": "work", "parts": [{"task": None}]},
        {"kind": "work", "parts": [{"task": {"kind": "speech", "text": "x"}, "gain": 1}]},
        {"kind": "work", "parts": [{"task": {"kind": "speech", "text": "x"}}] * 300},
        {"kind": "voice-design"},
        {"kind": "voice-design", "description": {"sha256": "00"}},
        {"kind": "voice-design", "description": "x", "variation": True},
        {"kind": "music"},
        {"kind": "music", "prompt": "x", "form": {"sha256": "00"}},
        {"kind": "music", "prompt": "x", "bpm": 0},
        {"kind": "music", "prompt": "x", "bpm": 1e6},
        {"kind": "music", "prompt": "x", "duration_s": float("nan")},
        {"kind": "music", "prompt": "x", "cues": [[1, "boom"]]},
        {"kind": "music", "prompt": "x", "instruments": [10**5000]},
        {"kind": "effect"},
        {"kind": "effect", "prompt": {"sha256": "00"}},
        {"kind": "effect", "prompt": "x", "duration_s": float("nan")},
        {"kind": "effect", "prompt": "x", "channels": [2]},
        {"kind": "effect", "prompt": "x", "cues": [[1]]},
        {"kind": "effect", "prompt": "x", "cues": [["1", "knock"]]},
        {"kind": "effect", "prompt": "x", "loop": 1},
        {"kind": "effect", "prompt": "x", "path": "/etc/passwd"},
        {"kind": "speech", "text": "x", "lexicon": "x"},
        {"kind": "speech", "text": "x", "lexicon": [{"written": "a"}]},
        {"kind": "speech", "text": "x", "lexicon": [{"written": "a", "said": "b\x01"}]},
        {"kind": "speech", "text": "x", "lexicon": [{"written": "a", "said": "b", "x": 1}]},
        {"kind": "speech", "text": "x", "chapters": 1},
        {"kind": "speech", "text": "x", "breaths": 2},
        _nested(5),
        _nested(800),
    ],
)
def test_a_recipe_of_a_stranger_is_refused(data) -> None:
    with pytest.raises(InvalidInput):
        load(data)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "voice-design", "description": "an old sailor"},
        {"kind": "music", "prompt": "a waltz"},
        {"kind": "effect", "prompt": "rain"},
        {"kind": "speech", "text": "x", "lexicon": [{"written": "a", "said": "b"}]},
    ],
)
def test_what_a_recipe_leaves_out_has_its_default(data: dict) -> None:
    task = load(data)
    assert load(dump(task)) == task


def test_nesting_up_to_the_limit_is_taken() -> None:
    assert load(_nested(3)).kind == "work"


def test_canonical_form_ignores_key_order_and_refuses_nan() -> None:
    assert canonical({"a": 1, "b": [2]}) == canonical({"b": [2], "a": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_prompts_can_be_hidden_at_every_depth() -> None:
    hidden = hide_prompts(dump(NESTED))
    text = json.dumps(hidden)
    assert "one" not in text
    assert "two" not in text
    assert text.count("sha256") == 2
    with pytest.raises(InvalidRecipe, match="hash"):
        load(hidden)


def test_prompts_names_all_texts() -> None:
    assert list(NESTED.prompts()) == ["one", "two"]


def test_cues_are_texts_too_sorted_and_hidden_with_them() -> None:
    task = Effect("rain", plan="a plan", cues=((2, "a secret knock"), (1, "slam")))
    assert list(task.prompts()) == ["rain", "a plan", "slam", "a secret knock"]
    assert task.cues == ((1.0, "slam"), (2.0, "a secret knock"))
    hidden = json.dumps(hide_prompts(dump(task)))
    assert "rain" not in hidden
    assert "secret" not in hidden


def test_a_task_says_which_files_it_needs() -> None:
    music = Music("x", continue_audio="ab" * 32, melody_audio="cd" * 32)
    assert list(music.files()) == ["ab" * 32, "cd" * 32]
    work = Work((Part(Work((Part(Decoding("ef" * 32)),))), Part(Effect("rain"))))
    assert list(work.files()) == ["ef" * 32]
    assert list(Effect("x", continue_audio="ab" * 32).files()) == ["ab" * 32]
