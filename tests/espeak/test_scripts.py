from itertools import pairwise

import pytest

from menura.errors import NotFound
from menura.espeak import languages
from menura.espeak.scripts import divide


@pytest.mark.parametrize(
    ("text", "language", "kanji", "expected"),
    [
        ("Hello there.", "en-us", False, [("Hello there.", "en-us")]),
        ("", "de", False, [("", "de")]),
        (
            "Hello привет, мир 5 раз. Bye",
            "en",
            False,
            [("Hello ", "en-us"), ("привет, мир 5 раз.", "ru"), (" Bye", "en-us")],
        ),
        (
            "He said “早上好” (שלום).",
            "en-gb",
            False,
            [("He said ", "en-gb"), ("“早上好”", "cmn"), (" ", "en-gb"), ("(שלום).", "he")],
        ),
        ("السلام عليكم", "fr", False, [("السلام عليكم", "ar")]),
        ("สวัสดีครับ ok", "de", False, [("สวัสดีครับ", "th"), (" ok", "de")]),
        (
            "日本語です and 早",
            "en",
            True,
            [("日本語です", "ja"), (" and ", "en-us"), ("早", "cmn")],
        ),
        ("は早", "en", True, [("は早", "ja")]),
        ("早い", "en", False, [("早", "cmn"), ("い", "ja")]),
        ("日本語です", "ja", False, [("日本語です", "ja")]),
        (
            "わたしのiPhone 15はTシャツ",
            "ja",
            False,
            [
                ("わたしの", "ja"),
                ("iPhone", "en-us"),
                (" 15は", "ja"),
                ("T", "en-us"),
                ("シャツ", "ja"),
            ],
        ),
        ("わたしのiPhone", "ja", True, [("わたしのiPhone", "ja")]),
        ("ซื้อiPhoneแล้ว", "th", False, [("ซื้อ", "th"), ("iPhone", "en-us"), ("แล้ว", "th")]),
        ("我用iPhone", "zh", False, [("我用iPhone", "cmn")]),
        ("Привет", "bg", False, [("Привет", "bg")]),
        ("αβγ नमस्ते 한국", "en", False, [("αβγ नमस्ते 한국", "en-us")]),
        ("ລາວ x", "en", False, [("ລາວ x", "en-us")]),
    ],
)
def test_words_go_to_the_language_that_reads_them(text, language, kanji, expected):
    stretches = divide(text, language, kanji=kanji)
    assert [(text[s.start : s.stop], s.language) for s in stretches] == expected


def test_every_main_language_reads_its_script():
    for script in languages.scripts():
        if script.main is None:
            assert not script.read_by, script.name
        else:
            assert languages.find(script.main).tag == script.main
            assert script.main in script.read_by


def test_nothing_is_lost_at_a_megabyte():
    text = "word слово, 字 " * 70_000
    stretches = divide(text, "en")
    assert stretches[0].start == 0
    assert stretches[-1].stop == len(text)
    assert all(a.stop == b.start for a, b in pairwise(stretches))


def test_an_unknown_language_is_refused():
    with pytest.raises(NotFound):
        divide("привет", "xx")
