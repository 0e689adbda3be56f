import pytest

from menura.errors import InvalidText
from menura.text.prosody import Style
from menura.text.script import Draft, Mark, Pause, Segment
from menura.text.ssml import parse

STYLE = Style()
SOUND = Style(phonemes="a")


def _segment(text, style=STYLE):
    return Segment(text, style, 0, len(text), ((0, 0),))


def _draft(*steps):
    draft = Draft()
    for step in steps:
        if isinstance(step, str):
            draft.say(_segment(step))
        elif isinstance(step, Segment):
            draft.say(step)
        elif isinstance(step, Mark):
            draft.mark(step.name)
        elif isinstance(step, Pause):
            draft.pause(step.seconds)
        else:
            draft.end(step)
    return draft


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["a ", "b"], ["a ", "b"]),
        ([" a", " ", " b "], ["a ", "b"]),
        (["a", " ", "b"], ["a ", "b"]),
        (["a ", Pause(1.0), " b"], ["a", Pause(1.0), "b"]),
        (["a ", Mark("m"), " b"], ["a ", Mark("m"), "b"]),
        (["a", 0.3, 0.5, "b"], ["a", Pause(0.5), "b"]),
        (["a", 0.5, 0.3, "b", 0.3], ["a", Pause(0.5), "b"]),
        ([0.5, "a"], ["a"]),
        (["a", 0.3, Pause(2.0), 0.5, "b"], ["a", Pause(2.0), "b"]),
        (["a", 0.3, " ", Mark("m"), "b"], ["a", Pause(0.3), Mark("m"), "b"]),
        (["a", 0.3, _segment("", SOUND), "b"], ["a", Pause(0.3), "", "b"]),
        ([_segment(" c ", SOUND), " "], [" c "]),
    ],
)
def test_a_draft_joins_texts_and_pays_pauses(steps, expected):
    script = _draft(*steps).finish()
    assert [item.text if isinstance(item, Segment) else item for item in script] == expected


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "nothing to say"),
        ([" ", Pause(1.0), Mark("m")], "nothing to say"),
        (["a", *[Pause(60.0)] * 61], "more than 3600 s"),
    ],
)
def test_drafts_that_cannot_be_said_are_refused(steps, words):
    with pytest.raises(InvalidText, match=words):
        _draft(*steps).finish()


@pytest.mark.parametrize(
    ("start", "stop", "written"),
    [
        (0, 1, "a"),
        (1, 2, "&amp;"),
        (1, 3, "&amp;b"),
        (2, 4, "b  "),
        (0, 5, "a&amp;b  c"),
        (3, 3, "a&amp;b  c"),
    ],
)
def test_a_text_leads_back_to_what_was_written(start, stop, written):
    source = "a&amp;b  c"
    segment = Segment("a&b c", STYLE, 0, 10, ((0, 0), (1, 1), (2, 6), (4, 9)))
    first, last = segment.written(start, stop)
    assert source[first:last] == written


def test_an_alias_stands_for_the_whole():
    assert Segment("World Wide Web", STYLE, 5, 8).written(6, 10) == (5, 8)


def test_what_is_left_of_a_trimmed_text_keeps_its_places():
    (segment,) = _draft(Segment("  ab ", STYLE, 10, 15, ((0, 10),))).finish()
    assert (segment.text, segment.start_char, segment.stop_char) == ("ab", 12, 14)
    assert segment.written(1, 2) == (13, 14)


@pytest.mark.parametrize(
    ("start", "stop", "text", "written"),
    [
        (0, 2, "a&", "a&amp;"),
        (1, 3, "&b", "&amp;b"),
        (2, 5, "b c", "b  c"),
        (4, 5, "c", "c"),
        (0, 5, "a&b c", "a&amp;b  c"),
    ],
)
def test_a_cut_segment_leads_back_too(start, stop, text, written):
    source = "a&amp;b  c"
    whole = Segment("a&b c", STYLE, 0, 10, ((0, 0), (1, 1), (2, 6), (4, 9)))
    part = whole.cut(start, stop)
    assert part.text == text
    assert source[part.start_char : part.stop_char] == written
    for i in range(len(text)):
        assert part.written(i, i + 1) == whole.written(start + i, start + i + 1)


def test_an_alias_has_no_parts():
    alias = Segment("World Wide Web", STYLE, 5, 8)
    assert alias.cut(6, 10) is alias


def test_a_segment_quotes_its_source_without_markup():
    (segment,) = parse("<speak>a &lt;b&gt; <!-- c -->caf&#233;</speak>")
    source = "<speak>a &lt;b&gt; <!-- c -->caf&#233;</speak>"
    start = source.index("&lt;")
    assert segment.quote(start, source.index(" <!--")) == "<b>"
    assert segment.quote(source.index("caf"), source.index("</")) == "café"
    for at in range(len(segment.text)):
        assert segment.offset(segment.written(at, at + 1)[0]) == at


def test_an_alias_shows_what_is_written():
    (segment,) = parse('<speak><sub alias="and">M &amp; N</sub></speak>')
    assert segment.text == "and"
    assert segment.quote(0, 99) == "M & N"
