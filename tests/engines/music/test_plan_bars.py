"""Bars: where chords, pulses and sections fall."""

import dataclasses
import itertools

import pytest

from menura.engines.music.arranger.bars import (
    bars_of,
    pulses,
    seconds_of,
    section_starts,
    tempi_of,
)
from menura.engines.music.plan import MusicPlan, Section
from menura.text.keys import Key


def plan_of(meter=(4, 4), sections=(("a", ("C", "F G")), ("b", ("Am", "N.C."))), **changes):
    plan = MusicPlan(
        title="x", genre="pop", key=Key.parse("C major"), meter=meter, bpm=120.0, swing=0.5,
        duration_s=60.0, loop=False, ending="cadence", moods=(), parts=(), seed=1,
        sections=tuple(
            Section(name=n, bars=len(c), energy=0.5, chords=c, parts=(), seed=1)
            for n, c in sections
        ),
    )  # fmt: skip
    return dataclasses.replace(plan, **changes)


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        ((4, 4), (0, 1, 2, 3)),
        ((3, 4), (0, 1, 2)),
        ((6, 8), (0, 1.5)),
        ((12, 8), (0, 1.5, 3, 4.5)),
        ((7, 8), (0, 1, 2)),
        ((5, 4), (0, 1, 2, 3, 4)),
        ((2, 4), (0, 1)),
        ((3, 8), (0, 0.5, 1)),
    ],
)
def test_pulses_group_eighths(meter, expected):
    assert pulses(meter) == expected


@pytest.mark.parametrize(
    ("meter", "second_chord_at"),
    [((4, 4), 2), ((3, 4), 2), ((6, 8), 1.5), ((5, 4), 3), ((7, 8), 2), ((12, 8), 3), ((2, 4), 1)],
)
def test_two_chords_share_a_bar_on_a_pulse(meter, second_chord_at):
    bars = list(bars_of(plan_of(meter)))
    assert [start - bars[1].start for start, _ in bars[1].chords] == [0, second_chord_at]
    assert bars[1].chord_at(bars[1].start + second_chord_at).symbol(Key.parse("C major")) == "G"
    assert bars[1].chord_at(bars[1].start).root == 5


def test_bars_follow_one_another_without_gaps():
    plan = plan_of((7, 8))
    bars = list(bars_of(plan))
    assert [bar.number for bar in bars] == [0, 1, 2, 3]
    assert [bar.left for bar in bars] == [1, 0, 1, 0]
    assert all(a.end == b.start for a, b in itertools.pairwise(bars))
    assert bars[-1].chords == ((bars[-1].start, None),)
    assert section_starts(plan) == (0.0, 7.0)


def test_a_cut_bar_and_another_tempo_count_in_seconds():
    plan = plan_of()
    first = dataclasses.replace(plan.sections[0], cut_beats=1.5, tempo=1.25)
    plan = dataclasses.replace(plan, sections=(first, plan.sections[1]))
    assert section_starts(plan) == (0.0, 6.5)
    assert tempi_of(plan) == ((0.0, 150.0), (6.5, 120.0))
    assert seconds_of(plan) == pytest.approx(6.5 * 60 / 150 + 8 * 0.5)
    assert list(bars_of(plan))[1].beats == 2.5


def test_compound_tempo_counts_dotted_quarters():
    plan = plan_of((6, 8), bpm=60.0)
    assert seconds_of(plan) == pytest.approx(4 * 2.0)


def test_a_build_climbs_and_other_sections_stand():
    plan = plan_of(sections=(("build", ("C",) * 4), ("drop", ("C",) * 4)))
    low, high = plan.sections
    plan = dataclasses.replace(plan, sections=(low, dataclasses.replace(high, energy=1.0)))
    energies = [bar.energy for bar in bars_of(plan)]
    assert energies[:4] == sorted(energies[:4])
    assert energies[0] < energies[3] < 1.0
    assert energies[4:] == [1.0] * 4


def test_a_section_may_have_its_own_mode():
    plan = plan_of()
    bright = dataclasses.replace(plan.sections[1], mode="lydian")
    keys = [
        str(b.key) for b in bars_of(dataclasses.replace(plan, sections=(plan.sections[0], bright)))
    ]
    assert keys == ["C major", "C major", "C lydian", "C lydian"]
