"""Composing: what is asked for exactly is met exactly, in seconds and in names."""

import dataclasses
import itertools
import tomllib
from importlib import resources

import pytest

from menura.engines.music import arranger
from menura.engines.music.arranger.bars import (
    bars_of,
    pulses,
    seconds_at,
    seconds_of,
    section_beats,
    tempi_of,
)
from menura.engines.music.arranger.casting import cast
from menura.engines.music.arranger.choosing import choose_genre
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.genres import genre_names, read_genre
from menura.engines.music.arranger.players import find_player, players
from menura.engines.music.arranger.seating import Wish
from menura.engines.music.arranger.timing import LOOP_PULL, MOST_LOOP_PULL
from menura.engines.music.chords import Chord
from menura.engines.music.plan import ROLES
from menura.errors import NotFound
from menura.tasks import Music
from menura.text.brief import InstrumentWish, MusicBrief, read_brief
from menura.text.keys import Key

METERS = ((2, 4), (3, 4), (4, 4), (6, 8), (5, 4), (7, 8), (12, 8))


def composed(seed=1, cues=(), **asked):
    return compose(MusicBrief(**asked), Music("x", cues=cues), seed)


def last_chord(plan):
    return list(bars_of(plan))[-1].chords[-1][1]


def last_bar_s(plan):
    """Returns the second at which the last bar begins."""
    return seconds_at(tempi_of(plan), list(bars_of(plan))[-1].start)


def section_seconds(plan):
    """Returns (second, name) of each section's start."""
    at, found = 0.0, []
    for section in plan.sections:
        found.append((at, section.name))
        at += section_beats(plan, section) * 60 / (plan.quarter_bpm * section.tempo)
    return found


@pytest.mark.parametrize("name", genre_names())
def test_every_genre_fills_the_time_and_ends_on_its_tonic(name):
    genre = read_genre(name)
    for seed, duration_s in itertools.product(range(3), (3.0, 8.0, 30.0, 60.0, 137.5)):
        plan = composed(seed, genres=(name,), duration_s=duration_s).plan
        assert plan.genre == name
        assert plan.duration_s == duration_s
        tail_s = duration_s - seconds_of(plan)
        if duration_s < 30:
            last_s = duration_s - last_bar_s(plan)
            assert 0.2 * duration_s <= last_s <= 2.1 or 1.0 <= last_s <= 2.1
        else:
            pulse_s = max(
                b - a for a, b in itertools.pairwise((*pulses(plan.meter), plan.bar_beats))
            )
            pulse_s *= 60 / plan.quarter_bpm
            low, high = (0.3, 0.3 + pulse_s) if plan.ending == "fade" else (1.5, 4.3)
            assert low - 1e-6 <= tail_s <= high + 1e-6
        if duration_s >= 8:
            assert genre.tempo[0] / 1.25 <= plan.bpm <= genre.tempo[1] * 1.25
        if duration_s >= 12:
            assert genre.tempo[0] <= plan.bpm <= genre.tempo[1]
        assert tail_s >= 0.3
        assert plan.ending == "fade" or last_chord(plan).root == plan.key.pitch_class
        whole = plan.bars == 12 and name == "blues"  # a chorus is not divided
        assert len(plan.sections) >= (2 if duration_s > 20 and not whole else 1)
        known = {part.name for part in plan.parts}
        assert len(known) == len(plan.parts)
        for section in plan.sections:
            assert set(section.parts) <= known
            assert section.parts
            assert len(section.chords) == section.bars
            assert 0 <= section.energy <= 1
        assert known == {part for section in plan.sections for part in section.parts}
        for part in plan.parts:
            assert part.role in ROLES
            find_player(part.instrument)


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("bpm", [20.0, 47.3, 120.0, 300.0])
def test_an_exact_tempo_key_and_meter_are_met(meter, bpm):
    for genre in ("pop", "jazz swing", "techno", "indian"):
        key = Key.parse("F# dorian")
        plan = composed(genres=(genre,), bpm=bpm, meter=meter, key=key, duration_s=31.7).plan
        assert (plan.bpm, plan.meter, plan.key) == (bpm, meter, key)
        assert plan.duration_s == 31.7
        assert 31.7 - seconds_of(plan) >= 0.3
        assert 31.7 - seconds_of(plan) <= 1.5 + plan.bar_beats * 60 / plan.quarter_bpm


