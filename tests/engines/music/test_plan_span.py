"""Span: tempo and bars that a brief asks for, and what lies behind the end."""

import numpy as np
import pytest

from menura.engines.music.arranger.document import read_plan
from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.arranger.span import check_cues, cut_tune, filled, find_span
from menura.engines.music.arranger.timing import Fit, bar_seconds
from menura.errors import InvalidInput
from menura.text.brief import MusicBrief

PLAN = """
key = "C major"
bpm = 120
duration_s = 10.0
cues = [[12.5, "drop"]]
[[part]]
role = "chords"
instrument = "piano"
[[section]]
name = "verse"
bars = 4
chords = ["C"]
"""


def span(genre="pop", meter=(4, 4), **asked):
    return find_span(MusicBrief(**asked), read_genre(genre), meter, np.random.default_rng(1))


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8)])
def test_bars_and_tempo_are_met(meter):
    found = span(meter=meter, bars=16, bpm=93.0)
    assert (found.bars, found.bpm) == (16, 93.0)
    assert found.duration_s == pytest.approx(16 * bar_seconds(meter, 93.0) + 1.5)


def test_a_calm_piece_is_slower():
    calm, lively = (
        span("pop", duration_s=60.0, tempo_range=limits) for limits in ((60, 80), (130, 150))
    )
    assert 60 <= calm.bpm <= 80
    assert 130 <= lively.bpm <= 150


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8), (7, 8)])
@pytest.mark.parametrize("duration_s", [13.0, 17.7, 40.0])
def test_a_fade_is_played_on_to_its_end(meter, duration_s):
    fit = span("house", meter=meter, duration_s=duration_s)
    long = filled(fit, meter)
    bar_s, bar_beats = bar_seconds(meter, fit.bpm), meter[0] * 4 / meter[1]
    end_s = (long.bars - long.cut_beats / bar_beats) * bar_s
    pulse_s = bar_s / bar_beats * 2
    assert fit.bars <= long.bars
    assert duration_s - 0.3 - pulse_s <= end_s <= duration_s - 0.3 + 1e-6
    assert 0 <= long.cut_beats < bar_beats


@pytest.mark.parametrize("when_s", [10.0, 12.5])
def test_a_cue_behind_the_end_is_refused_and_named(when_s):
    check_cues([(9.9, "hit")], 10.0)
    with pytest.raises(InvalidInput, match=rf"the cue drop at {when_s:g} s lies behind .* 10 s"):
        check_cues([(1.0, "hit"), (when_s, "drop")], 10.0)


def test_a_plan_with_a_cue_behind_its_end_is_refused():
    with pytest.raises(InvalidInput, match=r"the cue drop at 12\.5 s .* lasts 10 s"):
        read_plan(PLAN)


def test_a_tune_that_is_too_long_is_cut_and_said():
    fit = Fit(bpm=120.0, bars=2, duration_s=6.0)
    tune = tuple((float(beat), 1.0, 60.0) for beat in range(11))
    assert cut_tune(tune[:8], fit, (4, 4)) == []
    assert "its last 3 notes" in cut_tune(tune, fit, (4, 4))[0]
