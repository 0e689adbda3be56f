import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.errors import InvalidText
from menura.text.prosody import SayAs, VoiceWish
from menura.text.ssml import Mark, Pause, Segment, parse, parse_plain


def _said(script):
    return [item for item in script if isinstance(item, Segment)]


def _style(markup, inner="a"):
    """The style of the innermost text of `<speak>markup</speak>`, with `*` where the text goes."""
    return _said(parse(f"<speak>{markup.replace('*', inner)}</speak>"))[0].style


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<prosody rate='50%'>*</prosody>", {"rate": 0.5}),
        ("<prosody rate='50%'><prosody rate='50%'>*</prosody></prosody>", {"rate": 0.25}),
        (
            "<prosody pitch='180Hz'><prosody pitch='+1st'>*</prosody></prosody>",
            {"pitch_hz": 180.0, "pitch_semitones": 1.0},
        ),
        ("<prosody rate='fast' pitch='+1st'>*</prosody>", {"rate": 1.55, "pitch_semitones": 1.0}),
        ("<emphasis>*</emphasis>", {"emphasis": "moderate"}),
        (
            "<emphasis level='strong'><emphasis level='none'>*</emphasis></emphasis>",
            {"emphasis": "none"},
        ),
        ("<lang xml:lang='fr'>*</lang>", {"language": "fr"}),
        ("<p xml:lang='fr'><s xml:lang='de-AT'>*</s></p>", {"language": "de-AT"}),
        ("<voice name='nora'>*</voice>", {"voice": VoiceWish(name="nora"), "language": None}),
        (
            "<say-as interpret-as='date' format='dmy'>*</say-as>",
            {"say_as": SayAs(kind="date", format="dmy")},
        ),
        ("<phoneme ph='təˈmɑːtəʊ'>*</phoneme>", {"phonemes": "təˈmɑːtəʊ"}),
    ],
)
def test_elements_around_a_text_make_its_style(markup, expected):
    style = _style(markup)
    for name, value in expected.items():
        found = getattr(style, name)
        if isinstance(value, float) and math.isfinite(value):
            assert found == pytest.approx(value, abs=1e-4), name
        else:
            assert found == value, name


def test_an_element_ends_where_its_text_ends():
    before, inside, after = _said(
        parse("<speak>a <prosody rate='50%' pitch='+1st'>b</prosody> c</speak>")
    )
    assert (before.text, inside.text, after.text) == ("a ", "b", " c")
    assert before.style == after.style
    assert before.style.rate == 1.0
    assert inside.style.rate == 0.5


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("a<break time='2s'/>b", ["a", 2.0, "b"]),
        ("a<break time='500ms'/>b", ["a", 0.5, "b"]),
        ("a<break time='.5s'/>b", ["a", 0.5, "b"]),
        ("a<break time='+1s' strength='x-weak'/>b", ["a", 1.0, "b"]),
        ("a<break/>b", ["a", 0.3, "b"]),
        ("a<break strength='strong'/>b", ["a", 0.53, "b"]),
        ("a<break strength='none'/>b", ["a", 0.0, "b"]),
        ("a <break time='60s'/> b", ["a", 60.0, "b"]),
        ("<s>a.</s><s>b.</s>", ["a.", 0.3, "b."]),
        ("<p>a.</p> <p>b.</p>", ["a.", 0.53, "b."]),
        ("<p> <s>a.</s> </p> <p> <s>b.</s> </p>", ["a.", 0.53, "b."]),
        ("a.<p>b.</p>c.", ["a.", 0.53, "b.", 0.53, "c."]),
        ("<s>a.</s><break time='2s'/><s>b.</s>", ["a.", 2.0, "b."]),
        ("<s>a.<break time='2s'/></s><s>b.</s>", ["a.", 2.0, "b."]),
        ("<s>a.</s><break strength='none'/><s>b.</s>", ["a.", 0.0, "b."]),
        ("<break time='1s'/>a<break time='1s'/><break time='2s'/>", [1.0, "a", 1.0, 2.0]),
        ("<s>a.</s><s><mark name='m'/>b.</s>", ["a.", 0.3, "m!", "b."]),
        ("a <mark name='m'/> b", ["a ", "m!", "b"]),
        ("a<mark name='m'/>b", ["a", "m!", "b"]),
        ("<emphasis>a</emphasis> <emphasis>b</emphasis>", ["a ", "b"]),
        ("un<emphasis>believ</emphasis>able", ["un", "believ", "able"]),
        ("\n  a\n\n  b\t c \n", ["a b c"]),
        ("a &amp; b &lt;&#65;&#x42;&gt; <![CDATA[<c>]]><!-- no -->d", ["a & b <AB> <c>d"]),
        ("<sub alias='World Wide Web Consortium'>W3C</sub>.", ["World Wide Web Consortium", "."]),
        ("<sub alias='a'/>", ["a"]),
        ("<phoneme ph='a'/>", [""]),
    ],
)
def test_a_document_is_read_in_order(markup, expected):
    seen = []
    for item in parse(f"<speak>{markup}</speak>"):
        if isinstance(item, Segment):
            seen.append(item.text)
        else:
            seen.append(item.seconds if isinstance(item, Pause) else f"{item.name}!")
    assert seen == expected


