"""`TextEncoder`: prompts to the states a codec language model attends to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidInput
from menura.runtime.session import open_session, run
from menura.runtime.t5 import MAX_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.session import Machine

MAX_TOKENIZER_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the encoder reads it.

    Attributes:
        tokens: at most the encoder's limit, the last one the end of the text.
        unread: the end of the prompt that does not fit, or nothing.
    """

    tokens: tuple[int, ...]
    unread: str


class TextEncoder:
    """A converted T5 encoder and its tokenizer.

    Args:
        folder: holds `text.onnx` and `tokenizer.json`.
        machine: what it runs on.
        limit: longest prompt, in tokens.

    Raises:
        InvalidInput: if one of them is missing or malformed.
    """

    def __init__(self, folder: Path, machine: Machine, limit: int = MAX_TOKENS) -> None:
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        self._session = open_session(folder / "text.onnx", machine, arena=False)
        self._limit = min(limit, MAX_TOKENS)

    def read(self, text: str) -> Prompt:
        """Returns a prompt's tokens, and what of it is left over."""
        read = self._tokenizer.encode(text)
        tokens, spans = list(read.ids), list(read.offsets)
        if len(tokens) <= self._limit:
            return Prompt(tuple(tokens), "")
        kept = tokens[: self._limit - 1] + tokens[-1:]
        return Prompt(tuple(kept), text[spans[self._limit - 1][0] :])

    def encode(self, prompt: Prompt) -> NDArray[np.float32]:
        """Returns the states of a prompt, shape (tokens, width), float32."""
        tokens = np.array([prompt.tokens], np.int64)
        states: NDArray[np.float32] = run(self._session, {"tokens": tokens})[0][0]
        return states


def open_tokenizer(path: Path) -> Tokenizer:
    """Returns the tokenizer of a `tokenizer.json`.

    Raises:
        InvalidInput: if there is none, or it cannot be used.
    """
    from tokenizers import Tokenizer

    if not path.is_file() or path.stat().st_size > MAX_TOKENIZER_BYTES:
        raise InvalidInput(f"the model has no {path.name} of at most 64 MB")
    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing more special
        raise InvalidInput(f"the model's {path.name} is malformed: {error!s:.100}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


if TYPE_CHECKING:
    from tokenizers import Tokenizer
