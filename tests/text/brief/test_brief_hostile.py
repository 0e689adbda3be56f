"""Prompts that nobody means: misspelt, foreign, huge; and plain English that is no music."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.tasks import Music
from menura.text.brief import MusicBrief, read_brief
from menura.text.brief.spelling import find_near

_KEYWORDS = ("sad", "no", "drums", "then", "with", "and", "piano", "or")
WORDS = """no drums , . and or then a minor in D 4/4 slow fast jazz piano solo string quartet bpm
120 seconds 8 happy sad into full two on melody with without but # -"""
SCRIPTS = [
    *(
        "موسيقى هادئة",
        "מוזיקה שקטה",
        "悲しいピアノ",
        "슬픈 피아노",
        "悲伤的钢琴",
        "грустное пианино",
    ),
    *("λυπημένο πιάνο", "उदास पियानो", "দুঃখের পিয়ানো", "சோகமான பியானோ", "เปียโนเศร้า", "სევდიანი"),
    *("տխուր դաշնամուր", "አሳዛኝ ፒያኖ", "ဝမ်းနည်းဖွယ်", "ພຽງເປຍໂນ", "ព្យាណូសោកសៅ", "సంగీతం", "ಸಂಗೀತ"),
    *("സംഗീതം", "𐌼𐌿𐍃𐌹𐌺𐌰", "ᏗᎧᏃᎩᏍᏗ"),
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_other_scripts_are_reported(text):
    brief = read_brief(Music(f"{text} 120 bpm"))
    assert brief.bpm == 120.0
    assert len(brief.ignored) >= 1
    assert all(part in text for part in brief.ignored)


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("1" * 20_000, 1),
        ("no " * 5000, 0),
        ("\0" * 19_000 + "x", 1),
        ("\N{COMBINING ACUTE ACCENT}" * 19_000 + "x", 1),
        ("🎹" * 20_000, 1),
        ("﷽" * 1000, 1),
        ("drums, " * 2800, 0),
        ("no drums and " * 1500, 0),
        ("1/1 1:61 " * 2000, 4),
        ("in A " * 4000, 0),
        ("sad then happy " * 1300, 0),
        ("90 bpm 100 bpm " * 1300, 0),
        ("hip hopp " * 2000, 0),
        (("((((" + ")" * 4) * 2500, 0),
        ("a" * 20_000, 1),
        (
            " ".join(random.Random(1).choices(_KEYWORDS, k=4000)),
            0,
        ),
    ],
)
def test_what_is_huge_stays_small(text, ignored):
    brief = read_brief(Music(text[:20_000]))
    assert len(brief.ignored) <= ignored
    assert len(brief.notes) <= 64
    assert sum(map(len, (*brief.ignored, *brief.notes, *brief.understood.values()))) < 20_000
    assert len(brief.instruments) <= 64


def test_ten_thousand_words_are_read():
    words = [f"{a}{b}ish" for a in "bcdfghjklm" for b in "aeiou"]
    brief = read_brief(Music((" ".join(words * 40) + " techno at 128")[:19_990]))
    assert isinstance(brief, MusicBrief)
    assert len(brief.ignored) <= 65


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    brief = read_brief(Music(text, plan="x"))
    assert read_brief(Music(text, plan="x")) == brief
    for phrase in (*brief.ignored, *brief.notes, *brief.understood.values()):
        assert "\n" not in phrase


@given(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=30,
    )
)
def test_words_in_any_order_are_read(words):
    brief = read_brief(Music(" ".join(words), plan="x"))
    assert not set(brief.genres) & set(brief.avoid)
    assert not any(brief.excludes(wish.name) for wish in brief.instruments)
    assert brief.tempo_range is None or brief.tempo_range[0] <= brief.tempo_range[1]


# Words of everyday English one slip away from a word of the vocabulary.
PLAIN = """message improve shadow flight violet waiter chapter baseline revolution american county
hearts matching pauses excerpt symbol error mental metals horse mouse hose stings springs concerts
classic cinema indiana tablet horizon salmon barrage strange trumped folks rocket point
remove caller likely finder signatures electron tables slices picked placed infinite garage
expensive reverted coral organic salad prince cheese candle window tomorrow airport kitchen"""


@pytest.mark.parametrize("word", PLAIN.split())
def test_plain_english_is_no_genre_and_no_player(word):
    brief = read_brief(Music(f"the {word} of it"))
    assert brief.genres == ()
    assert brief.instruments == ()
    assert brief.tempo_range is None or brief.moods


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("tehcno", "techno"),
        ("guittar", "guitar"),
        ("saxophon", "saxophone"),
        ("hopp", "hop"),
        ("bosa", "bossa"),
        ("orchestal", "orchestral"),
        ("violinn", "violin"),
    ],
)
def test_a_slip_of_the_pen_is_seen(typo, meant):
    assert meant in find_near(typo)


@pytest.mark.parametrize("word", ["techno", "ab", "x" * 30, "techn0", "the", "matching", "ehctno"])
def test_what_is_no_slip_is_left(word):
    assert find_near(word) == ()
