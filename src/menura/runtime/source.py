"""`Source`: a checkpoint read to be converted, and what every layout shares in reading one."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from pathlib import Path

    from menura.runtime.checkpoint import Checkpoint
    from menura.runtime.geometry import CodecGeometry, DecoderGeometry, TextGeometry

MAX_CONFIG_BYTES = 4 * 1024**2
SUFFIXES = (".safetensors", ".npz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A checkpoint, read to be converted.

    Attributes:
        checkpoint: every tensor, under the names of transformers' musicgen.
        codec_prefix: what the codec's names begin with.
        tokenizer: the text encoder's `tokenizer.json`.
    """

    checkpoint: Checkpoint
    codec: CodecGeometry
    codec_prefix: str
    text: TextGeometry | None = None
    decoder: DecoderGeometry | None = None
    window_frames: int = 0
    text_tokens: int = 0
    tokenizer: Path | None = None


def read_json(path: Path) -> dict[str, Any]:
    """Returns a JSON object.

    Raises:
        InvalidInput: if the file holds none of at most 4 MB.
        StorageFailed: if it cannot be read.
    """
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise InvalidInput(f"{path.name} is too large for a config")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path.name} is not valid JSON") from error
    except OSError as error:
        if isinstance(error, StorageFailed):
            raise
        raise StorageFailed(f"cannot read {path.name}: {error.strerror}") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{path.name} is no JSON object")
    return found


def tensor_files(folder: Path) -> list[Path]:
    """Returns a folder's files of tensors.

    Raises:
        InvalidInput: if there is none.
    """
    files = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())
    if not files:
        raise InvalidInput(f"{folder.name} holds no safetensors or npz file")
    return files


def roomy(decoder: DecoderGeometry, window: int, text_tokens: int) -> DecoderGeometry:
    """Returns the decoder with positions for a whole window and all that may precede it.

    The positions are computed, not learnt: transformers extends its table as well.
    """
    before = decoder.chroma_frames + text_tokens if decoder.melody else 0
    needed = before + window + max(decoder.delays) + 1
    return dataclasses.replace(decoder, positions=max(decoder.positions, needed))


def check_together(decoder: DecoderGeometry, codec: CodecGeometry) -> None:
    """Checks that a decoder writes the codes that a codec reads.

    Raises:
        InvalidInput: if not.
    """
    if decoder.codebooks // decoder.channels > codec.quantizers:
        raise InvalidInput(
            f"the decoder writes {decoder.codebooks} codebooks, the codec has {codec.quantizers}"
        )
    if decoder.vocabulary != codec.codes or codec.channels != 1 or codec.segment_frames:
        raise InvalidInput("the decoder's codes are not those of the codec beside it")
