import numpy as np
import pytest

from menura.dsp.bubbles import MINNAERT_M_HZ
from menura.engines.effects import sources
from menura.engines.effects.sources import RATE, Wish, interface
from menura.engines.effects.sources.interface.motifs import A4_HZ, note, timbres
from menura.errors import NotFound
from menura.metrics.texture import burst_times, peak_frequency, sounding_length, spectral_centroid

NAMES = [s for s in sources.sources().values() if s.family == "interface"]
TONAL = ["success", "notification", "level_up", "game_over", "coin_pickup"]


def sound(name: str, variant: str = "", seed: int = 1, **more: float) -> np.ndarray:
    variant = variant or sources.find(name).variants[0]
    return sources.event(name, Wish(variant=variant, **more), np.random.default_rng(seed))


@pytest.mark.parametrize("name", sorted(timbres()))
@pytest.mark.parametrize("pitch", [60, 69, 81])
def test_a_note_is_in_tune_within_five_cents(name: str, pitch: int) -> None:
    rng = np.random.default_rng(0)
    heard = note(pitch, timbres()[name], 4.0, sounds_s=1.0, intensity=0.5, rng=rng)
    hz = A4_HZ * 2 ** ((pitch - 69) / 12)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size), 1 << 21))
    bins = np.fft.rfftfreq(1 << 21, 1 / RATE)
    near = (bins > hz / 1.06) & (bins < hz * 1.06)
    found = bins[near][np.argmax(spectrum[near])]
    assert abs(1200 * np.log2(found / hz)) < 5


@pytest.mark.parametrize("name", TONAL)
def test_what_is_tonal_keeps_to_twelve_steps(name: str) -> None:
    for seed in range(6):
        hz = peak_frequency(sound(name, seed=seed), RATE, 100, 3000)
        steps = 12 * np.log2(hz / A4_HZ)
        partials = [0.0, 12 * np.log2(2.756), 12 * np.log2(3), 12 * np.log2(9.2)]
        off = min(abs((steps - p + 0.5) % 1 - 0.5) for p in partials)
        assert off < 0.3


@pytest.mark.parametrize("source", [pytest.param(s, id=s.name) for s in NAMES])
def test_interfaces_answer_at_once_and_soon_are_still(source: sources.Source) -> None:
    for variant in source.variants:
        heard = sound(source.name, variant, seed=3)
        soon = np.abs(heard[:, : RATE // 50]).max()
        if source.name not in {"swipe", "success", "level_up", "game_over"}:
            assert soon > 0.25 * np.abs(heard).max()
        assert sounding_length(heard, RATE) < 2.5


def test_on_goes_up_and_off_goes_down() -> None:
    for variant, sign in (("on", 1), ("off", -1)):
        heard = sound("toggle_ui", variant)[0]
        cut = int(0.05 * RATE)
        first, second = (peak_frequency(p, RATE, 400, 4000) for p in (heard[:cut], heard[cut:]))
        assert sign * (second - first) > 100


def test_a_fanfare_has_its_tones_one_after_the_other() -> None:
    counts = [burst_times(sound("level_up", seed=k), RATE, rise_db=1.5).size for k in range(6)]
    assert np.median(counts) >= 3


def test_products_differ_and_a_product_comes_again() -> None:
    pitches = {round(peak_frequency(sound("success", seed=k), RATE, 300, 3000)) for k in range(8)}
    assert len(pitches) >= 4
    np.testing.assert_array_equal(sound("success", seed=2), sound("success", seed=2))


def test_larger_pops_are_lower_as_minnaert_says() -> None:
    low_m, high_m = sources.find("pop").table["radius_m"]
    for seed in range(4):
        hz = peak_frequency(sound("pop", seed=seed), RATE, 100, 5000)
        assert MINNAERT_M_HZ / high_m < hz < 2 * MINNAERT_M_HZ / low_m
    small, large = (peak_frequency(sound("pop", size=s), RATE, 100, 5000) for s in (0.0, 1.0))
    assert small / large == pytest.approx(2.0, rel=0.3)


def test_an_error_is_lower_and_rougher_than_a_success() -> None:
    wrong, right = (
        np.mean([spectral_centroid(sound(name, seed=k), RATE) for k in range(5)])
        for name in ("error", "success")
    )
    assert wrong < 0.7 * right


@pytest.mark.parametrize("name", ["", "clock_tick", "rain"])
def test_only_interfaces_are_here(name: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(NotFound, match="interface"):
        interface.event(name, Wish(variant="tap"), rng)
    with pytest.raises(NotFound, match="sounds on"):
        interface.bed("tap", Wish(variant="tap"), rng)
    with pytest.raises(NotFound, match="variant"):
        interface.event("tap", Wish(variant="x"), rng)
