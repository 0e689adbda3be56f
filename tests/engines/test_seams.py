import pytest

from menura.engines.speech.formant.seams import seams


@pytest.mark.parametrize(
    ("words", "phonemes", "places"),
    [
        ("I am", "aɪ ɐ m", [1]),
        ("of the", "ʌ v ð ə", [2]),
        ("have been", "h ɐ v b ɪ n", [3]),
        ("out of", "ˌaʊ ɾ ə v", [2]),
        ("for a while", "f ɚ ɹ ə w ˈaɪ l", [3, 4]),
        ("to you", "t ə j uː", [2]),
        # No vowel for each written one: by length.
        ("기차는 몇", "ɡ ˈi tʃ h ɐ n ˌɯ n m j ˈʌ t", [9]),
        ("x 12", "a b c", [1]),
    ],
)
def test_words_said_as_one_are_told_apart(words, phonemes, places):
    assert seams(words.split(), phonemes.split()) == places


def test_each_word_gets_a_phoneme_at_least():
    assert seams(["a" * 50, "b", "c"], ["p", "t", "k"]) == [1, 2]
