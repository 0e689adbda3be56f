import tomllib
import unicodedata
from pathlib import Path

import pytest

import menura.text.alphabets as module
from menura.errors import InvalidText
from menura.espeak import Pool, Utterance
from menura.text.alphabets import check_ipa, from_xsampa, to_espeak, to_ipa

FACTS = tomllib.loads(Path(module.__file__).with_name("alphabets.toml").read_text("utf-8"))
LANGUAGES = sorted((FACTS["espeak"].keys() | FACTS["like"].keys()) - {"any"})


# From Wells's own tables and examples, and the IPA handbook's transcriptions.
@pytest.mark.parametrize(
    ("xsampa", "ipa"),
    [
        ('"Ek.s@m.p@l', "ˈɛk.səm.pəl"),
        ("t_S", "t͡ʃ"),
        ("t_sa", "t͡sa"),
        ("t_hOp_}", "tʰɔp̚"),
        ("k_p", "k͡p"),
        ("a~ 9~ E~", "ɑ̃ œ̃ ɛ̃".replace("ɑ", "a")),
        ("r\\ r\\` r` R\\ R 4", "ɹ ɻ ɽ ʀ ʁ ɾ"),
        ("s\\ z\\ x\\ h\\ j\\ p\\", "ɕ ʑ ɧ ɦ ʝ ɸ"),
        ("b_< d_< g_< J\\_< G\\_<", "ɓ ɗ ɠ ʄ ʛ"),
        ("O\\ |\\ |\\|\\ =\\ !\\", "ʘ ǀ ǁ ǂ ǃ"),
        ("@` 3` @\\ 3\\", "ɚ ɝ ɘ ɞ"),
        ("n= l_= m_0 b_v", "n̩ l̩ m̥ b̬"),
        ("e:\\ e: e_X", "eˑ eː ĕ"),
        ("ma_T ma_H ma_M ma_L ma_B", "ma̋ má mā mà mȁ"),
        ("t' n_d s_a s_m", "tʲ n̪ s̺ s̻"),
        ('%foU"n{t-Ik', "ˌfoʊˈnætɪk"),
    ],
)
def test_xsampa_becomes_ipa(xsampa, ipa):
    assert from_xsampa(xsampa) == unicodedata.normalize("NFC", ipa)
    assert check_ipa(ipa) == from_xsampa(xsampa)


def test_every_xsampa_symbol_stands_for_something_of_its_own():
    table = FACTS["xsampa"]
    same = {frozenset(pair) for pair in (("P", "v\\"), ("=", "_="), ("~", "_~"), ("'", "_j"))}
    same |= {frozenset(pair) for pair in (("_F", "_\\"), ("_R", "_/"))}
    by_ipa = {}
    for symbol, ipa in table.items():
        assert symbol.isascii()
        by_ipa.setdefault(ipa, set()).add(symbol)
    assert {frozenset(found) for found in by_ipa.values() if len(found) > 1} == same
    letters = "abcdefhijklmnopqrstuvwxyzɡæçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈ"
    letters += "ʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢβθχǀǁǂǃ"  # the letters of the IPA's chart
    assert set(letters) <= set(by_ipa)


@pytest.mark.parametrize(
    ("text", "alphabet", "words"),
    [
        ("", "ipa", "1 to 1000"),
        ("a" * 1001, "ipa", "1 to 1000"),
        ("hello!", "ipa", "'!'"),
        ("HELLO", "ipa", "'H'"),
        ("a]] b [[c", "ipa", "']'"),
        ("a\n\x01b", "ipa", "no IPA"),
        ("ʃ\u0438", "ipa", "'\u0438'"),
        ("", "x-sampa", "1 to 1000"),
        ("é", "x-sampa", "no X-SAMPA"),
        ("a#", "x-sampa", "'#'"),
        ("a", "arpabet", "ipa or x-sampa"),
    ],
)
def test_what_is_no_transcription_is_refused(text, alphabet, words):
    with pytest.raises(InvalidText, match=words):
        to_ipa(text, alphabet)


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as running:
        yield running


