"""Text to sound through tiny models: lengths, seeds, windows, continuation, melody, errors."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_checkpoints import ONE_THREAD, WINDOW_FRAMES, WORDS, musicgen, write_musicgen

from menura.audio import Audio
from menura.errors import EngineFailed, InvalidInput
from menura.runtime.codec_lm import BLOCK_FRAMES, CodecLm
from menura.runtime.codes import Codes, Segment
from menura.runtime.converting import convert
from menura.runtime.sampling import Sampling
from menura.runtime.writing import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

GREEDY = Sampling(temperature=0.0)


def _made(model: CodecLm, prompts: tuple[str, ...] = ("calm piano",), **how: Any) -> list[Any]:
    how = {"seconds": 1.3, "seeds": list(range(len(prompts)))} | how
    blocks = list(model.generate(prompts, **how))
    return [np.concatenate([block[i] for block in blocks], axis=1) for i in range(len(prompts))]


def _codes(model: CodecLm, frames: int, **how: Any) -> NDArray[np.int64]:
    decoder = model.facts.decoder
    assert decoder is not None
    given = np.zeros((decoder.codebooks, 0), np.int64)
    how = {"prompts": ["calm piano"], "seeds": [3], "options": Sampling(), "given": given} | how
    return np.concatenate(list(model.writer.write(Request(frames=frames, **how))), axis=2)


@pytest.mark.parametrize("name", ["text", "melody", "stereo"])
@pytest.mark.parametrize("weights", ["fp32", "int8"])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 1.2345, 5.5])
def test_length_is_exact_also_beyond_a_window(
    opened: Callable[..., CodecLm], name: str, weights: str, seconds: float
) -> None:
    model = opened(name, weights)
    for sound in _made(model, ("calm piano", "loud drums"), seconds=seconds):
        assert sound.shape == (2 if name == "stereo" else 1, round(seconds * 8000))
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert np.std(sound) > 0.01


def test_blocks_come_second_by_second(opened: Callable[..., CodecLm]) -> None:
    sizes = [b[0].shape[1] for b in opened().generate(["rain"], seconds=4.0, seeds=[1])]
    assert sum(sizes) == 32_000
    assert len(sizes) == 4
    # Only what later codes still change is held back: a fraction of the first second.
    assert 0.5 * 8000 < sizes[0] < BLOCK_FRAMES * 160


def test_streamed_sound_is_that_of_the_codes_decoded_at_once(
    opened: Callable[..., CodecLm],
) -> None:
    model = opened()
    codes = _codes(model, 250)
    (streamed,) = _made(model, seconds=5.0, seeds=[3])
    whole = model.codec.decode(Codes((Segment(codes[0], 1.0),), 8000, 40_000))
    np.testing.assert_allclose(streamed, whole.samples, atol=1e-5)


def test_a_seed_gives_the_same_sound_and_another_seed_another(
    opened: Callable[..., CodecLm],
) -> None:
    model = opened("text", "int8")
    one, two = _made(model, seeds=[1])[0], _made(model, seeds=[2])[0]
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one, _made(model, seeds=[1])[0])


def test_a_prompt_sounds_the_same_beside_others(opened: Callable[..., CodecLm]) -> None:
    model = opened()
    alone = _codes(model, 100)
    how = {"prompts": ["calm piano", "loud fast drums a song"], "seeds": [3, 4]}
    np.testing.assert_array_equal(_codes(model, 100, **how)[0], alone[0])


def test_prompt_guidance_and_temperature_are_heard(opened: Callable[..., CodecLm]) -> None:
    model = opened()
    base = _codes(model, 60, options=GREEDY)
    others = [
        _codes(model, 60, options=GREEDY, prompts=["loud drums"]),
        _codes(model, 60, options=Sampling(temperature=0.0, guidance=1.0)),
        _codes(model, 60, options=Sampling(temperature=0.0, guidance=8.0)),
        _codes(model, 60, options=Sampling(temperature=3.0)),
    ]
    assert all(not np.array_equal(base, other) for other in others)
    # Without a condition the guided rows are the others: any strength gives the same.
    np.testing.assert_array_equal(base, _codes(model, 60, options=GREEDY, seeds=[99]))


def test_codes_stay_in_the_vocabulary_and_vary(opened: Callable[..., CodecLm]) -> None:
    for name, codebooks in (("text", 4), ("stereo", 8)):
        codes = _codes(opened(name), 200)
        assert codes.shape == (1, codebooks, 200)
        assert codes.min() >= 0
        assert codes.max() < 32
        assert all(len(np.unique(row)) > 3 for row in codes[0])


def test_a_later_window_goes_on_from_the_one_before(opened: Callable[..., CodecLm]) -> None:
    model = opened()
    kept = model.writer.kept_frames
    assert kept == int(0.4 * WINDOW_FRAMES)
    codes = _codes(model, WINDOW_FRAMES + 40, options=GREEDY)
    np.testing.assert_array_equal(
        codes[:, :, :WINDOW_FRAMES], _codes(model, WINDOW_FRAMES, options=GREEDY)
    )
    given = codes[0, :, WINDOW_FRAMES - kept : WINDOW_FRAMES]
    again = _codes(model, 40, options=GREEDY, given=given)
    np.testing.assert_array_equal(codes[:, :, WINDOW_FRAMES:], again)


def test_codes_are_continued_without_a_seam(opened: Callable[..., CodecLm]) -> None:
    model = opened()
    longer = _codes(model, 100, options=GREEDY)[0]
    codes = longer[:, :40]
    (sound,) = _made(model, seconds=1.2, seeds=[3], options=GREEDY, continuation=codes)
    whole = model.codec.decode(Codes((Segment(longer, 1.0),), 8000, 16_000))
    np.testing.assert_allclose(sound, whole.samples[:, 6400:], atol=1e-5)


@pytest.mark.parametrize("name", ["text", "stereo"])
def test_sound_is_continued_and_matters(opened: Callable[..., CodecLm], name: str) -> None:
    model = opened(name)
    rng = np.random.default_rng(8)
    t = np.arange(24_000) / 12_000
    tone = Audio(np.sin(2 * np.pi * 330 * t)[np.newaxis].astype(np.float32), 12_000)
    noise = Audio(0.5 * rng.standard_normal((2, 24_000)).astype(np.float32), 12_000)
    sounds = [_made(model, continuation=c)[0] for c in (None, tone, noise)]
    assert all(s.shape == sounds[0].shape for s in sounds)
    assert not np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[1], sounds[2])


@pytest.mark.parametrize("name", ["text", "stereo"])
@pytest.mark.parametrize("frames", [9_637, 70_001])
def test_the_end_of_a_sound_leads_in_as_the_codec_has_it(
    opened: Callable[..., CodecLm], name: str, frames: int
) -> None:
    model = opened(name)
    channels = model.facts.channels
    rng = np.random.default_rng(5)
    samples = (0.3 * rng.standard_normal((channels, frames))).astype(np.float32)
    how = {"seconds": 1.0, "options": GREEDY, "continuation": Audio(samples, 8000)}
    (plain,) = _made(model, **how)
    (led,) = _made(model, lead_frames=400, **how)
    assert led.shape == (channels, 8400)
    np.testing.assert_array_equal(led[:, 400:], plain)
    # The codes that are gone on from end with the sound, not with a padded last frame.
    given = model._given_codes(Audio(samples, 8000))
    heard = samples[:, frames % 160 :][:, -given.shape[1] * 160 :]
    tail = model.codec.encode(Audio(heard[:1], 8000)).segments[0].codes
    assert np.mean(tail[:, 20:] == given[::channels, 20:]) > 0.99
    with pytest.raises(InvalidInput, match="lead in"):
        model.generate(["a"], seconds=1.0, seeds=[1], lead_frames=1)


def test_a_melody_model_follows_its_melody(opened: Callable[..., CodecLm]) -> None:
    model = opened("melody")
    t = np.arange(64_000) / 32_000
    low = Audio(np.sin(2 * np.pi * 440.0 * t)[np.newaxis].astype(np.float32), 32_000)
    high = Audio(np.sin(2 * np.pi * 587.33 * t)[np.newaxis].astype(np.float32), 32_000)
    made = [_codes(model, 50, options=GREEDY, melody=m) for m in (None, low, high)]
    assert not np.array_equal(made[0], made[1])
    assert not np.array_equal(made[1], made[2])


def test_closing_ends_the_work_and_cancelling_ends_it_within_a_step(
    opened: Callable[..., CodecLm],
) -> None:
    model = opened()
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 70

    blocks = list(model.generate(["rain"], seconds=100.0, seeds=[0], cancelled=cancelled))
    assert len(asked) == 71
    assert len(blocks) == 1
    counted: list[bool] = []
    going = model.generate(
        ["rain"], seconds=100.0, seeds=[0], cancelled=lambda: bool(counted.append(True))
    )
    next(going)
    steps = len(counted)
    going.close()  # type: ignore[attr-defined]
    assert len(counted) == steps < 60
    with pytest.raises(StopIteration):
        next(going)


def test_nothing_is_done_before_the_first_block(opened: Callable[..., CodecLm]) -> None:
    counted: list[bool] = []
    opened().generate(
        ["rain"], seconds=1.0, seeds=[0], cancelled=lambda: bool(counted.append(True))
    )
    assert not counted


def test_a_prompt_too_long_is_cut_and_told(opened: Callable[..., CodecLm]) -> None:
    model = opened()
    long = " ".join(WORDS * 60)
    unread = model.unread(long)
    assert unread
    assert long.endswith(unread)
    assert model.unread("calm piano") == ""
    read = long.removesuffix(unread)
    a = _codes(model, 20, prompts=[long], options=GREEDY)
    np.testing.assert_array_equal(a, _codes(model, 20, prompts=[read], options=GREEDY))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"seconds": 0.0}, "a length lies between"),
        ({"seconds": -1.0}, "a length lies between"),
        ({"seconds": float("nan")}, "a length lies between"),
        ({"seconds": 1e9}, "a length lies between"),
        ({"seeds": []}, "each with a seed"),
        ({"seeds": [2**64]}, "a seed is a whole number"),
        ({"seeds": [-1]}, "a seed is a whole number"),
        ({"melody": Audio.silence(1.0, 8000)}, "follows no melody"),
        ({"continuation": Audio.silence(0.0, 8000)}, "no sound to go on from"),
        ({"continuation": np.full((4, 9), 32)}, "lie between 0 and 31"),
        ({"continuation": np.full((3, 9), 1)}, "has 4 codebooks"),
        ({"continuation": np.full((4, 0), 1)}, "codes have the shape"),
    ],
)
def test_what_cannot_be_made_is_said_at_once(
    opened: Callable[..., CodecLm], how: dict[str, Any], says: str
) -> None:
    how = {"seconds": 1.0, "seeds": [0]} | how
    with pytest.raises(InvalidInput, match=says):
        opened().generate(["rain"], **how)


def test_logits_that_are_no_numbers_end_in_an_error(
    tmp_path: Path, opened: Callable[..., CodecLm]
) -> None:
    # A weight within float32 whose products are not.
    name = "decoder.model.decoder.layers.1.fc2.weight"
    spoil = {name: np.full((32, 96), 3e38, np.float32)}
    write_musicgen(tmp_path / "broken", musicgen(), spoil=spoil)
    convert(tmp_path / "broken", tmp_path / "out", weights="fp32", machine=ONE_THREAD)
    model = CodecLm.open(tmp_path / "out", ONE_THREAD)
    with pytest.raises(EngineFailed, match="no numbers"):
        next(model.generate(["rain"], seconds=1.0, seeds=[0]))
    with pytest.raises(EngineFailed, match="no numbers"):
        convert(tmp_path / "broken", tmp_path / "small", weights="int8", machine=ONE_THREAD)
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("facts.json", b"{}"),
        ("facts.json", b"[1]"),
        ("scales.npz", b"PK"),
        ("step-guided-8.onnx", b"\x08\x09"),
        ("tokenizer.json", b"{}"),
        ("text.onnx", b""),
    ],
)
def test_a_damaged_model_is_refused_in_a_line(
    tmp_path: Path, converted: Callable[..., Path], file: str, content: bytes
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(converted("text", "int8"), folder)
    (folder / file).write_bytes(content)
    with pytest.raises(InvalidInput) as error:
        CodecLm.open(folder, ONE_THREAD)
    assert "\n" not in str(error.value)


def test_a_codec_alone_makes_nothing_from_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not converted"):
        CodecLm.open(tmp_path)
