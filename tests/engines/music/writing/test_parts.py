"""Drums, bass, chords, pads and arpeggios: what each has to do in its place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from music_plans import BANDS, METERS, make_plan

from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.genres import genre_names
from menura.engines.music.arranger.players import find_player
from menura.engines.music.arranger.writing import describe_fallbacks, rules, write
from menura.engines.music.arranger.writing.grooves import facts, groove_of, grooves
from menura.engines.music.arranger.writing.styles import styles
from menura.engines.music.plan import Part
from menura.errors import InvalidInput, NotFound

KICKS = (35, 36)


def with_part(plan, name, **changes):
    parts = tuple(
        dataclasses.replace(part, **changes) if part.name == name else part for part in plan.parts
    )
    return dataclasses.replace(plan, parts=parts)


def with_section(plan, at, **changes):
    sections = list(plan.sections)
    sections[at] = dataclasses.replace(sections[at], **changes)
    return dataclasses.replace(plan, sections=tuple(sections))


def within(notes, score, at):
    starts = [*(beat for beat, _ in score.sections), score.beats]
    return [n for n in notes if starts[at] - 1e-6 <= n.beat < starts[at + 1] - 1e-6]


@pytest.mark.parametrize("energy", [0.5, 0.9])
@pytest.mark.parametrize(
    "name",
    ["drum and bass", "breakbeat", "chiptune", "samba", "samba 2/4", "bossa nova", "latin 3/4"],
)
def test_syncopated_grooves_still_beat_time(name, energy):
    """The accents come again after a beat more than after three or six sixteenths of one."""
    groove = grooves()[name]
    steps = groove.meter[0] * 16 // groove.meter[1]
    accents = np.zeros((4, steps))
    for bars in groove.strokes(energy).values():
        for at in range(4):
            strokes = bars[at % len(bars)]
            forces = [facts()["loudness"].get(letter, 0.0) ** 2 for letter in strokes]
            places = np.arange(len(strokes)) * steps // max(len(strokes), 1)
            np.add.at(accents[at], places, forces)
    moving = accents.ravel() - accents.mean()
    beat, three, six = (float(moving @ np.roll(moving, lag)) for lag in (4, 3, 6))
    assert beat > 1.2 * max(three, six, 0.0)


@pytest.mark.parametrize("name", sorted(grooves()))
def test_grooves_are_well_formed(name):
    groove = grooves()[name]
    beats = groove.meter[0] * 4 / groove.meter[1]
    letters = set(facts()["loudness"]) | {"."}
    assert groove.fill in {*facts()["fills"], "trap", "drop", "none"}
    for level in (groove.voices, groove.calm, groove.full):
        for sound, bars in level.items():
            assert sound in facts()["keys"]
            assert set("".join(bars)) <= letters
            lengths = {len(bar) for bar in bars if bar}
            # a step is a whole share of a quarter note: 2, 3, 4 or 6 of them make one
            assert all((length / beats) % 1 == 0 or groove.meter[1] == 8 for length in lengths)
            assert all(beats / length in {0.125, 0.25, 0.5, 1.0} for length in lengths), sound
    assert groove.strokes(0.5) or groove.strokes(0.9) or groove.strokes(0.1)


@pytest.mark.parametrize("genre", sorted(genre_names()))
def test_every_genre_has_styles_and_a_groove(genre):
    assert genre in styles()["genres"]
    plan = make_plan(1, band="pop", genre=genre)
    drums = with_part(plan, "drums", style="")
    groove, note = groove_of(drums, drums.parts[0])
    assert groove is not None
    assert bool(note) == (styles()["genres"][genre]["drums"] == "none")


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize(
    ("genre", "kit", "moods", "family"),
    [
        ("solo piano", "acoustic kit", (), "rock"),
        ("solo piano", "acoustic kit", ("tender",), "soft"),
        ("string quartet", "acoustic kit", ("energetic",), "rock"),
        ("lullaby", "acoustic kit", (), "soft"),
        ("solo piano", "brush kit", (), "jazz"),
    ],
)
def test_a_kit_plays_also_where_the_genre_has_no_drums(genre, kit, moods, family, meter):
    plan = dataclasses.replace(make_plan(1, band="pop", genre=genre, meter=meter), moods=moods)
    plan = with_part(plan, "drums", style="", instrument=kit)
    groove, note = groove_of(plan, plan.parts[0])
    assert groove is not None
    assert groove.family == family or meter != (4, 4)
    assert groove.meter == meter
    assert note
    line = next(line for line in write(plan).lines if line.part == "drums")
    assert line.notes
    assert not any(
        line.notes
        for line in write(with_part(plan, "drums", style="none")).lines
        if line.part == "drums"
    )


@pytest.mark.parametrize(
    ("style", "meter", "played", "told"),
    [
        ("rock", (4, 4), "rock", False),
        ("Four-on-the-floor", (4, 4), "four on the floor", False),
        ("lo-fi", (4, 4), "lofi", False),
        ("rock", (7, 8), "rock 7/8", False),
        ("jazz swing ride", (3, 4), "jazz waltz", False),
        ("one drop", (3, 4), "rock 3/4", True),
        ("none", (4, 4), None, False),
        ("zzz", (4, 4), "pop", True),
    ],
)
def test_grooves_are_found_by_name_and_meter(style, meter, played, told):
    plan = with_part(make_plan(1, meter=meter), "drums", style=style)
    groove, note = groove_of(plan, plan.parts[0])
    assert (groove.name if groove else None) == played
    assert bool(note) == told == bool(describe_fallbacks(plan))


@pytest.mark.parametrize("style", ["four on the floor", "progressive house", "techno", "trance"])
def test_machines_kick_on_every_beat_outside_the_breakdown(style):
    plan = with_part(make_plan(6, band="progressive house"), "drums", style=style)
    plan = with_section(plan, 1, name="breakdown", energy=0.3)
    score = write(plan)
    notes = rules.notes_of(score, "drums")
    kicked = {round(note.beat, 3) for note in notes if note.pitch in KICKS}
    for bar in list(bars_of(plan))[:-1]:
        beats = {round(bar.start + i, 3) for i in range(4)}
        assert beats <= kicked if bar.name != "breakdown" else not beats & kicked


def test_build_rolls_faster_and_louder():
    plan = with_section(make_plan(6, band="progressive house"), 1, name="build", energy=0.6)
    score = write(plan)
    roll = [n for n in within(rules.notes_of(score, "drums"), score, 1) if n.pitch == 38]
    counts = np.histogram([n.beat for n in roll], bins=4)[0]
    assert counts[0] < counts[1] <= counts[2] < counts[3]
    assert roll[-1].velocity > roll[0].velocity + 0.3


def test_fills_and_cymbals_mark_the_form():
    plan = make_plan(5, band="pop")
    score = write(plan)
    notes = rules.notes_of(score, "drums")
    crashes = {note.beat for note in notes if note.pitch == 49}
    loud = max(range(len(plan.sections)), key=lambda i: plan.sections[i].energy)
    assert score.sections[loud][0] in crashes
    toms = {41, 45, 47, 50}
    last_bars = [bar for bar in bars_of(plan) if not bar.left]
    filled = [any(n.pitch in toms and bar.start <= n.beat < bar.end for n in notes)
              for bar in last_bars]  # fmt: skip
    assert any(filled[:-1])


def test_louder_sections_are_played_louder():
    plan = make_plan(3)
    quiet = min(range(len(plan.sections) - 1), key=lambda i: plan.sections[i].energy)
    loud = max(range(len(plan.sections) - 1), key=lambda i: plan.sections[i].energy)
    score = write(plan)
    for line in score.lines:
        soft, hard = (
            np.mean([n.velocity for n in within(line.notes, score, at)]) for at in (quiet, loud)
        )
        assert hard > soft + 0.05, line.part


@pytest.mark.parametrize(
    "style",
    ["root fifth", "eighths", "walking", "reggae", "bossa", "octaves", "808", "pedal", "funk"],
)
def test_bass_stands_on_the_chord(style):
    plan = with_part(make_plan(8, band="jazz swing"), "bass", style=style)
    score = write(plan)
    notes = {round(n.beat, 3): n for n in rules.notes_of(score, "bass")}
    first = [(bar, notes.get(bar.start)) for bar in bars_of(plan)]
    struck = [(bar, note) for bar, note in first if note is not None]
    root = plan.key.pitch_class
    for bar, note in struck:
        assert note.pitch % 12 == (root if style == "pedal" else bar.chords[0][1].bass)
    assert len(struck) >= len(first) / 3
    low = find_player("upright bass")
    assert all(low.low <= note.pitch <= low.high for note in notes.values())


def test_walking_bass_walks():
    plan = make_plan(8, band="jazz swing")
    score = write(plan)
    notes = [n for n in rules.notes_of(score, "bass") if n.articulation != "ghost"]
    onsets = [note.beat for note in notes]
    assert onsets[:-1] == [float(i) for i in range(len(onsets) - 1)]
    steps = np.abs(np.diff([note.pitch for note in notes]))
    assert np.mean(steps <= 2) > 0.5
    assert np.mean(steps == 0) < 0.1
    bars = list(bars_of(plan))
    approached = [
        abs(notes[round(bar.start)].pitch - notes[round(bar.start) - 1].pitch)
        for bar in bars[1:-1]
        if bar.chords[0][1] != bars[bar.number - 1].chords[0][1]
    ]
    assert np.mean(np.isin(approached, [1, 2, 5, 7])) > 0.9


@pytest.mark.parametrize("style", ["sustained", "strum", "skank", "jazz comp", "montuno", "broken"])
@pytest.mark.parametrize("meter", METERS)
def test_chords_are_those_of_the_plan(style, meter):
    plan = with_part(make_plan(2, meter=meter), "keys", style=style)
    notes = rules.notes_of(write(plan), "keys")
    for bar in bars_of(plan):
        played = {n.pitch % 12 for n in notes if bar.start - 1e-6 <= n.beat < bar.end - 1e-6}
        # rootless voicings may add a ninth or a sixth
        extra = {(bar.chords[0][1].root + step) % 12 for step in (2, 9, 10, 11)}
        assert played <= bar.chords[0][1].tones | (extra if style == "jazz comp" else set())
    assert notes


def test_left_hand_rests_where_a_bass_plays():
    solo = (
        Part(name="right", role="melody", instrument="piano"),
        Part(name="left", role="chords", instrument="piano", style="broken"),
    )
    alone = make_plan(2)
    plan = dataclasses.replace(alone, parts=solo, sections=tuple(
        dataclasses.replace(s, parts=("right", "left")) for s in alone.sections))  # fmt: skip
    lows = min(n.pitch for n in rules.notes_of(write(plan), "left"))
    kept = with_part(alone, "keys", style="broken")
    assert lows < 48
    assert min(n.pitch for n in rules.notes_of(write(kept), "keys")) >= 43


def test_offbeat_skank_is_off_the_beat():
    plan = with_part(make_plan(2), "keys", style="skank")
    score = write(plan)
    notes = [n for n in rules.notes_of(score, "keys") if n.beat < score.beats - 4]
    assert {n.beat % 2 for n in notes if n.articulation == "staccato"} == {1.0}


def test_pads_hold_common_tones():
    plan = make_plan(2)
    score = write(plan)
    notes = rules.notes_of(score, "pad")
    assert max(n.beats for n in notes) > plan.bar_beats
    for at in np.arange(0.5, score.beats, 1.0):
        assert sum(n.beat <= at < n.beat + n.beats for n in notes) >= 3


@pytest.mark.parametrize(
    ("style", "step"), [("sixteenths", 0.25), ("up", 0.5), ("slow", 1.0), ("banjo roll", 0.25)]
)
def test_arps_run_in_their_step(style, step):
    plan = with_part(make_plan(2, band="progressive house"), "arp", style=style)
    score = write(plan)
    beats = [n.beat for n in rules.notes_of(score, "arp") if n.beat < score.beats - 4]
    assert np.allclose(np.diff(beats), step)


def test_counter_answers_and_keeps_off_the_tune():
    clashes, total = 0, 0
    for seed in range(20):
        score = write(make_plan(seed))
        tune, second = rules.notes_of(score, "lead"), rules.notes_of(score, "second")
        assert second
        for note in second:
            sung = [t for t in tune if t.beat <= note.beat + 1e-6 < t.beat + t.beats]
            clashes += any(abs(t.pitch - note.pitch) in {1, 2} for t in sung)
            total += 1
    assert clashes / total < 0.03


def test_thirds_follow_the_tune():
    plan = make_plan(2, band="orchestral")
    plan = dataclasses.replace(plan, parts=tuple(
        p for p in plan.parts if p.name != "trumpet"))  # fmt: skip
    score = write(plan)
    tune = {n.beat: n.pitch for n in rules.notes_of(score, "violins")}
    second = rules.notes_of(score, "horns")
    gaps = [(tune[n.beat] - n.pitch) % 12 for n in second if n.beat in tune]
    assert np.mean(np.isin(gaps, [3, 4, 8, 9])) > 0.6


def test_timpani_have_two_drums():
    plan = make_plan(2, band="orchestral")
    notes = rules.notes_of(write(plan), "timpani")
    tonic = plan.key.pitch_class
    assert {n.pitch % 12 for n in notes} <= {tonic, (tonic + 7) % 12}
    assert any(n.articulation == "tremolo" for n in notes)


@pytest.mark.parametrize("band", sorted(BANDS))
@pytest.mark.parametrize("meter", METERS)
def test_every_band_plays_in_every_meter(band, meter):
    plan = make_plan(2, band=band, meter=meter, mode="maqam rast" if band == "arabic" else None)
    score = write(plan)
    for line, part in zip(score.lines, plan.parts, strict=True):
        assert line.part == part.name
        assert line.notes or describe_fallbacks(plan)
        assert all(0 <= n.beat < n.beat + n.beats <= score.beats + 1e-6 for n in line.notes)
        assert all(0 < n.velocity <= 1 for n in line.notes)
        assert list(line.notes) == sorted(line.notes, key=lambda n: (n.beat, n.pitch))


def test_parts_rest_where_the_section_leaves_them_out():
    plan = with_section(make_plan(2), 0, parts=("keys",))
    score = write(plan)
    for line in score.lines:
        assert bool(within(line.notes, score, 0)) == (line.part == "keys")


def test_short_last_bars_are_cut():
    plan = with_section(make_plan(2), 0, cut_beats=1.5)
    score = write(plan)
    assert score.sections[1][0] == plan.sections[0].bars * 4 - 1.5
    assert score.beats == plan.bars * 4 - 1.5


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"chords": ("Xm",) * 8}, InvalidInput),
        ({"parts": ("tuned teapot",)}, NotFound),
    ],
)
def test_broken_plans_are_refused(changes, error):
    plan = make_plan(2)
    if "parts" in changes:
        plan = with_part(plan, "lead", instrument="tuned teapot")
        changes = {}
    with pytest.raises(error):
        write(with_section(plan, 0, **changes))


def test_breathing_genres_slow_down_inside_the_duration():
    plan = make_plan(4, band="string quartet", duration_s=0.0)
    score = write(plan)
    slow = score.tempi[-1][1]
    assert score.tempi[0] == (0.0, 100.0)
    assert 68 <= slow < 98
    assert score.seconds(score.beats) <= plan.duration_s - 1.4
    assert write(make_plan(4, band="pop")).tempi == ((0.0, 100.0),)
    assert write(dataclasses.replace(plan, loop=True)).tempi == ((0.0, 100.0),)
