import numpy as np
import pytest

from menura.dsp.modes import Modes, ring
from menura.dsp.solids import Body, Thing, contact_gain, materials, read_things, shapes, strike
from menura.dsp.solids.contact import answer, grit, sounded
from menura.metrics.texture import decay_time, spectral_centroid

RATE = 48_000
PLATE = Thing(shape="plate", material="steel", size_m=(0.4, 0.3, 0.004), spread=0.0)
BAR = Thing(shape="bar", material="steel", size_m=(0.3, 0.006), spread=0.0, loss=0.01)


def test_a_free_bar_has_the_ratios_of_the_book() -> None:
    hz, _, _ = shapes.bar(0.3, 0.006 / np.sqrt(12), 5050, 4, clamped=False)
    np.testing.assert_allclose(hz / hz[0], [1, 2.756, 5.404, 8.933], rtol=2e-3)
    assert hz[0] == pytest.approx(1.028 * 0.006 / 0.3**2 * 5050, rel=2e-3)


def test_a_clamped_bar_has_the_ratios_of_the_book() -> None:
    hz, _, _ = shapes.bar(0.1, 0.001, 5050, 3, clamped=True)
    np.testing.assert_allclose(hz / hz[0], [1, 6.267, 17.55], rtol=2e-3)


def test_a_plate_has_its_first_mode_where_its_measures_put_it() -> None:
    hz, along, across = shapes.plate((2.0, 0.8), 0.04, (4700.0, 1100.0), 2000)
    first = 0.453 * 0.04 * (4700 / 4 + 1100 / 0.64)
    assert hz.min() == pytest.approx(first)
    assert (along[hz.argmin()], across[hz.argmin()]) == (1, 1)
    assert hz.max() <= 2000


def test_as_many_modes_of_a_plate_lie_under_a_frequency_as_cremer_and_heckl_say() -> None:
    hz, _, _ = shapes.plate((0.8, 0.6), 0.003, (5300.0, 5300.0), 8000)
    assert np.count_nonzero(hz < 8000) == pytest.approx(
        np.sqrt(3) * 0.48 * 8000 / (5300 * 0.003), rel=0.1
    )


def test_a_disc_rings_as_in_the_book() -> None:
    hz, _, _ = shapes.disc(0.0125, 0.0019, 4100.0)
    low = np.unique(hz.round(3))[:3]
    assert low[0] == pytest.approx(0.2413 * 4100 * 0.0019 / 0.0125**2, rel=1e-3)
    np.testing.assert_allclose(low / low[0], [1, 1.73, 2.328], rtol=2e-3)


def test_a_wine_glass_rings_as_french_says() -> None:
    hz, m, _ = shapes.shell((0.037, 0.085, 0.0012), 5100.0, 4, 0.0)
    french = np.sqrt(3 / 5) * 5100 * 0.0012 / 0.037**2 / (2 * np.pi)
    french *= np.sqrt(1 + 4 / 3 * (0.037 / 0.085) ** 4)
    assert hz[m == 2].mean() == pytest.approx(french, rel=1e-3)
    assert hz[m == 3].mean() / hz[m == 2].mean() == pytest.approx(2.8, rel=0.05)


def test_a_lump_has_its_first_mode_near_half_a_wave() -> None:
    rng = np.random.default_rng(0)
    first = [shapes.block((0.42, 0.11, 0.24), (5900, 3190), 8, rng)[0][0] for _ in range(50)]
    assert np.mean(first) == pytest.approx(3190 / (2 * 0.42), rel=0.25)


def test_modes_of_a_shard_lie_evenly() -> None:
    hz, _, _ = shapes.sheet(0.05 * 0.04, 0.004, 5200.0, 200, np.random.default_rng(0))
    assert np.diff(hz).mean() == pytest.approx(5200 * 0.004 / (np.sqrt(3) * 0.002), rel=0.02)


def test_a_membrane_and_a_hoop_have_their_series() -> None:
    assert shapes.membrane(100.0)[0][1] == pytest.approx(159.3)
    hz, m, _ = shapes.hoop(0.02, 0.0025, 5050.0, 2)
    assert hz[m == 3].min() / hz[m == 2].min() == pytest.approx(2.828, rel=1e-3)


