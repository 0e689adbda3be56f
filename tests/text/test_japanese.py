import pytest

import menura
from menura.studio import Studio
from menura.text.reading import read

pytestmark = pytest.mark.usefixtures("needs_japanese")


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("日本語を話します。", [("ニホンゴ", "日本語"), ("ハナシ", "話し")]),
        ("2024年は良い年だ。", [("ニ セン ニ ジュー ヨ", "2024"), ("ヨイ", "良い")]),
        ("「すごい」と彼は言った。", [("スゴイ", "すごい"), ("カレ", "彼")]),
    ],
)
def test_kanji_and_numbers_become_kana_word_by_word(written: str, pairs: list) -> None:
    reading = read(written, "ja", 1000)
    assert not any("\u4e00" <= c <= "\u9fff" or c.isdigit() for c in reading.said)
    spans = reading.normalized.spans
    assert "".join(written[s.written_start : s.written_stop] for s in spans) == written
    said = {
        reading.said[s.said_start : s.said_stop].strip(): written[s.written_start : s.written_stop]
        for s in spans
    }
    assert all(said[kana] == word for kana, word in pairs)


def test_japanese_with_kanji_is_spoken_with_captions(studio: Studio, capfd) -> None:
    text = "日本語を話します。とても良い天気です。"
    take = studio.render(menura.Speech(text, language="ja"))
    assert 2 < take.audio.duration_s < 8
    assert all(text[w.start_char : w.end_char] == w.text for w in take.captions)
    assert "".join(w.text for w in take.captions) == text
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("written", ["♪ ♫", "一 ♪", "★ ★ 日本", "♪\n♫ ♪"])
def test_signs_that_open_jtalk_leaves_out_stay_where_they_are(written: str) -> None:
    spans = read(written, "ja", 1000).normalized.spans
    assert "".join(written[s.written_start : s.written_stop] for s in spans) == written
