import numpy as np
import pytest
from tones import frequency, noise, rms_db, tone

from menura.audio import Audio, edit
from menura.audio.spectral import istft, stft, windows
from menura.errors import InvalidInput

NAN = float("nan")


def ones(frames=1_000, channels=1, rate=1_000):
    return Audio(np.ones((channels, frames), np.float32), rate)


@pytest.mark.parametrize(
    ("start_s", "end_s", "frames"), [(0, None, 1_000), (0.25, 0.75, 500), (0.9, 1.0004, 100)]
)
def test_trim(start_s, end_s, frames):
    assert edit.trim(ones(), start_s, end_s).frames == frames


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: edit.trim(ones(), -1), "cannot cut"),
        (lambda: edit.trim(ones(), 0.5, 0.5), "cannot cut"),
        (lambda: edit.trim(ones(), 0, 2), "cannot cut"),
        (lambda: edit.trim(ones(), NAN), "cannot cut"),
        (lambda: edit.fade(ones(), -1, 0), "does not fit"),
        (lambda: edit.fade(ones(), 0, 1.5), "does not fit"),
        (lambda: edit.fade(ones(), NAN, 0), "does not fit"),
        (lambda: edit.fade(ones(), 0.1, 0, "steep"), "linear, cosine or power"),
        (lambda: edit.crossfade(ones(), ones(100), 0.5), "does not fit"),
        (lambda: edit.join([]), "nothing to join"),
        (lambda: edit.join([ones()], -1), "does not fit"),
        (lambda: edit.join([ones(channels=2), ones(channels=3)]), "2 channels into 3"),
        (lambda: edit.mix([]), "nothing to mix"),
        (lambda: edit.mix([(ones(), -1, 0, 0)]), "does not fit"),
        (lambda: edit.mix([(ones(), float("inf"), 0, 0)]), "does not fit"),
        (lambda: edit.mix([(ones(), 0, 0, 1.5)]), "pan"),
        (lambda: edit.mix([(ones(), 0, NAN, 0)]), "gain"),
    ],
)
def test_edits_refuse(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


@pytest.mark.parametrize("shape", ["linear", "cosine", "power"])
def test_fade(shape):
    sound = ones()
    faded = edit.fade(sound, 0.2, 0.4, shape).samples[0]
    assert (np.diff(faded[:200]) > 0).all()
    assert (np.diff(faded[600:]) < 0).all()
    assert (faded[200:600] == 1).all()
    assert faded[0] < 0.01
    assert faded[-1] < 0.01
    assert sound.samples.min() == 1


def test_fades_of_no_length_change_nothing():
    np.testing.assert_array_equal(edit.fade(ones(), 0, 0).samples, ones().samples)


def test_crossfade_keeps_the_power_of_unrelated_sounds():
    mixed = edit.crossfade(noise(2, seed=1), noise(2, seed=2), 1.0)
    assert mixed.duration_s == 3.0
    assert rms_db(mixed.slice(24_000, 48_000)) == pytest.approx(rms_db(noise(2)), abs=0.2)


def test_join_matches_rates_and_channels():
    result = edit.join([tone(440, 1, 24_000), tone(660, 1, 48_000, channels=2)], gap_s=0.5)
    assert result.channels == 2
    assert result.duration_s == pytest.approx(2.5, abs=1e-4)
    assert frequency(result.slice(0, 24_000), 1) == pytest.approx(440, abs=0.3)
    assert rms_db(result.slice(24_000, 36_000)) < -150
    assert frequency(result.slice(37_000, 59_000), 1) == pytest.approx(1320, abs=0.3)


def test_mix_places_and_scales():
    result = edit.mix([(ones(), 0.0, -6.0206, 0.0), (ones(), 0.5, 0.0, 0.0)])
    assert result.channels == 1
    assert result.frames == 1_500
    np.testing.assert_allclose(result.samples[0, [0, 700, 1_400]], [0.5, 1.5, 1.0], atol=1e-4)


@pytest.mark.parametrize(
    ("pan", "left", "right"),
    [(-1, 1.4142, 0), (1, 0, 1.4142), (0.5, 0.7071, 1.2247), (-0.5, 1.2247, 0.7071)],
)
def test_mix_pans_with_constant_power(pan, left, right):
    result = edit.mix([(ones(), 0.0, 0.0, pan)])
    np.testing.assert_allclose(result.samples[:, 500], [left, right], atol=1e-4)


def test_mix_of_mono_and_stereo_is_stereo():
    result = edit.mix([(ones(channels=2), 0, 0, 0), (ones(), 0, 0, 0)])
    np.testing.assert_allclose(result.samples[:, 500], 2, atol=1e-4)


@pytest.mark.parametrize(
    ("frames", "window", "hop"),
    [
        (10_000, 1024, 256),
        (9_999, 512, 256),
        (700, 1024, 512),
        (5_000, 600, 137),
        (1, 64, 16),
        (0, 64, 16),
    ],
)
def test_istft_undoes_stft(frames, window, hop):
    samples = noise(1.0, channels=2).samples[:, :frames]
    spectrum = stft(samples, window, hop)
    assert spectrum.shape == (2, window // 2 + 1, -(-frames // hop) + 1)
    np.testing.assert_allclose(istft(spectrum, frames, window, hop), samples, atol=1e-6)


@pytest.mark.parametrize(("window", "hop"), [(1023, 256), (1024, 0), (1024, 513), (0, 1), (-4, 1)])
def test_stft_refuses(window, hop):
    with pytest.raises(InvalidInput, match="cannot be undone"):
        stft(noise().samples, window, hop)


def test_istft_refuses_another_window():
    with pytest.raises(InvalidInput, match="other bins"):
        istft(stft(noise().samples, 512, 128), 24_000, 1024, 256)


@pytest.mark.parametrize("shape", [(100,), (2, 100), (2, 3, 97)])
def test_windows_are_those_of_a_sliding_view(shape):
    samples = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    expected = np.lib.stride_tricks.sliding_window_view(samples, 12, axis=-1)[..., ::5, :]
    np.testing.assert_array_equal(windows(samples, 12, 5), expected)
    np.testing.assert_array_equal(windows(samples[..., 3:], 12, 97), samples[..., None, 3:15])
