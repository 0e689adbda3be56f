"""What is known before a sample is made: presets, phones, pace, segments, melody."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from expressive_speech import LINE, VOICES, render

from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.clauses import name_endings, read_clauses
from menura.engines.speech.expressive.expression import Expression, Preset, emotions
from menura.engines.speech.expressive.intonation import Contour, intone
from menura.engines.speech.expressive.manner import settle
from menura.engines.speech.expressive.pacing import pace
from menura.engines.speech.expressive.phonation import phonate
from menura.engines.speech.expressive.phones import read_phones
from menura.engines.speech.expressive.prominence import bracketed, weigh_words
from menura.engines.speech.expressive.segments import LEAST_S, LONGEST_S, segment
from menura.errors import InvalidInput
from menura.espeak import Pool
from menura.espeak.utterance import Event, Rendering

RATE = 22_050


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, None),
        ({"emotion": "whisper", "style": 0, "stability": 1, "pitch_semitones": -12}, None),
        ({"emotion": "hapy"}, "neutral, happy, sad"),
        ({"emotion": ""}, "no emotion"),
        ({"style": 1.01}, "style is a number from 0 to 1"),
        ({"style": math.nan}, "style"),
        ({"style": "much"}, "style"),
        ({"style": True}, "style"),
        ({"stability": -0.1}, "stability"),
        ({"pitch_semitones": 12.5}, "pitch is a number from -12 to 12"),
    ],
)
def test_an_expression_checks_itself(fields: dict, message: str | None) -> None:
    if message is None:
        assert Expression(**fields).preset()
    else:
        with pytest.raises(InvalidInput, match=message):
            Expression(**fields)


def test_presets_are_what_was_promised() -> None:
    told = emotions()
    assert list(told) == [
        "neutral", "happy", "sad", "excited", "calm", "angry", "fearful", "whisper",
    ]  # fmt: skip
    pitch = {name: told[name].pitch_semitones for name in ("happy", "sad", "excited", "calm")}
    energy = {name: told[name].energy for name in ("happy", "sad", "excited", "calm")}
    assert pitch == {"happy": 2, "sad": -3, "excited": 4, "calm": -1}
    assert energy == {"happy": 1.3, "sad": 0.7, "excited": 1.5, "calm": 0.85}
    assert told["neutral"] == Preset()


@pytest.mark.parametrize("emotion", emotions())
def test_style_scales_an_emotion(emotion: str) -> None:
    full = emotions()[emotion]
    assert full.scaled(0) == Preset()
    assert full.scaled(1) == full
    half = full.scaled(0.5)
    assert half.pitch_semitones == full.pitch_semitones / 2
    assert half.energy**2 == pytest.approx(full.energy)
    assert half.rate_factor**2 == pytest.approx(full.rate_factor)
    assert half.whisper == full.whisper / 2


def test_the_same_seed_leaves_the_preset_as_the_only_difference() -> None:
    plain, happy = (
        settle(Character(), Expression(emotion=e, stability=0), np.random.default_rng(7))
        for e in ("neutral", "happy")
    )
    assert happy.pitch_semitones - plain.pitch_semitones == pytest.approx(2)
    assert happy.gain / plain.gain == pytest.approx(1.3)
    assert happy.pace / plain.pace == pytest.approx(emotions()["happy"].rate_factor)


def test_stability_decides_how_much_utterances_differ() -> None:
    def spread(stability: float) -> tuple[float, float, float]:
        manners = [
            settle(Character(), Expression(stability=stability), np.random.default_rng(i))
            for i in range(40)
        ]
        return tuple(
            float(np.std([getattr(m, name) for m in manners]))
            for name in ("pitch_semitones", "pace", "pause")
        )

    assert spread(1.0) == (0, 0, 0)
    assert all(a < b for a, b in zip(spread(0.7), spread(0.1), strict=True))
    flat, lively = (
        settle(Character(), Expression(stability=s), np.random.default_rng(0)).range_factor
        for s in (1.0, 0.0)
    )
    assert flat < 1 < lively


def test_what_adds_up_stays_within_what_the_vocoder_can_do() -> None:
    character = Character(
        breath=0.9, roughness=0.95, tension=0.9, pitch_semitones=34, range_factor=3.9
    )
    expression = Expression(emotion="fearful", pitch_semitones=12)
    manner = settle(character, expression, np.random.default_rng(0))
    assert (manner.breath, manner.roughness, manner.tension) == (1, 1, 1)
    assert manner.pitch_semitones == 36
    assert manner.range_factor <= 4


def phoneme(frame: int, ipa: str) -> Event:
    return Event(kind="phoneme", frame=frame, ipa=ipa)


@pytest.mark.parametrize(
    ("ipa", "voiceless", "plosive", "obstruent"),
    [
        ("s", True, False, False),
        ("tʃ", True, True, False),
        ("pf", True, True, False),
        ("dʒ", False, True, True),
        ("z", False, False, True),
        ("z\u0325", True, False, False),
        ("ˈaɪ", False, False, False),
        ("m", False, False, False),
        ("ʁ", False, False, True),
    ],
)
def test_kinds_of_sounds(ipa: str, voiceless: bool, plosive: bool, obstruent: bool) -> None:
    samples = np.full(2000, 0.1, np.float32)
    phones = read_phones(Rendering(samples, RATE, (phoneme(0, "ə"), phoneme(1000, ipa))))
    rows = phones.at(0, 19)
    masks = phones.articulation(rows)
    late = np.arange(19) * 0.005 * RATE > 1001
    assert (masks.voiceless == (late & voiceless)).all()
    assert (masks.plosive == (late & plosive)).all()
    assert (masks.obstruent == (late & obstruent)).all()


def test_pace_and_pauses_move_apart() -> None:
    samples = np.full(30_000, 0.1, np.float32)
    samples[10_000:20_000] = 0
    events = (phoneme(0, "a"), phoneme(10_000, ""), phoneme(20_000, "o"))
    phones = read_phones(Rendering(samples, RATE, events))
    times = pace(phones, samples.size, pace=2.0, pause=1.5)
    assert [times.forward(f) for f in (0, 5000, 10_000, 20_000, 30_000)] == [
        0, 2500, 5000, 20_000, 25_000,
    ]  # fmt: skip
    back = times.backward(np.array([2500.0, 20_000.0]))
    assert back.tolist() == [5000, 20_000]


@pytest.mark.parametrize("voice", ["nora", "otto", "bram"])
@pytest.mark.parametrize("first_s", [0.8, LONGEST_S])
def test_segments_cover_all_and_end_where_it_is_quiet(
    pool: Pool, voice: str, first_s: float
) -> None:
    text = (
        "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow "
        "that stretches past the tops of the tallest oak trees, and it stops; then it starts."
    )
    samples = render(pool, text, voice).samples
    segments = segment(samples, RATE, first_s=first_s)
    assert segments[0].start == 0
    assert segments[-1].stop == samples.size
    assert all(a.stop == b.start for a, b in pairwise(segments))
    cuts = [s.stop for s in segments[:-1]]
    assert max(np.abs(samples[c - 20 : c + 20]).max() for c in cuts) < 0.011
    assert max(np.abs(samples[s.start : s.stop]).max() for s in segments if s.silent) < 1e-3
    sounding = [(s.stop - s.start) / RATE for s in segments if not s.silent]
    assert max(sounding) < 4.5
    assert min(sounding) > LEAST_S - 0.03
    assert sounding[0] < 1.5 * first_s


@pytest.mark.parametrize("frames", [0, 1, 50, 4000])
@pytest.mark.parametrize("value", [0.0, 0.2])
def test_segments_of_odd_sounds(frames: int, value: float) -> None:
    segments = segment(np.full(frames, value, np.float32), RATE)
    assert sum(s.stop - s.start for s in segments) == frames
    assert len(segments) <= 2


def melody(rendering: Rendering, text: str, language: str = "en-us") -> Contour:
    phones = read_phones(rendering)
    clauses = read_clauses(rendering, phones, text, language)
    return intone(rendering, phones, clauses, text=text, language=language)


def last_move(pool: Pool, text: str, language: str = "en-us") -> float:
    """Returns how far the contour moves over the last fifth of a second that sounds."""
    rendering = render(pool, text, language=language)
    contour = melody(rendering, text, language)
    loud = np.flatnonzero(np.abs(rendering.samples) > 0.01)[-1]
    values = contour.at(np.array([loud - 0.2 * RATE, loud]))
    return float(values[1] - values[0])


@pytest.mark.parametrize(
    ("text", "language", "low", "high"),
    [
        ("You have seen him.", "en-us", -3.0, -0.5),
        ("Have you seen him?", "en-us", 1.0, 4.0),
        ("When have you seen him?", "en-us", -4.0, -0.5),
        ("Wann hast du ihn gesehen?", "de", -4.0, -0.5),
        ("Hast du ihn gesehen?", "de", 1.0, 4.0),
        ("You have seen him!", "en-us", -4.0, -0.5),
        ("You have seen him", "en-us", -1.0, 0.0),
        ('He said "you have seen him."', "en-us", -3.0, -0.5),
    ],
)
def test_the_last_sign_decides_how_a_sentence_ends(
    pool: Pool, text: str, language: str, low: float, high: float
) -> None:
    assert low < last_move(pool, text, language) < high


def test_items_of_a_list_rise_more_than_clauses_and_the_last_one_falls(pool: Pool) -> None:
    moves = {}
    for text in ("Apples, pears, plums.", "When I went to the market with them, it rained."):
        rendering = render(pool, text)
        phones = read_phones(rendering)
        contour = melody(rendering, text)
        ends = [
            float(phones.start_frame[(phones.start_frame < e.frame) & ~phones.unknown][-1])
            for e in rendering.select("end")
        ]
        values = contour.at(np.array([[e - 0.05 * RATE, e + 0.05 * RATE] for e in ends]).ravel())
        moves[text[:4]] = np.diff(values.reshape(-1, 2), axis=1).ravel()
    assert (moves["Appl"][:2] > 0).all()
    assert moves["Appl"][2] < 0
    assert moves["Appl"][0] > moves["When"][0]


def test_each_clause_starts_anew_and_later_ones_lower(pool: Pool) -> None:
    text = "The birch canoe slid on the smooth planks, and then it sank in the dark water."
    rendering = render(pool, text)
    contour = melody(rendering, text)
    second = rendering.select("end")[0].frame
    started = next(w.frame for w in rendering.select("word") if w.frame >= second)
    first, before, after = contour.at(np.array([0.0, 0.4 * second, started + 500.0]))
    assert first > before + 0.3
    assert before < after < first


def test_capitals_emphasise_a_word_but_not_a_whole_text(pool: Pool) -> None:
    heights = []
    for text in ("I never said that to her.", "I NEVER said that to her.", "I NEVER SAID THAT."):
        rendering = render(pool, text)
        contour = melody(rendering, text)
        word = next(w for w in rendering.select("word") if w.text.lower() == "never")
        heights.append(float(contour.at(word.frame + np.arange(8000.0)).max()))
    assert heights[1] > heights[0] + 1.5
    assert heights[2] < heights[0] + 0.5


@pytest.mark.parametrize(
    ("language", "written", "endings"),
    [
        ("en-us", ["Apples, ", "pears, ", "plums."], ["list", "list", "statement"]),
        (
            "en-us",
            ["I took the long red coat, ", "two of the best old hats, ", "and a scarf."],
            ["list", "list", "statement"],
        ),
        ("en-us", ["However, ", "it rained."], ["continuation", "statement"]),
        ("en-us", ["When we went out, ", "it rained."], ["continuation", "statement"]),
        ("en-us", ["You like it, ", "don't you?"], ["statement", "tag"]),
        ("en-us", ["You like it, ", "right?"], ["statement", "tag"]),
        ("en-us", ["If it rains, ", "will you come home?"], ["continuation", "question"]),
        ("en-us", ["Do you want tea or coffee?"], ["choice"]),
        ("en-us", ["What’s that?"], ["asking_word"]),
        ("en-us", ["Is it? ", "He came; ", "he saw: ", "he won!"],
         ["question", "half", "announced", "exclamation"]),
        ("en-us", ['He said "stop." '], ["statement"]),
        ("en-us", ["no sign"], ["cut"]),
        ("de", ["Das ist gut, ", "nicht wahr?"], ["statement", "tag"]),
        ("de", ["Wo ist er?"], ["asking_word"]),
        ("fr-fr", ["C'est bon, ", "n'est-ce pas?"], ["statement", "tag"]),
        ("fr-fr", ["Où est-il ?"], ["asking_word"]),
        ("es", ["¿Cuándo vienes?"], ["asking_word"]),
        ("es", ["¿Té o café?"], ["choice"]),
        ("it", ["Dove vai?"], ["asking_word"]),
        ("pt-br", ["É bom, ", "não é?"], ["statement", "tag"]),
        ("ja", ["これ、", "それ、", "あれ。"], ["list", "list", "statement"]),
        ("sw", ["Ni nini?"], ["question"]),
    ],
)  # fmt: skip
def test_each_clause_gets_the_ending_that_its_sentence_asks_for(
    language: str, written: list[str], endings: list[str]
) -> None:
    assert name_endings(written, language)[0] == endings


def test_places_are_counted_within_sentences() -> None:
    written = ["One, ", "two, ", "three. ", "Four, ", "five?"]
    assert name_endings(written, "en")[1] == [0, 1, 2, 0, 1]
    assert name_endings([], "en") == ([], [])


@pytest.mark.parametrize(
    ("text", "language", "high", "low"),
    [
        ("It is not red but blue.", "en", {"red", "blue"}, set()),
        ("I want tea, not coffee.", "en", {"tea", "coffee"}, set()),
        ("Only John likes big dogs.", "en", {"John"}, {"likes", "big", "dogs"}),
        ("My old dog bit the neighbour's dog.", "en", set(), {"dog"}),
        ("Er ist nicht klug sondern fleißig.", "de", {"klug", "fleißig"}, set()),
        ("C'est vraiment beau ici.", "fr", {"beau"}, {"ici"}),
        ("Una sola casa.", "xx", set(), set()),
    ],
)
def test_contrast_focus_and_what_is_new_decide_the_accents(
    text: str, language: str, high: set[str], low: set[str]
) -> None:
    words = text.split()
    breaks = [i + 1 for i, word in enumerate(words) if word.endswith(",")]
    weights = weigh_words(words, language, breaks)
    bare = [word.strip(",.") for word in words]
    assert {w for w, weight in zip(bare, weights, strict=True) if weight > 1.5} == high
    assert {w for w, weight in zip(bare, weights, strict=True) if weight < 0} == low


def test_small_words_have_no_accent() -> None:
    words = ["the", "man", "and", "his", "horse", "are", "at", "the", "door"]
    accented = {w for w, x in zip(words, weigh_words(words, "en", []), strict=True) if x}
    assert accented == {"man", "horse", "door"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a (b) c", [(3, 4, True)]),
        ("“x” and «y»", [(1, 2, False), (9, 10, False)]),
        ('say "so" (or so)', [(5, 7, False), (10, 15, True)]),
        ("it's 6' (open", []),
        ("", []),
    ],
)
def test_brackets_and_quotes_are_found(text: str, found: list[tuple[int, int, bool]]) -> None:
    assert bracketed(text) == found


def test_asides_are_lower_and_narrower_and_quotes_higher_and_wider(pool: Pool) -> None:
    text = 'The dog (a big brown one) ran home and "sang a song" there.'
    rendering = render(pool, text)
    contour = melody(rendering, text)
    at = {word.text: word.frame + 800.0 for word in rendering.select("word")}
    factor = {name: float(contour.range_at(np.array([frame]))[0]) for name, frame in at.items()}
    assert factor["brown"] < factor["ran"] == 1 < factor["song"]
    assert factor["dog"] == factor["there"] == 1
    plain = text.replace("(", "").replace(")", "").replace('"', "")
    bare = melody(rendering, plain)
    where = np.array([at["brown"], at["song"]])
    low, high = contour.at(where) - bare.at(where)
    assert low < -1
    assert high > 0.3


def test_the_last_sentence_of_a_paragraph_ends_lower(pool: Pool) -> None:
    ends = []
    for text in ("Then it was dark. ", "Then it was dark.\n\n"):
        rendering = render(pool, text)
        contour = melody(rendering, text)
        ends.append(float(contour.at(np.array([float(contour.frame[-1])]))[0]))
    assert ends[1] == pytest.approx(ends[0] - 0.8, abs=0.05)


def test_the_glottis_is_tighter_under_stress_and_laxer_at_the_end(pool: Pool) -> None:
    text = "The birch canoe slid on the smooth planks."
    rendering = render(pool, text)
    phones = read_phones(rendering)
    made = phonate(phones, read_clauses(rendering, phones, text, "en-us"))
    middle = (made.frame > 4000) & (made.frame < 0.7 * made.frame[-1])
    stressed = phones.stressed & middle
    assert made.rd[stressed].max() < made.rd[middle & ~stressed].min()
    over = made.creaks[-1, 1]
    assert made.rd_at(np.array([over - 300]))[0] > 1.15
    creak = made.creak_at(np.array([over - 0.4 * RATE, over - 0.1 * RATE, over + 0.2 * RATE]))
    assert creak.tolist() == [0, 1, 0]


def test_only_statements_creak(pool: Pool) -> None:
    for text, count in (("Is it so?", 0), ("It is so.", 1), ("It is, but no", 0)):
        rendering = render(pool, text)
        phones = read_phones(rendering)
        made = phonate(phones, read_clauses(rendering, phones, text, "en-us"))
        assert len(made.creaks) == count


def test_voices_are_many_and_balanced() -> None:
    kinds = [voice.gender for voice in VOICES.values()]
    assert len(VOICES) >= 16
    assert abs(kinds.count("woman") - kinds.count("man")) <= 1
    assert kinds.count("child") >= 2
    assert sum(voice.age == "elder" for voice in VOICES.values()) >= 4
    assert {"nora", "otto", "maeve", "hugo", "edda", "pip"} <= set(VOICES)
    assert len({voice.language for voice in VOICES.values()}) >= 7
    assert len({tuple(sorted(v.timbre.items())) for v in VOICES.values()}) == len(VOICES)


def test_the_line_that_others_measure_has_next_to_no_pause(pool: Pool) -> None:
    rendering = render(pool, LINE)
    phones = read_phones(rendering)
    lengths = np.diff(np.append(phones.start_frame, rendering.samples.size))
    assert lengths[phones.unknown & phones.silent].sum() < 0.05 * rendering.samples.size
