"""The layouts checkpoints come in, and where each keeps its parts.

`musicgen-hf`: what transformers' `save_pretrained` writes for MusicGen and MusicGen Melody.
`encodec-hf`: the same for an EnCodec alone. `audiocraft`: AudioGen's and MusicGen's original names,
as safetensors or npz (the original files are pickles, which are never loaded).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput
from menura.runtime.audiocraft import audiocraft_source
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
    from collections.abc import Mapping
    from pathlib import Path

WINDOW_FRAMES = 1500
"""Of MusicGen: 30 s at 50 frames a second (its `generation_config.json`: max_length)."""


def open_source(folder: Path) -> Source:
    """Returns the checkpoint that a folder holds, whichever layout it has.

    Raises:
        InvalidInput: if it holds none, or one that is malformed or does not fit its config.
        StorageFailed: if a file cannot be read.
    """
    if (folder / "config.json").is_file():
        config = read_json(folder / "config.json")
        if config.get("model_type") in {"musicgen", "musicgen_melody"}:
            return _musicgen(folder, config)
        if config.get("model_type") == "encodec":
            checkpoint = Checkpoint(tensor_files(folder))
            return Source(checkpoint=checkpoint, codec=codec_geometry(config), codec_prefix="")
        raise InvalidInput(
            f"no network of the type {config.get('model_type')!r:.40} is known here: musicgen, "
            "musicgen_melody, encodec"
        )
    if any((folder / f"state_dict{suffix}").is_file() for suffix in SUFFIXES):
        return audiocraft_source(folder)
    raise InvalidInput(
        f"{folder.name} holds no model: expected config.json beside safetensors files, or "
        "audiocraft's state_dict.safetensors"
    )


def _part(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = config.get(name)
    if not isinstance(part, dict):
        raise InvalidInput(f"config.json has no part {name!r}")
    return part


def _musicgen(folder: Path, config: dict[str, Any]) -> Source:
    text = text_geometry(_part(config, "text_encoder"))
    melody = config if config["model_type"] == "musicgen_melody" else None
    decoder = decoder_geometry(_part(config, "decoder"), text_width=text.width, melody=melody)
    codec = codec_geometry(_part(config, "audio_encoder"))
    check_together(decoder, codec)
    window = _whole(folder, "generation_config.json", "max_length", WINDOW_FRAMES)
    text_tokens = _whole(folder, "tokenizer_config.json", "model_max_length", MAX_TOKENS)
    return Source(
        checkpoint=Checkpoint(tensor_files(folder)),
        codec=codec,
        codec_prefix="audio_encoder.",
        text=text,
        decoder=roomy(decoder, window, text_tokens),
        window_frames=window,
        text_tokens=text_tokens,
        tokenizer=folder / "tokenizer.json",
    )


def _whole(folder: Path, file: str, key: str, default: int) -> int:
    """Returns a number of a side file, if there is such a file with a sensible number."""
    if not (folder / file).is_file():
        return default
    value = read_json(folder / file).get(key, default)
    return value if type(value) is int and 8 <= value <= default else default
