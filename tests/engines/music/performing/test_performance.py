"""Performing: swing, human timing, touch, and the end of the piece."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from music_plans import BANDS, METERS, make_plan

from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.performing.clock import Clock, swung
from menura.engines.music.arranger.performing.humans import deviations, facts, human_of
from menura.engines.music.arranger.performing.touch import spread
from menura.engines.music.arranger.writing import write
from menura.engines.music.arranger.writing.compass import compass
from menura.engines.music.plan import ROLES


def played(plan):
    score = write(plan)
    return score, perform(score, plan)


def notes_of(score, part):
    return next(line.notes for line in score.lines if line.part == part)


@pytest.mark.parametrize("band", sorted(BANDS))
@pytest.mark.parametrize("loop", [False, True])
def test_everything_is_released_inside_the_duration(band, loop):
    mode = "maqam rast" if band == "arabic" else None
    plan = make_plan(3, band=band, loop=loop, mode=mode, meter=METERS[2])
    if loop:
        seconds = plan.bars * plan.bar_beats * 60 / plan.quarter_bpm
        plan = dataclasses.replace(plan, duration_s=seconds, ending="none")
    score, events = played(plan)
    assert set(events) == {part.name for part in plan.parts}
    for name, line in events.items():
        assert len(line) == len(notes_of(score, name))
        for event in line:
            assert event.start_s >= 0
            assert event.length_s >= 0.03
            assert event.start_s + event.length_s <= plan.duration_s + 1e-9
            assert 0 < event.velocity <= 1
        assert [e.start_s for e in line] == sorted(e.start_s for e in line)
    last = max(e.start_s + e.length_s for line in events.values() for e in line)
    assert loop or last <= plan.duration_s - 0.05 + 1e-9


@pytest.mark.parametrize("ending", ["cadence", "hit"])
@pytest.mark.parametrize("band", sorted(BANDS))
def test_the_last_chord_is_held_through_the_ring_out(band, ending):
    mode = "maqam rast" if band == "arabic" else None
    plan = make_plan(3, band=band, mode=mode, ending=ending)
    _, events = played(plan)
    for part in plan.parts:
        last = [e.start_s + e.length_s for e in events[part.name]]
        if part.role in {"bass", "pad", "chords", "drone"} and last:
            holds = compass(part.instrument).hold
            let_go_s = plan.duration_s - (0.8 if holds else 0.05)
            assert max(last) == pytest.approx(let_go_s, abs=0.06), part.name


def test_too_short_a_duration_cuts_the_notes():
    plan = make_plan(3, duration_s=5.0)
    _, events = played(plan)
    assert all(e.start_s + e.length_s <= 5.0 for line in events.values() for e in line)


@pytest.mark.parametrize("seed", range(5))
def test_people_stay_close_to_the_beat(seed):
    plan = make_plan(seed)
    score, events = played(plan)
    for part in plan.parts:
        if part.role == "chords":
            continue
        beats = np.array([n.beat for n in notes_of(score, part.name)])
        late = np.sort([e.start_s for e in events[part.name]]) - np.sort(beats) * 60 / plan.bpm
        assert np.abs(late).max() < 0.06, part.name
        assert 0.001 < late[beats > 0].std() < 0.02, part.name


def test_machines_keep_to_the_grid():
    plan = make_plan(2, band="progressive house")
    score, events = played(plan)
    beats = np.array([n.beat for n in notes_of(score, "drums")])
    late = np.array([e.start_s for e in events["drums"]]) - beats * 60 / plan.bpm
    assert np.abs(late).max() < 0.004


def test_deviations_are_correlated():
    human = dataclasses.replace(human_of("melody", "", machine=False), spread_ms=0.0, late_ms=0.0)
    late = deviations(human, np.arange(4000.0), np.random.default_rng(1))
    assert late.std() * 1000 == pytest.approx(human.drift_ms, rel=0.15)
    assert np.corrcoef(late[:-1], late[1:])[0, 1] > 0.7
    assert abs(np.corrcoef(late[:-20], late[20:])[0, 1]) < 0.2


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_human(role):
    assert human_of(role, "", machine=True).spread_ms < human_of(role, "", machine=False).spread_ms


@pytest.mark.parametrize(
    ("beats", "swing", "pair", "expected"),
    [
        ([0, 0.5, 1, 1.5], 2 / 3, 1.0, [0, 2 / 3, 1, 5 / 3]),
        ([0, 0.25, 0.5, 0.75], 0.6, 0.5, [0, 0.3, 0.5, 0.8]),
        ([0, 0.5, 1, 1.5], 0.5, 1.0, [0, 0.5, 1, 1.5]),
        ([4.5, 5.0], 0.75, 1.0, [4.75, 5.0]),
    ],
)
def test_swing_delays_the_second_of_a_pair(beats, swing, pair, expected):
    found = swung(np.array(beats, float), np.array([0.0, 4.0]), swing, pair)
    assert np.allclose(found, expected, atol=1e-6)


def test_swing_is_heard_in_what_is_played():
    straight = make_plan(4, band="jazz swing", bpm=120.0)
    swinging = dataclasses.replace(straight, swing=2 / 3)
    score = write(straight)
    off = [i for i, n in enumerate(notes_of(score, "drums")) if n.beat % 1 == 0.5]
    on = [i for i, n in enumerate(notes_of(score, "drums")) if n.beat % 1 == 0]
    times = [np.array([e.start_s for e in perform(score, plan)["drums"]])
             for plan in (straight, swinging)]  # fmt: skip
    delay = times[1] - times[0]
    assert np.allclose(delay[off], (2 / 3 - 0.5) * 0.5, atol=1e-6)
    assert np.allclose(delay[on], 0, atol=1e-6)


def test_lofi_snare_drags():
    plan = make_plan(4, genre="lofi")
    parts = (dataclasses.replace(plan.parts[0], style="lofi"), *plan.parts[1:])
    plan = dataclasses.replace(plan, parts=parts)
    score, events = played(plan)
    late = {36: [], 38: []}
    for note, event in zip(notes_of(score, "drums"), sorted_like(score, events), strict=True):
        if note.pitch in late:
            late[note.pitch].append(event.start_s - note.beat * 60 / plan.bpm)
    assert np.mean(late[38]) - np.mean(late[36]) > 0.008


def sorted_like(score, events):
    """Returns the drums' events in the order of the score: by beat, then pitch."""
    left = list(events["drums"])
    found = []
    for note in notes_of(score, "drums"):
        at = min(
            (i for i, e in enumerate(left) if e.pitch == note.pitch),
            key=lambda i: left[i].start_s,
        )
        found.append(left.pop(at))
    return found


