"""Meeting: bar lines come to the times asked for, by the tempo or by a bar cut short."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import pulses, seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.document import write_plan
from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.arranger.meeting import MOST_PULL, NEAR_S, meet
from menura.engines.music.arranger.timing import Tempo, bar_seconds, fit_piece, tempo_at
from menura.tasks import Music


def boundaries_s(plan):
    return [seconds_at(tempi_of(plan), beat) for beat in section_starts(plan)]


def met(times_s, *, meter=(4, 4), duration_s=120.0, tempo=None):
    tempo = tempo or Tempo(low=90.0, high=140.0, usual=113.0)
    return meet(times_s, duration_s, meter, tempo, lambda s, t: fit_piece(s, meter, t))


def marks_s(fit, meter):
    """When the bars of the marks begin: whole bars, less what those before a mark lack."""
    bar_beats, bar_s = meter[0] * 4 / meter[1], bar_seconds(meter, fit.bpm)
    lost, found = {}, []
    for mark in fit.marks:
        lost[mark.bar] = mark.cut_beats
        found.append((mark.bar - sum(lost.values()) / bar_beats) * bar_s)
    return found


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8), (5, 4), (7, 8), (2, 4), (12, 8)])
@pytest.mark.parametrize("times_s", [(10.0,), (5.3,), (16.0, 47.5), (8.0, 21.0, 44.0), (100.0,)])
def test_a_free_tempo_moves_until_bar_lines_meet_the_times(times_s, meter):
    fit = met(times_s, meter=meter)
    most_s = NEAR_S if len(times_s) == 1 else 3 * NEAR_S  # one tempo for all of them
    assert np.abs(np.subtract(marks_s(fit, meter), times_s)).max() <= most_s + 1e-6
    assert 113.0 / (1 + MOST_PULL) - 0.01 <= fit.bpm <= 113.0 * (1 + MOST_PULL) + 0.01
    spots = {0.0, *(p for p in pulses(meter) if p >= meter[0] * 2 / meter[1])}
    kept = [(meter[0] * 4 / meter[1] - mark.cut_beats) for mark in fit.marks if mark.cut_beats]
    assert all(any(abs(beats - spot) < 1e-6 for spot in spots) for beats in kept)
    left_s = 120.0 - (fit.bars * bar_seconds(meter, fit.bpm) - fit.lost_beats * 60 / fit.bpm)
    assert fit.duration_s == 120.0
    assert left_s > 0


@pytest.mark.parametrize(
    ("low", "high"), [(112.0, 115.0), (100.0, 113.0), (113.0, 130.0), (112.5004, 113.4996)]
)
def test_a_tempo_stays_in_its_range(low, high):
    for time_s in (7.0, 10.0, 23.4):
        assert low <= met((time_s,), tempo=Tempo(low=low, high=high, usual=113.0)).bpm <= high


def test_whole_bars_come_before_bars_cut_short():
    fit = met((30.0,))
    assert [mark.cut_beats for mark in fit.marks] == [0.0]


def test_a_given_tempo_holds_and_half_a_bar_is_the_finest():
    fit = met((8.5,), tempo=tempo_at(120.0))
    assert (fit.bpm, fit.marks[0].bar, fit.marks[0].cut_beats) == (120.0, 4, 0.0)
    fit = met((9.0,), tempo=tempo_at(120.0))
    assert (fit.bpm, fit.marks[0].bar, fit.marks[0].cut_beats) == (120.0, 5, 2.0)


def test_times_nearer_than_half_a_bar_share_a_bar_line():
    fit = met((10.0, 10.3), tempo=tempo_at(120.0))
    assert [mark.bar for mark in fit.marks] == [5, 5]


def test_the_longest_piece_is_met_as_well():
    fit = met((3000.0,), duration_s=3600.0)
    assert marks_s(fit, (4, 4))[0] == pytest.approx(3000.0, abs=NEAR_S)


@pytest.mark.parametrize("genre", ["pop", "rock", "lofi", "house", "folk", "waltz", "ambient"])
def test_drums_come_in_when_asked(genre):
    low, high, _ = read_genre(genre).tempo
    for seed in range(4):
        piece = arrange(Music(f"{genre}, drums enter after 10 seconds", seed=seed))
        assert min(abs(at - 10.0) for at in boundaries_s(piece.plan)) <= NEAR_S + 1e-3
        assert low <= piece.plan.bpm <= high
        assert not [note for note in piece.ignored if "begins at" in note]


def test_several_players_come_in_when_asked():
    prompt = "pop, piano at 0:05, bass at 0:10, drums at 0:17, strings at 0:41"
    for seed in range(3):
        plan = arrange(Music(prompt, seed=seed)).plan
        for asked_s in (5.0, 10.0, 17.0, 41.0):
            assert min(abs(at - asked_s) for at in boundaries_s(plan)) <= NEAR_S + 1e-3


def test_what_a_given_tempo_misses_is_told_with_how_much():
    piece = arrange(Music("lofi, 85 bpm, drums from 0:08", seed=1))
    assert piece.plan.bpm == 85.0
    assert any("7.76 s, 0.24 s before" in note for note in piece.ignored)
    exact = arrange(Music("pop at 120 bpm, drums enter at 8 seconds", seed=1))
    assert not [note for note in exact.ignored if "begins at" in note]


def test_a_loop_and_a_changing_tempo_say_how_far_off_they_are():
    for prompt in ("house loop, drums enter at 7.1 seconds", "rock, drums at 0:11, gets faster"):
        piece = arrange(Music(prompt, seed=2, duration_s=30.0))
        near_s = min(
            abs(at - (7.1 if "loop" in prompt else 11.0)) for at in boundaries_s(piece.plan)
        )
        told = [note for note in piece.ignored if "begins at" in note]
        assert bool(told) == (near_s > NEAR_S)


def test_the_same_task_gives_the_same_plan():
    task = Music("pop, bass at 0:07, drums at 0:19.5", seed=5)
    one = arrange(task).plan
    assert one == arrange(Music("pop, bass at 0:07, drums at 0:19.5", seed=5, duration_s=60.0)).plan


def test_a_plan_with_a_bar_cut_for_a_time_is_played_again_as_it_was():
    prompt = "pop, piano at 0:05, bass at 0:10, drums at 0:17, strings at 0:41"
    piece = arrange(Music(prompt, seed=1))
    assert any(section.cut_beats for section in piece.plan.sections[:-1])
    again = arrange(Music(plan=write_plan(piece.plan), seed=1))
    assert again.plan == piece.plan
    assert again.events == piece.events