def test_the_usual_header_is_understood():
    script = parse(
        b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n"
        b"<speak version='1.1' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'\n"
        b" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'\n"
        b" xsi:schemaLocation='http://www.w3.org/2001/10/synthesis synthesis.xsd'>Hi</speak>"
    )
    assert [segment.text for segment in _said(script)] == ["Hi"]
    assert script[0].style.language == "en-US"


def test_prefixed_elements_are_understood():
    script = parse(
        "<s:speak xmlns:s='http://www.w3.org/2001/10/synthesis'><s:break time='1s'/>a</s:speak>"
    )
    assert script[0] == Pause(1.0)


SOURCE = (
    "<speak>\n <p>Grüße   &amp; wel<!-- x -->come,\r\n 👩 <emphasis>you</emphasis>!</p>"
    "<sub alias='as soon as'>asap</sub></speak>"
)


@pytest.mark.parametrize(
    ("index", "word", "written"),
    [
        (0, "Grüße", "Grüße"),
        (0, "&", "&amp;"),
        (0, "ße &", "ße   &amp;"),
        (0, "welcome", "wel<!-- x -->come"),
        (0, "wel", "wel"),
        (0, "come", "come"),
        (0, "👩", "👩"),
        (1, "you", "you"),
        (2, "!", "!"),
        (3, "soon", "asap"),
    ],
)
def test_each_word_leads_back_to_the_source(index, word, written):
    segment = _said(parse(SOURCE))[index]
    start = segment.text.index(word)
    first, last = segment.written(start, start + len(word))
    assert SOURCE[first:last] == written


def test_segments_lie_where_they_were_written():
    spans = [(segment.start_char, segment.stop_char) for segment in _said(parse(SOURCE))]
    written = [SOURCE[start:stop] for start, stop in spans]
    assert written[1:] == ["you", "!", "asap"]
    assert written[0].startswith("Grüße")
    assert written[0].endswith("👩 ")
    assert spans == sorted(spans)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["a", "ü", "👩", " ", "\n", "&amp;", "&#66;", "<!--c-->"])))
def test_the_way_back_is_exact_for_every_character(parts):
    source = f"<speak>x{''.join(parts)}y</speak>"
    (segment,) = _said(parse(source))
    assert segment.text == " ".join(
        source[7:-8].replace("<!--c-->", "").replace("&amp;", "&").replace("&#66;", "B").split()
    )
    for place, char in enumerate(segment.text):
        written = source[slice(*segment.written(place, place + 1))]
        plain = written.replace("<!--c-->", "").replace("&amp;", "&").replace("&#66;", "B")
        assert " ".join(plain.split()) == char.strip()