def test_strings_are_strummed_down_and_up():
    pitches = np.array([40.0, 47.0, 52.0, 56.0] * 2)
    beats = np.repeat([0.0, 0.5], 4)
    late_ms = 1000 * spread("steel guitar", beats, pitches, np.random.default_rng(1))
    down, up = late_ms[:4], late_ms[4:]
    assert (np.diff(down) > 0).all()
    assert (np.diff(up) < 0).all()
    assert all(facts()["touch"]["strum_ms"][0] <= np.ptp(c) <= 30 for c in (down, up))
    assert np.ptp(spread("organ", beats, pitches, np.random.default_rng(1))) < 0.003


def test_pedal_holds_the_chord_until_it_changes():
    plan = make_plan(2)
    keys = dataclasses.replace(plan.parts[2], style="broken")
    plan = dataclasses.replace(plan, parts=(*plan.parts[:2], keys, *plan.parts[3:]))
    score, events = played(plan)
    first = [e for e in events["keys"] if e.start_s < 0.1]
    change = score.seconds(score.chords[1][0])
    assert max(e.start_s + e.length_s for e in first) == pytest.approx(change, abs=0.1)


def test_legato_notes_overlap_and_know_where_they_come_from():
    plan = make_plan(2)
    _, events = played(plan)
    line = events["lead"]
    bound = [i for i, e in enumerate(line) if e.articulation == "legato" and e.from_pitch]
    assert len(bound) > 10
    for i in bound:
        before = line[i - 1]
        assert line[i].from_pitch == before.pitch
    pairs = [(line[i - 1], line[i]) for i in bound if line[i - 1].articulation == "legato"]
    overlaps = [a.start_s + a.length_s > b.start_s for a, b in pairs if a.pitch != b.pitch]
    assert np.mean(overlaps) > 0.7


def test_no_pitch_is_struck_while_it_sounds():
    plan = make_plan(2)
    _, events = played(plan)
    for name in ("keys", "bass", "lead"):
        line = events[name]
        for pitch in {e.pitch for e in line}:
            same = [e for e in line if e.pitch == pitch]
            for one, two in itertools.pairwise(same):
                room = max(two.start_s - one.start_s, 0.031)
                assert one.length_s <= room + 1e-9 or two.start_s - one.start_s < 0.035


def test_same_plan_same_events_and_other_sections_stay():
    plan = make_plan(4)
    score, events = played(plan)
    assert perform(score, plan) == events
    sections = list(plan.sections)
    sections[1] = dataclasses.replace(sections[1], seed=sections[1].seed + 1)
    _, other = played(dataclasses.replace(plan, sections=tuple(sections)))
    start, end = (score.seconds(score.sections[i][0]) for i in (1, 2))
    for name, line in events.items():
        for old, new in ((0, start - 0.1), (end + 0.1, plan.duration_s)):
            kept = [[e for e in both if old <= e.start_s < new] for both in (line, other[name])]
            assert kept[0] == kept[1], name
    assert other != events


def test_clock_turns_beats_into_seconds_and_back():
    clock = Clock.of([(0.0, 120.0), (4.0, 60.0), (6.0, 240.0)])
    beats = np.array([0.0, 2.0, 4.0, 5.0, 6.0, 10.0])
    seconds = clock.seconds_at(beats)
    assert np.allclose(seconds, [0, 1, 2, 3, 4, 5])
    assert np.allclose(clock.beats_at(seconds), beats)
