"""Every source, rendered alone, keeps its contract and meets what the literature says of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, LEVEL_DBFS, RATE, Source, Wish
from menura.errors import NotFound
from menura.metrics import texture
from menura.metrics.texture import fast_level_db

ALL = list(sources.sources().values())
EACH = [pytest.param(s, v, id=f"{s.name}-{v}") for s in ALL for v in s.variants]
EVENTS = [p for p in EACH if p.values[0].kind == "event"]
BEDS = [p for p in EACH if p.values[0].kind == "bed"]
FIGURES = [
    pytest.param(s, v, f, id=f"{s.name}-{v}-{f['measure']}-{i}")
    for s in ALL
    for i, f in enumerate(s.figures)
    for v in f.get("variants", s.variants)
]
START_DB, END_DB, DC_DB = -60.0, -50.0, -45.0
VARIES_DB = 0.02
"""Two seeds of one wish are at least so far apart in some respect: no two are identical."""


def made(source: Source, wish: Wish, seconds: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    if source.kind == "event":
        return sources.event(source.name, wish, rng)
    bed = sources.bed(source.name, wish, rng)
    count = -(-round(seconds * RATE) // BLOCK_FRAMES)
    return np.concatenate([bed.next() for _ in range(count)], axis=1)


def rms_db(sound: NDArray[np.float32]) -> float:
    return 10 * float(np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-20))


@pytest.mark.parametrize(("source", "variant", "figure"), FIGURES)
def test_a_figure_of_the_literature_is_met(
    source: Source, variant: str, figure: Mapping[str, Any]
) -> None:
    wish = Wish(
        variant=variant, intensity=figure.get("intensity", 0.5), size=figure.get("size", 0.5)
    )
    measure = getattr(texture, figure["measure"])
    # benchmarks/effects.py takes four seeds.
    sound = made(source, wish, figure.get("seconds", 4.0), seed=0)
    assert figure["low"] <= measure(sound, RATE, **arguments(figure)) <= figure["high"]


def arguments(figure: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(figure.get("arguments", {}))


@pytest.mark.parametrize("source", [pytest.param(s, id=s.name) for s in ALL])
def test_a_source_has_two_figures_and_says_where_it_comes_from(source: Source) -> None:
    assert len(source.figures) >= 2
    assert len(source.table["source"]) > 10
    assert all(len(figure["source"]) > 5 for figure in source.figures)
    assert 0 <= source.level_db <= 200
    assert source.distance_m > 0
    assert source.kind in {"bed", "event"}


@pytest.mark.parametrize(("source", "variant"), EVENTS)
def test_an_event_begins_at_once_ends_in_silence_and_is_level(source: Source, variant: str) -> None:
    sound = made(source, Wish(variant=variant), 0, seed=7)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    peak = np.abs(sound).max()
    assert np.abs(sound[:, : RATE // 200]).max() > peak * 10 ** (START_DB / 20)
    assert np.abs(sound[:, -RATE // 100 :]).max() < peak * 10 ** (END_DB / 20)
    channels_db = 10 * np.log10(sound.shape[0])
    assert fast_level_db(sound, RATE) - channels_db == pytest.approx(LEVEL_DBFS, abs=0.1)
    assert 20 * np.log10(abs(sound.mean()) / peak + 1e-9) < DC_DB


@pytest.mark.parametrize(("source", "variant"), EVENTS)
def test_events_differ_and_come_again(source: Source, variant: str) -> None:
    wish = Wish(variant=variant)
    first, again, other = (made(source, wish, 0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    if first.shape == other.shape:
        assert not np.allclose(first, other, atol=1e-4)


@pytest.mark.parametrize(("source", "variant"), BEDS)
def test_a_bed_is_level_whatever_its_intensity_and_never_repeats(
    source: Source, variant: str
) -> None:
    for intensity, seed in ((0.1, 4), (1.0, 5)):
        sound = made(source, Wish(variant=variant, intensity=intensity), 6.0, seed)
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert rms_db(sound) == pytest.approx(LEVEL_DBFS, abs=4.0)
        assert 20 * np.log10(abs(sound.mean()) / np.abs(sound).max() + 1e-9) < DC_DB
    half = sound.shape[1] // 2
    assert not np.array_equal(sound[:, :half], sound[:, half : 2 * half])


@pytest.mark.parametrize(("source", "variant"), BEDS)
def test_a_bed_comes_again_with_its_seed(source: Source, variant: str) -> None:
    wish = Wish(variant=variant)
    first, again, other = (made(source, wish, 0.5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("source", [pytest.param(s, id=s.name) for s in ALL if s.length_s])
def test_what_can_be_stretched_lasts_as_long_as_asked(source: Source) -> None:
    low, high = source.length_s
    for length_s in (low, min(high, 3 * low)):
        wish = Wish(variant=source.variants[0], length_s=length_s)
        heard_s = texture.sounding_length(made(source, wish, 0, 1), RATE, -30)
        assert heard_s == pytest.approx(length_s, rel=0.35, abs=0.15)


def test_no_source_is_another_one_under_a_different_name() -> None:
    """Of any two, third-octave spectra or courses of level lie apart."""
    names = [f"{s.name}-{v}" for s in ALL for v in s.variants]
    sounds = [made(s, Wish(variant=v), 2.0, 1) for s in ALL for v in s.variants]
    spectra = np.stack([texture.third_octaves_db(sound, RATE) for sound in sounds])
    apart = np.sqrt(np.mean((spectra[:, np.newaxis] - spectra) ** 2, axis=-1))
    firsts, seconds = np.nonzero(np.triu(apart < 1.5, 1))
    close = [
        (names[i], names[j])
        for i, j in zip(firsts, seconds, strict=True)
        if _is_alike(sounds[i], sounds[j])
    ]
    assert close == []


def _is_alike(first: NDArray[np.float32], second: NDArray[np.float32]) -> bool:
    """Returns whether two sounds have one course: as long, as often, as uneven."""
    lengths = [sound.shape[1] / RATE for sound in (first, second)]
    rates = [texture.burst_rate(sound, RATE) for sound in (first, second)]
    ranges = [texture.level_range_db(sound, RATE) for sound in (first, second)]
    return (
        abs(lengths[0] - lengths[1]) < 0.1 * max(lengths)
        and abs(rates[0] - rates[1]) < 0.2 * max(*rates, 1)
        and abs(ranges[0] - ranges[1]) < 1.0
    )


@pytest.mark.parametrize("name", ["", "no such thing", "../rain"])
def test_an_unknown_source_is_named(name: str) -> None:
    with pytest.raises(NotFound, match="no source"):
        sources.event(name, Wish(variant="x"), np.random.default_rng(0))