BOMB = (
    "<!DOCTYPE speak [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    "<speak>&b;</speak>"
)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        ("<speak>\n<b>a</speak>", "not well-formed at line 2"),
        ("<p>a</p>", "column 1: <p> does not belong here"),
        ("<speak/>", "nothing to say"),
        ("<speak> <break time='1s'/> </speak>", "nothing to say"),
        ("<speak>a\n <audio src='file:///etc/passwd'/></speak>", "line 2, column 2: <audio>"),
        ("<speak>a<mstts xmlns='urn:x'>b</mstts></speak>", "<mstts> is not supported"),
        ("<speak xmlns='urn:x'>a</speak>", "<speak> is not supported"),
        ("<speak>a<w>b</w></speak>", "<w> is not supported"),
        ("<speak version='2'>a</speak>", "version 1.1"),
        ("<speak>a<speak>b</speak></speak>", "one <speak>"),
        ("<speak><p><p>a</p></p></speak>", "<p> does not belong"),
        ("<speak><s><p>a</p></s></speak>", "<p> does not belong"),
        ("<speak>a<break>b</break></speak>", "<break> holds no text"),
        ("<speak><sub alias='b'><emphasis>a</emphasis></sub></speak>", "take <emphasis> out"),
        ("<speak><prosody contour='(0%,+1st)'>a</prosody></speak>", "attribute contour"),
        (
            "<speak>" + "<prosody rate='200%'>" * 4 + "a" + "</prosody>" * 4 + "</speak>",
            "column 71: the rate comes to 16",
        ),
        ("<speak>a<break time='9999999s'/></speak>", "0 to 60 s, not '9999999s'"),
        ("<speak>a<break time='60.001s'/></speak>", "0 to 60 s"),
        ("<speak>a<break time='-1s'/></speak>", "0 to 60 s"),
        ("<speak>a<break time='5'/></speak>", "a pause is written"),
        ("<speak>a<break time='" + "9" * 5000 + "s'/></speak>", "a pause is written"),
        ("<speak>a<break strength='huge'/></speak>", "'huge'"),
        ("<speak>a" + "<break time='60s'/>" * 61 + "</speak>", "more than 3600 s"),
        ("<speak><emphasis level='x'>a</emphasis></speak>", "not 'x'"),
        ("<speak><say-as>a</say-as></speak>", "interpret-as is 1 to"),
        ("<speak><sub>a</sub></speak>", "alias is 1 to"),
        ("<speak><sub alias=''>a</sub></speak>", "alias is 1 to"),
        ("<speak><phoneme>a</phoneme></speak>", "lacks its ph"),
        ("<speak><lang>a</lang></speak>", "language tag"),
        ("<speak><voice>a</voice></speak>", "asks for nothing"),
        ("<speak>a<mark/></speak>", "name is 1 to"),
        ("<speak>a\ud800b</speak>", "UTF-8"),
        (BOMB, "document types"),
    ],
)
def test_what_is_not_done_is_refused_in_one_line(source, words):
    with pytest.raises(InvalidText) as caught:
        parse(source)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


LARGE = {
    "deep styles": ("<speak>" + "<emphasis>" * 100_000, "64 deep"),
    "attributes": (
        "<speak " + " ".join(f"a{i}='1'" for i in range(100_000)) + ">a</speak>",
        "attribute a0",
    ),
}


@pytest.mark.timeout(30)  # expanding or recursing would take far longer, or the stack
@pytest.mark.parametrize("kind", LARGE)
def test_too_much_is_refused(kind):
    source, words = LARGE[kind]
    with pytest.raises(InvalidText, match=words):
        parse(source)


@pytest.mark.timeout(60)  # quadratic time would be hours
@pytest.mark.parametrize("text", ["a  ", "&#65;", "a\n", "<![CDATA[a]]>", "é<!---->"])
def test_much_text_takes_time_in_proportion(text):
    count = 300_000
    (segment,) = _said(parse(f"<speak>{text * count}</speak>"))
    assert sum(char.isalpha() for char in segment.text) == count


def test_thousands_of_sentences_are_no_pauses_that_were_asked_for():
    script = parse("<speak>" + "<s>a.</s>" * 15_000 + "</speak>")
    assert len(_said(script)) == 15_000
    assert script.count(Pause(0.3)) == 14_999


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", ["Hello there."]),
        ("a [pause 500ms] b", ["a", 0.5, "b"]),
        ("a [PAUSE 2s]\n\nb", ["a", 2.0, "b"]),
        ("a [pause] b", ["a", 0.3, "b"]),
        ("[pause 1s] a [pause 1.5 s]", [1.0, "a", 1.5]),
        ("a [paused] [x] b < & c", ["a [paused] [x] b < & c"]),
        ("a\n\nb", ["a\n\nb"]),
    ],
)
def test_plain_text_may_hold_pauses(text, expected):
    script = parse_plain(text)
    seen = [item.text if isinstance(item, Segment) else item.seconds for item in script]
    assert seen == expected
    for segment in _said(script):
        assert text[segment.start_char : segment.stop_char] == segment.text
        assert segment.written(0, len(segment.text)) == (segment.start_char, segment.stop_char)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to say"),
        ("[pause 2s]", "nothing to say"),
        ("a\n[pause 61s]", "line 2, column 1: a pause lasts"),
        ("a [pause for effect]", "write .pause 2s."),
        ("a [pause -1s]", "0 to 60 s"),
        ("a" + "[pause 60s]" * 61, "3600"),
    ],
)
def test_pauses_that_are_none_are_refused(text, words):
    with pytest.raises(InvalidText, match=words):
        parse_plain(text)


def test_marks_keep_their_names():
    assert parse("<speak><mark name='here'/>a</speak>")[0] == Mark("here")
