"""Our graphs against transformers, on the same tiny checkpoints. Runs where torch is installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_checkpoints import (
    CODEC,
    ONE_THREAD,
    TEXT,
    WINDOW_FRAMES,
    encodec_tensors,
    musicgen,
    tensor_source,
    write_encodec,
    write_musicgen,
)

from menura.audio import Audio
from menura.runtime.codec import Codec
from menura.runtime.codec_lm import CodecLm
from menura.runtime.codes import Codes, Segment
from menura.runtime.converting import convert
from menura.runtime.facts import Facts
from menura.runtime.sampling import Sampling
from menura.runtime.text_encoder import TextEncoder
from menura.runtime.writing import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")

PROMPT = "calm piano and the loud rain"


def _theirs(folder: Path) -> Any:
    import transformers

    kind = json.loads((folder / "config.json").read_text())["model_type"]
    names = {
        "musicgen": transformers.MusicgenForConditionalGeneration,
        "musicgen_melody": transformers.MusicgenMelodyForConditionalGeneration,
        "encodec": transformers.EncodecModel,
    }
    model, loading = names[kind].from_pretrained(folder, output_loading_info=True)
    assert not loading["missing_keys"]
    assert not loading["unexpected_keys"]
    return model.eval()


@pytest.mark.parametrize("feed_forward", ["relu", "gated-gelu"])
def test_text_states(torch: Any, tmp_path: Path, feed_forward: str) -> None:
    config = musicgen(text={"feed_forward_proj": feed_forward})
    write_musicgen(tmp_path / "theirs", config)
    convert(tmp_path / "theirs", tmp_path / "ours", weights="fp32", machine=ONE_THREAD)
    encoder = TextEncoder(tmp_path / "ours", ONE_THREAD)
    # Longer than the distance (20) beyond which all positions share a bucket.
    prompt = encoder.read(" ".join([PROMPT] * 8))
    assert len(prompt.tokens) > 40
    with torch.no_grad():
        theirs = _theirs(tmp_path / "theirs").text_encoder(torch.tensor([prompt.tokens]))
    np.testing.assert_allclose(encoder.encode(prompt), theirs.last_hidden_state[0], atol=2e-5)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("name", ["text", "melody", "stereo"])
def test_greedy_codes_over_two_hundred_steps(
    torch: Any, tmp_path: Path, name: str, guidance: float
) -> None:
    extra = {"num_codebooks": 8, "audio_channels": 2} if name == "stereo" else {}
    write_musicgen(tmp_path / "theirs", musicgen(melody=name == "melody", **extra))
    convert(tmp_path / "theirs", tmp_path / "ours", weights="fp32", machine=ONE_THREAD)
    ours, theirs = CodecLm.open(tmp_path / "ours", ONE_THREAD), _theirs(tmp_path / "theirs")
    decoder = ours.facts.decoder
    assert decoder is not None
    tokens = torch.tensor([ours.writer.conditioner.text.read(PROMPT).tokens])
    steps = 204
    frames = steps - max(decoder.delays)
    decoded = []
    theirs.audio_encoder.decode = _noting(theirs.audio_encoder.decode, decoded)
    with torch.no_grad():
        theirs.generate(
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            do_sample=False,
            guidance_scale=guidance,
            max_new_tokens=steps,
        )
    request = Request(
        prompts=[PROMPT],
        seeds=[0],
        frames=frames,
        options=Sampling(temperature=0.0, guidance=guidance),
        given=np.zeros((decoder.codebooks, 0), np.int64),
    )
    codes = np.concatenate(list(ours.writer.write(request)), axis=2)[0]
    wanted = np.zeros_like(codes)
    for side, found in enumerate(decoded):
        wanted[side :: decoder.channels] = found[0, 0, :, :frames]
    assert len(np.unique(codes)) > 8
    np.testing.assert_array_equal(codes, wanted)


def _noting(decode: Callable[..., Any], decoded: list[Any]) -> Callable[..., Any]:
    def noted(codes: Any, *args: Any, **named: Any) -> Any:
        decoded.append(codes.numpy())
        return decode(codes, *args, **named)

    return noted


def test_logits_of_every_step_in_a_batch(
    torch: Any, checkpoints: dict[str, Path], opened: Callable[..., CodecLm]
) -> None:
    from transformers.modeling_outputs import BaseModelOutput

    ours, theirs = opened(), _theirs(checkpoints["text"])
    writer = ours.writer
    prompts = [PROMPT, "song"]
    read = [writer.conditioner.text.read(prompt).tokens for prompt in prompts]
    mask = np.zeros((4, max(map(len, read))), np.int64)
    states = np.zeros((4, mask.shape[1], TEXT["d_model"]), np.float32)
    for row, tokens in enumerate(read):
        mask[row, : len(tokens)] = 1
        with torch.no_grad():
            found = theirs.text_encoder(torch.tensor([tokens])).last_hidden_state
        states[row, : len(tokens)] = found[0]
    columns = np.random.default_rng(1).integers(0, 33, (2, 4, 40))
    with torch.no_grad():
        logits = theirs(
            encoder_outputs=BaseModelOutput(torch.tensor(states)),
            attention_mask=torch.tensor(mask),
            decoder_input_ids=torch.tensor(np.tile(columns, (2, 1, 1)).reshape(16, 40)),
        ).logits.numpy()
    both = logits.reshape(2, 2, 4, 40, -1)
    wanted = both[1] + 3.0 * (both[0] - both[1])
    found = writer.conditioner.conditions(prompts, None, guided=True)
    steps = writer._steps(found, 3.0, 40, small=False)
    got = [steps.begin(columns[:, :, :1]).copy()]
    got += [steps.advance(columns[:, :, c]).copy() for c in range(1, 40)]
    np.testing.assert_allclose(np.stack(got, axis=2), wanted, atol=2e-4)


CODECS = {
    "like 24 kHz": {"use_causal_conv": True, "use_conv_shortcut": True},
    "like 32 kHz": {},
    "like 48 kHz": {
        "audio_channels": 2,
        "norm_type": "time_group_norm",
        "normalize": True,
        "chunk_length_s": 1.0,
        "overlap": 0.01,
        "use_conv_shortcut": True,
    },
    "padded with zeros": {
        "pad_mode": "constant",
        "trim_right_ratio": 1.0,
        "num_residual_layers": 1,
    },
}


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("seconds", [0.9, 5.23])
def test_codec(torch: Any, tmp_path: Path, name: str, seconds: float) -> None:
    config = CODEC | CODECS[name]
    write_encodec(tmp_path / "theirs", config)
    convert(tmp_path / "theirs", tmp_path / "ours", machine=ONE_THREAD)
    facts = Facts.load(tmp_path / "ours")
    ours, theirs = Codec(tmp_path / "ours", facts.codec, ONE_THREAD), _theirs(tmp_path / "theirs")
    shape = (facts.codec.channels, round(seconds * 8000))
    samples = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
    coded = ours.encode(Audio(samples, 8000))
    with torch.no_grad():
        wanted = theirs.encode(torch.tensor(samples)[np.newaxis], bandwidth=1.0)
        heard = (
            theirs.decode(
                wanted.audio_codes,
                wanted.audio_scales,
                last_frame_pad_length=wanted.last_frame_pad_length,
            )
            .audio_values[0]
            .numpy()
        )
    assert len(coded.segments) == len(wanted.audio_codes)
    for segment, codes in zip(coded.segments, wanted.audio_codes, strict=True):
        same = segment.codes == codes[0].numpy()[:, : segment.codes.shape[1]]
        # Two codes may lie equally near: rounding then decides.
        assert same.mean() > 0.995
    segments = tuple(
        Segment(codes[0].numpy()[:, : own.codes.shape[1]], 1.0 if scale is None else float(scale))
        for own, codes, scale in zip(
            coded.segments, wanted.audio_codes, wanted.audio_scales, strict=True
        )
    )
    sound = ours.decode(Codes(segments, 8000, shape[1]))
    scale = np.abs(heard).max()
    np.testing.assert_allclose(sound.samples / scale, heard[:, : shape[1]] / scale, atol=1e-4)


def test_chroma_bands(torch: Any) -> None:
    from transformers.audio_utils import chroma_filter_bank

    from menura.runtime.chroma import chroma_bands

    theirs = chroma_filter_bank(num_frequency_bins=16_384, num_chroma=12, sampling_rate=32_000)
    np.testing.assert_allclose(chroma_bands(), theirs, atol=1e-12)


def test_melody_conditions(
    torch: Any, checkpoints: dict[str, Path], opened: Callable[..., CodecLm]
) -> None:
    from menura.runtime.chroma import melody

    ours, theirs = opened("melody"), _theirs(checkpoints["melody"])
    t = np.arange(40_000) / 32_000
    tune = Audio(np.sin(2 * np.pi * 392.0 * t)[np.newaxis].astype(np.float32), 32_000)
    tokens = torch.tensor([ours.writer.conditioner.text.read(PROMPT).tokens])
    start = torch.full((4, 1), 32)
    with torch.no_grad():
        logits = theirs(
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            input_features=torch.tensor(melody(tune))[np.newaxis],
            decoder_input_ids=start,
        ).logits.numpy()
    found = ours.writer.conditioner.conditions([PROMPT], tune, guided=False)
    steps = ours.writer._steps(found, 1.0, found.columns + 2, small=False)
    from menura.runtime.writing import _begun

    decoder = ours.facts.decoder
    assert decoder is not None
    got = _begun(steps, decoder, np.full((1, 4, 1), 32), found.prefix)
    np.testing.assert_allclose(got[0], logits[:, -1], atol=1e-4)


def test_delay_pattern(torch: Any, checkpoints: dict[str, Path]) -> None:
    from menura.runtime.delays import columns

    for name in ("text", "stereo"):
        theirs = _theirs(checkpoints[name]).decoder
        codebooks = theirs.config.num_codebooks
        delays = [k // theirs.config.audio_channels for k in range(codebooks)]
        codes = np.random.default_rng(3).integers(0, 32, (1, codebooks, 9))
        with_start = np.concatenate((np.full((1, codebooks, 1), 32), codes), axis=2)
        _, pattern = theirs.build_delay_pattern_mask(
            torch.tensor(with_start[0]), 32, max_length=10 + max(delays)
        )
        count = 10 + max(delays)
        ours = columns(codes, delays, 32, 0, count)[0]
        np.testing.assert_array_equal(ours, pattern.numpy())


def test_the_writers_of_checkpoints_name_what_transformers_names(torch: Any) -> None:
    from transformers import EncodecConfig, EncodecModel

    config = CODEC | {"audio_channels": 1}
    theirs = EncodecModel(EncodecConfig(**config)).state_dict()
    ours = encodec_tensors(config, tensor_source(0), "")
    assert {k: tuple(v.shape) for k, v in theirs.items()} == {k: v.shape for k, v in ours.items()}
    assert WINDOW_FRAMES < 1500
