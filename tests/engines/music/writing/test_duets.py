"""Duets: a canon is one tune later, and both voices agree; an answer has the rhythm of its call."""

import dataclasses
import itertools

import pytest
from music_plans import make_plan, symbol_of

from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.writing import write
from menura.engines.music.arranger.writing.stave import strong_beats
from menura.engines.music.plan import Part

CONSONANT = {0, 3, 4, 5, 7, 8, 9}


def duet(seed, style, first="flute", second="violin", ground=2, **changes):
    plan = make_plan(seed, **changes)
    parts = [part for part in plan.parts if part.role not in {"melody", "counter"}]
    leads = [
        Part(name=name, role="melody", instrument=instrument, style=style)
        for name, instrument in (("first", first), ("second", second))
    ]
    names = tuple(part.name for part in (*parts, *leads))
    sections = []
    for section in plan.sections:
        chords = [section.chords[bar % ground] for bar in range(section.bars)]
        if section is plan.sections[-1]:
            chords[-1] = symbol_of("i" if plan.key.is_minor else "I", plan.key)
        sections.append(dataclasses.replace(section, chords=tuple(chords), parts=names))
    return dataclasses.replace(plan, parts=(*parts, *leads), sections=tuple(sections))


def voices(plan):
    lines = {line.part: line.notes for line in write(plan).lines}
    return lines["first"], lines["second"]


def meetings(plan, one, two):
    """Returns the intervals at the strong beats where both voices sound, octaves aside."""
    for bar in bars_of(plan):
        for spot in strong_beats(bar):
            beat = bar.start + spot
            sounding = [
                [n for n in voice if n.beat <= beat + 1e-6 < n.beat + n.beats]
                for voice in (one, two)
            ]
            if all(sounding):
                yield round(abs(sounding[0][0].pitch - sounding[1][0].pitch)) % 12


@pytest.mark.parametrize("second", ["flute", "violin", "cello"])
@pytest.mark.parametrize("lag", [1, 2])
@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8)])
def test_a_canon_is_the_same_tune_later_at_the_unison_or_octave(second, lag, meter):
    for seed in range(6):
        name = f"canon after {lag} bar{'s' * (lag > 1)}"
        plan = duet(seed, name, second=second, ground=lag, meter=meter)
        one, two = voices(plan)
        assert len(two) > len(one) / 2
        later = lag * plan.bar_beats
        tune = {round(note.beat + later, 4): note.pitch for note in one}
        close = list(bars_of(plan))[-1].start
        echoed = [note for note in two if note.beat < close - 1e-6]
        shifts = {round(tune[round(note.beat, 4)] - note.pitch) for note in echoed}
        assert len(shifts) == 1
        assert shifts.pop() % 12 == 0


def test_voices_of_a_canon_agree_where_they_meet():
    met = list(
        itertools.chain.from_iterable(
            meetings(plan, *voices(plan)) for plan in (duet(s, "canon") for s in range(40))
        )
    )
    assert len(met) > 500
    assert sum(interval in CONSONANT for interval in met) >= 0.95 * len(met)


def test_a_canon_starts_alone_and_closes_together():
    plan = duet(1, "canon")
    one, two = voices(plan)
    bars = list(bars_of(plan))
    assert one[0].beat < bars[1].start
    assert two[0].beat >= bars[2].start
    last = bars[-1].chord_at(bars[-1].start).tones
    assert {round(note.pitch) % 12 for note in (one[-1], two[-1])} <= last
    assert one[-1].beat + one[-1].beats == two[-1].beat + two[-1].beats == bars[-1].end


@pytest.mark.parametrize("meter", [(4, 4), (3, 4)])
def test_an_answer_has_the_rhythm_of_its_call_and_nobody_talks_over_it(meter):
    for seed in range(8):
        plan = duet(seed, "call and response", ground=8, meter=meter)
        one, two = voices(plan)
        bars = [bar for bar in bars_of(plan) if bar.section == 0]
        unit = 2 * plan.bar_beats
        for start in (bar.start for bar in bars[::4]):
            call = [n.beat - start for n in one if start <= n.beat < start + unit]
            answer = [
                n.beat - start - unit for n in two if start + unit <= n.beat < start + 2 * unit
            ]
            assert call
            assert answer == pytest.approx(call)
            assert not [n for n in two if start <= n.beat < start + unit]
            assert not [n for n in one if start + unit <= n.beat < start + 2 * unit]
            ends = max(n.beat + n.beats for n in one if start <= n.beat < start + unit)
            assert ends <= start + unit - 0.5 + 1e-6


def test_both_play_the_last_chord():
    plan = duet(3, "call and response", ground=8)
    one, two = voices(plan)
    last = list(bars_of(plan))[-1]
    for voice in (one, two):
        assert voice[-1].beat >= last.start - 1e-6
        assert voice[-1].pitch % 12 == plan.key.pitch_class


def test_a_plan_keeps_its_duet():
    plan = duet(2, "canon after 4 bars")
    assert read_plan(write_plan(plan)) == plan
