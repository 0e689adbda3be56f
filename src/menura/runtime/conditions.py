"""`Conditioner`: prompts and a melody to what the steps of a decoder are conditioned on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.runtime.chroma import melody as heard_melody
from menura.runtime.session import open_session, run
from menura.runtime.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.audio import Audio
    from menura.runtime.geometry import DecoderGeometry
    from menura.runtime.session import Machine


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What steps are conditioned on.

    Attributes:
        cross: keys and values of cross-attention, by the name of the step's input.
        lengths: tokens of each prompt, shape (prompts,).
        prefix: of a melody model: what precedes the sequence, shape (rows, columns, width).
    """

    cross: Mapping[str, NDArray[np.float32]]
    lengths: NDArray[np.int64]
    prefix: NDArray[np.float32] | None

    @property
    def columns(self) -> int:
        """How many columns precede the sequence."""
        return 0 if self.prefix is None else int(self.prefix.shape[1])


class Conditioner:
    """A model's text encoder and the projections that follow it.

    Args:
        folder: holds the converted model.
        geometry: of its decoder.
        text_tokens: longest prompt.
        machine: what it runs on.
    """

    def __init__(
        self, folder: Path, geometry: DecoderGeometry, text_tokens: int, machine: Machine
    ) -> None:
        self.text = TextEncoder(folder, machine, text_tokens)
        self._geometry = geometry
        self._session = open_session(folder / "conditions.onnx", machine, arena=False)

    def conditions(
        self, prompts: Sequence[str], melody: Audio | None, *, guided: bool
    ) -> Conditions:
        """Returns the conditions of prompts made side by side.

        Args:
            prompts: each is encoded by itself, then padded to the longest.
            melody: what a melody model follows; it hears silence if there is none.
            guided: whether rows without conditions follow those with them.
        """
        d = self._geometry
        read = [self.text.read(prompt) for prompt in prompts]
        lengths = np.array([len(prompt.tokens) for prompt in read])
        states = np.zeros((len(read), lengths.max(), d.text_width), np.float32)
        for row, prompt in enumerate(read):
            states[row, : lengths[row]] = self.text.encode(prompt)
        if d.melody:
            return Conditions({}, lengths, self._prefix(states, lengths, melody, guided=guided))
        names = [out.name for out in self._session.get_outputs()]
        found = run(self._session, {"states": states})
        return Conditions(dict(zip(names, found, strict=True)), lengths, None)

    def _prefix(
        self,
        states: NDArray[np.float32],
        lengths: NDArray[np.int64],
        melody: Audio | None,
        *,
        guided: bool,
    ) -> NDArray[np.float32]:
        """Returns melody and text as a melody model has them before its sequence.

        As transformers has it: without a melody the first pitch class stands all along, and rows
        without conditions have that and zeros for the text.
        """
        d = self._geometry
        silent = np.zeros((1, 1, d.chroma), np.float32)
        silent[:, :, 0] = 1.0
        chroma = silent if melody is None else heard_melody(melody)[np.newaxis]
        text, tune = run(self._session, {"states": states, "chroma": chroma}, ["text", "melody"])
        null = run(self._session, {"states": states, "chroma": silent}, ["melody"])[0]
        text[np.arange(text.shape[1]) >= lengths[:, np.newaxis]] = 0.0
        rows = [(tune, text), (null, np.zeros_like(text))] if guided else [(tune, text)]
        return np.concatenate(
            [np.concatenate((_repeated(t, len(x), d.chroma_frames), x), axis=1) for t, x in rows]
        )


def _repeated(tune: NDArray[np.float32], rows: int, frames: int) -> NDArray[np.float32]:
    """Returns a melody repeated or cut to so many frames, for so many rows."""
    times = -(-frames // tune.shape[1])
    return np.repeat(np.tile(tune, (1, times, 1))[:, :frames], rows, axis=0)
