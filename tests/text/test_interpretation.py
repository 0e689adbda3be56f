import pytest

from menura.text.interpretation import interpret
from menura.text.prosody import SayAs


@pytest.mark.parametrize(
    ("kind", "form", "written", "said"),
    [
        ("cardinal", "", "1234", "one thousand two hundred thirty-four"),
        ("cardinal", "", "1990", "one thousand nine hundred ninety"),
        ("cardinal", "", "-1,234.5", "minus one thousand two hundred thirty-four point five"),
        ("cardinal", "", "007", "seven"),
        ("cardinal", "", "IV", "four"),
        ("ordinal", "", "21", "twenty-first"),
        ("ordinal", "", "XIV", "fourteenth"),
        ("date", "dmy", "3/4/2025", "April third, twenty twenty-five"),
        ("date", "mdy", "3/4/2025", "March fourth, twenty twenty-five"),
        ("date", "ydm", "2025 3 4", "April third, twenty twenty-five"),
        ("date", "ymd", "20250403", "April third, twenty twenty-five"),
        ("date", "dmy", "3 Apr 99", "April third, nineteen ninety-nine"),
        ("date", "md", "12/25", "December twenty-fifth"),
        ("date", "dm", "29.2", "February twenty-ninth"),
        ("date", "my", "4/2025", "April twenty twenty-five"),
        ("date", "y", "1990", "nineteen ninety"),
        ("date", "m", "4", "April"),
        ("date", "d", "4", "fourth"),
        ("time", "hms12", "2:30pm", "two thirty P M"),
        ("time", "hm24", "1430", "fourteen thirty"),
        ("time", "ms", "5:01", "five minutes one second"),
        ("fraction", "", "1 1/2", "one and a half"),
        ("unit", "", "10kg", "ten kilograms"),
        ("currency", "EUR", "12.50", "twelve euros and fifty cents"),
        ("currency", "", "$5", "five dollars"),
    ],
)
def test_english_is_said_as_it_is_meant(kind, form, written, said):
    assert interpret(written, SayAs(kind=kind, format=form), "en-us") == (said, "")


@pytest.mark.parametrize(
    ("language", "kind", "form", "written", "said"),
    [
        ("en-gb", "date", "md", "12/25", "the twenty-fifth of December"),
        ("de", "cardinal", "", "1990", "eintausendneunhundertneunzig"),
        ("de", "ordinal", "", "21", "einundzwanzigste"),
        ("de", "date", "dm", "3/4", "dritter April"),
        ("de", "fraction", "", "3/7", "drei durch sieben"),
        ("de", "currency", "USD", "1,012.50", "eintausendzwölf US-Dollar fünfzig"),
        ("fr", "date", "dmy", "1/4/2025", "premier avril deux mille vingt-cinq"),
        ("fr", "time", "ms", "1:30", "une minute trente secondes"),
        ("es", "date", "my", "4/2025", "abril de dos mil veinticinco"),
        ("it", "cardinal", "", "IX", "nove"),
        ("pt-br", "unit", "", "2 km", "dois quilômetros"),
        ("ru", "cardinal", "", "IV", "4"),
    ],
)  # fmt: skip
def test_other_languages_have_their_own_words(language, kind, form, written, said):
    assert interpret(written, SayAs(kind=kind, format=form), language) == (said, "")


@pytest.mark.parametrize(
    ("language", "kind", "form", "written"),
    [
        ("en-us", "date", "dmy", "31/31/2025"),
        ("en-us", "date", "dmy", "30/2/2025"),
        ("en-us", "date", "md", "1/2/3"),
        ("en-us", "time", "hm12", "15:00"),
        ("en-us", "cardinal", "", "many"),
        ("en-us", "currency", "XYZ", "12"),
        ("ru", "date", "dmy", "3/4/2025"),
        ("ru", "ordinal", "", "3"),
    ],
)
def test_what_is_not_done_is_named(language, kind, form, written):
    said, missed = interpret(written, SayAs(kind=kind, format=form), language)
    assert said is None
    assert kind in missed
    assert form in missed
    assert written in missed


def test_an_expletive_is_never_said():
    said, missed = interpret("damn", SayAs(kind="expletive"), "de-at")
    assert said == "piep"
    assert "expletive" in missed


@pytest.mark.parametrize("kind", ["characters", "digits", "telephone"])
def test_what_is_spelled_is_left_to_the_speller(kind):
    assert interpret("12", SayAs(kind=kind), "en-us") == (None, "")
