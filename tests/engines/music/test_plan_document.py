"""Documents: a plan survives TOML, and what is wrong in one is named."""

import pytest

from menura.engines.music.arranger.bars import seconds_of
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.genres import genre_names
from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.brief import MusicBrief

SMALL = """
key = "A minor"
bpm = 120
[[part]]
role = "bass"
instrument = "upright bass"
[[section]]
name = "verse"
bars = 4
chords = ["Am", "Dm7 G7", "N.C."]
"""


@pytest.mark.parametrize("genre", genre_names())
def test_plans_survive(genre):
    for seed, loop in ((1, False), (2, True)):
        cues = () if loop else ((9.3, "hit"),)
        brief = MusicBrief(
            genres=(genre,), loop=loop, moods=("sad",), mix=("warm",), textures=("vinyl",)
        )
        task = Music("x", cues=cues, melody="A4:1 r:0.5 C5:2.5")
        plan = compose(brief, task, seed).plan
        assert plan.melody
        assert read_plan(write_plan(plan)) == plan


def test_what_may_be_left_out_is_filled_in():
    plan = read_plan(SMALL)
    section = plan.sections[0]
    assert section.chords == ("Am", "Dm7 G7", "N.C.", "Am")
    assert section.parts == ("upright bass",)
    assert plan.meter == (4, 4)
    assert seconds_of(plan) == 8.0
    assert plan.duration_s == 10.5
    assert read_plan(SMALL.replace("key =", "loop = true\nkey =")).duration_s == 8.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Dm7 G7", "Xm7", "section 1: 'Xm7' is no chord"),
        ("Dm7 G7", " ", "section 1: a bar has 1 to 8 chords"),
        ("Dm7 G7", "C " * 9, "section 1: a bar has 1 to 8 chords"),
        ("bars = 4", "bars = -1", "section 1: bars is a whole number from 1 to 256, not -1"),
        ("bars = 4", "bars = 0", "section 1: bars"),
        ("bars = 4", "bars = 4.0", "section 1: bars"),
        ("bars = 4", "bars = true", "section 1: bars"),
        ("bars = 4", "bars = 2", "section 1: 2 bars have 1 to 2 chords, not 3"),
        ("bars = 4", "bars = 4\nenergy = 1.5", "section 1: energy"),
        ("bars = 4", "bars = 4\nenergy = nan", "section 1: energy"),
        ("bars = 4", "bars = 4\nenergy_end = 1.5", "section 1: energy_end"),
        ("bars = 4", 'bars = 4\nparts = ["tuba"]', "section 1: 'tuba' is no part"),
        ("bars = 4", "bars = 4\ntempi = 2", "section 1: there is no field 'tempi'"),
        ("bars = 4", "bars = 4\ncut_beats = 4.0", "section 1: cut_beats"),
        ("bars = 4", 'bars = 4\nmode = "sad"', "section 1: no mode is called 'sad'"),
        ("upright bass", "upright base", "no instrument is called 'upright base'.*upright bass"),
        ('"bass"', '"boss"', "part 1: role is one of drums"),
        ("[[part]]", "[[port]]", "plan: it needs 1 to 64 tables"),
        ("[[part]]", "[[part]]\npan = 2", "part 1: pan is a number from -1 to 1"),
        ("A minor", "H# minor", "plan: 'H# minor' is no key"),
        ('key = "A minor"', "", "plan: key is missing"),
        ("bpm = 120", "bpm = 0", "plan: bpm"),
        ("bpm = 120", "bpm = 1e6", "plan: bpm"),
        ("bpm = 120", "bpm = inf", "plan: bpm"),
        ("bpm = 120", 'bpm = "fast"', "plan: bpm"),
        ("bpm = 120", "bpm = 120\nduration_s = 5", "the bars last 8.00 s and duration_s is 5"),
        ("bpm = 120", "bpm = 120\nloop = true\nduration_s = 9", "the bars last 8.00 s"),
        ("bpm = 120", 'bpm = 120\nmeter = "4/5"', "'4/5' is no meter"),
        ("bpm = 120", 'bpm = 120\ngenre = "polkacore"', "no genre is called 'polkacore'"),
        ("bpm = 120", "bpm = 120\nmelody = [[0, 1]]", "plan: melody"),
        ("bpm = 120", "bpm = 120\nmelody = [[0, 1, 200]]", "a note of the melody"),
        ("bpm = 120", 'bpm = 120\ncues = [[1, "bang"]]', "a cue is seconds"),
        ("bpm = 120", 'bpm = 120\ntitle = "a\\u0007"', "plan: title"),
        ("bpm = 120", "bpm = 120 120", "line 3"),
        ("bpm = 120", "bpm = " + "9" * 5000, "no TOML"),
        ("bars = 4", "bars = 4\nbars = 5", "no TOML document.*line"),
    ],
)
def test_what_is_wrong_is_named(old, new, said):
    assert old in SMALL
    with pytest.raises(InvalidInput, match=said) as caught:
        read_plan(SMALL.replace(old, new, 1))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_two_parts_of_one_name_are_refused():
    part = '[[part]]\nrole = "bass"\ninstrument = "upright bass"\n'
    with pytest.raises(InvalidInput, match="two parts are called 'upright bass'"):
        read_plan(SMALL.replace("[[section]]", part + "[[section]]"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "a." * 400_000 + "b = 1",
        "1." * 400_000 + "1 = 1",
        "\n".join(["a." * 150 + f"b{i} = 1" for i in range(2500)]),
        "[" + "a." * 400_000 + "b]",
        "x = " + "[" * 400_000,
        "x = " + "{a=" * 200_000,
        "[[part]]\n" * 90_000,
        'x = "' + "a" * 900_000,
        "🎵" * 1000,
        "a" * 1_000_001,
        "[[section]]\nname = 'a'\n" * 30_000,
    ],
    ids=range(13),
)
def test_hostile_documents_are_refused(text):
    with pytest.raises(InvalidInput):
        read_plan(text)