def _heard(pool, ipa, language):
    phonemes = ((0, 1, to_espeak(ipa, language).text),)
    utterance = Utterance(text="x", phonemes=phonemes, language=language)
    events = pool.speak(utterance).select("phoneme")
    return [unicodedata.normalize("NFD", event.ipa) for event in events if event.ipa]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mnemonic_sounds_as_the_table_says(pool, language):
    facts = {name: FACTS["espeak"].get(name, {}) for name in ("any", language)}
    like = FACTS["espeak"].get(FACTS["like"].get(language), {})
    merged = {**facts["any"], **like, **facts[language]}
    table = {unicodedata.normalize("NFD", ipa) for ipa, name in merged.items() if name}
    vowel = "a" if "a" in table else "æ"
    words, expected = [], []
    for ipa in sorted(table - {"ː", "ʲ"}):
        if ipa[0] in FACTS["ipa"]["vowels"] or ipa.endswith("\u0329"):
            words.append(f"ˈ{ipa}")
            expected.append(f"ˈ{ipa}")
        else:
            words.append(f"{ipa}ˈ{vowel}")
            expected += [ipa, f"ˈ{vowel}"]
    # Between other words some sounds change (assimilation, liaison): each is spoken by itself.
    heard = [sound for word in words for sound in _heard(pool, word, language)]
    assert heard == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_the_ipa_can_be_said_somehow(pool, language):
    letters = [v for v in FACTS["xsampa"].values() if v and unicodedata.category(v[0])[0] == "L"]
    for ipa in (v for v in letters if unicodedata.category(v[0]) != "Lm"):
        said = to_espeak(f"{ipa}a", language)
        replaced = dict(said.changed).get(unicodedata.normalize("NFD", ipa))
        assert replaced is None or replaced, ipa
    sounds = _heard(pool, "pa ɸa ɢa ɥi ta", language)
    assert sounds[-2] == "t", sounds  # no mnemonic silenced the rest


@pytest.mark.parametrize(
    ("ipa", "language", "expected", "changed"),
    [
        ("həˈloʊ ˈwɜːld", "en", ["h", "ə", "l", "ˈoʊ", "w", "ˈɜː", "l", "d"], ()),
        ("ˈstɹɛŋθ", "en-us", ["s", "t", "ɹ", "ˈɛ", "ŋ", "θ"], ()),
        ("bɔ̃ˈʒuʁ", "fr", ["b", "ɔ̃", "ʒ", "ˈu", "ʁ"], ()),
        ("ˈt͡sʊnə", "de", ["ts", "ˈʊ", "n", "ə"], ()),
        ("ˈpero ˈpeɾo", "es", ["p", "ˈe", "r", "o", "p", "ˈe", "ɾ", "o"], ()),
        ("ˈθjelo", "es-MX", ["s", "j", "ˈe", "l", "o"], (("θ", "s"),)),
        ("koɾaˈsɐ̃ʊ", "pt-BR", ["k", "o", "ɾ", "a", "s", "ˈɐ̃ʊ"], ()),
        ("ˈyː", "en", ["ˈi"], (("y", "i"),)),
        ("aɪ̯", "de", ["ˈaɪ"], (("\u032f", ""),)),
        ("ˌɪntəˈnæʃnəl", "en-us", ["ˌɪ", "n", "t", "ə", "n", "ˈæ", "ʃ", "n", "əl"], ()),
    ],
)
def test_a_transcription_is_heard(pool, ipa, language, expected, changed):
    said = to_espeak(ipa, language)
    assert said.changed == changed
    wanted = [unicodedata.normalize("NFD", sound) for sound in expected]
    assert _heard(pool, ipa, language) == wanted


def test_length_is_heard_where_no_event_tells_it(pool):
    def frames(ipa):
        phonemes = ((0, 1, to_espeak(ipa, "es").text),)
        return pool.speak(Utterance(text="x", phonemes=phonemes, language="es")).samples.size

    assert frames("ˈkaːsa") > 1.1 * frames("ˈkasa")


@pytest.mark.parametrize(
    ("ipa", "language", "words"),
    [
        ("a", "ja", "cannot be spoken in ja"),
        ("!", "en", "no IPA"),
        ("ˈ", "en", "holds no sound"),
        ("ba" * 31, "en", "at most 60 sounds"),
    ],
)
def test_what_cannot_be_spoken_is_refused(ipa, language, words):
    with pytest.raises(InvalidText, match=words):
        to_espeak(ipa, language)