@pytest.mark.parametrize(
    ("asked", "duration_s"),
    [
        ({"duration_s": 180.0}, 180.0),  # the tempo gives way
        ({"bpm": 97.0, "duration_s": 30.0}, None),  # the duration does, to whole bars
        ({"bpm": 97.0}, None),
        ({}, None),
    ],
)
def test_loops_have_whole_bars(asked, duration_s):
    for genre in ("lofi", "techno", "celtic"):
        result = composed(genres=(genre,), loop=True, **asked)
        plan = result.plan
        assert plan.loop
        assert plan.ending == "none"
        assert seconds_of(plan) == pytest.approx(plan.duration_s, abs=1e-9)
        if duration_s:
            assert plan.duration_s == duration_s
        if "duration_s" not in asked:
            assert result.notes == ()
        if "bpm" in asked:
            assert plan.bpm == 97.0
        if "bpm" in asked and "duration_s" in asked:
            assert "whole bars" in result.notes[0]


@pytest.mark.parametrize("duration_s", [8.0, 16.0, 20.0, 30.0, 45.0])
def test_a_fast_loop_is_as_long_as_asked_and_fast(duration_s):
    for seed in range(4):
        task = Music("chiptune platformer loop, fast", duration_s=duration_s, loop=True, seed=seed)
        brief = read_brief(task)
        result = compose(brief, task, seed)
        low, high = brief.tempo_range
        assert low <= result.plan.bpm <= high
        assert result.plan.duration_s == duration_s
        assert result.plan.bars * result.plan.bar_beats * 60 / result.plan.bpm == pytest.approx(
            duration_s, rel=1e-9
        )
        assert result.notes == ()


@pytest.mark.parametrize("duration_s", [8.0, 30.0, 47.3, 200.0])
def test_a_loop_moves_its_tempo_in_its_range_or_the_duration_and_says_so(duration_s):
    moved = []
    for genre in ("lofi", "techno", "celtic", "waltz", "pop"):
        for seed in range(5):
            asked = MusicBrief(genres=(genre,), loop=True)
            usual = compose(asked, Music("x"), seed).plan.bpm
            result = compose(dataclasses.replace(asked, duration_s=duration_s), Music("x"), seed)
            low, high, _ = read_genre(genre).tempo
            pull = abs(result.plan.bpm / usual - 1)
            assert pull <= MOST_LOOP_PULL + 1e-9
            assert pull <= LOOP_PULL + 1e-9 or low <= result.plan.bpm <= high
            said = any("whole bars" in line for line in result.notes)
            assert said == (result.plan.duration_s != duration_s)
            bar_s = result.plan.duration_s / result.plan.bars
            assert abs(result.plan.duration_s - duration_s) <= bar_s / 2 + 1e-9
            again = dataclasses.replace(asked, duration_s=result.plan.duration_s)
            assert compose(again, Music("x"), seed).plan == result.plan
            moved.append(said)
    assert any(moved) == (duration_s < 20)
    assert not all(moved)


@pytest.mark.parametrize("duration_s", [3.0, 5.0, 8.0, 10.0])
def test_jingles_are_two_to_four_bars_that_end_on_the_tonic(duration_s):
    for seed in range(10):
        plan = composed(seed, key=Key.parse("D major"), duration_s=duration_s).plan
        assert 2 <= plan.bars <= 4
        assert last_chord(plan).root == 2
        assert not last_chord(plan).is_minor


@pytest.mark.parametrize("seconds", [1.0, 2.0])
def test_a_second_holds_a_part_of_a_bar(seconds):
    plan = composed(bpm=20.0, duration_s=seconds).plan
    assert 0.2 <= seconds_of(plan) < seconds
    assert last_chord(plan).root == plan.key.pitch_class


@pytest.mark.parametrize(
    "cues",
    [
        ((4.2, "hit"), (12.0, "drop")),
        ((0.0, "hit"), (7.31, "rise"), (15.03, "drop"), (29.5, "hit")),
        ((1.37, "hit"),),
        ((10.0, "hit"), (11.1, "hit"), (12.9, "hit")),
        ((29.0, "hit"),),
    ],
)
@pytest.mark.parametrize("genre", ["cinematic", "house", "waltz", "celtic"])
def test_cues_fall_on_the_start_of_a_section(cues, genre):
    plan = composed(3, cues=cues, genres=(genre,), duration_s=32.0).plan
    starts = section_seconds(plan)
    assert plan.cues == cues
    for when_s, what in cues:
        near = min(starts, key=lambda start: abs(start[0] - when_s))
        assert near[0] == pytest.approx(when_s, abs=1e-6)
        section = plan.sections[starts.index(near)]
        if what == "drop":
            assert section.energy >= 0.8
        if what == "rise":
            assert section.name == "build"
    assert all(0.9 < section.tempo < 1.1 for section in plan.sections)
    assert seconds_of(plan) < plan.duration_s == 32.0