def test_a_body_twice_as_large_sounds_an_octave_lower() -> None:
    small, large = (Body.make(BAR, np.random.default_rng(1), scale) for scale in (1.0, 2.0))
    assert small.hz[0] / large.hz[0] == pytest.approx(2)


def test_loss_sets_the_decay() -> None:
    body = Body.make(BAR, np.random.default_rng(1))
    own = 2.2 / (0.01 * body.hz[:-1])
    np.testing.assert_allclose(body.t60_s[:-1], 1 / (1 / own + 1 / BAR.support_s))


def test_of_many_modes_as_many_stand_for_all_as_wanted() -> None:
    counts = [Body.make(PLATE, np.random.default_rng(seed)).hz.size for seed in range(30)]
    assert np.mean(counts) == pytest.approx(PLATE.partials, rel=0.15)


def test_a_blow_has_an_energy_of_one_and_no_pressure_left() -> None:
    body = Body.make(PLATE, np.random.default_rng(1))
    sound = strike(body, 2e-4, np.random.default_rng(2), RATE)
    assert float(np.dot(sound, sound)) == pytest.approx(1, rel=0.1)
    assert abs(float(sound.sum())) < 1e-3
    assert np.abs(sound[-20:]).max() < 1e-3 * np.abs(sound).max()


def test_a_longer_contact_sounds_duller() -> None:
    body = Body.make(PLATE, np.random.default_rng(1))
    hard, soft = (
        spectral_centroid(strike(body, contact_s, np.random.default_rng(2), RATE), RATE)
        for contact_s in (5e-5, 2e-3)
    )
    assert hard > 3 * soft


def test_contact_falls_by_15_db_per_octave() -> None:
    low, high = contact_gain(np.array([20_000.0, 40_000.0]), 1e-3)
    assert 20 * np.log10(low / high) == pytest.approx(15, abs=0.1)
    assert contact_gain(np.array([0.0]), 1e-3)[0] == 1


@pytest.mark.parametrize("frames", [96, 5000, 20_000])
def test_brief_sounds_are_those_of_ring(frames: int) -> None:
    body = Body.make(BAR, np.random.default_rng(3))
    amplitude = body.struck(np.random.default_rng(4))
    modes = Modes(
        hz=body.hz, amplitude=amplitude, t60_s=body.t60_s, phase=np.full(body.hz.size, -1.0)
    )
    wanted = ring(modes, frames, RATE)
    assert np.abs(sounded(body, amplitude, -1.0, frames, RATE) - wanted).max() < 4e-3


def test_an_answer_to_a_steady_force_is_none() -> None:
    body = Body.make(BAR, np.random.default_rng(3))
    sound = answer(body, 1e-4, np.random.default_rng(1), RATE)
    spectrum = np.abs(np.fft.rfft(sound))
    assert spectrum[0] < 0.03 * spectrum.max()


def test_small_contacts_of_a_soft_blow_sound_duller_too() -> None:
    rng = np.random.default_rng(1)
    hard, soft = (spectral_centroid(grit(s, rng, RATE), RATE) for s in (5e-5, 4e-3))
    assert soft < 0.6 * hard


def test_a_steel_bar_rings_longer_than_a_wooden_one() -> None:
    rings = []
    for material in ("steel", "pine"):
        thing = Thing(shape="bar", material=material, size_m=(0.3, 0.02), support_s=2.0)
        body = Body.make(thing, np.random.default_rng(1))
        rings.append(decay_time(strike(body, 2e-4, np.random.default_rng(1), RATE), RATE))
    assert rings[0] > 4 * rings[1]


def test_materials_carry_sound_as_fast_as_known() -> None:
    assert materials()["steel"].bar_speed == pytest.approx(5050, rel=0.02)
    along, across = materials()["pine"].plate_speeds
    assert along > 3 * across
    longitudinal, transverse = materials()["steel"].solid_speeds
    assert longitudinal == pytest.approx(5900, rel=0.03)
    assert transverse == pytest.approx(3150, rel=0.03)


def test_things_are_read_from_toml() -> None:
    things = read_things('[a]\nshape = "bar"\nmaterial = "steel"\nsize_m = [1, 0.01]\nnote = "x"')
    assert things == {"a": Thing(shape="bar", material="steel", size_m=(1.0, 0.01))}
