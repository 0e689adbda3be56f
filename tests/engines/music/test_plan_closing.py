"""Closing: the last chord of a short piece begins near its end, in the tempo asked for."""

import itertools

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of, seconds_at, seconds_of, tempi_of
from menura.engines.music.arranger.closing import fit_closed
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.timing import Tempo, bar_seconds
from menura.tasks import Music

GENRES = ("pop", "solo piano", "lofi", "house", "jazz swing", "reggae", "waltz", "string quartet")
WINDOW_S = 0.05


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


def ring_s(fit, meter):
    bar_s = bar_seconds(meter, fit.bpm)
    bar_beats = meter[0] * 4 / meter[1]
    return fit.duration_s - (fit.bars - 1 - fit.approach_cut_beats / bar_beats) * bar_s


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 4)])
@pytest.mark.parametrize("bpm", [60.0, 72.0, 97.0, 128.0, 174.0, 240.0])
def test_a_stated_tempo_holds_and_the_last_chord_is_near_the_end(meter, bpm):
    tempo = Tempo(low=bpm, high=bpm, usual=bpm, exact=True)
    pulse_s = bar_seconds(meter, bpm) * 1.5 / (meter[0] * 4 / meter[1])
    for duration_s in (3.0, 4.3, 5.0, 8.0, 9.9, 12.0, 15.0, 17.7, 20.0, 29.0):
        fit = fit_closed(duration_s, meter, tempo)
        assert fit.bpm == bpm
        ring = ring_s(fit, meter)
        assert 0.4 <= ring <= max(2.0, 0.15 * duration_s) + 0.25 * max(pulse_s, 0.8)
        last_s = bar_seconds(meter, bpm) - fit.cut_beats * bar_seconds(meter, bpm) / (
            meter[0] * 4 / meter[1]
        )
        assert 0 < last_s <= ring + 1e-6


@pytest.mark.parametrize("duration_s", [3.0, 6.0, 9.0, 12.0, 16.0, 20.0, 25.0])
def test_a_free_tempo_has_whole_bars_to_the_last_chord(duration_s):
    fit = fit_closed(duration_s, (4, 4), Tempo(low=90.0, high=130.0, usual=112.0))
    assert min(1.2, 0.25 * duration_s) <= ring_s(fit, (4, 4)) <= max(2.0, 0.15 * duration_s)
    assert fit.approach_cut_beats == 0.0 or duration_s < 5


@pytest.mark.parametrize("genre", GENRES)
def test_every_length_ends_near_its_end(genre):
    for duration_s, stated in itertools.product((3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0), (0, 97)):
        prompt = f"{genre}, {stated} bpm" if stated else genre
        piece = arrange(Music(prompt, duration_s=duration_s, seed=3))
        plan = piece.plan
        assert plan.duration_s == duration_s
        assert not stated or {bpm for _, bpm in tempi_of(plan)} == {float(stated)}
        last = max(event.start_s for notes in piece.events.values() for event in notes)
        assert duration_s - last <= max(2.0, 0.15 * duration_s) + 0.15
        assert duration_s - last >= 0.5
        bars = list(bars_of(plan))
        assert last == pytest.approx(seconds_at(tempi_of(plan), bars[-1].start), abs=0.7)
        assert bars[-1].chords[-1][1].root == plan.key.pitch_class
        assert seconds_of(plan) <= duration_s
        assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize(
    ("prompt", "duration_s"), [("lofi hip hop, 97 bpm", 10.0), ("folk", 8.0), ("trap", 15.0)]
)
def test_the_sound_goes_on_to_its_end(prompt, duration_s, engine):
    task = engine.check(Music(prompt, duration_s=duration_s, seed=3))
    sound = np.concatenate([block.samples for block in engine.perform(task).blocks], axis=1)
    frames = round(WINDOW_S * sound.shape[1] / duration_s)
    count = sound.shape[1] // frames
    level = np.sqrt((sound[:, : count * frames].reshape(2, count, frames) ** 2).mean(axis=(0, 2)))
    body = np.sqrt((level[: count // 2] ** 2).mean())
    assert np.flatnonzero(level > 0.01 * body)[-1] >= 0.92 * count
    assert np.flatnonzero(level > 0.1 * body)[-1] >= 0.88 * count


def test_a_bar_before_the_last_may_be_short_in_a_document():
    plan = arrange(Music("pop, 97 bpm", duration_s=15.0, seed=3)).plan
    assert plan.sections[-1].approach_cut_beats
    bars = list(bars_of(plan))
    assert bars[-2].beats == plan.bar_beats - plan.sections[-1].approach_cut_beats
    assert [b.start + b.beats for b in bars[:-1]] == [b.start for b in bars[1:]]
    assert "approach_cut_beats" in write_plan(plan)
