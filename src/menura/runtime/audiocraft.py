"""Reading a checkpoint that has audiocraft's names: AudioGen, or MusicGen as first published."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput
from menura.runtime.checkpoint import Checkpoint
from menura.runtime.geometry import codec_geometry, decoder_geometry, text_geometry
from menura.runtime.source import (
    SUFFIXES,
    Source,
    check_together,
    read_json,
    roomy,
    tensor_files,
)
from menura.runtime.t5 import MAX_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    from menura.runtime.geometry import CodecGeometry, DecoderGeometry


def audiocraft_source(folder: Path) -> Source:
    """Returns a checkpoint with audiocraft's names, and the T5 that belongs to it from `t5/`.

    Its config is not among its tensors: sizes are taken from their shapes, and what no shape shows
    from `audiocraft.toml`.

    Raises:
        InvalidInput: if a part is missing, malformed or of an unknown geometry.
    """
    beside = folder / "t5"
    if not (beside / "config.json").is_file():
        raise InvalidInput(
            "an audiocraft checkpoint does not hold its text encoder: put the T5 it was trained "
            "with (config.json, model.safetensors, tokenizer.json) into t5/ beside it"
        )
    text_config = read_json(beside / "config.json")
    own = [folder / f"{n}{s}" for n in ("state_dict", "compression_state_dict") for s in SUFFIXES]
    files = [path for path in own if path.is_file()]
    checkpoint = Checkpoint(files, renamed)
    checkpoint.join(Checkpoint(tensor_files(beside), lambda name: (f"text_encoder.{name}",)))
    text = text_geometry(text_config)
    tokenizers = [p for p in (beside / "tokenizer.json", folder / "tokenizer.json") if p.is_file()]
    if not tokenizers:
        raise InvalidInput("the model has no tokenizer.json, in t5/ or beside its tensors")
    codec = _codec_of(checkpoint)
    decoder = _decoder_of(checkpoint, text.width)
    check_together(decoder, codec)
    window = round(_variant(codec.rate)["window_s"] * codec.frame_rate)
    return Source(
        checkpoint=checkpoint,
        codec=codec,
        codec_prefix="audio_encoder.",
        text=text,
        decoder=roomy(decoder, window, MAX_TOKENS),
        window_frames=window,
        text_tokens=MAX_TOKENS,
        tokenizer=tokenizers[0],
    )


@cache
def _names() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "audiocraft.toml").read_text("utf-8"))


def renamed(name: str) -> tuple[str, ...]:
    """Returns transformers' names of one of audiocraft's tensors; none if it is not needed."""
    for rule in _names()["rename"]:
        found = re.fullmatch(rule["from"], name)
        if found:
            return tuple(found.expand(to) for to in rule["to"])
    return ()


def _variant(rate: int) -> dict[str, Any]:
    for variant in _names()["variant"]:
        if variant["rate"] == rate:
            return dict(variant)
    raise InvalidInput(f"no audiocraft model at {rate} Hz is known here")


def _decoder_of(checkpoint: Checkpoint, text_width: int) -> DecoderGeometry:
    """Returns the decoder's geometry, from the shapes of its tensors."""
    at = "decoder.model.decoder"
    codebooks = _count(checkpoint, rf"{at}\.embed_tokens\.(\d+)\.weight")
    rows, width = _two(checkpoint, f"{at}.embed_tokens.0.weight")
    config = {
        "num_hidden_layers": _count(checkpoint, rf"{at}\.layers\.(\d+)\..*"),
        "hidden_size": width,
        # Every published size has heads of 64: lm/model_scale in audiocraft's configs.
        "num_attention_heads": max(1, width // _names()["head_width"]),
        "ffn_dim": _two(checkpoint, f"{at}.layers.0.fc1.weight")[0],
        "num_codebooks": codebooks,
        "vocab_size": rows - 1,
        "audio_channels": 1 if codebooks <= 4 else 2,
    }
    return decoder_geometry(config, text_width=text_width)


def _codec_of(checkpoint: Checkpoint) -> CodecGeometry:
    """Returns the codec's geometry: stage by stage, a transposed kernel is twice its ratio."""
    at = "audio_encoder"
    ups = {}
    for name in checkpoint:
        found = re.fullmatch(rf"{at}\.decoder\.layers\.(\d+)\.conv\.weight_v", name)
        if found and f"{at}.decoder.layers.{int(found[1]) + 1}.block.1.conv.bias" in checkpoint:
            ups[int(found[1])] = checkpoint.shape(name)[2] // 2
    ratios = [ups[number] for number in sorted(ups)]
    filters, channels, kernel = _three(checkpoint, f"{at}.encoder.layers.0.conv.weight_v")
    codes, width = _two(checkpoint, f"{at}.quantizer.layers.0.codebook.embed")
    quantizers = _count(checkpoint, rf"{at}\.quantizer\.layers\.(\d+)\.codebook\.embed")
    hop = 1
    for ratio in ratios:
        hop *= ratio
    frame_rate = _names()["frame_rate"]
    bits = max(1, (codes - 1).bit_length())
    stage = filters * 2 ** len(ratios)
    narrow = _three(checkpoint, f"{at}.encoder.layers.1.block.1.conv.weight_v")[0]
    config = {
        "sampling_rate": frame_rate * hop,
        "audio_channels": channels,
        "num_filters": filters,
        "hidden_size": width,
        "upsampling_ratios": ratios,
        "kernel_size": kernel,
        "residual_kernel_size": _three(checkpoint, f"{at}.encoder.layers.1.block.1.conv.weight_v")[
            2
        ],
        "compress": max(1, filters // narrow),
        "codebook_size": codes,
        "num_lstm_layers": _count(checkpoint, rf"{at}\.decoder\.layers\.1\.lstm\.bias_ih_l(\d+)"),
        "use_conv_shortcut": f"{at}.encoder.layers.1.shortcut.conv.bias" in checkpoint,
        # So many bits that transformers' formula gives this many codebooks again.
        "target_bandwidths": [quantizers * frame_rate * bits / 1000 + 0.0001],
        **_names()["codec"],
    }
    if not ratios or stage > 65536:
        raise InvalidInput("the codec beside this model is no EnCodec that is known here")
    return codec_geometry(config)


def _count(checkpoint: Checkpoint, pattern: str) -> int:
    """Returns one more than the largest number that a pattern finds in the names."""
    found = [re.fullmatch(pattern, name) for name in checkpoint]
    return max((int(one[1]) + 1 for one in found if one), default=0)


def _two(checkpoint: Checkpoint, name: str) -> tuple[int, int]:
    return _sized(checkpoint, name, 2)[0], _sized(checkpoint, name, 2)[1]


def _three(checkpoint: Checkpoint, name: str) -> tuple[int, int, int]:
    a, b, c = _sized(checkpoint, name, 3)
    return a, b, c


def _sized(checkpoint: Checkpoint, name: str, dimensions: int) -> tuple[int, ...]:
    shape = checkpoint.shape(name)
    if len(shape) != dimensions:
        raise InvalidInput(f"the checkpoint's {name} has the shape {shape}")
    return shape
