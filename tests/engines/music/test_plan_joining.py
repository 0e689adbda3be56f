"""Joining: who comes in after a time is not there before, and a full band does come."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.meeting import NEAR_S, meet
from menura.engines.music.arranger.timing import Tempo, fit_piece
from menura.tasks import Music

EARLY_S = 0.06
"""By how much players may be before their beat."""


def firsts(piece):
    return {part.name: piece.events[part.name][0].start_s for part in piece.plan.parts}


@pytest.mark.parametrize("bpm", [92, 100, 111, 127, 140, 152])
def test_after_a_time_means_not_before_it(bpm):
    piece = arrange(
        Music(f"rock, drums enter after 10 seconds, {bpm} bpm", duration_s=24.0, seed=1)
    )
    kit = next(part.name for part in piece.plan.parts if part.role == "drums")
    assert piece.plan.bpm == bpm
    assert 10.0 - EARLY_S <= firsts(piece)[kit] <= 10.0 + 2 * 60 / bpm + EARLY_S


@pytest.mark.parametrize("bpm", [70.0, 92.0, 100.0, 140.0, 174.0])
def test_no_bar_line_is_before_a_time_that_it_must_follow(bpm):
    tempo = Tempo(low=bpm, high=bpm, usual=bpm, exact=True)
    for time_s in np.arange(3.0, 17.0, 0.37):
        fit = meet(
            (time_s,), 30.0, (4, 4), tempo, lambda s, t: fit_piece(s, (4, 4), t), after_s=(time_s,)
        )
        (mark,) = fit.marks
        at_s = (4 * mark.bar - mark.cut_beats) * 60 / bpm
        assert time_s - NEAR_S - 1e-6 <= at_s <= time_s + 2 * 60 / bpm + 1e-6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_full_orchestra_comes_in_at_its_time(seed):
    prompt = "solo violin, then piano joins at 0:10, then full orchestra at 0:20"
    piece = arrange(Music(prompt, duration_s=30.0, seed=seed))
    early = {name for name, start_s in firsts(piece).items() if start_s < 10.0 - EARLY_S}
    instruments = {part.name: part.instrument for part in piece.plan.parts}
    assert {instruments[name] for name in early} == {"violin"}
    assert {instruments[n] for n, s in firsts(piece).items() if s < 20.0 - EARLY_S} == {
        "violin",
        "piano",
    }
    late = [s for s in firsts(piece).values() if s >= 20.0 - EARLY_S]
    assert len(late) >= 4
    assert sum(s < 20.1 for s in late) >= 3
    assert piece.ignored == ()


@pytest.mark.parametrize(
    ("prompt", "when_s"),
    [
        ("rock, solo acoustic guitar, then the full band kicks in at 0:12", 12.0),
        ("soft piano, then everyone joins at 0:15", 15.0),  # no genre of one player is meant
        ("solo violin, then everybody else comes in at 0:10", 10.0),
    ],
)
def test_everybody_comes_in_at_a_time(prompt, when_s):
    piece = arrange(Music(prompt, duration_s=30.0, seed=1))
    early = [s for s in firsts(piece).values() if s < when_s - EARLY_S]
    assert len(early) == 1
    assert len(firsts(piece)) >= 5
    assert not any("no part of its own" in note for note in piece.ignored)


@pytest.mark.parametrize(
    ("prompt", "player", "when_s"),
    [
        ("solo piano, everyone joins at 0:10", "piano", 10.0),
        ("a flute alone, then everyone at 0:12", "flute", 12.0),
        ("tutti at 0:10, flute solo", "flute", 10.0),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_soloist_plays_until_everybody_comes_in(prompt, player, when_s, seed):
    piece = arrange(Music(prompt, duration_s=30.0, seed=seed))
    own = {part.name for part in piece.plan.parts if part.instrument == player}
    starts = firsts(piece)
    assert min(starts[name] for name in own) < 2.5
    assert len(piece.plan.parts) >= 4
    others = [at for name, at in starts.items() if name not in own]
    assert min(others) > when_s - 0.8
