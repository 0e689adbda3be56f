"""Fields of the task beside the prompt: they win, and what is none is refused in one line."""

import pytest

from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.brief import MusicBrief, read_brief


def _names(brief):
    return [wish.name for wish in brief.instruments]


@pytest.mark.parametrize(
    ("prompt", "fields", "expected", "note"),
    [
        ("at 90 bpm", {"bpm": 120}, {"bpm": 120.0, "tempo_range": (120.0, 120.0)}, "'90 bpm'"),
        ("at 120 bpm", {"bpm": 120}, {"bpm": 120.0}, None),
        ("90-130 bpm", {"bpm": 120}, {"bpm": 120.0}, None),
        ("slow", {"bpm": 120}, {"tempo_range": (120.0, 120.0)}, None),
        ("in D minor", {"key": "F# dorian"}, {"mode": "dorian"}, "'D minor'"),
        ("in D", {"key": "D minor"}, {"mode": "minor"}, None),
        ("in G", {"key": "D minor"}, {"mode": "minor"}, "'G'"),
        ("a major key", {"key": "D minor"}, {"mode": "minor"}, "'major key'"),
        ("", {"key": "in bb minor", "plan": "x"}, {"mode": "minor"}, None),
        ("in 3/4", {"meter": "6/8"}, {"meter": (6, 8)}, "'3/4'"),
        ("waltz", {"meter": "4/4"}, {"meter": (4, 4)}, "not the 3/4 of waltz"),
        ("x", {"meter": " 12 / 8 "}, {"meter": (12, 8)}, None),
        ("8 seconds", {"duration_s": 30}, {"duration_s": 30.0}, "'8 seconds'"),
        ("30 s", {"duration_s": 30}, {"duration_s": 30.0}, None),
        ("no loop", {"loop": True}, {"loop": True, "ending": "none"}, None),
        ("x", {"form": "intro verse chorus"}, {"form": ("intro", "verse", "chorus")}, None),
        ("x", {"form": "AABA"}, {"form": ("a", "a", "b", "a")}, None),
        ("x", {"form": "intro, rondo, outro"}, {"sections": ("intro", *"abc", "outro")}, None),
        ("x", {"form": "verse - drop"}, {"sections": ("verse", "drop")}, None),
        ("x", {"form": "intro theme outro"}, {"form": ("intro", "theme", "outro")}, None),
        ("x", {"form": "a b a c"}, {"form": ("a", "b", "a", "c")}, None),
        ("x", {"form": "A1, B1 and A2"}, {"form": ("a1", "b1", "a2")}, None),
        (
            "x",
            {"form": "pre-chorus drop-2 Épilogue"},
            {"form": ("pre-chorus", "drop-2", "épilogue")},
            None,
        ),
    ],
)
def test_fields_win_over_the_prompt(prompt, fields, expected, note):
    brief = read_brief(Music(prompt, **fields))
    for name, value in expected.items():
        assert getattr(brief, name) == value
    assert [note in found for found in brief.notes] == ([] if note is None else [True])


def test_named_instruments_replace_those_of_the_prompt():
    task = Music("piano and drums", instruments=("soft Rhodes", "two violins", "drums"))
    brief = read_brief(task)
    assert _names(brief) == ["electric piano", "violin", "violin", "drums"]
    assert brief.instruments[0].qualities == ("soft",)
    assert brief.only_named
    assert len(brief.notes) == 1
    assert "'piano'" in brief.notes[0]


@pytest.mark.parametrize(
    ("shut", "gone", "stays"),
    [
        ("drums", {"drums", "acoustic kit", "909 kit"}, {"percussion", "hand percussion"}),
        ("percussion", {"percussion", "drums", "tabla", "hand percussion"}, {"bass"}),
        ("guitar", {"guitar", "nylon guitar", "distorted guitar"}, {"piano", "finger bass"}),
        ("strings", {"strings", "violin", "contrabass"}, {"harp", "violins"}),
        ("Piano", {"Piano", "piano"}, {"electric piano"}),
        ("melody", {"melody"}, {"counter"}),
        ("vinyl crackle", {"vinyl"}, {"tape"}),
    ],
)
def test_what_is_excluded_goes_with_all_its_kind(shut, gone, stays):
    brief = read_brief(Music("piano, drums, guitar and strings", exclude=(shut,)))
    assert gone <= set(brief.exclude)
    assert stays.isdisjoint(brief.exclude)
    assert brief.excludes(*gone)
    assert not brief.excludes(*stays)
    assert not any(brief.excludes(wish.name) for wish in brief.instruments)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"key": "H#"}, InvalidInput, "'H#' is no key"),
        ({"key": ""}, InvalidInput, "is no key"),
        ({"key": "D wonderful"}, InvalidInput, "no mode"),
        ({"key": "x" * 900}, InvalidInput, "is no key"),
        ({"meter": "4"}, InvalidInput, "'4' is no meter"),
        ({"meter": "0/4"}, InvalidInput, "3/4"),
        ({"meter": "4/3"}, InvalidInput, "3/4"),
        ({"meter": "13/16"}, InvalidInput, "3/4"),
        ({"meter": "4/4\n"}, InvalidInput, "is no meter"),
        ({"meter": "9" * 900}, InvalidInput, "is no meter"),
        ({"form": ""}, InvalidInput, "1 to 256"),
        ({"form": "intro 2 verse"}, InvalidInput, "no section is called '2'"),
        ({"form": "intro % verse"}, InvalidInput, "no section is called '%'"),
        ({"form": "x" * 41}, InvalidInput, "no section is called 'x"),
        ({"form": "verse:-4"}, InvalidInput, "no section"),
        ({"form": "abaca " * 160}, InvalidInput, "not 800"),
        ({"instruments": ("vocoder",)}, InvalidInput, "'vocoder'"),
        ({"instruments": ("piano", "pianissississimo")}, InvalidInput, "near it: piano"),
        ({"instruments": ("loud",)}, InvalidInput, "'loud'"),
        ({"instruments": ("rain",)}, InvalidInput, "'rain'"),
        ({"instruments": ("🎹",)}, InvalidInput, "🎹"),
        ({"instruments": ("a\nb",)}, InvalidInput, "'a b'"),
        ({"exclude": ("banana",)}, InvalidInput, "exclude"),
        ({"exclude": ("sad",)}, InvalidInput, "exclude"),
    ],
)
def test_what_is_none_is_refused_in_one_line(fields, error, words):
    with pytest.raises(error) as raised:
        read_brief(Music("x", **fields))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_nothing_asked_is_an_empty_brief():
    assert read_brief(Music("", plan="x")) == MusicBrief()
    assert read_brief(Music("Play me some music, please!")) == MusicBrief()
