from itertools import pairwise

import pytest

import menura
from menura.studio import Studio
from menura.text import japanese


def _captions(studio: Studio, text: str, language: str | None = None) -> list[str]:
    take = studio.render(menura.Speech(text, voice="nora", language=language))
    words = take.captions
    assert take.report.measured["words"] == len(words)
    assert all(a.end_char <= b.start_char for a, b in pairwise(words))
    assert all(a.start_char < a.end_char for a in words)
    times = [time_s for word in words for time_s in (word.start_s, word.end_s)]
    assert times == sorted(times)
    return [word.text for word in words]


@pytest.mark.parametrize(
    ("text", "language", "captions"),
    [
        ("the A/C manual; TCP/IP", None, ["the", "A", "/", "C", "manual;", "TCP", "/", "IP"]),
        ("say {maybe}.", None, ["say", "{", "maybe", "}."]),
        ("{{7*7}}", None, ["{", "{", "7", "*", "7", "}", "}"]),
        ('"quoted" (word)', None, ['"quoted"', "(word)"]),
        ("I am in the house.", None, ["I", "am", "in", "the", "house."]),
        ("for a while", None, ["for", "a", "while"]),
        ("2025年5月我用iPhone", "zh", ["2025", "年", "5", "月", "我", "用", "iPhone"]),
        ("わたしのiPhoneです。", "ja", ["わたしの", "iPhone", "です。"]),
        ("2025ねん0%です", "ja", ["2025", "ねん", "0%", "です"]),
        ("기차는 몇 시에", "ko", ["기차는", "몇", "시에"]),
        ("Tel. 030/123456, danke.", "de", ["Tel.", "030/123456,", "danke."]),
    ],
)
def test_each_written_word_has_its_own_caption(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, text, language, captions
) -> None:
    # With the extra, Open JTalk parts Japanese words more finely.
    monkeypatch.setattr(japanese, "is_installed", lambda: False)
    assert _captions(studio, text, language) == captions


def test_captions_of_ssml_show_the_text_itself(studio: Studio) -> None:
    text = (
        "<speak>Fish &amp; chips &lt;3 caf&#233; <![CDATA[x & z]]> "
        '<sub alias="company">M&amp;S <!-- a -->Co</sub>.</speak>'
    )
    assert _captions(studio, text) == [
        "Fish", "&", "chips", "<", "3", "café", "x", "&", "z", "M&S Co",
    ]  # fmt: skip


def test_a_number_that_is_said_in_two_chunks_is_shared_out(studio: Studio) -> None:
    captions = _captions(studio, "9" * 36 + " ok")
    assert "".join(captions[:-1]) == "9" * 36
    assert len(captions) > 2


def test_what_say_as_cannot_do_is_reported(studio: Studio) -> None:
    take = studio.render(
        menura.Speech(
            '<speak>On <say-as interpret-as="date" format="dmy">3/4/2025</say-as> '
            '<say-as interpret-as="date" format="dmy">31/31/2025</say-as> '
            '<say-as interpret-as="expletive">damn</say-as></speak>',
            voice="nora",
        )
    )
    said = " ".join(word.said for word in take.captions)
    assert "April third" in said
    assert "damn" not in said
    assert len(take.report.ignored) == 2
    assert "date dmy" in take.report.ignored[0]
    assert "expletive" in take.report.ignored[1]