def test_cues_that_cannot_be_are_named():
    result = composed(cues=((5.0, "hit"), (5.1, "hit"), (59.9, "drop")), duration_s=60.0)
    assert result.plan.cues == ((5.0, "hit"),)
    assert len([note for note in result.notes if "too near" in note]) == 2


@pytest.mark.parametrize("genre", ["progressive house", "pop", "folk", "ambient"])
@pytest.mark.parametrize("sections", [("breakdown", "build", "drop"), ("bridge",), ("climax",)])
def test_sections_asked_for_are_there(genre, sections):
    for duration_s in (30.0, 60.0, 240.0):
        plan = composed(genres=(genre,), sections=sections, duration_s=duration_s).plan
        names = [section.name for section in plan.sections]
        assert set(sections) <= set(names)


def test_house_keeps_its_drums_outside_the_breakdown():
    plan = composed(
        genres=("progressive house",), sections=("build", "breakdown", "drop"), duration_s=60.0
    ).plan
    for section in plan.sections:
        assert ("drums" in section.parts) == (section.name not in {"breakdown", "rise"})
    energies = {section.name: section.energy for section in plan.sections}
    assert energies["breakdown"] < energies["build"] < energies["drop"]


def test_a_form_is_taken_as_it_is_spelt():
    form = ("intro", "verse", "chorus", "verse", "chorus", "outro")
    plan = composed(form=form, duration_s=60.0).plan
    assert tuple(section.name for section in plan.sections) == form
    verses = [section for section in plan.sections if section.name == "verse"]
    assert verses[0].chords[:2] == verses[1].chords[:2]
    assert verses[0].seed != verses[1].seed


def test_names_of_a_form_that_nobody_knows_have_the_harmony_of_a_verse():
    task = Music("lofi in A minor", form="intro first-theme outro", duration_s=60.0)
    begins = set()
    for seed in range(30):
        result = compose(read_brief(task), task, seed)
        names = [section.name for section in result.plan.sections]
        assert names == ["intro", "first-theme", "outro"]
        assert result.notes == ()
        begins.add((Chord.parse(result.plan.sections[1].chords[0].split()[0]).root - 9) % 12)
    assert begins == {5, 8, 2}  # iv, bVI and iio: other sections of lofi begin on i


def test_long_pieces_go_round_and_not_on():
    plan = composed(genres=("techno",), duration_s=3600.0).plan
    assert plan.bars > 1500
    assert max(section.bars for section in plan.sections) <= 64
    assert seconds_of(plan) < 3600.0


def test_an_energy_curve_bends_the_form():
    rising = ((0.0, 0.1), (1.0, 1.0))
    for genre in ("ambient", "folk", "string quartet"):
        plan = composed(genres=(genre,), energy=rising, duration_s=90.0).plan
        assert plan.sections[0].energy < plan.sections[-2].energy
    flat = composed(genres=("folk",), duration_s=90.0).plan
    assert [s.energy for s in flat.sections] != [
        s.energy for s in composed(genres=("folk",), energy=rising, duration_s=90.0).plan.sections
    ]


def test_a_piece_can_turn_to_major_at_its_end():
    plan = composed(genres=("cinematic",), closing_mode="major", duration_s=40.0).plan
    assert plan.key.is_minor
    assert plan.sections[-1].mode == "major"
    assert not last_chord(plan).is_minor
    assert last_chord(plan).root == plan.key.pitch_class
    assert plan.sections[0].mode == ""


WISHES = {
    "flute": InstrumentWish(name="flute", role="melody", choices=("flute",)),
    "sitar": InstrumentWish(name="sitar", choices=("sitar",)),
    "drums": InstrumentWish(name="drums", role="drums", choices=("acoustic kit", "rock kit")),
    "tuba": InstrumentWish(name="tuba", choices=("tuba",)),
}


@pytest.mark.parametrize("genre", genre_names())
def test_wished_instruments_play_and_excluded_ones_do_not(genre):
    wishes = tuple(WISHES.values())
    exclude = ("piano", "strings", "pad")
    result = composed(genres=(genre,), instruments=wishes, lead="flute", exclude=exclude)
    plan = result.plan
    playing = {part.instrument: part for part in plan.parts}
    assert playing["flute"].role == "melody"
    assert {"sitar", "tuba"} <= playing.keys()
    assert any(part.role == "drums" for part in plan.parts)
    for part in plan.parts:
        shut = {part.instrument, part.role, players()[part.instrument].family}
        assert shut.isdisjoint(exclude)
    total = len(plan.sections)
    flutes = sum(playing["flute"].name in section.parts for section in plan.sections)
    assert flutes >= min(total, 2) - 1


