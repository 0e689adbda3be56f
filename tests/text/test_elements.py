import pytest

from menura.errors import InvalidText
from menura.text.elements import break_s, end_s, enter, pause_s, short
from menura.text.prosody import SayAs, Style, VoiceWish


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        ("emphasis", {}, {"emphasis": "moderate"}),
        ("lang", {"xml:lang": "fr"}, {"language": "fr"}),
        ("voice", {"name": "nora"}, {"voice": VoiceWish(name="nora"), "language": None}),
        (
            "voice",
            {"gender": "female", "age": "30", "languages": "de-DE"},
            {"voice": VoiceWish(gender="female", age_years=30, language="de-DE"), "language": None},
        ),
        ("voice", {"xml:lang": "it"}, {"voice": VoiceWish(language="it"), "language": "it"}),
        (
            "say-as",
            {"interpret-as": "date", "format": "dmy"},
            {"say_as": SayAs(kind="date", format="dmy")},
        ),
        ("say-as", {"interpret-as": "spell-out"}, {"say_as": SayAs(kind="characters")}),
        (
            "say-as",
            {"interpret-as": "telephone", "format": "39"},
            {"say_as": SayAs(kind="telephone", format="39")},
        ),
        (
            "say-as",
            {"interpret-as": "currency", "format": "EUR"},
            {"say_as": SayAs(kind="currency", format="EUR")},
        ),
        ("phoneme", {"ph": "təˈmɑːtəʊ"}, {"phonemes": "təˈmɑːtəʊ"}),
        ("phoneme", {"alphabet": "x-sampa", "ph": 't@"mA:t@U'}, {"phonemes": "təˈmɑːtəʊ"}),
        ("p", {"xml:lang": "de-AT"}, {"language": "de-AT"}),
        ("speak", {"version": "1.0", "xml:lang": "fr"}, {"language": "fr"}),
        ("prosody", {"rate": "50%"}, {"rate": 0.5}),
        ("mark", {"name": "here"}, {}),
    ],
)
def test_an_element_changes_what_it_names(name, attributes, expected):
    style = enter(name, Style(), attributes)
    for key in Style.__slots__:
        assert getattr(style, key) == expected.get(key, getattr(Style(), key)), key


@pytest.mark.parametrize(
    ("name", "attributes", "words"),
    [
        ("speak", {"version": "2"}, "version 1.1"),
        ("emphasis", {"level": "x"}, "not 'x'"),
        ("say-as", {}, "interpret-as is 1 to"),
        ("say-as", {"interpret-as": "name"}, "not 'name'"),
        ("say-as", {"interpret-as": "date", "format": "x"}, "date takes mdy"),
        ("say-as", {"interpret-as": "digits", "format": "x"}, "no such format"),
        ("phoneme", {}, "lacks its ph"),
        ("phoneme", {"ph": ""}, "1 to 1000"),
        ("phoneme", {"ph": "4?!"}, "no IPA"),
        ("phoneme", {"alphabet": "arpabet", "ph": "a"}, "'arpabet'"),
        ("phoneme", {"alphabet": "x-sampa", "ph": "é"}, "no X-SAMPA"),
        ("lang", {}, "language tag"),
        ("lang", {"xml:lang": "../x"}, "language tag"),
        ("voice", {}, "asks for nothing"),
        ("voice", {"gender": "x"}, "male, female or neutral"),
        ("voice", {"age": "-1"}, "0 to 150"),
        ("voice", {"age": "²"}, "0 to 150"),
    ],
)
def test_attributes_that_say_nothing_are_refused(name, attributes, words):
    with pytest.raises(InvalidText) as caught:
        enter(name, Style(), attributes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, 0.3),
        ({"time": "2s"}, 2.0),
        ({"time": "500ms"}, 0.5),
        ({"time": ".5s"}, 0.5),
        ({"time": "+1s", "strength": "x-weak"}, 1.0),
        ({"time": "60s"}, 60.0),
        ({"strength": "strong"}, 0.53),
        ({"strength": "none"}, 0.0),
        ({"strength": "huge"}, "'huge'"),
        ({"time": "2s", "strength": "huge"}, "'huge'"),
        ({"time": "9999999s"}, "0 to 60 s, not '9999999s'"),
        ({"time": "60.001s"}, "0 to 60 s"),
        ({"time": "-1s"}, "0 to 60 s"),
        ({"time": "5"}, "a pause is written"),
        ({"time": "9" * 5000 + "s"}, "a pause is written"),
    ],
)
def test_a_break_has_a_time_or_a_strength(attributes, expected):
    if isinstance(expected, float):
        assert break_s(attributes) == expected
        return
    with pytest.raises(InvalidText, match=expected):
        break_s(attributes)


def test_a_pause_alone_is_that_of_a_sentence():
    assert pause_s("") == end_s("s")
    assert end_s("s") < end_s("p")
    assert end_s("emphasis") is None


@pytest.mark.parametrize("value", [None, "", "  ", "a" * 129, "a\x07"])
def test_names_are_short_and_printable(value):
    assert short("name", {"name": " here "}) == "here"
    with pytest.raises(InvalidText, match="name is 1 to 128"):
        short("name", {} if value is None else {"name": value})
