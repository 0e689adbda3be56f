"""Markup inside a sentence, lexicons and directions, as they are heard."""

import numpy as np
import pytest

import menura
from menura.dsp.vocoder import analyse
from menura.studio import Studio
from menura.take import Take
from menura.tasks import Pronunciation

LINE = "I really like the garden."
ENGINES = ("formant", "expressive")


def say(studio: Studio, text: str, engine: str = "expressive", **fields) -> Take:
    return studio.render(menura.Speech(text, engine=engine, seed=1, **fields))


def marked(before: str, word: str = "really") -> str:
    name = before.split(maxsplit=1)[0].strip("<>")
    return f"<speak>{LINE.replace(word, f'{before}{word}</{name}>')}</speak>"


def part(take: Take, word: str) -> np.ndarray:
    told = next(w for w in take.captions if w.text.startswith(word))
    rate = take.audio.rate
    return np.array(take.audio.samples[0, round(told.start_s * rate) : round(told.end_s * rate)])


def high_hz(take: Take, word: str) -> float:
    pitch = analyse(part(take, word), take.audio.rate).f0_hz
    return float(np.percentile(pitch[pitch > 0], 90))


def level_db(take: Take, word: str) -> float:
    return 10 * float(np.log10(np.mean(np.square(part(take, word), dtype=np.float64))))


def length_s(take: Take, word: str) -> float:
    return part(take, word).size / take.audio.rate


@pytest.fixture(scope="module")
def plain(studio: Studio) -> Take:
    return say(studio, LINE)


def test_an_emphasised_word_stands_out_and_its_neighbours_stay(studio: Studio, plain: Take) -> None:
    strong = say(studio, marked('<emphasis level="strong">'))
    reduced = say(studio, marked('<emphasis level="reduced">'))
    assert [w.text for w in strong.captions] == [w.text for w in plain.captions]
    for take, low, high in ((strong, 2.5, 6.0), (reduced, -3.5, -0.5)):
        rise = 12 * np.log2(high_hz(take, "really") / high_hz(plain, "really"))
        assert low < rise < high
        assert abs(12 * np.log2(high_hz(take, "garden") / high_hz(plain, "garden"))) < 0.6
    assert length_s(strong, "really") == pytest.approx(length_s(plain, "really") / 0.85, rel=0.05)
    assert length_s(reduced, "really") < 0.97 * length_s(plain, "really")
    # The whole is mastered to one loudness, so a word is held against the others.
    louder = [level_db(t, "really") - level_db(t, "garden") for t in (reduced, plain, strong)]
    assert louder[0] < louder[1] - 1
    assert louder[2] > louder[1] + 1.5
    for word in ("I", "like", "the", "garden"):
        assert length_s(strong, word) == pytest.approx(length_s(plain, word), abs=0.03)


def test_a_sentence_with_markup_is_as_long_as_without(studio: Studio, plain: Take) -> None:
    # Spoken in three utterances, each with its own fall, it would be half a second longer.
    text = marked('<emphasis level="moderate">')
    assert say(studio, text).audio.duration_s == pytest.approx(plain.audio.duration_s, abs=0.08)
    phonemes = say(studio, marked('<phoneme ph="ˈɹiːəli">'))
    assert phonemes.audio.duration_s == pytest.approx(plain.audio.duration_s, abs=0.08)
    assert [w.text for w in phonemes.captions] == [w.text for w in plain.captions]


@pytest.mark.parametrize(
    ("attribute", "measure", "change"),
    [
        ('pitch="+5st"', lambda t: 12 * np.log2(high_hz(t, "like")), (3.5, 6.5)),
        ('volume="-9dB"', lambda t: level_db(t, "like") - level_db(t, "really"), (-11, -6.5)),
        ('rate="60%"', lambda t: length_s(t, "like"), (0.1, 0.4)),
    ],
)
def test_prosody_inside_a_sentence_is_heard_on_its_word(
    studio: Studio, plain: Take, attribute: str, measure, change: tuple[float, float]
) -> None:
    take = say(studio, marked(f"<prosody {attribute}>", "like"))
    assert change[0] < measure(take) - measure(plain) < change[1]


def test_a_change_of_level_does_not_click(studio: Studio, plain: Take) -> None:
    take = say(studio, marked('<prosody volume="-30dB">', "like the"))
    samples, rate = take.audio.samples[0].astype(np.float64), take.audio.rate
    jumps = np.abs(np.diff(samples, 3))
    turns = [w.start_s for w in take.captions if w.text in {"like", "garden."}]
    usual = np.abs(np.diff(plain.audio.samples[0].astype(np.float64), 3)).max()
    for turn_s in turns:
        near = slice(round((turn_s - 0.02) * rate), round((turn_s + 0.02) * rate))
        assert jumps[near].max() < usual
    assert level_db(take, "like") < level_db(take, "garden.") - 25