def test_only_named_instruments_play():
    task = Music("x", instruments=("piano",))
    plan = compose(MusicBrief(instruments=(InstrumentWish(name="piano", choices=("piano",)),)),
                   task, 1).plan  # fmt: skip
    assert {part.instrument for part in plan.parts} == {"piano"}
    assert {part.role for part in plan.parts} >= {"melody", "chords"}


@pytest.mark.parametrize("genre", genre_names())
@pytest.mark.parametrize("wish", ["flute", "banjo", "celesta", "trombone"])
def test_parts_are_called_by_who_plays_them(genre, wish):
    for seed in range(10):
        plan = composed(
            seed, genres=(genre,), instruments=(InstrumentWish(name=wish, choices=(wish,)),)
        ).plan
        names = [part.name for part in plan.parts]
        assert len(set(names)) == len(names)
        for part in plan.parts:
            called = part.name.rstrip(" 23456")
            usual = {(slot.name, slot.instruments[0]) for slot in read_genre(genre).slots}
            right = called in {part.instrument, part.role} or (called, part.instrument) in usual
            assert called not in players() or right


def test_a_part_keeps_the_name_of_its_role_or_kind():
    drawn = {
        part.name for seed in range(20) for part in composed(seed, genres=("folk",)).plan.parts
    }
    assert {"guitar", "bass", "mandolin", "banjo", "accordion"} <= drawn


def test_a_wish_that_is_excluded_is_reported():
    wish = Wish(choices=("banjo",))
    found = cast(read_genre("folk"), [wish], ["banjo"], rng=_rng())
    assert "banjo" in found.notes[0]
    assert all(slot.instruments != ("banjo",) for slot in found.slots)


def test_with_everything_excluded_somebody_still_plays():
    plan = composed(genres=("folk",), exclude=ROLES).plan
    assert len(plan.parts) == 1


def _rng():
    import numpy as np

    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("moods", "instruments", "exclude", "genre"),
    [
        ((), (), (), "pop"),
        (("sad",), ("piano",), (), "solo piano"),
        (("triumphant",), ("brass", "timpani", "strings"), (), "orchestral"),
        ((), ("sitar", "tabla"), (), "indian"),
        ((), ("oud", "darbuka"), (), "arabic"),
        ((), ("banjo", "violin", "mandolin"), (), "bluegrass"),
        (("calm",), (), (), "ambient"),
        (("aggressive",), ("distorted guitar",), (), "metal"),
    ],
)
def test_moods_and_instruments_choose_a_genre(moods, instruments, exclude, genre):
    wishes = [Wish(choices=(name,)) for name in instruments]
    assert choose_genre(moods, wishes, exclude) == genre


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("sitar, strings, drone, no drums", "indian"),
        ("tabla and flute", "indian"),
        ("oud and violin", "arabic"),
        ("a darbuka", "arabic"),
        ("banjo", "bluegrass"),
        ("accordion and violin", "folk"),
        ("distorted guitar, drums, bass", "rock"),
        ("distorted guitar, aggressive", "metal"),  # the mood says more
        ("808 and bells", "trap"),
        ("canon for strings", "orchestral"),
        ("strings and piano", "ballad"),
        ("synth and arp", "synthwave"),
        ("music box", "lullaby"),
        ("eerie music box", "horror"),
        ("steel drums", "latin"),
        ("techno with a sitar", "techno"),
    ],
)
def test_players_choose_a_genre_where_a_prompt_names_none(prompt, genre):
    task = Music(prompt)
    assert compose(read_brief(task), task, 1).plan.genre == genre


