"""Each kit meets two figures of the drums that it is made after.

F&R: Fletcher and Rossing, The Physics of Musical Instruments (1998), with the chapter.
"""

import numpy as np
import pytest
from drum_measures import band_levels_db, centroid_hz, cycles_hz, heard, hit, t60_s
from instrument_measures import RATE, peak_hz

OSCILLATORS_HZ = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)


def test_an_acoustic_kick_sounds_between_40_and_60_hz() -> None:
    """F&R 18.2: the lowest mode of a bass drum."""
    sound = heard("acoustic kit", 36)
    hz, _ = peak_hz(sound[RATE // 20 :], 55, 0.4)
    assert 48 < hz < 62
    assert 0.25 < t60_s(sound, 30, 80, 0.05, 0.3) < 0.6


def test_a_snare_drum_has_a_pair_of_lowest_modes() -> None:
    """F&R 18.5: two heads coupled, near 180 and 330 Hz."""
    sound = heard("acoustic kit", 38)[RATE // 100 :]
    assert peak_hz(sound, 184, 0.1)[0] == pytest.approx(184, rel=0.06)
    assert peak_hz(sound, 337, 0.1)[0] == pytest.approx(337, rel=0.06)


def test_wires_buzz_where_a_snare_drum_is_bright() -> None:
    levels = [band_levels_db(heard("acoustic kit", key), 2500, 8000)[1] for key in (38, 50)]
    assert levels[0] > levels[1] + 15


def test_the_top_of_a_crash_dies_first() -> None:
    """F&R 20.3: some 4 s at low frequencies, 1 to 2 s above 8 kHz."""
    sound = heard("acoustic kit", 49)
    low, high = t60_s(sound, 330, 700, 0.2, 2.0), t60_s(sound, 8000, 13_000, 0.1, 1.0)
    assert 2.8 < low < 5.5
    assert 1.0 < high < 2.4


def test_the_top_of_a_crash_comes_late() -> None:
    """F&R 20.5: energy climbs to high modes within some 10 ms."""
    sound = heard("acoustic kit", 49)
    low, high = (
        band_levels_db(sound, *band, step_s=0.004)[:12] for band in ((330, 700), (6000, 12_000))
    )
    rise = (high[4:8].mean() - high[0]) - (low[4:8].mean() - low[0])
    assert high[4:8].mean() > high[0] + 2
    assert rise > -6


def test_toms_lie_apart_by_less_than_an_octave_and_fall() -> None:
    """F&R 18.3: a tom's pitch is higher just after the blow, and falls."""
    found = [peak_hz(heard("acoustic kit", key)[RATE // 10 :], hz, 0.15)[0]
             for key, hz in ((41, 82), (45, 112), (47, 146), (50, 188))]  # fmt: skip
    steps = np.array(found[1:]) / np.array(found[:-1])
    assert (steps > 1.2).all()
    assert (steps < 1.6).all()
    spectrum = np.fft.rfft(heard("acoustic kit", 41, 0.9))
    hz = np.fft.rfftfreq(heard("acoustic kit", 41, 0.9).size, 1 / RATE)
    low = np.fft.irfft(np.where((hz > 50) & (hz < 120), spectrum, 0))
    cycles = cycles_hz(low[RATE // 100 :])
    assert cycles[0] > 1.02 * cycles[12]


def test_a_harder_blow_wakes_higher_modes() -> None:
    """F&R 18.3: what a stick gives the upper modes grows faster than the blow."""
    over_db = []
    for velocity in (0.25, 0.95):
        sounds = [hit("acoustic kit", 41, velocity, seed=s).mean(axis=0)[1000:12_000]
                  for s in range(8)]  # fmt: skip
        levels = [[peak_hz(s, 82 * ratio, 0.04)[1] for ratio in (1, 2.136)] for s in sounds]
        over_db.append(np.mean([second - first for first, second in levels]))
    assert over_db[1] > over_db[0] + 2.5


def test_a_ride_has_a_ping_over_its_wash() -> None:
    """F&R 20.3: a stick on a ride gives a click first, and a wash that lasts seconds."""
    sound = heard("acoustic kit", 51)
    levels = band_levels_db(sound, 3500, 12_000, step_s=0.01)
    assert levels[0] > levels[10] + 6
    assert t60_s(sound, 500, 1500, 0.3, 1.5) > 1.0


def test_brushes_fall_softly() -> None:
    """Many wires reach the head one after another: no single click."""
    for key, least_ms in ((38, 1), (40, 30)):
        sound = heard("brush kit", key)
        rms = band_levels_db(sound, 1500, 12_000, step_s=0.002)
        assert np.argmax(rms > rms.max() - 2) * 2 >= least_ms
    crests = [np.abs(heard(name, 38)).max() / np.sqrt((heard(name, 38)[: RATE // 20] ** 2).mean())
              for name in ("brush kit", "rock kit")]  # fmt: skip
    assert crests[0] < crests[1]


def test_brushes_are_darker_than_sticks() -> None:
    assert centroid_hz(heard("brush kit", 42)) < centroid_hz(heard("acoustic kit", 42))
    assert centroid_hz(heard("brush kit", 36)) < centroid_hz(heard("acoustic kit", 36))


def test_a_rock_kick_is_lower_and_clicks_more() -> None:
    soft, rock = (heard(name, 36, 0.9) for name in ("acoustic kit", "rock kit"))
    assert peak_hz(rock[RATE // 20 :], 50, 0.3)[0] < peak_hz(soft[RATE // 20 :], 54, 0.3)[0]
    clicks = [band_levels_db(s, 2000, 8000, 0.01)[0] for s in (soft, rock)]
    assert clicks[1] > clicks[0] + 3


def test_a_rock_snare_rings_in_its_room() -> None:
    dry, live = (heard(name, 38) for name in ("acoustic kit", "rock kit"))
    assert live.size > 2 * dry.size
    levels = [band_levels_db(sound, 1000, 10_000)[3:5].mean() for sound in (dry, live)]
    assert levels[1] > levels[0] + 8


def test_an_808_kick_is_49_hz_and_long() -> None:
    """Werner, Abel and Smith (DAFx 2014): a resonator near 49 Hz, higher for its first cycles."""
    sound = heard("808 kit", 36)
    cycles = cycles_hz(sound)
    assert np.median(cycles[4:20]) == pytest.approx(49, abs=1)
    assert cycles[0] > 1.15 * 49
    assert t60_s(sound, 30, 70, 0.1, 0.8) == pytest.approx(1.1, abs=0.15)


def test_an_808_hat_is_six_squares() -> None:
    """TR-808 service notes: odd multiples of six oscillators, above 7 kHz."""
    sound = heard("808 kit", 46)
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    hz = np.fft.rfftfreq(sound.size, 1 / RATE)
    odd = np.concatenate([np.arange(base, 16_000, 2 * base) for base in OSCILLATORS_HZ])
    apart = np.abs(hz[:, np.newaxis] - odd).min(axis=1)
    band = (hz > 6000) & (hz < 13_000)
    near = apart < 6
    share = power[band & near].sum() / power[band].sum()
    assert (band & near).sum() < 0.25 * band.sum()
    assert share > 0.9
    assert power[hz < 3000].sum() < 0.02 * power.sum()


def test_an_808_cowbell_is_two_of_them() -> None:
    """TR-808 service notes: 540 and 800 Hz."""
    sound = heard("808 kit", 56)
    lines = [peak_hz(sound, hz, 0.02) for hz in (540, 800)]
    assert [hz for hz, _ in lines] == pytest.approx([540, 800], abs=3)
    assert abs(lines[0][1] - lines[1][1]) < 8


def test_a_909_kick_falls_from_far_above() -> None:
    """TR-909 service notes: a sweep down to some 50 Hz within a twentieth of a second."""
    cycles = cycles_hz(heard("909 kit", 36, 0.9)[60:])
    assert cycles[:2].max() > 2 * 52
    assert np.median(cycles[7:15]) == pytest.approx(52, rel=0.04)


def test_a_909_snare_has_two_oscillators() -> None:
    sound = heard("909 kit", 38)[RATE // 25 :]
    for hz in (178, 288):
        found, level = peak_hz(sound, hz, 0.08)
        assert found == pytest.approx(hz, rel=0.05)
        assert level > peak_hz(sound, 420, 0.08)[1] + 6


def test_a_chip_kick_falls_by_octaves() -> None:
    cycles = cycles_hz(heard("chip kit", 36, 0.9))
    assert cycles[1] > 2 * cycles[5] > 100


def test_a_chip_hat_is_noise() -> None:
    """2A03: one noise channel. No line stands out as in metal."""
    sounds = [heard(name, 42)[: RATE // 40] for name in ("chip kit", "808 kit")]
    flat = []
    for sound in sounds:
        power = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
        hz = np.fft.rfftfreq(sound.size, 1 / RATE)
        band = power[(hz > 7000) & (hz < 12_000)]
        flat.append(np.exp(np.log(band).mean()) / band.mean())
    assert flat[0] > 1.2 * flat[1]


def test_a_concert_bass_drum_booms_for_seconds() -> None:
    """F&R 18.2: modes from some 40 Hz, decays of seconds."""
    sound = heard("orchestral percussion", 36)
    assert peak_hz(sound[RATE // 2 :], 43, 0.2)[0] == pytest.approx(43, abs=2.5)
    assert 1.8 < t60_s(sound, 36, 52, 0.3, 1.8) < 3.4


def test_a_tam_tam_wakes_slowly() -> None:
    """F&R 20.4: high modes build up over a good part of a second."""
    sound = heard("orchestral percussion", 52)
    high = band_levels_db(sound, 2500, 6000)
    assert 0.15 < np.argmax(high) * 0.05 < 1.2
    assert high.max() > high[0] + 8


def test_a_triangle_is_high_and_long() -> None:
    """F&R 19.5: lowest strong mode near 1.6 kHz, seconds of decay."""
    sound = heard("orchestral percussion", 81)
    assert peak_hz(sound, 1640, 0.05)[0] == pytest.approx(1640, rel=0.02)
    assert t60_s(sound, 1500, 1800, 0.2, 2.0) > 2.5


@pytest.mark.parametrize(
    ("key", "hz"), [(63, 228), (64, 172), (60, 415), (61, 305), (75, 2500), (67, 925)]
)
def test_pitches_of_hand_drums(key: int, hz: float) -> None:
    """F&R 18.6 and 19.4: congas near 200 Hz, bongos near 300 and 400, claves near 2.5 kHz."""
    sound = heard("hand percussion", key)
    size = 1 << 17
    spectrum = np.abs(np.fft.rfft(sound[RATE // 100 :], size))
    strongest = np.argmax(spectrum[: size // 8 * 3]) * RATE / size
    assert strongest == pytest.approx(hz, rel=0.03)


def test_a_muted_conga_is_shorter() -> None:
    sizes = [t60_s(heard("hand percussion", key), 180, 300, 0.0, 0.05) for key in (62, 63)]
    assert sizes[0] < 0.4 * sizes[1]


def test_a_guiro_is_scraped_tooth_by_tooth() -> None:
    """Cook (2002), chapter 13: teeth one after another."""
    sound = heard("hand percussion", 74)
    levels = band_levels_db(sound, 1500, 9000, step_s=0.002)[2:120]
    peaks = (levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])
    assert 15 <= np.count_nonzero(peaks) <= 40


def test_a_tabla_is_harmonic() -> None:
    """Raman (1934): the paste makes the modes of the treble drum 1 2 3 4 5."""
    sound = heard("tabla", 38)[RATE // 100 :]
    base, _ = peak_hz(sound, 294, 0.02)
    for order in (2, 3, 4, 5):
        hz, level = peak_hz(sound, order * base, 0.03)
        assert abs(1200 * np.log2(hz / order / base)) < 12
        assert level > peak_hz(sound, base, 0.02)[1] - 30


def test_the_hand_bends_the_bass_of_a_tabla_upwards() -> None:
    cycles = cycles_hz(heard("tabla", 36, 0.8)[RATE // 50 :])
    assert cycles[12:18].mean() > 1.07 * cycles[:2].mean()


def test_a_darbuka_is_deep_in_the_middle_and_bright_at_the_rim() -> None:
    dum, tek = heard("darbuka", 36), heard("darbuka", 38)
    assert peak_hz(dum[RATE // 20 :], 92, 0.2)[0] == pytest.approx(92, rel=0.05)
    assert centroid_hz(tek) > 6 * centroid_hz(dum)


def test_a_darbuka_rim_rings_longer_under_the_strong_hand() -> None:
    strong, weak = (t60_s(heard("darbuka", key), 550, 800, 0.01, 0.1) for key in (38, 42))
    assert strong > 1.2 * weak


def test_hands_that_clap_are_not_quite_together() -> None:
    """TR-808 service notes: three pulses some 10 ms apart, then the tail."""
    sound = hit("808 kit", 39).mean(axis=0)
    levels = band_levels_db(sound, 700, 4000, step_s=0.0025)[:18]
    peaks = (levels[1:-1] > levels[:-2] + 0.3) & (levels[1:-1] > levels[2:] + 0.3)
    assert np.count_nonzero(peaks) >= 2
