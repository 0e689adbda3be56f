"""The codec by itself: pieces and whole, batches, the file of codes, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_checkpoints import CODEC, ONE_THREAD, write_encodec

from menura.audio import Audio
from menura.errors import InvalidInput, StorageFailed
from menura.runtime.codec import MIN_FRAMES, PIECE_FRAMES, Codec
from menura.runtime.codes import Codes, Segment
from menura.runtime.converting import convert
from menura.runtime.facts import Facts
from menura.runtime.session import run

if TYPE_CHECKING:
    from pathlib import Path

KINDS: dict[str, dict[str, Any]] = {
    "causal": {"use_causal_conv": True, "use_conv_shortcut": True},
    "both sides": {},
    "two residuals": {"num_residual_layers": 1, "dilation_growth_rate": 3, "pad_mode": "constant"},
    "segments": {
        "audio_channels": 2,
        "norm_type": "time_group_norm",
        "normalize": True,
        "chunk_length_s": 1.0,
        "overlap": 0.01,
    },
}


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Codec]:
    folder = tmp_path_factory.mktemp("codecs")
    made = {}
    for name, change in KINDS.items():
        write_encodec(folder / name, CODEC | change)
        convert(folder / name, folder / f"{name}-out")
        facts = Facts.load(folder / f"{name}-out")
        made[name] = Codec(folder / f"{name}-out", facts.codec, ONE_THREAD)
    return made


def _noise(seconds: float, channels: int = 1, rate: int = 8000) -> Audio:
    rng = np.random.default_rng(4)
    return Audio(rng.standard_normal((channels, round(seconds * rate))).astype(np.float32), rate)


@pytest.mark.parametrize("name", ["causal", "both sides", "two residuals"])
def test_pieces_joined_are_the_whole(codecs: dict[str, Codec], name: str) -> None:
    codec = codecs[name]
    codes = np.random.default_rng(0).integers(0, 32, (1, 4, 333))
    whole = codec.decoding().push(codes, last=True)
    assert whole.shape == (1, 1, 333 * 160)
    for sizes in ([1] * 20 + [313], [50] * 6 + [33], [PIECE_FRAMES] * 3 + [33], [9, 300, 24]):
        chain, pieces, start = codec.decoding(), [], 0
        for size in sizes:
            start += size
            pieces.append(chain.push(codes[:, :, start - size : start], last=start == 333))
        # What comes early is held back by the reach of the layers alone.
        joined = np.concatenate(pieces, axis=2)
        np.testing.assert_allclose(joined, whole, atol=2e-5)
        assert pieces[-1].shape[2] < (sizes[-1] + 25) * 160


@pytest.mark.parametrize("name", ["causal", "both sides", "two residuals"])
@pytest.mark.parametrize("seconds", [0.03, 2.0, 6.6601])
def test_sound_in_pieces_has_the_codes_of_the_whole(
    codecs: dict[str, Codec], name: str, seconds: float
) -> None:
    codec, sound = codecs[name], _noise(seconds)
    coded = codec.encode(sound)
    frames = -(-sound.frames // 160)
    assert coded.segments[0].codes.shape == (4, frames)
    if frames >= MIN_FRAMES:
        chain = codec.encoding()
        whole = chain.push(sound.samples[np.newaxis], last=True)[0]
        assert (whole == coded.segments[0].codes).mean() > 0.995
    back = codec.decode(coded)
    assert back.samples.shape == sound.samples.shape
    assert np.isfinite(back.samples).all()


def test_a_batch_is_each_by_itself(codecs: dict[str, Codec]) -> None:
    codec = codecs["both sides"]
    codes = np.random.default_rng(1).integers(0, 32, (3, 4, 40))
    together = codec.decoding(3).push(codes, last=True)
    for row in range(3):
        alone = codec.decoding().push(codes[row : row + 1], last=True)
        np.testing.assert_allclose(together[row], alone[0], atol=2e-5)


def test_codes_are_the_nearest_in_their_books(codecs: dict[str, Codec]) -> None:
    codec = codecs["both sides"]
    sound = _noise(1.0)
    all_four = codec.encode(sound).segments[0].codes
    two = codec.encode(sound, 2).segments[0].codes
    np.testing.assert_array_equal(two, all_four[:2])
    assert codec.decode(codec.encode(sound, 2)).frames == sound.frames


def test_segments_overlap_and_keep_their_loudness(codecs: dict[str, Codec]) -> None:
    codec = codecs["segments"]
    sound = _noise(3.5, 2)
    quiet = Audio(sound.samples * np.float32(0.01), 8000)
    coded, softer = codec.encode(sound), codec.encode(quiet)
    assert len(coded.segments) == 4
    assert coded.segments[0].scale == pytest.approx(100 * softer.segments[0].scale, rel=1e-4)
    same = [
        (a.codes == b.codes).mean() for a, b in zip(coded.segments, softer.segments, strict=True)
    ]
    assert min(same) > 0.99
    back = codec.decode(coded)
    assert back.samples.shape == (2, 28_000)
    louder = np.std(back.samples) / np.std(codec.decode(softer).samples)
    assert louder == pytest.approx(100, rel=0.01)


def test_other_rates_and_channels_are_fitted(codecs: dict[str, Codec]) -> None:
    coded = codecs["both sides"].encode(_noise(1.0, 2, 44_100))
    assert (coded.rate, coded.frames) == (8000, 8000)
    assert codecs["segments"].encode(_noise(1.0)).frames == 8000


def test_codes_survive_their_file(codecs: dict[str, Codec], tmp_path: Path) -> None:
    for name in ("both sides", "segments"):
        codec = codecs[name]
        coded = codec.encode(_noise(2.5, codec.geometry.channels))
        coded = replace(coded, model="tiny", model_id="0123456789ab", loudness_lufs=-20.5)
        coded.save(tmp_path / "a.npz")
        again = Codes.load(tmp_path / "a.npz")
        assert (again.model, again.model_id, again.loudness_lufs) == ("tiny", "0123456789ab", -20.5)
        assert again.codebooks == coded.segments[0].codes.shape[0]
        np.testing.assert_array_equal(codec.decode(again).samples, codec.decode(coded).samples)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"lengths": [3]},
        {"lengths": [0, 9]},
        {"lengths": []},
        {"scales": [np.nan]},
        {"scales": [1.0, 1.0]},
        {"frames": 0},
        {"codes": [1, 2, 3]},
        {"codes": np.array([{"a": 1}], object)},
        {"rate": "x"},
        {"rate": [8000]},
        {"scales": [1e30]},
        {"frames": 2**62},
        {"lengths": [2**62, 9 - 2**62]},
        {"codes": np.zeros((4, 9), np.int64)},
        {"model": 3},
        {"model": np.array({"a": 1}, object)},
    ],
)
def test_a_file_of_other_things_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    values = {
        "format": 1,
        "rate": 8000,
        "frames": 1440,
        "lengths": [9],
        "scales": [1.0],
        "model": "tiny",
        "model_id": "0123456789ab",
        "loudness": -20.0,
        "codes": np.zeros((4, 9), np.uint16),
    } | change
    np.savez(tmp_path / "a.npz", **values)
    with pytest.raises(InvalidInput, match=r"a\.npz"):
        Codes.load(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x04K\x01.", b"{}"])
def test_what_is_no_file_of_codes_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InvalidInput):
        Codes.load(tmp_path / "a.npz")
    with pytest.raises(StorageFailed):
        Codes.load(tmp_path / "none.npz")


def test_what_the_codec_cannot_take(codecs: dict[str, Codec]) -> None:
    codec = codecs["both sides"]
    coded = codec.encode(_noise(1.0))
    codes = coded.segments[0].codes
    with pytest.raises(InvalidInput, match="no sound"):
        codec.encode(Audio.silence(0.0, 8000))
    with pytest.raises(InvalidInput, match="1 to 4 codebooks"):
        codec.encode(_noise(1.0), 5)
    for bad in (codes + 32, codes - 40, codes[:, :0], np.concatenate((codes, codes)), codes[0]):
        with pytest.raises(InvalidInput, match="codes have the shape"):
            codec.decode(Codes((Segment(bad, 1.0),), 8000, 100))
    with pytest.raises(InvalidInput, match="16000 Hz"):
        codec.decode(Codes(coded.segments, 16_000, 100))
    with pytest.raises(InvalidInput, match="segments"):
        codec.decode(Codes(coded.segments * 2, 8000, 100))


def test_the_lstm_remembers(codecs: dict[str, Codec]) -> None:
    session = codecs["both sides"]._sessions["decoder-memory"]
    wide = codecs["both sides"].geometry.filters * 16
    features = np.random.default_rng(0).standard_normal((1, wide, 20)).astype(np.float32)
    zero = np.zeros((2, 1, wide), np.float32)
    whole = run(session, {"features": features, "h": zero, "c": zero})
    first = run(session, {"features": features[:, :, :7], "h": zero, "c": zero})
    second = run(session, {"features": features[:, :, 7:], "h": first[1], "c": first[2]})
    np.testing.assert_allclose(np.concatenate((first[0], second[0]), axis=2), whole[0], atol=1e-6)
    np.testing.assert_allclose(second[1], whole[1], atol=1e-6)
