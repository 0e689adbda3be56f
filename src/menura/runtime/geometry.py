"""The sizes of a network's parts, read from its config and checked (`geometry.toml`)."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGeometry:
    """A T5 encoder (Raffel et al., JMLR 21, 2020). `geometry.toml` names the config's keys."""

    layers: int
    width: int
    heads: int
    head_width: int
    ffn: int
    vocabulary: int
    buckets: int
    max_distance: int
    epsilon: float
    feed_forward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderGeometry:
    """A codec language model (Copet et al., Simple and Controllable Music Generation, 2023).

    Attributes:
        text_width: width of the text encoder's states.
        melody: whether the conditions precede the sequence, and a melody may be among them; if
            not, the layers attend to the text through cross-attention.
        chroma_frames: frames of melody, of a model that takes one.
    """

    layers: int
    width: int
    heads: int
    ffn: int
    codebooks: int
    vocabulary: int
    positions: int
    channels: int
    activation: str
    scale_embedding: bool
    text_width: int
    melody: bool
    chroma: int = 12
    chroma_frames: int = 0

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads

    @property
    def delays(self) -> tuple[int, ...]:
        """Frames by which each codebook lags: those of left and right are interleaved."""
        return tuple(k // self.channels for k in range(self.codebooks))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecGeometry:
    """An EnCodec (Defossez et al., High Fidelity Neural Audio Compression, 2022).

    Attributes:
        ratios: of the decoder's stages, first to last.
        quantizers: codebooks the checkpoint holds.
        segment_frames: sound is coded in segments of so many frames, each on its own; 0 = whole.
        segment_step_frames: from the start of one segment to the next.
    """

    rate: int
    channels: int
    filters: int
    width: int
    ratios: tuple[int, ...]
    residual_layers: int
    kernel: int
    last_kernel: int
    residual_kernel: int
    dilation_growth: int
    compress: int
    lstm_layers: int
    codes: int
    trim_right: float
    norm: str
    padding: str
    causal: bool
    shortcut: bool
    normalize: bool
    quantizers: int
    segment_frames: int = 0
    segment_step_frames: int = 0

    @property
    def hop(self) -> int:
        """Frames of sound per frame of codes."""
        return math.prod(self.ratios)

    @property
    def frame_rate(self) -> float:
        """Frames of codes per second."""
        return self.rate / self.hop

    @property
    def context_frames(self) -> int:
        """Frames of codes on either side that a frame of sound depends on, LSTM aside.

        Each convolution reaches (kernel - 1) * dilation of its own frames, a transposed one a
        single frame before it; the sum is taken in frames of codes and rounded up.
        """
        reach, scale = 0.0, 1.0
        for ratio in self.ratios:
            reach += 1 / scale
            scale *= ratio
            steps = (self.dilation_growth**j for j in range(self.residual_layers))
            reach += sum(step * (self.residual_kernel - 1) / scale for step in steps)
        return math.ceil(reach + (self.last_kernel - 1) / scale)


def text_geometry(config: Mapping[str, Any]) -> TextGeometry:
    """Returns the geometry a T5 config describes.

    Raises:
        InvalidInput: if a value is missing, of the wrong type or out of range.
    """
    return TextGeometry(**_read("text", config))


def decoder_geometry(
    config: Mapping[str, Any], *, text_width: int, melody: Mapping[str, Any] | None = None
) -> DecoderGeometry:
    """Returns the geometry of a decoder.

    Args:
        config: the decoder's own part of the config.
        text_width: width of the text encoder.
        melody: the whole config, of a model that takes a melody.

    Raises:
        InvalidInput: if a value is missing, of the wrong type or out of range.
    """
    chroma = _read("melody", melody) if melody is not None else {}
    values = _read("decoder", config)
    geometry = DecoderGeometry(**values, **chroma, text_width=text_width, melody=melody is not None)
    if geometry.width % geometry.heads or geometry.head_width % 8:
        raise InvalidInput(
            f"{geometry.heads} attention heads do not divide a width of {geometry.width} into "
            "multiples of eight"
        )
    if geometry.codebooks % geometry.channels:
        raise InvalidInput(f"{geometry.codebooks} codebooks cannot be shared by two channels")
    return geometry


def codec_geometry(config: Mapping[str, Any]) -> CodecGeometry:
    """Returns the geometry an EnCodec config describes.

    Raises:
        InvalidInput: if a value is missing, of the wrong type or out of range.
    """
    values = _read("codec", config)
    bits = math.ceil(math.log2(values["codes"]))
    hop = math.prod(values["ratios"])
    try:
        # As EncodecConfig.num_quantizers and .chunk_stride (transformers).
        bandwidths = config.get("target_bandwidths", (1.5, 3.0, 6.0, 12.0, 24.0))
        quantizers = int(1000 * float(bandwidths[-1]) // (math.ceil(values["rate"] / hop) * bits))
        chunk_s, overlap = config.get("chunk_length_s"), config.get("overlap")
        segment = 0 if chunk_s is None else int(float(chunk_s) * values["rate"])
        step = segment if overlap is None else max(1, int((1.0 - float(overlap)) * segment))
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise InvalidInput("the codec's bandwidths or segments are no numbers") from error
    if not 1 <= quantizers <= 128 or not 0 <= step <= segment <= 100 * values["rate"]:
        raise InvalidInput(f"the codec's config asks for {quantizers} codebooks, or odd segments")
    return CodecGeometry(
        **values, quantizers=quantizers, segment_frames=segment, segment_step_frames=step
    )


@cache
def _fields() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((resources.files(__package__) / "geometry.toml").read_text("utf-8"))


def _read(part: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a part's fields out of a config."""
    values = {}
    for field, spec in _fields()[part].items():
        value = config.get(spec["key"], spec["default"])
        value = tuple(value) if isinstance(value, list) else value
        if not _fits(value, spec):
            raise InvalidInput(f"the config's {spec['key']} cannot be {value!r:.80}")
        values[field] = value
    return values


def _fits(value: object, spec: dict[str, Any]) -> bool:
    if "among" in spec:
        return value in spec["among"]
    default = spec["default"]
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, list):
        return (
            isinstance(value, tuple)
            and 1 <= len(value) <= 12
            and all(type(n) is int and spec["low"] <= n <= spec["high"] for n in value)
        )
    kinds = (int,) if isinstance(default, int) else (int, float)
    return type(value) in kinds and bool(spec["low"] <= value <= spec["high"])
