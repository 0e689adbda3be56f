"""Descriptions become numbers: what words do, how they outweigh each other, what is refused."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import fields, replace
from importlib import resources
from typing import Any

import pytest

from menura.archive.voices import voice_id
from menura.engines.speech.design import Design, check_timbre, design, find_preview
from menura.engines.speech.design.limits import limits
from menura.engines.speech.design.vocabulary import CHARACTER, anatomy, vocabulary
from menura.engines.speech.expressive.character import Character, read_voices
from menura.errors import InvalidInput, InvalidText, NotFound
from menura.espeak import languages

VOICES = read_voices("expressive")
VARIATIONS = range(1, 17)


def made(description: str, **asked: Any) -> Design:
    return design(description, VOICES, **asked)


def numbers(description: str, **asked: Any) -> dict[str, Any]:
    return dict(made(description, **asked).voice.timbre)


def test_the_vocabulary_is_as_large_as_promised_and_names_what_exists() -> None:
    words = vocabulary()
    own = {entry.name: entry for entry in words.entries.values()}
    assert len(own) >= 200
    assert sum(entry.table == CHARACTER for entry in own.values()) >= 40
    for entry in own.values():
        assert set(entry.effects) <= {
            *("pitch", "size", "pace", "melody", "tilt"),
            *("drift", "breath", "roughness", "tension"),
        }
        assert entry.facts.get("age", "adult") in anatomy().stages
        assert entry.facts.get("gender", "man") in {"man", "woman", "neutral"}
        if tag := entry.facts.get("language"):
            assert languages.find(tag).tag == tag


def test_every_body_is_a_voice_and_neighbours_differ() -> None:
    for names in anatomy().bodies.values():
        assert set(names) <= set(VOICES)
        assert len(set(names)) == len(names) >= 3
        assert set(names) - set(anatomy().dull), names
    assert set(anatomy().dull) <= set(VOICES)


def test_every_preview_is_long_enough_and_can_be_read() -> None:
    text = resources.files("menura.engines.speech.design") / "previews.toml"
    for tag, preview in tomllib.loads(text.read_text(encoding="utf-8")).items():
        found = languages.find(tag)
        least = 35 if tag in {"cmn", "ja", "ko"} else 100
        assert least <= len(preview) <= 250, tag
        assert not languages.unreadable(preview, found.tag), tag
        assert find_preview(found.tag) == preview


def test_a_language_without_a_preview_asks_for_a_text() -> None:
    with pytest.raises(InvalidText, match="preview"):
        find_preview("jbo")


@pytest.mark.parametrize("variation", [1, 2, 3])
def test_opposites_differ_in_everything_that_was_said(variation: int) -> None:
    old = made("old gravelly slow low man", variation=variation).voice
    young = made("young bright girl", variation=variation).voice
    assert old.timbre["base_hz"] < young.timbre["base_hz"] / 2
    assert old.timbre["rate_wpm"] < 0.8 * young.timbre["rate_wpm"]
    assert old.timbre["roughness"] > young.timbre["roughness"] + 0.4
    assert old.timbre["tilt_db_per_octave"] < young.timbre["tilt_db_per_octave"]
    assert (old.gender, old.age) == ("man", "elder")
    assert (young.gender, young.age) == ("child", "child")


@pytest.mark.parametrize(
    ("word", "field", "sign"),
    [
        ("deep", "base_hz", -1),
        ("high-pitched", "base_hz", 1),
        ("squeaky", "base_hz", 1),
        ("booming", "formant_ratio", -1),
        ("thin", "formant_ratio", 1),
        ("slow", "rate_wpm", -1),
        ("hurried", "rate_wpm", 1),
        ("gravelly", "roughness", 1),
        ("breathy", "breath", 1),
        ("bright", "tilt_db_per_octave", 1),
        ("dark", "tilt_db_per_octave", -1),
        ("strained", "tension", 1),
        ("relaxed", "tension", -1),
        ("monotone", "range_factor", -1),
        ("sing-song", "range_factor", 1),
        ("shaky", "drift_semitones", 1),
    ],
)
def test_a_word_moves_its_number_in_every_variation(word: str, field: str, sign: int) -> None:
    plain = made("man").voice
    for gender, variation in itertools.product(("man", "woman"), (1, 2, 3)):
        base = replace(plain, gender=gender)
        remixed = numbers(word, base=base, variation=variation)
        assert sign * (remixed[field] - plain.timbre[field]) > 0
        assert remixed["variant"] == plain.timbre["variant"]
    # And a voice from nothing has it too, whatever body it was lent.
    lowest = [numbers(f"{word} man", variation=i)[field] for i in VARIATIONS]
    opposite = [numbers("plain adult man", variation=i)[field] for i in VARIATIONS]
    assert sign * (sum(lowest) - sum(opposite)) > 0


def test_degrees_order_what_a_word_does() -> None:
    degrees = ["slightly", "somewhat", "", "very", "extremely"]
    pitches = [numbers(f"a {d} deep man", base=VOICES["otto"])["base_hz"] for d in degrees]
    assert pitches == sorted(pitches, reverse=True)
    assert len(set(pitches)) == len(pitches)


@pytest.mark.parametrize(
    ("description", "field", "most"),
    [
        ("a pirate, not gravelly", "roughness", 0.0),
        ("a ghost without breath", "breath", 0.0),
        ("a shrill woman, but not tense or bright", "tension", 0.0),
        ("not nasal or breathy, an old woman", "breath", 0.0),
        ("isn't breathy, a fairy", "breath", 0.0),
    ],
)
def test_what_is_denied_is_not_there(description: str, field: str, most: float) -> None:
    found = made(description)
    assert found.voice.timbre[field] <= most
    assert not found.unknown


def test_a_denial_ends_where_its_clause_ends() -> None:
    assert numbers("not gravelly, but breathy man")["breath"] > 0.3
    assert numbers("not old and very gravelly man")["roughness"] > 0.4
    assert made("not a man").voice.gender == "woman"
    assert made("not at all breathy woman").voice.gender == "woman"
    assert made("without an accent, calm").understood["traits"] == {"calm": 1.0}
    assert made("a man with no accent, deep").understood["traits"] == {"man": 1.0, "deep": 1.0}
    neither = made("neither high nor low, a man").understood["traits"]
    assert neither == {"man": 1.0, "high": 0.0, "low": 0.0}
    assert made("not old", base=VOICES["bram"]).voice.age == "adult"


@pytest.mark.parametrize(
    ("description", "taken", "aside"),
    [
        ("a high deep voice", "deep", "high"),
        ("a deep high voice", "high", "deep"),
        ("a slow man, fast", "fast", "slow"),
        ("an old young woman", "young", "old"),
        ("a British man with a Scottish accent", "Scottish", "British"),
        ("a man, a woman", "woman", "man"),
    ],
)
def test_of_contradictions_the_later_wins_and_is_reported(
    description: str, taken: str, aside: str
) -> None:
    found = made(description)
    assert taken in found.understood["traits"]
    assert aside not in found.understood["traits"]
    assert [note for note in found.notes if note.startswith(f"{aside} and {taken} contradict")]


def test_plain_words_outweigh_what_characters_bring() -> None:
    assert numbers("a giant with a high voice")["base_hz"] > numbers("a man")["base_hz"]
    assert made("a female pirate").voice.gender == "woman"
    assert made("a young witch").voice.age == "young"
    assert made("a teenage girl").understood["age"] == "teen"
    assert made("a young girl").understood["age"] == "child"


@pytest.mark.parametrize(
    ("description", "age", "label"),
    [
        ("a 7-year-old boy", "child", "child"),
        ("a woman aged 16", "teen", "young"),
        ("a man in his 30's", "adult", "adult"),
        ("a woman in her forties", "middle-aged", "adult"),
        ("a 70 year old man", "elder", "elder"),
        ("a man, 95 years old", "ancient", "elder"),
        ("a very old man", "ancient", "elder"),
    ],
)
def test_ages_can_be_given_in_years(description: str, age: str, label: str) -> None:
    found = made(description)
    assert (found.understood["age"], found.voice.age, found.unknown) == (age, label, ())


@pytest.mark.parametrize(
    ("description", "asked", "tag"),
    [
        ("an old Scottish sailor", None, "en-gb-scotland"),
        ("an old Scottish sailor", "en", "en-gb-scotland"),
        ("an old Scottish sailor", "en-us", "en-us"),
        ("a Jamaican woman", None, "en-029"),
        ("a man from Lancashire", None, "en-gb-x-gbclan"),
        ("a German professor", None, "de"),
        ("a Kazakh man", None, "kk"),
        ("a deep man", None, "en-us"),
        ("a deep man", "pt-BR", "pt-br"),
    ],
)
def test_accents_and_languages_are_tags(description: str, asked: str | None, tag: str) -> None:
    found = made(description, language=asked)
    assert found.voice.language == tag
    # What is settled once is settled for good.
    assert made(description, language=tag).voice == found.voice


@pytest.mark.parametrize(
    ("description", "unknown"),
    [
        ("sounds like Morgan Freeman, deep", ("Morgan", "Freeman")),
        ("a deep voice like James Earl Jones", ("James", "Earl", "Jones")),
        ("a zorbly, quintic, deep and zorbly man", ("zorbly", "quintic")),
        ("the deep voice of an old man", ()),
        ("gravely old wizzard", ()),
        ("gruffest, deeper, raspiest, huskily", ()),
    ],
)
def test_what_is_not_understood_is_returned_in_order(
    description: str, unknown: tuple[str, ...]
) -> None:
    assert made(description).unknown == unknown


def test_a_guess_and_a_suggestion_are_told() -> None:
    assert "wizzard was taken for wizard" in made("old wizzard").notes
    assert any(note.startswith("nasal: only") for note in made("nasal man").notes)


@pytest.mark.parametrize(
    ("description", "error"),
    [
        ("deep\0man", "control"),
        ("deep \ud800 man", "control"),
        ("", "known are such as"),
        ("!!! ... ???", "known are such as"),
        ("xyzzy plugh", "known are such as"),
        ("the voice of a person", "known are such as"),
        ("صوت رجل عجوز عميق", "known are such as"),
        ("deep " * 10_000, "at most 2,000"),
    ],
)
def test_what_is_no_description_is_refused(description: str, error: str) -> None:
    for base in (None, VOICES["nora"]):
        with pytest.raises(InvalidText, match=error):
            made(description, base=base)


def test_right_to_left_words_and_overrides_are_just_not_understood() -> None:
    found = made("a deep \u202eman\u202c, عميق")
    assert found.unknown == ("عميق",)
    assert found.voice.gender == "man"


def test_an_unknown_language_is_not_found() -> None:
    with pytest.raises(NotFound):
        made("a deep man", language="xx-nowhere")


def test_the_same_is_asked_and_the_same_comes() -> None:
    first = made("an old sailor, gravelly", variation=2)
    again = made("  an old   sailor,\ngravelly ", variation=2)
    assert first.voice == again.voice
    assert first.voice.name == voice_id(first.voice)
    ids = {made("an old sailor, gravelly", variation=i).voice.name for i in VARIATIONS}
    assert len(ids) == 16
    assert made("an old sailor, gravelly", language="de").voice.name not in ids


def test_three_variations_keep_their_distance() -> None:
    """0.3 semitones or 3 percent of the tract, even where pitch was named; never one variant."""
    for text in ("an old sailor", "a deep man", "a bright woman", "a child", "neutral adult"):
        found = [made(text, variation=i) for i in (1, 2, 3)]
        for one, other in itertools.combinations(found, 2):
            hz = sorted(float(each.voice.timbre["base_hz"]) for each in (one, other))
            ratio = float(one.voice.timbre["formant_ratio"]) / float(
                other.voice.timbre["formant_ratio"]
            )
            assert hz[1] / hz[0] > 2 ** (0.3 / 12) or abs(ratio - 1) > 0.03
            assert one.voice.timbre["variant"] != other.voice.timbre["variant"]


def test_a_remix_moves_the_voice_and_nothing_else() -> None:
    base = replace(VOICES["bram"], timbre={**VOICES["bram"].timbre, "open_quotient": 0.7})
    voice = made("less gravelly, a bit faster", base=base).voice
    assert 0 < voice.timbre["roughness"] < base.timbre["roughness"]
    assert voice.timbre["rate_wpm"] > base.timbre["rate_wpm"]
    assert voice.timbre["open_quotient"] == 0.7
    assert (voice.language, voice.gender, voice.age) == (base.language, base.gender, base.age)
    same = set(base.timbre) - {"roughness", "rate_wpm", "pitch_semitones", "tilt_db_per_octave"}
    assert {name: voice.timbre[name] for name in same - {"base_hz"}} == {
        name: base.timbre[name] for name in same - {"base_hz"}
    }


def test_younger_and_older_are_one_stage_of_life() -> None:
    bram = VOICES["bram"]
    assert made("younger", base=bram).understood["age"] == "middle-aged"
    assert made("older", base=VOICES["nora"]).understood["age"] == "middle-aged"
    assert made("less old", base=bram).understood["age"] == "middle-aged"
    child = made("as a little girl", base=VOICES["nora"]).voice
    assert child.timbre["base_hz"] > 1.3 * VOICES["nora"].timbre["base_hz"]
    assert child.timbre["formant_ratio"] > 1.1 * VOICES["nora"].timbre["formant_ratio"]


def test_what_derives_from_a_person_inherits_origin_and_consent() -> None:
    human = replace(VOICES["nora"], origin="human", consent="c-1")
    voice = made("deeper", base=human).voice
    assert (voice.origin, voice.consent) == ("human", "c-1")


def test_nothing_that_words_can_do_leaves_the_limits() -> None:
    words = [entry.name for entry in dict.fromkeys(vocabulary().entries.values())]
    piles = [f"extremely {word} man" for word in words] + [
        ", ".join(f"extremely {word}" for word in words[i : i + 8]) for i in range(0, len(words), 8)
    ]
    for base in (None, VOICES["pip"], VOICES["bram"]):
        for pile in piles:
            timbre = numbers(pile, base=base)
            check_timbre(timbre)
            for name, (low, high) in limits()["design"].items():
                assert low <= timbre[name] <= high


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, None),
        ({"open_quotient": 0.6}, None),
        ({"source": "lf"}, None),
        ({"variant": "nobody"}, "variant"),
        ({"variant": "../../etc/passwd"}, "variant"),
        ({"breath": 1.1}, "breath"),
        ({"breath": float("nan")}, "breath"),
        ({"breath": True}, "breath"),
        ({"breath": "0.1"}, "breath"),
        ({"pitch": 50.5}, "pitch"),
        ({"rate_wpm": 9000}, "rate_wpm"),
        ({"base_hz": 0}, "base_hz"),
        ({"open_quotient": float("inf")}, "open_quotient"),
        ({"open_quotient": [1]}, "open_quotient"),
        ({"open_quotient": 10**400}, "open_quotient"),
        ({"source": "a\nb"}, "source"),
        ({"warmth_db": 24, "creak": 1.0}, None),
        ({"warmth_db": 100}, "warmth_db"),
        ({"warmth_db": "abc"}, "warmth_db"),
        ({"creak": 1.1}, "creak"),
        ({"creak": True}, "creak"),
    ],
)
def test_a_timbre_is_checked_when_it_is_read(change: dict[str, Any], error: str | None) -> None:
    timbre = {**VOICES["nora"].timbre, **change}
    if error is None:
        check_timbre(timbre)
    else:
        with pytest.raises(InvalidInput, match=error):
            check_timbre(timbre)


def test_every_number_that_the_vocoder_takes_has_a_range() -> None:
    taken = {field.name for field in fields(Character)}
    assert taken <= limits()["stored"].keys() | limits()["optional"].keys()


def test_a_design_has_the_loudness_of_what_it_was_made_from_and_its_id_says_so() -> None:
    found = made("a deep man")
    assert found.voice.loudness_lufs == found.source.loudness_lufs
    louder = replace(VOICES["nora"], loudness_lufs=-20.0)
    remixed = [made("deeper", base=base).voice for base in (VOICES["nora"], louder)]
    assert remixed[0].name != remixed[1].name


def test_every_built_in_voice_passes_the_check() -> None:
    for voice in VOICES.values():
        check_timbre(voice.timbre)
