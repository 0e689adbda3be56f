import gc

import numpy as np
import pytest
from tones import cut, frequency, joined, noise, rms_db, tone

from menura.audio import Audio
from menura.audio.resample import Resampler, resample
from menura.audio.spool import Spool, let_go
from menura.errors import InvalidAudio, InvalidInput, StorageFailed

PAIRS = [(22_050, 48_000), (48_000, 22_050), (24_000, 8_000), (44_100, 48_000), (24_000, 24_000)]


@pytest.mark.parametrize(("rate", "target"), PAIRS)
@pytest.mark.parametrize("channels", [1, 2])
def test_resampling_keeps_pitch_level_and_length(rate, target, channels):
    sound = tone(441, 1.0, rate, channels=channels)
    result = resample(sound, target)
    assert result.rate == target
    assert result.channels == channels
    assert abs(result.frames - target) <= 1
    middle = result.slice(target // 10, -target // 10)
    assert frequency(middle, channels - 1) == pytest.approx(441 * 2 ** (channels - 1), abs=0.2)
    assert rms_db(middle) == pytest.approx(rms_db(sound), abs=0.02)


@pytest.mark.parametrize(("rate", "target"), PAIRS)
@pytest.mark.parametrize("frames", [777, 10_000])
def test_a_stream_is_resampled_like_the_whole(rate, target, frames):
    sound = noise(0.5, rate)
    stream = Resampler(rate, target, 1)
    blocks = [stream.process(block) for block in cut(sound, frames)]
    result = joined([*blocks, stream.finish()])
    whole = resample(sound, target)
    assert result.frames == whole.frames
    np.testing.assert_allclose(result.samples, whole.samples, atol=1e-6)


def test_resampling_removes_what_does_not_fit():
    result = resample(tone(10_000, 1.0, 48_000), 8_000)
    assert rms_db(result.slice(800, -800)) < -90


@pytest.mark.parametrize("rate", [0, 1, 999, 655_350])
def test_resample_refuses_the_rate(rate):
    with pytest.raises(InvalidAudio, match="sample rate"):
        resample(tone(), rate)
    with pytest.raises(InvalidAudio, match="sample rate"):
        Resampler(24_000, rate, 1)


def test_a_stream_refuses_another_rate():
    with pytest.raises(InvalidInput, match="24000"):
        Resampler(24_000, 48_000, 1).process(tone(rate=22_050))


@pytest.mark.parametrize(
    "memory_frames", [10**9, 30_000, 10_000, 0], ids=["memory", "both", "most", "file"]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_spool_gives_back_what_it_took(memory_frames, channels):
    sound = noise(2.1, 24_000, channels)
    with Spool(24_000, channels, memory_frames) as spool:
        for block in cut(sound, 7_001):
            spool.append(block)
        assert spool.frames == sound.frames
        np.testing.assert_array_equal(spool.audio().samples, sound.samples)
        blocks = list(spool.blocks(5_000))
        assert {block.frames for block in blocks[:-1]} == {5_000}
        np.testing.assert_array_equal(joined(blocks).samples, sound.samples)
        spool.scale(0.5)
        spool.append(sound.slice(0, 10))
        expected = np.concatenate([sound.samples * np.float32(0.5), sound.samples[:, :10]], axis=1)
        kept = spool.audio()
        np.testing.assert_array_equal(kept.samples, expected)
    gc.collect()
    np.testing.assert_array_equal(kept.samples, expected)


@pytest.mark.parametrize("known", [True, False])
def test_silence_is_given_back_though_it_is_not_written(known):
    sound = noise(4, 24_000, 2).samples.copy()
    sound[0, 20_000:70_000] = 0
    sound[1, 60_000:] = 0
    with Spool(24_000, 2, 0, frames=sound.shape[1] if known else None) as spool:
        for block in cut(Audio(sound, 24_000), 7_001):
            spool.append(block)
        read = np.ones((2, 50_000), np.float32)
        spool.read(40_000, read)
        np.testing.assert_array_equal(read, sound[:, 40_000:90_000])
        np.testing.assert_array_equal(spool.audio().samples, sound)
        spool.scale(2.0)
        np.testing.assert_array_equal(spool.audio().samples, 2 * sound)
        spool.scale(0.0)
        assert not spool.audio().samples.any()


def test_blocks_are_read_into_memory_of_their_own():
    with Spool(24_000, 2, 0) as spool:
        spool.append(noise(1, 24_000, 2))
        next(spool.blocks(100)).samples[:] = 9
        assert np.abs(spool.audio().samples).max() < 9


def test_what_is_let_go_is_there_when_it_is_wanted():
    sound = noise(1, 24_000, 2)
    with Spool(24_000, 2, 0, frames=sound.frames) as spool:
        spool.append(sound)
        mapped = spool.audio()
        for audio in (mapped, mapped.slice(100), sound):
            let_go(audio)
        np.testing.assert_array_equal(mapped.samples, sound.samples)


def test_a_spool_does_not_see_later_changes_of_a_block():
    samples = np.ones((1, 10), np.float32)
    with Spool(24_000, 1) as spool:
        spool.append(Audio(samples, 24_000))
        samples[:] = 0
        assert spool.audio().samples.sum() == 10


def test_an_empty_spool():
    with Spool(24_000, 2) as spool:
        assert spool.audio().samples.shape == (2, 0)
        assert list(spool.blocks(100)) == []


def test_a_spool_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool(24_000, 1, memory_frames=0) as spool:
        spool.append(noise())
        assert list(tmp_path.iterdir()) == []


def test_a_spool_refuses_another_kind_of_block():
    with Spool(24_000, 1) as spool, pytest.raises(InvalidInput, match="expected 1 channels"):
        spool.append(noise(channels=2))


def test_a_full_disk_is_said(small_files):
    with Spool(24_000, 1, memory_frames=0) as spool, pytest.raises(StorageFailed, match="TMPDIR"):
        spool.append(noise(2))
