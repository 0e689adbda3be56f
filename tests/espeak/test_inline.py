from itertools import pairwise

import pytest

from menura.errors import InvalidInput
from menura.espeak import Pool, Utterance, repair
from menura.espeak.inline import inline

TOMATO = "t@m'eItoU"
HEARD = ["t", "ə", "m", "ˈeɪ", "ɾ", "oʊ"]


@pytest.fixture(scope="module")
def pool():
    with Pool(1) as running:
        yield running


def _mark(text: str) -> Utterance:
    """Returns an utterance with phonemes for what stands in braces."""
    start, stop = text.index("{"), text.index("}") - 1
    plain = text.replace("{", "").replace("}", "")
    return Utterance(text=plain, phonemes=((start, stop, TOMATO),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I like {xyz} now.", ["I", "like", "xyz", "now"]),
        ("{xyz}", ["xyz"]),
        ("{xyz} now", ["xyz", "now"]),
        ("I like {xyz}.", ["I", "like", "xyz"]),
        ("I like ({xyz}), now.", ["I", "like", "xyz", "now"]),
        ('I like "{xyz}", now.', ["I", "like", "xyz", "now"]),
        ("I like “{New York}” now.", ["I", "like", "New York", "now"]),
        ("I like -{xyz}- now.", ["I", "like", "xyz", "now"]),
        ("I like {xyz}-like things.", ["I", "like", "xyz", "like", "things"]),
        ("I like {xyz}'s now.", ["I", "like", "xyz", "s", "now"]),
        ("I like {xyz}... now.", ["I", "like", "xyz", "now"]),
        ("I like —{xyz}— now.", ["I", "like", "xyz", "now"]),
        ("[[{xyz}]] now.", ["xyz", "now"]),
        ("x_{xyz}_y", ["x", "xyz", "y"]),
        ("of the {xyz} of the", ["of the", "xyz", "of the"]),
        ("日{xyz}本", ["日", "xyz", "本"]),
        ("{...} now", ["...", "now"]),
    ],
)
def test_given_phonemes_are_one_word_wherever_they_stand(pool, text, words):
    rendering = pool.speak(_mark(text))
    found = rendering.select("word")
    assert [word.text for word in found] == words
    start = text.index("{")
    place = next(i for i, word in enumerate(found) if word.start_char == start)
    after = found[place + 1].frame if place + 1 < len(found) else rendering.samples.size
    sounds = [
        event.ipa
        for event in rendering.select("phoneme")
        if event.ipa and found[place].frame <= event.frame < after
    ]
    assert [sound.replace("t", "ɾ") if i else sound for i, sound in enumerate(sounds)] == HEARD


def test_words_before_keep_their_times_and_words_after_their_lengths(pool):
    plain = pool.speak(Utterance(text="They all like tomato soup here.")).select("word")
    given = pool.speak(_mark("They all like {tomato} soup here.")).select("word")
    assert [w.text for w in plain] == [w.text for w in given]
    assert [w.frame for w in plain[:4]] == [w.frame for w in given[:4]]
    later = [[b.frame - a.frame for a, b in pairwise(w[4:])] for w in (plain, given)]
    assert later[0] == later[1]


def test_two_in_a_row_and_two_words_in_one(pool):
    utterance = Utterance(
        text="one two three four",
        phonemes=((4, 7, TOMATO), (8, 13, "h@l'oU w'3:ld")),
    )
    words = pool.speak(utterance).select("word")
    assert [w.text for w in words] == ["one", "two", "three", "four"]


@pytest.mark.parametrize("text", ["[[h@l'oU]]", "[[[h@l'oU]]", "a[[h@l'oU", "[[", "[\x00[t@m'eI]]"])
def test_ordinary_text_opens_no_phonemes(pool, text):
    marked = Utterance(text=f"xyz {text} end", phonemes=((0, 3, TOMATO),))
    assert inline(marked).text.count("[[") == 1
    alone = pool.speak(
        Utterance(text=f"xyz {text.replace('[', ' ')} end", phonemes=((0, 3, TOMATO),))
    )
    said = [[e.ipa for e in r.select("phoneme") if e.ipa] for r in (pool.speak(marked), alone)]
    assert said[0] == said[1]


def test_a_text_without_phonemes_is_sent_as_it_is():
    assert inline(Utterance(text="[[a]] [[b")).text == "[[a]] [[b"


@pytest.mark.parametrize(
    "phonemes",
    [
        ((0, 0, "a"),),
        ((2, 1, "a"),),
        ((0, 9, "a"),),
        ((-1, 2, "a"),),
        ((0, 2, "a"), (1, 3, "a")),
        ((2, 3, "a"), (0, 1, "a")),
        ((0, 2, ""),),
        ((0, 2, " "),),
        ((0, 2, "a]] x [[a"),),
        ((0, 2, "ə"),),
        ((0, 2, "a\nb"),),
    ],
)
def test_phonemes_without_a_place_are_refused(phonemes):
    with pytest.raises(InvalidInput, match="phonemes"):
        Utterance(text="Hello", phonemes=phonemes)


def test_halves_keep_given_phonemes_whole():
    text = "one two three four"
    first, second = repair.halve(Utterance(text=text, phonemes=((4, 13, TOMATO),)))
    assert first.text + second.text == text
    spans = [[u.text[a:b] for a, b, _ in u.phonemes] for u in (first, second)]
    assert spans in ([["two three"], []], [[], ["two three"]])
    assert repair.halve(Utterance(text="two three", phonemes=((0, 9, TOMATO),))) == []
    spelled = repair.plain(Utterance(text="a * [b] c", phonemes=((0, 1, TOMATO),)))
    assert spelled.phonemes == ((0, 1, TOMATO),)
