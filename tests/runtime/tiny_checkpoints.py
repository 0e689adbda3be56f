"""Tiny checkpoints with random weights, written in the formats of the public ones.

Tensor names, config keys and files are those of transformers 5.23 (modeling_musicgen.py,
modeling_musicgen_melody.py, modeling_t5.py, modeling_encodec.py and their configurations), as
`MusicgenForConditionalGeneration.save_pretrained` writes them, and of audiocraft (models/lm.py,
models/encodec.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.session import Machine

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Tensors = dict[str, "NDArray[Any]"]
Draw = Callable[..., "NDArray[np.float32]"]

ONE_THREAD = Machine(threads=1)
WINDOW_FRAMES = 120
"""Of the models that the tests share: the published ones have 1,500."""

WORDS = ["calm", "piano", "drums", "loud", "slow", "fast", "a", "the", "rain", "song"]

TEXT = {
    "model_type": "t5",
    "vocab_size": 16,
    "d_model": 24,
    "d_kv": 8,
    "d_ff": 40,
    "num_layers": 2,
    "num_heads": 3,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    "feed_forward_proj": "relu",
}
DECODER = {
    "model_type": "musicgen_decoder",
    "vocab_size": 32,
    "max_position_embeddings": 256,
    "num_hidden_layers": 3,
    "ffn_dim": 96,
    "num_attention_heads": 2,
    "hidden_size": 32,
    "activation_function": "gelu",
    "num_codebooks": 4,
    "audio_channels": 1,
    "pad_token_id": 32,
    "bos_token_id": 32,
}
CODEC = {
    "model_type": "encodec",
    "sampling_rate": 8000,
    "audio_channels": 1,
    "hidden_size": 12,
    "num_filters": 4,
    "upsampling_ratios": [5, 4, 4, 2],
    "codebook_size": 32,
    "codebook_dim": 12,
    "use_causal_conv": False,
    "use_conv_shortcut": False,
    # 8000 / 160 = 50 frames a second of 4 codebooks of 5 bits.
    "target_bandwidths": [1.0],
}


def musicgen(
    *, melody: bool = False, text: dict[str, Any] | None = None, **decoder: Any
) -> dict[str, Any]:
    """Returns a config of MusicGen's form; the keywords change the decoder's part."""
    kind = "musicgen_melody" if melody else "musicgen"
    extra = {"num_chroma": 12, "chroma_length": 7} if melody else {}
    return {
        "model_type": kind,
        "text_encoder": TEXT | (text or {}),
        "decoder": DECODER | {"model_type": f"{kind}_decoder"} | decoder,
        "audio_encoder": CODEC,
        **extra,
    }


def write_musicgen(
    folder: Path,
    config: dict[str, Any],
    *,
    seed: int = 0,
    window: int = 1500,
    spoil: Tensors | None = None,
) -> Tensors:
    """Writes a checkpoint as `save_pretrained` does and returns its tensors.

    Args:
        window: frames of codes that it says it was trained on.
        spoil: tensors that replace those of the same name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = musicgen_tensors(config, seed) | (spoil or {})
    (folder / "config.json").write_text(json.dumps(config))
    generation = {"max_length": window, "do_sample": True, "guidance_scale": 3.0}
    generation |= {"decoder_start_token_id": 32, "pad_token_id": 32, "bos_token_id": 32}
    (folder / "generation_config.json").write_text(json.dumps(generation))
    write_safetensors(folder / "model.safetensors", tensors)
    write_tokenizer(folder)
    return tensors