@pytest.mark.parametrize("engine", ENGINES)
def test_a_lexicon_is_heard_reported_and_kept_small(studio: Studio, engine: str) -> None:
    rules = (
        Pronunciation(written="menura", said="/ˈmɛnʊ/"),
        Pronunciation(written="W3C", said="World Wide Web Consortium"),
        Pronunciation(written="unused", said="nothing"),
    )
    take = say(studio, "Menura met the W3C.", engine, lexicon=rules)
    assert [w.text for w in take.captions] == ["Menura", "met", "the", "W3C."]
    assert take.captions[-1].said == "World Wide Web Consortium"
    sounds = "".join(s.ipa for s in take.captions[0].sounds)
    assert sounds.startswith("mˈɛnʊ")
    assert take.report.understood["lexicon"] == ["menura", "W3C"]
    assert take.task.lexicon == rules[:2]
    assert take.report.ignored == ("the pronunciation of unused: not in the text",)
    assert studio.render(take.task).samples_sha256() == take.samples_sha256()


def test_of_a_whole_lexicon_the_number_of_unused_rules_is_reported(studio: Studio) -> None:
    rules = tuple(Pronunciation(written=f"word{i}", said="x") for i in range(1_200))
    take = say(studio, "Hello.", "formant", lexicon=rules)
    assert take.report.ignored == ("1,200 pronunciations: not in the text",)


def test_a_rule_that_another_hides_is_not_said_to_be_missing(studio: Studio) -> None:
    rules = tuple(Pronunciation(written="Hello", said=said) for said in ("bye", "hi"))
    take = say(studio, "Hello.", "formant", lexicon=rules)
    assert take.report.ignored == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_another_script_is_read_and_reported(studio: Studio, engine: str) -> None:
    take = say(studio, "He said “привет, мир” twice.", engine)
    assert [w.text for w in take.captions] == ["He", "said", "“привет,", "мир”", "twice."]
    assert take.report.understood["languages"] == ["en-us", "ru"]
    assert take.report.ignored == ()
    assert "languages" not in say(studio, "Hello.", engine).report.understood


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mark_inside_a_sentence_is_reached_with_its_word(studio: Studio, engine: str) -> None:
    text = LINE.replace("garden", '<mark name="m"/>garden')
    take = say(studio, f"<speak>{text}</speak>", engine)
    garden = next(w for w in take.captions if w.text == "garden.")
    assert take.report.measured["marks"]["m"] == pytest.approx(garden.start_s, abs=0.002)


def test_a_direction_is_played_where_it_can_be(studio: Studio) -> None:
    text = "Ann: (sadly) They are all gone now.\nAnn (in Latin): They are all gone now."
    take = studio.render(menura.Dialogue(text, engine="expressive", seed=1))
    assert take.report.understood["directions"] == {"sadly": "sad"}
    assert take.report.ignored == ("the direction (in Latin)",)
    rate, words = take.audio.rate, take.captions
    half = len(words) // 2
    turns = [(words[0].start_s, words[half - 1].end_s), (words[half].start_s, words[-1].end_s)]
    pitches = []
    for start_s, end_s in turns:
        sound = np.array(take.audio.samples[0, round(start_s * rate) : round(end_s * rate)])
        hz = analyse(sound, rate).f0_hz
        pitches.append(float(np.median(hz[hz > 0])))
    assert 12 * np.log2(pitches[1] / pitches[0]) > 1.5
    assert turns[0][1] - turns[0][0] > 1.05 * (turns[1][1] - turns[1][0])
    other = studio.render(menura.Dialogue(text, engine="formant", seed=1))
    assert other.report.ignored == ("the direction (sadly)", "the direction (in Latin)")
    assert "directions" not in other.report.understood


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lexicon": (Pronunciation(written="menura", said="/€/"),)}, "'menura'"),
        ({"lexicon": (Pronunciation(written="like", said="/ba/"),), "language": "pl"}, "in pl"),
        ({"text": marked('<prosody rate="900%">')}, "speeds"),
    ],
)
def test_bad_rules_and_rates_are_refused_before_any_sound(
    studio: Studio, engine: str, fields: dict, message: str
) -> None:
    with pytest.raises(menura.InvalidInput, match=message):
        studio.stream(menura.Speech(**({"text": LINE} | fields), engine=engine))