def test_every_genre_that_a_mood_or_a_player_chooses_exists():
    text = (resources.files(arranger) / "choosing.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    chosen = [*facts["players"].values(), *facts["alone"].values()]
    chosen += [name for names in facts["moods"].values() for name in names]
    assert set(chosen) <= set(genre_names())
    assert {*facts["players"], *facts["alone"]} <= players().keys()


def test_a_waltz_for_string_quartet_is_both():
    brief = read_brief(Music("waltz for string quartet in A minor"))
    plan = compose(brief, Music("x"), 1).plan
    assert plan.meter == (3, 4)
    assert plan.key == Key.parse("A minor")
    assert [part.instrument for part in plan.parts] == ["violin", "violin", "viola", "cello"]
    assert last_chord(plan) == Chord.parse("Am")


def test_the_same_seed_gives_the_same_plan_and_others_differ():
    plans = [composed(seed, genres=("jazz swing",)).plan for seed in (1, 1, 2, 3)]
    assert plans[0] == plans[1]
    bare = [dataclasses.replace(plan, seed=0) for plan in plans[1:]]
    assert bare[0] != bare[1] != bare[2]


def test_an_unknown_player_is_refused_with_the_nearest():
    with pytest.raises(NotFound, match="violin"):
        find_player("violinn")
    with pytest.raises(NotFound, match="no genre"):
        read_genre("polkacore")


PROMPTS = {
    "Sad solo piano for a wet, slow Sunday": {"duration_s": None},
    "Huge orchestral film climax: strings swell, brass answers in triumph, tension grows and then "
    "lets go into a hopeful tune": {"duration_s": 30.0},
    "Progressive house at 128 BPM: kick on every beat, synth arpeggios, a breakdown full of "
    "euphoria, then a drop with wide pads": {"duration_s": 30.0},
    "cheerful podcast jingle in D major, 8 seconds, with a clean ending": {"duration_s": 8.0},
    "bossa nova in 4/4 at 132 bpm with nylon guitar, flute and shaker": {"duration_s": None},
}


def prompted(start):
    prompt = next(prompt for prompt in PROMPTS if prompt.startswith(start))
    task = Music(prompt, **PROMPTS[prompt])
    return [compose(read_brief(task), task, seed).plan for seed in range(12)]


def test_a_sad_piano_is_alone_slow_and_in_minor():
    for plan in prompted("Sad solo"):
        assert {part.instrument for part in plan.parts} == {"piano"}
        assert 50 <= plan.bpm <= 85
        assert plan.key.is_minor


def test_a_film_climax_rises_and_lets_go_into_major():
    for plan in prompted("Huge"):
        playing = {part.instrument for part in plan.parts}
        assert playing >= {"strings", "brass", "timpani"}
        energies = [section.energy for section in plan.sections]
        peak = energies.index(max(energies))
        assert 0 < peak < len(energies) - 1
        assert plan.sections[peak].name == "climax"
        assert not last_chord(plan).is_minor


def test_house_builds_breaks_down_and_drops():
    for plan in prompted("Progressive"):
        names = [section.name for section in plan.sections]
        assert {"build", "breakdown", "drop"} <= set(names)
        assert names.index("breakdown") < len(names) - 1 - names[::-1].index("drop")
        assert plan.bpm == 128
        drums = next(part for part in plan.parts if part.role == "drums")
        assert drums.style == "four on the floor"


def test_a_jingle_ends_cleanly_on_its_tonic():
    for plan in prompted("cheerful"):
        assert str(plan.key) == "D major"
        assert plan.ending == "cadence"
        assert last_chord(plan).root == 2
        assert plan.duration_s == 8.0


def test_bossa_has_its_guitar_flute_shaker_and_bass():
    for plan in prompted("bossa"):
        playing = {part.instrument: part for part in plan.parts}
        assert playing["flute"].role == "melody"
        assert playing["nylon guitar"].role == "chords"
        assert playing["hand percussion"].style == "shaker"
        assert any(part.role == "bass" for part in plan.parts)
        assert plan.bpm == 132


def test_no_stand_in_chooses_the_genre_beside_others_and_the_choice_is_said():
    task = Music("mandolin, tuba and theremin")
    result = compose(read_brief(task), task, 1)
    assert result.plan.genre not in {"horror", "synthwave"}
    assert any(f"it is {result.plan.genre}" in note for note in result.notes)
    assert composed(genres=("folk",)).notes == ()


@pytest.mark.parametrize("prompt", ["solo cello", "solo violin", "solo flute", "solo trumpet"])
def test_who_plays_alone_is_in_the_middle(prompt):
    task = Music(prompt, duration_s=12)
    parts = compose(read_brief(task), task, 3).plan.parts
    assert [part.pan for part in parts] == [0.0]


def test_only_a_tempo_that_was_given_is_blamed_for_the_length_of_a_loop():
    free, given = (
        composed(genres=("house",), loop=True, duration_s=9.0, **asked).notes
        for asked in ({}, {"bpm": 127.0})
    )
    assert "whole bars" in free[0]
    assert "bpm" not in free[0]
    assert "at 127 bpm" in given[0]