def write_encodec(folder: Path, config: dict[str, Any], *, seed: int = 0) -> Tensors:
    """Writes an EnCodec alone as `save_pretrained` does and returns its tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = encodec_tensors(config, tensor_source(seed), "")
    (folder / "config.json").write_text(json.dumps(config))
    write_safetensors(folder / "model.safetensors", tensors)
    return tensors


def musicgen_tensors(config: dict[str, Any], seed: int) -> Tensors:
    """Returns random tensors of every name such a checkpoint has."""
    draw = tensor_source(seed)
    text, lm = config["text_encoder"], config["decoder"]
    tensors = text_tensors(text, draw, "text_encoder.")
    tensors |= decoder_tensors(lm, draw, cross=config["model_type"] == "musicgen")
    tensors |= encodec_tensors(config["audio_encoder"], draw, "audio_encoder.")
    width = lm["hidden_size"]
    tensors["enc_to_dec_proj.weight"] = draw(width, text["d_model"], size=0.2)
    tensors["enc_to_dec_proj.bias"] = draw(width, size=0.5)
    if "num_chroma" in config:
        tensors["audio_enc_to_dec_proj.weight"] = draw(width, 12, size=0.5)
        tensors["audio_enc_to_dec_proj.bias"] = draw(width, size=0.5)
    return tensors


def text_tensors(text: dict[str, Any], draw: Draw, at: str) -> Tensors:
    width, inner, ffn = text["d_model"], text["num_heads"] * text["d_kv"], text["d_ff"]
    found: Tensors = {f"{at}shared.weight": draw(text["vocab_size"], width)}
    dense = {"wi": (ffn, width)}
    if text["feed_forward_proj"] != "relu":
        dense = {"wi_0": (ffn, width), "wi_1": (ffn, width)}
    for n in range(text["num_layers"]):
        block = f"{at}encoder.block.{n}.layer"
        for part in "qkv":
            found[f"{block}.0.SelfAttention.{part}.weight"] = draw(inner, width, size=0.3)
        found[f"{block}.0.SelfAttention.o.weight"] = draw(width, inner, size=0.3)
        found[f"{block}.0.layer_norm.weight"] = 1 + draw(width, size=0.2)
        for name, shape in (dense | {"wo": (width, ffn)}).items():
            found[f"{block}.1.DenseReluDense.{name}.weight"] = draw(*shape, size=0.3)
        found[f"{block}.1.layer_norm.weight"] = 1 + draw(width, size=0.2)
    bias = f"{at}encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    found[bias] = draw(text["relative_attention_num_buckets"], text["num_heads"])
    found[f"{at}encoder.final_layer_norm.weight"] = 1 + draw(width, size=0.2)
    return found


def decoder_tensors(lm: dict[str, Any], draw: Draw, *, cross: bool) -> Tensors:
    width, ffn = lm["hidden_size"], lm["ffn_dim"]
    at = "decoder.model.decoder"
    found: Tensors = {}
    for k in range(lm["num_codebooks"]):
        found[f"{at}.embed_tokens.{k}.weight"] = draw(lm["vocab_size"] + 1, width)
        found[f"decoder.lm_heads.{k}.weight"] = draw(lm["vocab_size"], width, size=0.3)
    for n in range(lm["num_hidden_layers"]):
        layer = f"{at}.layers.{n}"
        for attention in ("self_attn", "encoder_attn") if cross else ("self_attn",):
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                found[f"{layer}.{attention}.{part}.weight"] = draw(width, width, size=0.25)
            found |= _norm(f"{layer}.{attention}_layer_norm", width, draw)
        found[f"{layer}.fc1.weight"] = draw(ffn, width, size=0.2)
        found[f"{layer}.fc2.weight"] = draw(width, ffn, size=0.2)
        found |= _norm(f"{layer}.final_layer_norm", width, draw)
    return found | _norm(f"{at}.layer_norm", width, draw)


def encodec_tensors(codec: dict[str, Any], draw: Draw, at: str) -> Tensors:
    """Returns the tensors of an EncodecModel, weight norm as torch's parametrization names it."""
    found: Tensors = {}
    wide = codec["num_filters"]
    shortcut, compress = codec.get("use_conv_shortcut", True), codec.get("compress", 2)
    layers, top = codec.get("num_lstm_layers", 2), wide * 2 ** len(codec["upsampling_ratios"])

    def conv(name: str, shape: tuple[int, ...], outputs: int) -> None:
        size = 1.2 / np.sqrt(shape[1] * shape[2])
        if codec.get("norm_type", "weight_norm") == "weight_norm":
            weight = f"{at}{name}.conv.parametrizations.weight"
            v = draw(*shape)
            found[f"{weight}.original0"] = np.abs(
                size * np.sqrt(np.square(v).sum((1, 2), keepdims=True))
            )
            found[f"{weight}.original1"] = v
        else:
            found[f"{at}{name}.conv.weight"] = draw(*shape, size=size)
            found[f"{at}{name}.norm.weight"] = 1 + draw(outputs, size=0.2)
            found[f"{at}{name}.norm.bias"] = draw(outputs, size=0.2)
        found[f"{at}{name}.conv.bias"] = draw(outputs, size=0.1)

    def residual(name: str, channels: int) -> None:
        narrow = channels // compress
        conv(f"{name}.block.1", (narrow, channels, 3), narrow)
        conv(f"{name}.block.3", (channels, narrow, 1), channels)
        if shortcut:
            conv(f"{name}.shortcut", (channels, channels, 1), channels)

    def lstm(name: str) -> None:
        for n in range(layers):
            for part in ("weight_ih", "weight_hh"):
                found[f"{at}{name}.{part}_l{n}"] = draw(4 * top, top, size=0.1)
                bias = part.replace("weight", "bias")
                found[f"{at}{name}.{bias}_l{n}"] = draw(4 * top, size=0.1)

    channels, hidden = codec["audio_channels"], codec["hidden_size"]
    conv("encoder.layers.0", (wide, channels, 7), wide)
    n = 1
    for ratio in reversed(codec["upsampling_ratios"]):
        residual(f"encoder.layers.{n}", wide)
        conv(f"encoder.layers.{n + 2}", (2 * wide, wide, 2 * ratio), 2 * wide)
        n, wide = n + 3, 2 * wide
    lstm(f"encoder.layers.{n}.lstm")
    conv(f"encoder.layers.{n + 2}", (hidden, top, 7), hidden)
    conv("decoder.layers.0", (top, hidden, 7), top)
    lstm("decoder.layers.1.lstm")
    n = 2
    for ratio in codec["upsampling_ratios"]:
        conv(f"decoder.layers.{n + 1}", (wide, wide // 2, 2 * ratio), wide // 2)
        residual(f"decoder.layers.{n + 2}", wide // 2)
        n, wide = n + 3, wide // 2
    conv(f"decoder.layers.{n + 1}", (channels, wide, 7), channels)
    return found | _codebooks(codec, draw, at)


def _codebooks(codec: dict[str, Any], draw: Draw, at: str) -> Tensors:
    found: Tensors = {}
    hidden = codec["hidden_size"]
    bits = int(np.ceil(np.log2(codec["codebook_size"])))
    rate = -(-codec["sampling_rate"] // int(np.prod(codec["upsampling_ratios"])))
    for q in range(int(1000 * codec["target_bandwidths"][-1] // (rate * bits))):
        book = f"{at}quantizer.layers.{q}.codebook"
        found[f"{book}.embed"] = draw(codec["codebook_size"], hidden)
        found[f"{book}.embed_avg"] = found[f"{book}.embed"].copy()
        found[f"{book}.inited"] = np.ones(1, np.float32)
        found[f"{book}.cluster_size"] = np.ones(codec["codebook_size"], np.float32)
    return found


def write_safetensors(path: Path, tensors: Tensors) -> None:
    from safetensors.numpy import save_file

    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path)


def write_tokenizer(folder: Path) -> None:
    """Writes a tokenizer.json of T5's kind: a unigram model, and `</s>` after each text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -9.0)]
    pieces += [(f"▁{word}", -1.0) for word in WORDS]
    tokenizer = Tokenizer(models.Unigram(pieces, 2, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("$0 </s>", None, [("</s>", 1)])
    tokenizer.save(str(folder / "tokenizer.json"))


def tensor_source(seed: int) -> Draw:
    """Returns what draws random tensors, float32, of a shape and a standard deviation."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int, size: float = 1.0) -> NDArray[np.float32]:
        return (size * rng.standard_normal(shape)).astype(np.float32)

    return draw


def _norm(name: str, width: int, draw: Draw) -> Tensors:
    return {
        f"{name}.weight": 1 + draw(width, size=0.2),
        f"{name}.bias": draw(width, size=0.2),
    }


def audiocraft_names(tensors: Tensors) -> tuple[Tensors, Tensors, Tensors]:
    """Returns a musicgen's tensors as audiocraft names them: language model, codec, text encoder.

    audiocraft/models/lm.py and modules/transformer.py (the projections of attention are packed),
    models/encodec.py and modules/seanet.py, modules/conv.py.
    """
    lm: Tensors = {}
    codec: Tensors = {}
    text: Tensors = {}
    plain = [
        (r"decoder\.model\.decoder\.embed_tokens\.(\d+)\.weight", r"emb.\1.weight"),
        (r"decoder\.lm_heads\.(\d+)\.weight", r"linears.\1.weight"),
        (r"decoder\.model\.decoder\.layer_norm\.(\w+)", r"out_norm.\1"),
        (r"enc_to_dec_proj\.(\w+)", r"condition_provider.conditioners.description.output_proj.\1"),
    ]
    inside = {
        "self_attn_layer_norm": "norm1",
        "encoder_attn_layer_norm": "norm_cross",
        "final_layer_norm": "norm2",
        "encoder_attn": "cross_attention",
        "fc1": "linear1",
        "fc2": "linear2",
    }
    for name, values in tensors.items():
        if name.startswith("text_encoder."):
            text[name.removeprefix("text_encoder.")] = values
        elif name.startswith("audio_encoder."):
            codec[_audiocraft_codec_name(name.removeprefix("audio_encoder."))] = values
        elif ".layers." in name:
            at = name.replace("decoder.model.decoder", "transformer")
            for old, new in inside.items():
                at = at.replace(f".{old}.", f".{new}.")
            if at.endswith("q_proj.weight"):
                parts = [tensors[name.replace("q_proj", f"{p}_proj")] for p in "qkv"]
                lm[at.replace("q_proj.weight", "in_proj_weight")] = np.concatenate(parts)
            elif not at.endswith(("k_proj.weight", "v_proj.weight")):
                lm[at] = values
        else:
            for old, new in plain:
                if re.fullmatch(old, name):
                    lm[re.sub(old, new, name)] = values
    return lm, codec, text


def _audiocraft_codec_name(name: str) -> str:
    for old, new in (
        (r"quantizer\.layers\.(\d+)\.codebook\.", r"quantizer.vq.layers.\1._codebook."),
        (r"\.parametrizations\.weight\.original0$", ".weight_g"),
        (r"\.parametrizations\.weight\.original1$", ".weight_v"),
        (r"^(encoder|decoder)\.layers\.", r"\1.model."),
        # A decoder's stages of three: transposed, residual, and what has no weights.
        (r"^(decoder\.model\.(?:3|6|9|12))\.conv\.", r"\1.convtr.convtr."),
        (r"(?<!convtr)\.conv\.(weight_g|weight_v|bias)$", r".conv.conv.\1"),
    ):
        name = re.sub(old, new, name)
    return name
