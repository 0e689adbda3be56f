from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sounds

from menura.audio import Audio
from menura.errors import InvalidAudio, InvalidInput
from menura.safeguards.watermark import Embedder, Profile, embed

PAYLOAD = b"\x01\x02\x03\xfd\xfe\xff"


def snr_db(audio: Audio, marked: Audio) -> float:
    difference = marked.samples.astype(float) - audio.samples
    return float(10 * np.log10(np.square(audio.samples).sum() / np.square(difference).sum()))


@pytest.mark.parametrize(
    ("maker", "profile", "length_s"),
    [
        ("speech", "speech", 10),
        ("speech", "speech", 2),
        ("music", "music", 8),
        ("rain", "music", 8),
        ("rain", "speech", 4),
    ],
)
def test_the_mark_costs_no_more_than_28_db(maker: str, profile: Profile, length_s: float) -> None:
    audio = getattr(sounds, maker)(length_s, seed=3)
    marked = embed(audio, PAYLOAD, profile=profile)
    assert marked.samples.shape == audio.samples.shape
    assert 28.0 <= snr_db(audio, marked) < 31.0


def test_the_budget_holds_where_the_level_jumps() -> None:
    audio = sounds.speech(16, seed=5)
    steps = np.repeat([1.0, 0.01, 0.5, 0.03], audio.frames // 4)
    uneven = Audio((audio.samples * steps).astype(np.float32), audio.rate)
    assert snr_db(uneven, embed(uneven, PAYLOAD)) >= 28.0


@pytest.mark.parametrize("profile", ["speech", "music"])
def test_any_cut_into_blocks_gives_the_same_bits(profile: Profile) -> None:
    mono = sounds.speech(3, seed=1)
    audio = Audio(np.concatenate([mono.samples, -0.3 * mono.samples]), mono.rate)
    whole = embed(audio, PAYLOAD, profile=profile)
    rng = np.random.default_rng(0)
    for sizes in ([480] * 200, rng.integers(0, 3000, 200), [1] * 300 + [17] * 20 + [9999] * 20):
        embedder = Embedder(audio.rate, 2, PAYLOAD, profile=profile)
        pieces, given, taken = [], 0, 0
        for size in sizes:
            block = audio.slice(taken, taken + int(size))
            pieces.append(embedder.process(block).samples)
            taken, given = taken + block.frames, given + pieces[-1].shape[1]
            assert taken - given <= embedder.latency_frames
        assert taken == audio.frames
        pieces.append(embedder.finish().samples)
        assert np.array_equal(np.concatenate(pieces, axis=1), whole.samples)


@pytest.mark.parametrize("rate", [1_000, 8_000, 11_025, 24_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("profile", ["speech", "music"])
def test_the_delay_is_at_most_60_ms_at_any_rate(rate: int, profile: Profile) -> None:
    assert 0 < Embedder(rate, 1, PAYLOAD, profile=profile).latency_frames <= 0.06 * rate


@pytest.mark.parametrize(("rate", "channels"), [(1_000, 1), (8_000, 3), (96_000, 1), (192_000, 2)])
def test_any_rate_and_any_channels(rate: int, channels: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (channels, rate)).astype(np.float32)
    marked = embed(Audio(noise, rate), PAYLOAD)
    change = marked.samples - noise
    assert marked.samples.shape == noise.shape
    assert np.isfinite(marked.samples).all()
    assert 1e-6 < np.square(change).mean() / np.square(noise).mean() < 10**-2.7
    spectrum = np.square(np.abs(np.fft.rfft(change))).sum(axis=0)
    frequency_hz = np.fft.rfftfreq(rate, 1 / rate)
    assert spectrum[(frequency_hz < 200) | (frequency_hz > 7_000)].sum() < 0.01 * spectrum.sum()


def test_silence_stays_silent_and_nothing_precedes_it() -> None:
    audio = sounds.speech(3, seed=2)
    gated = audio.samples.copy()
    gated[:, audio.rate : 2 * audio.rate] = 0
    marked = embed(Audio(gated, audio.rate), PAYLOAD)
    assert not marked.samples[:, audio.rate : 2 * audio.rate].any()
    assert np.abs(marked.samples - gated).max() > 1e-4
    assert not embed(Audio.silence(1.0, 24_000, 2), PAYLOAD).samples.any()
    one = np.concatenate([audio.samples, np.zeros_like(audio.samples)])
    assert not embed(Audio(one, audio.rate), PAYLOAD).samples[1].any()


def test_channels_share_their_gains() -> None:
    mono = sounds.speech(2, seed=4)
    stereo = Audio(np.concatenate([mono.samples, -0.25 * mono.samples]), mono.rate)
    left, right = embed(stereo, PAYLOAD).samples
    assert right == pytest.approx(-0.25 * left, abs=1e-6)


@pytest.mark.parametrize("frames", [0, 1, 99, 100, 101, 499, 500, 501, 6_399, 6_400])
def test_the_length_is_kept_to_the_frame(frames: int) -> None:
    audio = sounds.speech(1, seed=1).slice(0, frames)
    assert embed(audio, PAYLOAD).frames == frames


@pytest.mark.parametrize(
    ("sound", "payload", "key", "profile", "error"),
    [
        ((22_050, 1), b"12345", b"k" * 16, "speech", InvalidInput),
        ((22_050, 1), PAYLOAD, b"short", "speech", InvalidInput),
        ((22_050, 1), PAYLOAD, b"k" * 16, "loud", InvalidInput),
        ((22_050, 0), PAYLOAD, b"k" * 16, "speech", InvalidAudio),
        ((999, 1), PAYLOAD, b"k" * 16, "speech", InvalidAudio),
    ],
)
def test_what_cannot_be_used_is_refused(
    sound: tuple[int, int], payload: bytes, key: bytes, profile: Profile, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Embedder(*sound, payload, key, profile=profile)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_bad_samples_are_refused(bad: float) -> None:
    with pytest.raises(InvalidAudio, match="NaN"):
        embed(Audio(np.array([[0, bad]], np.float32), 24_000), PAYLOAD)


def test_a_stream_keeps_its_shape_and_ends_once() -> None:
    embedder = Embedder(24_000, 1, PAYLOAD)
    with pytest.raises(InvalidAudio, match="channels"):
        embedder.process(Audio.silence(0.1, 24_000, 2))
    with pytest.raises(InvalidAudio, match="channels"):
        embedder.process(Audio.silence(0.1, 22_050))
    embedder.finish()
    with pytest.raises(InvalidAudio, match="finished"):
        embedder.process(Audio.silence(0.1, 24_000))
    with pytest.raises(InvalidAudio, match="finished"):
        embedder.finish()


def test_embedding_loads_no_scipy() -> None:
    program = (
        "import sys, numpy as np\n"
        "from menura.audio import Audio\n"
        "from menura.safeguards.watermark import embed\n"
        "embed(Audio(np.ones((1, 9000), np.float32), 24000), b'123456')\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('scipy', 'soxr')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
