"""Breaths: when they are drawn, and what they sound like."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from expressive_speech import VOICES, centroid_hz, level_db, render

from menura.engines.speech.expressive.breaths import (
    GAP_S,
    Breath,
    inhale,
    plan_breaths,
    resonance_ratio,
)
from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.expression import Expression, emotions
from menura.engines.speech.expressive.manner import settle
from menura.engines.speech.expressive.pacing import TimeMap
from menura.engines.speech.expressive.resynthesis import Resynthesis, resynthesise
from menura.engines.speech.expressive.segments import Segment
from menura.engines.speech.expressive.vocoding import outline, timed
from menura.espeak import Pool
from menura.espeak.utterance import Rendering

RATE = 22_050
TEXT = "The birch canoe slid on the smooth planks of the old mill, and then it sank. It is gone."


@pytest.fixture(scope="module")
def rendering() -> Iterator[Rendering]:
    with Pool(1) as pool:
        yield render(pool, TEXT)


def spoken(rendering: Rendering, seed: int = 2, **fields: float | str) -> Resynthesis:
    return resynthesise(
        rendering,
        text=TEXT,
        language="en-us",
        character=Character.of(VOICES["nora"].timbre),
        expression=Expression(**fields),  # type: ignore[arg-type]
        rng=np.random.default_rng(seed),
    )


def drawn(lengths_s: list[float], seed: int = 0) -> dict[int, Breath]:
    return planned(lengths_s, seed)[0]


def planned(lengths_s: list[float], seed: int) -> tuple[dict[int, Breath], TimeMap]:
    """Returns the breaths of an utterance whose every second segment is silent, and its times."""
    edges = np.concatenate([[0.0], np.cumsum(lengths_s)]) * RATE
    cuts = [round(edge) for edge in edges.tolist()]
    segments = [Segment(a, b, silent=bool(i % 2)) for i, (a, b) in enumerate(pairwise(cuts))]
    times = TimeMap(source=np.array([0, edges[-1]]), target=np.array([0, edges[-1]]))
    return plan_breaths(segments, times, RATE, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("lengths_s", "places"),
    [
        ([5.0, 0.5, 1.0], {1}),
        ([5.0, 0.2, 1.0], set()),  # too short a pause
        ([0.8, 0.5, 1.0], set()),  # nothing said yet
        ([5.0, 0.5, 0.6, 0.5, 5.0, 0.5], {1, 5}),  # not twice in a row
        ([2.0, 0.2, 2.5, 0.5], {3}),  # a pause without a breath goes on counting
        ([], set()),
    ],
)
def test_a_breath_needs_a_pause_and_something_said(
    lengths_s: list[float], places: set[int]
) -> None:
    for seed in range(8):
        assert set(drawn(lengths_s, seed)) == places


def test_chance_decides_in_between() -> None:
    count = sum(bool(drawn([2.5, 0.5], seed)) for seed in range(200))
    assert 70 < count < 130


@pytest.mark.parametrize("pause_s", [0.3, 0.4, 0.6, 2.0])
def test_a_breath_fits_into_its_pause(pause_s: float) -> None:
    for seed in range(20):
        breaths, times = planned([6.0, pause_s, 1.0], seed)
        breath = breaths[1]
        made_s = (times.forward(round((6 + pause_s) * RATE)) - times.forward(6 * RATE)) / RATE
        assert GAP_S[0] <= breath.gap_s <= GAP_S[1]
        assert 0.2 <= breath.length_s <= min(0.45, made_s - breath.gap_s)
        assert pause_s - 1e-3 <= made_s < max(0.6, pause_s + 1e-3)
        assert times.forward(3 * RATE) == 3 * RATE
        after = times.forward(round((7 + pause_s) * RATE)) / RATE
        assert after == pytest.approx(7 + made_s, abs=1e-3)


def test_longer_speech_draws_longer_breaths() -> None:
    assert drawn([7.0, 1.0])[1].length_s > drawn([4.1, 1.0])[1].length_s + 0.02


@pytest.mark.parametrize("ratio", [1.0, 1.15])
def test_a_breath_swells_and_ends_before_the_voice(ratio: float) -> None:
    breath = Breath(length_s=0.4, gap_s=0.05)
    rng = np.random.default_rng(0)
    made = inhale(breath, 26_460, 44_100, level=0.01, resonance_ratio=ratio, rng=rng)
    assert made.dtype == np.float32
    heard = np.flatnonzero(made)
    assert heard[0] / 44_100 == pytest.approx(0.15, abs=0.001)
    assert (made.size - heard[-1]) / 44_100 == pytest.approx(0.05, abs=0.001)
    body = made[heard[0] : heard[-1] + 1]
    assert np.sqrt(np.mean(body**2)) == pytest.approx(0.01, rel=0.01)
    parts = [float(np.mean(part**2)) for part in np.array_split(body, 5)]
    assert max(parts[0], parts[4]) < 0.2 * max(parts[2], parts[3])
    power = np.square(np.abs(np.fft.rfft(made)))
    hz = np.fft.rfftfreq(made.size, 1 / 44_100)
    near = power[np.abs(hz - 1600 * ratio) < 100].mean()
    for far in (1200 * ratio, 2100 * ratio):
        assert near > 3 * power[np.abs(hz - far) < 80].mean()
    assert power[hz < 150].sum() < 1e-3 * power.sum()
    assert power[hz > 8000].sum() < 0.02 * power.sum()


@pytest.mark.parametrize("frames", [0, 1, 100])
def test_a_breath_never_outgrows_its_pause(frames: int) -> None:
    breath = Breath(length_s=0.4, gap_s=0.05)
    rng = np.random.default_rng(0)
    made = inhale(breath, frames, 44_100, level=0.01, resonance_ratio=1.0, rng=rng)
    assert made.size == frames
    assert np.isfinite(made).all()


def test_the_resonances_go_with_the_voice() -> None:
    assert resonance_ratio(110.0, 1.0) == 1
    assert 1.08 < resonance_ratio(200.0, 1.0) < 1.2
    assert resonance_ratio(0.0, 1.1) == pytest.approx(0.99)


def test_the_level_follows_what_is_asked(rendering: Rendering) -> None:
    levels = {}
    for amount in (0.25, 0.5, 1.0):
        made = spoken(rendering, breaths=amount)
        (index,) = made.plan.breaths
        part = made.plan.segments[index]
        pause = made.samples[made.plan.moved(part.start) : made.plan.moved(part.stop)]
        voice = np.concatenate(
            [
                made.samples[made.plan.moved(p.start) : made.plan.moved(p.stop)]
                for p in made.plan.segments
                if not p.silent
            ]
        )
        levels[amount] = level_db(pause[pause != 0]) - level_db(voice)
        assert 900 < centroid_hz(pause, 200, 6000) < 3000
    assert -35 < levels[0.5] < -24
    assert levels[1.0] - levels[0.5] == pytest.approx(6.02, abs=0.1)
    assert levels[0.5] - levels[0.25] == pytest.approx(6.02, abs=0.1)


def test_without_breaths_pauses_are_exactly_silent_and_all_else_stays(
    rendering: Rendering,
) -> None:
    calm, breathing = spoken(rendering, breaths=0), spoken(rendering, breaths=1)
    assert not calm.plan.breaths
    (index,) = breathing.plan.breaths
    pause = breathing.plan.segments[index]
    for i, part in enumerate(calm.plan.segments):
        one, other = (
            made.samples[made.plan.moved(part.start) : made.plan.moved(part.stop)]
            for made in (calm, breathing)
        )
        if part.silent:
            assert not one.any()
            assert other.any() == (i == index)
        else:
            assert np.allclose(one, other, atol=1e-5)
    pairs = zip(
        timed(calm.plan.rendering, outline(calm.plan)).events,
        timed(breathing.plan.rendering, outline(breathing.plan)).events,
        strict=True,
    )
    later = breathing.samples.size - calm.samples.size
    assert 0 <= later < 0.26 * 44_100
    for old, event in zip(rendering.events, pairs, strict=True):
        if not pause.start < old.frame < pause.stop:
            moved = event[1].frame - event[0].frame
            assert moved == pytest.approx(later if old.frame >= pause.stop else 0, abs=2)


def test_the_seed_decides_about_breaths(rendering: Rendering) -> None:
    first, again = (spoken(rendering, seed=5) for _ in range(2))
    assert first.plan.breaths == again.plan.breaths
    assert np.array_equal(first.samples, again.samples)
    others = [spoken(rendering, seed=seed).plan.breaths for seed in (6, 7)]
    assert first.plan.breaths not in others


@pytest.mark.parametrize(
    ("emotion", "stronger_db"), [("fearful", 5), ("angry", 3), ("calm", -2), ("neutral", 0)]
)
def test_emotions_breathe_differently(emotion: str, stronger_db: float) -> None:
    plain, told = (
        settle(Character(), Expression(emotion=e), np.random.default_rng(0)).inhale
        for e in ("neutral", emotion)
    )
    assert 20 * np.log10(told / plain) == pytest.approx(stronger_db)
    assert emotions()[emotion].scaled(0.5).inhale_db == stronger_db / 2


@pytest.mark.parametrize("factor", [0.25, 2.0, 4.0])
def test_pauses_get_as_long_as_is_asked(rendering: Rendering, factor: float) -> None:
    def silent_s(made: Resynthesis) -> float:
        plan = made.plan
        parts = [p for p in plan.segments if p.silent]
        return sum(plan.moved(p.stop) - plan.moved(p.start) for p in parts) / plan.rate

    plain, asked = (spoken(rendering, pauses=p, breaths=0) for p in (1.0, factor))
    assert silent_s(asked) == pytest.approx(factor * silent_s(plain), rel=0.25)
    gained_s = (asked.samples.size - plain.samples.size) / asked.plan.rate
    assert gained_s == pytest.approx((factor - 1) * silent_s(plain), rel=0.2)
