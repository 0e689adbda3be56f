"""Prompts that nobody means: empty, huge, misspelt, foreign; and that any text is read."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import InvalidText
from menura.text.scene import read_scene
from menura.text.scene.spelling import find_near
from menura.text.scene.vocabulary import vocabulary

WORDS = """rain thunder a the dog barks door slams , . and then before after no without three twice
far loud slow in cave forest tavern jazz every 5 seconds pause more 10 metres away echoes like "hi"
says passing behind into with while first finally into impact metal wood"""


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("", "empty"),
        ("  \n\t ", "empty"),
        ("\0\x01\x02", "empty"),
        ("!!! ... ???", "empty"),
        ("🎹" * 100, "empty"),
        ("x" * 1_000_000, "1,000,000 characters"),
        ("word " * 10_000, "50,000 characters"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(prompt, message):
    with pytest.raises(InvalidText, match=message) as caught:
        read_scene(prompt)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "rain " * 4000,
        "rain, " * 3300,
        "rain then " * 2000,
        "a dog after a cat " * 1000,
        "no rain and " * 1600,
        "soft " * 4000,
        "one " * 4900,
        '"a" ' * 5000,
        "“" * 9000 + "a" + "”" * 9000,
        "piano sad " * 1900,
        "x" * 20_000,
        "\0" * 19_000 + "x",
        "1" * 20_000,
        "﷽" * 1000 + "x",
        " ".join(random.Random(1).choices(WORDS.split(), k=3500)),
    ],
)
def test_what_is_huge_stays_small(text):
    brief = read_scene(text[:20_000])
    assert len(brief.layers) <= 64
    assert len(brief.ignored) <= 65
    assert len(brief.notes) <= 300
    assert sum(map(len, (*brief.ignored, *brief.understood, *brief.understood.values()))) < 60_000


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    try:
        brief = read_scene(text)
    except InvalidText:
        return
    assert read_scene(text) == brief
    for phrase in (*brief.ignored, *brief.notes, *brief.understood):
        assert "\n" not in phrase


@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=30))
def test_words_in_any_order_are_read(words):
    try:
        brief = read_scene(" ".join(words))
    except InvalidText:
        return
    sources = vocabulary().sources
    orders = {layer.order for layer in brief.layers}
    assert not orders or min(orders) == 0
    for layer in brief.layers:
        assert layer.source in {"music", "speech"} or layer.source in sources
        assert 0 <= layer.intensity <= 1
        assert 0 <= layer.size <= 1
        assert layer.count is None or layer.count >= 1
        if layer.source in sources:
            assert layer.variant in {"", *sources[layer.source].variants}


@pytest.mark.parametrize("text", ["дождь и гром", "雨と雷", "مطر ورعد", "βροχή"])
def test_other_scripts_are_reported(text):
    brief = read_scene(f"{text} rain")
    assert [layer.source for layer in brief.layers] == ["rain"]
    assert all(part in text for part in brief.ignored)
    assert brief.ignored


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("thuder", "thunder"), ("helicoptor", "helicopter"), ("explosoin", "explosion")],
)
def test_a_slip_of_the_pen_is_seen_and_noted(typo, meant):
    assert find_near(typo) == meant
    brief = read_scene(f"a {typo}")
    assert [layer.source for layer in brief.layers] == [meant]
    assert repr(typo) in brief.notes[0]


@pytest.mark.parametrize("word", ["three", "bride", "winter", "shadow", "the", "rain", "barking"])
def test_what_is_no_slip_is_left(word):
    assert find_near(word) == ""


@pytest.mark.parametrize(
    "text", ["a thing of beauty", "my holiday report", "Monday and Tuesday", "quarterly taxes"]
)
def test_plain_english_is_no_sound(text):
    assert read_scene(text).layers == ()
