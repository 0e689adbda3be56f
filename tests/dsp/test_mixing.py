import numpy as np
import pytest

from menura.audio import Audio
from menura.dsp.mixing import Track, mix, mix_channels


def _tone(hz: float, seconds: float, rate: int, channels: int = 1) -> Audio:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)


def _track(audio: Audio, **place: float) -> Track:
    pieces = [audio.slice(i, i + 700) for i in range(0, audio.frames, 700)]
    return Track(blocks=pieces, rate=audio.rate, channels=audio.channels, **place)


def _sum(tracks: list[Track], rate: int, channels: int, block: int = 1000) -> np.ndarray:
    blocks = list(mix(tracks, rate, channels, block))
    assert all(b[0].frames == block for b in blocks[:-1])
    return np.concatenate([sum(p.samples for p in pieces) for pieces in blocks], axis=1)


def test_tracks_start_where_they_are_placed_and_keep_their_level() -> None:
    a, b = _tone(440, 0.5, 8000), _tone(660, 0.25, 8000)
    out = _sum([_track(a), _track(b, start_s=0.75, gain_db=-6.0206)], 8000, 1)
    assert out.shape == (1, 8000)
    np.testing.assert_array_equal(out[0, :4000], a.samples[0])
    assert not out[0, 4000:6000].any()
    np.testing.assert_allclose(out[0, 6000:], b.samples[0] / 2, atol=1e-6)


def test_a_track_at_another_rate_is_resampled() -> None:
    out = _sum([_track(_tone(440, 0.5, 8000)), _track(_tone(440, 1.0, 16_000))], 16_000, 1)
    assert abs(out.shape[1] - 16_000) <= 2
    middle = out[0, 2000:6000]
    assert np.abs(middle).max() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_a_panned_track_keeps_its_power(pan: float) -> None:
    tone = _tone(440, 0.1, 8000)
    out = _sum([_track(tone, pan=pan)], 8000, 2)
    assert np.square(out).sum() == pytest.approx(2 * np.square(tone.samples).sum(), rel=1e-4)
    assert (np.abs(out[1]).sum() >= np.abs(out[0]).sum()) == (pan >= 0)


def test_mono_stays_mono_until_something_is_wide() -> None:
    tone = _tone(440, 0.1, 8000)
    assert mix_channels([_track(tone), _track(tone)]) == 1
    assert mix_channels([_track(tone), _track(tone, pan=0.1)]) == 2
    assert mix_channels([_track(tone), _track(_tone(440, 0.1, 8000, channels=2))]) == 2


def test_what_is_wide_is_heard_from_both_sides_in_a_mix_of_one_channel() -> None:
    left = _tone(440, 0.1, 8000, channels=2)
    left.samples[1] = 0
    out = _sum([_track(left), _track(_tone(660, 0.1, 8000))], 8000, 1)
    expected = left.samples[0] / 2 + _tone(660, 0.1, 8000).samples[0]
    np.testing.assert_allclose(out[0], expected, atol=1e-6)


@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_what_leads_sets_the_length(seconds: float) -> None:
    tracks = [_track(_tone(440, 0.1, 8000)), _track(_tone(660, seconds, 8000))]
    blocks = list(mix(tracks, 8000, 1, 300, led=True))
    assert sum(pieces[0].frames for pieces in blocks) == 800
    assert all(piece.frames == pieces[0].frames for pieces in blocks for piece in pieces)


def test_the_mix_of_nothing_is_nothing() -> None:
    assert list(mix([], 8000, 1, 100)) == []
    empty = Track(blocks=[], rate=8000, channels=1)
    assert list(mix([empty], 8000, 1, 100)) == []
