import pytest

from menura.espeak import Pool, Utterance


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as running:
        yield running


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Hello, brave new world.", "en", ["Hello", "brave", "new", "world"]),
        ("naïve café — it’s “quoted”.", "en", ["naïve", "café", "it’s", "quoted"]),
        ("I don't know a well-known man", "en", ["I", "don't", "know", "a", "well-known", "man"]),
        ("In the end, out of it.", "en", ["In the", "end", "out of", "it"]),
        ("cafe\u0301 vital e\u0301lan now", "en", ["cafe\u0301", "vital", "e\u0301lan", "now"]),
        ("one 🎉 two 👩‍👩‍👧 three", "en", ["one", "🎉", "two", "👩‍👩‍👧", "three"]),
        (
            "It costs $3.50 or 1,234 at 10:30am",
            "en",
            ["It", "costs", "$3.50", "or", "1,234", "at", "10:30am"],
        ),
        ("write to foo@bar.com, 50% off!", "en", ["write", "to", "foo@bar.com", "50%", "off"]),
        ("vital—and salt & pepper", "en", ["vital", "and", "salt", "&", "pepper"]),
        ("𝔘nicode works", "en", ["𝔘nicode", "works"]),
        ("Schöne Grüße aus München!", "de", ["Schöne", "Grüße", "aus", "München"]),
        ("Bonjour l'ami, c'est l'été.", "fr", ["Bonjour", "l'ami", "c'est", "l'été"]),
        ("今天天气。", "zh", ["今", "天", "天", "气"]),
        (
            "2025年5月我用iPhone买50%的",
            "zh",
            ["2025", "年", "5", "月", "我", "用", "iPhone", "买", "50%", "的"],
        ),
        ("नमस्ते दुनिया।", "hi", ["नमस्ते", "दुनिया"]),
        ("مرحبا بالعالم، كيف؟", "ar", ["مرحبا", "بالعالم", "كيف"]),
        ("안녕하세요 세계", "ko", ["안녕하세요", "세계"]),
        ("ひらがな カタカナです。", "ja", ["ひらがな", "カタカナです"]),
        ("((((", "en", []),
    ],
)
def test_every_written_word_is_found_once_in_order(pool, text, language, words):
    rendering = pool.speak(Utterance(text=text, language=language))
    events = rendering.select("word")
    assert [event.text for event in events] == words
    for event in events:
        span = text[event.start_char : event.start_char + event.length_chars]
        assert span == event.text
    starts = [event.start_char for event in events]
    assert starts == sorted(set(starts))
    frames = [event.frame for event in events]
    assert frames == sorted(frames)


def test_sentences_and_ends_tile_the_text(pool):
    text = "Hello there, you. Second sentence here! Is it?"
    rendering = pool.speak(Utterance(text=text))
    sentences = rendering.select("sentence")
    assert [event.text for event in sentences] == [
        "Hello there, you.",
        "Second sentence here!",
        "Is it?",
    ]
    ends = rendering.select("end")
    assert len(ends) == 4  # one of them at the comma
    assert ends[-1].frame == len(rendering.samples)
    assert [e.frame for e in sentences[1:]] == [ends[1].frame, ends[2].frame]


def test_a_phoneme_points_at_its_word(pool):
    rendering = pool.speak(Utterance(text="blue ocean"))
    by_word = {"blue": "", "ocean": ""}
    for event in rendering.select("phoneme"):
        by_word["blue ocean"[event.start_char :][: event.length_chars]] += event.ipa
    assert by_word == {"blue": "blˈuː", "ocean": "ˈoʊʃən"}


def test_a_switch_of_language_is_no_phoneme(pool):
    rendering = pool.speak(Utterance(text="Das ist бал, αλφα und नमन", language="de"))
    symbols = {event.ipa for event in rendering.select("phoneme")}
    assert len(symbols) > 8
    assert not any("(" in symbol or ")" in symbol for symbol in symbols)
