import pytest

from menura.errors import InvalidInput, NotFound
from menura.espeak import Pool, Utterance
from menura.espeak.languages import find, find_variant, languages, unreadable, variants

# espeak-ng 1.52 has no words for digits in these, and is silent on them.
NO_NUMBERS = {"chr-us-qaaa-x-west": "ama", "cv": "ама", "sjn": "ama"}


def test_every_language_speaks_a_word():
    known = languages()
    assert len(known) >= 130
    assert len({language.tag for language in known}) == len(known)
    with Pool(2) as pool:
        renderings = list(
            pool.speak_many(
                Utterance(text=NO_NUMBERS.get(language.tag, "3"), language=language.tag)
                for language in known
            )
        )
    silent = [
        language.tag
        for language, rendering in zip(known, renderings, strict=True)
        if len(rendering.samples) < 2_000 or abs(rendering.samples).max() < 0.02
    ]
    assert not silent
    # Languages say "three" differently; dialects may agree.
    said = {"".join(e.ipa for e in r.select("phoneme")) for r in renderings}
    assert len(said) > 80


def test_every_variant_sounds():
    names = variants()
    assert len(names) > 100
    with Pool(2) as pool:
        renderings = list(pool.speak_many(Utterance(text="aha", variant=name) for name in names))
    assert min(abs(rendering.samples).max() for rendering in renderings) > 0.01
    assert len({rendering.samples.tobytes() for rendering in renderings}) > 90


def test_every_tag_of_a_language_finds_it():
    for language in languages():
        for tag in language.tags:
            if tag not in ("en", "no", "zh"):  # these have preferences of their own
                assert find(tag).tag == language.tag, tag
        assert find(language.tag.upper().replace("-", "_")) == language


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("en", "en-us"),
        ("EN_us", "en-us"),
        ("en-GB", "en-gb"),
        ("en-AU", "en-gb"),
        ("en-CA", "en-us"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("pt-BR", "pt-br"),
        ("pt", "pt"),
        ("de-AT", "de"),
        ("fr", "fr-fr"),
        ("fr-CH", "fr-ch"),
        ("fr-CA", "fr-fr"),
        ("es", "es"),
        ("es-MX", "es-419"),
        ("es-AR", "es-419"),
        ("no", "nb"),
        ("iw", "he"),
        ("sr-Latn-RS", "sr"),
        ("vi", "vi"),
        ("German", "de"),
        ("english (america)", "en-us"),
        ("yue-latn-jyutping", "yue-latn-jyutping"),
        ("chr", "chr-us-qaaa-x-west"),
    ],
)
def test_a_tag_finds_what_people_mean(asked, expected):
    assert find(asked).tag == expected


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ("xx", NotFound, "xx"),
        ("germann", NotFound, "german"),
        ("xx-US", NotFound, "no language"),
        ("", InvalidInput, "tag"),
        ("../de", InvalidInput, "tag"),
        ("de\0", InvalidInput, "tag"),
        ("de\n", InvalidInput, "tag"),
        ("a" * 4_096, InvalidInput, "tag"),
        ("gmw/de", InvalidInput, "tag"),
        ("de+f3", NotFound, "no language"),
    ],
)
def test_a_tag_that_is_none_is_refused(asked, error, words):
    with pytest.raises(error, match=words) as caught:
        find(asked)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("f3", "f3"), ("F3", "f3"), ("REED", "Reed"), ("mr serious", "Mr serious")],
)
def test_a_variant_is_found_in_any_case(asked, expected):
    assert find_variant(asked) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("漢字とひらがな、カナ abc", "ja", "漢字"),
        ("漢字とひらがな", "zh", "とひらがな"),
        ("日本 hello 日", "en", "日本"),
        ("привет", "ru", ""),
        ("привет", "en", "привет"),
        ("नमस्ते 한국어 hello", "de", ""),
        ("مرحبا", "ar", ""),
        ("שלום", "ar", "שלום"),
        ("Hello, 3 €!", "ja", ""),
        ("", "en", ""),
    ],
)
def test_what_cannot_be_read_is_named(text, language, expected):
    assert unreadable(text, language) == expected


@pytest.mark.parametrize(
    ("word", "foreign", "own"),
    [("привет", "de", "ru"), ("سلام", "de", "ar"), ("漢字", "ko", "zh"), ("ひらがな", "en", "ja")],
)
def test_what_is_called_unreadable_is_spelled(word, foreign, own):
    with Pool(1) as pool:
        spelled, read = (
            [e for e in pool.speak(Utterance(text=word, language=tag)).select("phoneme") if e.ipa]
            for tag in (foreign, own)
        )
    assert unreadable(word, foreign) == word
    assert unreadable(word, own) == ""
    assert len(spelled) > 2 * len(read)
