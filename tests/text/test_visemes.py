import itertools
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import menura.text.visemes as module
from menura.errors import InvalidInput
from menura.espeak import Pool, Utterance, languages
from menura.text.visemes import shapes, visemes

FACTS = tomllib.loads(Path(module.__file__).with_name("visemes.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        # the examples of the reference: put, fat, think, tip, call, chair, sir, lot, red, car, ...
        ("p", ["PP"]),
        ("m", ["PP"]),
        ("v", ["FF"]),
        ("ð", ["TH"]),
        ("d", ["DD"]),
        ("ɡ", ["kk"]),
        ("tʃ", ["CH"]),
        ("t͡ʃ", ["CH"]),
        ("dʒ", ["CH"]),
        ("ʃ", ["CH"]),
        ("z", ["SS"]),
        ("l", ["nn"]),
        ("ɹ", ["RR"]),
        ("ˈɑː", ["aa"]),
        ("ɛ", ["E"]),
        ("ɪ", ["ih"]),
        ("oʊ", ["oh", "ou"]),
        ("ˈʊ", ["ou"]),
        ("aɪ", ["aa", "ih"]),
        ("ɔ̃", ["oh"]),
        ("ẽ", ["E"]),
        ("ç", ["kk"]),
        ("tsʰ", ["SS"]),
        ("r̝̊", ["RR"]),
        ("n̩", ["nn"]),
        ("t̪ˠ", ["DD"]),
        ("ɒː", ["oh"]),
        ("˥", []),
        ("ʲ", []),
        ("5", []),
        ("h", [""]),
    ],
)
def test_phonemes_have_shapes(ipa, expected):
    assert list(shapes(ipa)) == expected
    assert shapes(unicodedata.normalize("NFD", ipa)) == shapes(ipa)


@pytest.mark.parametrize(
    ("phonemes", "expected"),
    [
        ([], []),
        ([("m", 0.0, 0.1)], [("PP", 0.0, 0.1)]),
        ([("m", 0.0, 0.1), ("b", 0.1, 0.2)], [("PP", 0.0, 0.2)]),
        ([("ˈaɪ", 0.1, 0.3)], [("aa", 0.1, 0.2), ("ih", 0.2, 0.3)]),
        ([("h", 0.0, 0.1), ("ˈuː", 0.1, 0.3)], [("ou", 0.0, 0.3)]),
        ([("h", 0.0, 0.1), ("ʔ", 0.1, 0.2)], [("sil", 0.0, 0.2)]),
        ([("a", 0.0, 0.1), ("h", 0.1, 0.2), ("", 0.2, 0.3)], [("aa", 0, 0.1), ("sil", 0.1, 0.3)]),
        ([("a", 0.0, 0.1), ("˥", 0.1, 0.2), ("t", 0.2, 0.3)], [("aa", 0, 0.2), ("DD", 0.2, 0.3)]),
        ([("ː", 0.0, 0.1)], [("sil", 0.0, 0.1)]),
        ([("t", 0.0, 0.1), ("t", 0.2, 0.3)], [("DD", 0, 0.1), ("sil", 0.1, 0.2), ("DD", 0.2, 0.3)]),
        ([("t", 0.0, 0.1), ("s", 0.1, 0.1), ("a", 0.1, 0.2)], [("DD", 0.0, 0.1), ("aa", 0.1, 0.2)]),
        ([("t", 0.0, 0.1), ("a", 0.1 - 1e-9, 0.2)], [("DD", 0.0, 0.1), ("aa", 0.1, 0.2)]),
    ],
)
def test_shapes_follow_each_other_in_time(phonemes, expected):
    found = [(viseme.name, viseme.start_s, viseme.end_s) for viseme in visemes(phonemes)]
    assert [name for name, _, _ in found] == [name for name, _, _ in expected]
    for (_, *times), (_, *wanted) in zip(found, expected, strict=True):
        assert times == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("phonemes", "words"),
    [
        ([("и", 0.0, 0.1)], "'и' in the phoneme"),
        ([("!", 0.0, 0.1)], "no IPA"),
        ([("a", 0.2, 0.1)], "out of order"),
        ([("a", 0.0, 0.2), ("a", 0.1, 0.3)], "out of order"),
        ([("a", float("nan"), 0.1)], "out of order"),
        ([("a", 0.0, float("inf"))], "out of order"),
    ],
)
def test_what_is_no_phoneme_is_refused(phonemes, words):
    with pytest.raises(InvalidInput, match=words):
        visemes(phonemes)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "h", "a", "aɪ", "t", "ː", "m", "b", "ts"]),
            st.sampled_from([0.0, 0.03, 0.1]),
            st.sampled_from([0.0, 0.05]),
        )
    )
)
def test_shapes_fill_the_time_without_gap_or_repetition(steps):
    now, phonemes = 0.0, []
    for ipa, length_s, gap_s in steps:
        phonemes.append((ipa, now + gap_s, now + gap_s + length_s))
        now = phonemes[-1][2]
    found = visemes(phonemes)
    for left, right in itertools.pairwise(found):
        assert left.end_s == right.start_s
        assert left.name != right.name
    assert all(viseme.name in FACTS["names"] for viseme in found)
    covered = sum(viseme.end_s - viseme.start_s for viseme in found)
    expected = phonemes[-1][2] - phonemes[0][1] if phonemes else 0.0
    assert covered == pytest.approx(expected)


def test_the_table_names_the_fifteen_shapes_and_no_sound_twice():
    assert len(FACTS["names"]) == len(set(FACTS["names"])) == 15
    assert {*FACTS["shapes"], "sil"} == set(FACTS["names"])
    sounds = [*itertools.chain(*FACTS["shapes"].values()), *FACTS["next"]]
    assert len(sounds) == len(set(sounds))
    assert not set(sounds) & set(FACTS["silent"])


NUMBERS = "1 2 3 4 5 6 7 8 9 10 20 30 100 1000."
WORDS = {  # of languages that have no numbers in espeak-ng, or whose numbers crash it (kl: 7, 8, 9)
    "chr-us-qaaa-x-west": "ᎣᏏᏲ ᏙᎯᏧ ᎦᏙ ᏕᏣᏙᎥ",
    "cv": "Чӑваш чӗлхи пур ҫӗрте",
    "kl": "inuit oqaasii aamma tupilak",
    "sjn": "mae govannen mellon, galadhrim",
}


def _shown(pool, text, language="en-us"):
    rendering = pool.speak(Utterance(text=text, language=language))
    events = rendering.select("phoneme")
    frames = [*(event.frame for event in events), rendering.samples.size]
    return visemes(
        [
            (event.ipa, start / rendering.rate, stop / rendering.rate)
            for event, (start, stop) in zip(events, itertools.pairwise(frames), strict=True)
        ]
    )


def test_every_language_of_espeak_moves_the_mouth():
    used = set()
    with Pool(1) as pool:
        for tag in (language.tag for language in languages.languages()):
            names = {viseme.name for viseme in _shown(pool, WORDS.get(tag, NUMBERS), tag)}
            assert len(names) >= 6, tag
            used |= names
    assert used == set(FACTS["names"])


def test_a_word_has_the_lips_it_should():
    with Pool(1) as pool:
        found = _shown(pool, "bamboo")
    assert [viseme.name for viseme in found] == ["PP", "aa", "PP", "ou", "sil"]
    bi, am, boo, oo, rest = (viseme.end_s - viseme.start_s for viseme in found)
    assert min(am, oo) > 0.05  # vowels are held
    assert min(bi, boo, rest) > 0.0
