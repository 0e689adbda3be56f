"""Choosing codes from logits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import EngineFailed, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How codes are chosen; the defaults are those MusicGen was published with.

    Attributes:
        temperature: of the softmax; 0 = always the likeliest code, 0 to 5.
        top_k: only so many likeliest codes are drawn from; 0 = all.
        top_p: only the likeliest codes that together have this probability are drawn from
            (nucleus sampling, Holtzman et al., 2020), in (0, 1]; 1 = all.
        guidance: how far the logits are pushed from those without a prompt towards those with it
            (classifier-free guidance, Ho and Salimans, 2022), 0 to 20; 1 = not at all, at half
            the work.

    Raises:
        InvalidInput: if a value is out of range.
    """

    temperature: float = 1.0
    top_k: int = 250
    top_p: float = 1.0
    guidance: float = 3.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("temperature", 0.0, 5.0),
            ("top_k", 0, 65536),
            ("top_p", 0.0, 1.0),
            ("guidance", 0.0, 20.0),
        ):
            value = getattr(self, name)
            kinds = (int,) if name == "top_k" else (int, float)
            if type(value) not in kinds or not math.isfinite(value) or not low <= value <= high:
                raise InvalidInput(f"{name} lies between {low} and {high}, not {value!r:.40}")
        if self.top_p == 0:
            raise InvalidInput("top_p lies above 0: with 0, no code would be left to draw")


def draw(
    logits: NDArray[np.float32], options: Sampling, sources: Sequence[np.random.Generator]
) -> NDArray[np.int64]:
    """Returns a code per prompt and codebook, shape (prompts, codebooks), int64.

    Each prompt draws one number per codebook from its own source, whatever the others do.

    Args:
        logits: shape (prompts, codebooks, vocabulary), float32.
        options: how to choose.
        sources: a source of random numbers per prompt.

    Raises:
        EngineFailed: if a logit is no number.
    """
    if not np.isfinite(logits).all():
        raise EngineFailed(
            "the model gave logits that are no numbers: its weights are damaged, or do not fit "
            "this precision; remove it and add it again, or convert it with weights fp32"
        )
    if options.temperature == 0:
        return np.asarray(logits.argmax(axis=2), np.int64)
    numbers = np.stack([source.random(logits.shape[1]) for source in sources])
    count = min(options.top_k or logits.shape[2], logits.shape[2])
    likeliest = np.argpartition(logits, -count, axis=2)[:, :, -count:]
    values = np.take_along_axis(logits, likeliest, axis=2)
    # By likelihood, and equals by code: what is drawn does not hang on how a partition went.
    order = np.lexsort((likeliest, -values), axis=2)
    likeliest = np.take_along_axis(likeliest, order, axis=2)
    values = np.take_along_axis(values, order, axis=2).astype(np.float64)
    weights = np.exp((values - values[:, :, :1]) / options.temperature)
    summed = np.cumsum(weights, axis=2)
    total = summed[:, :, -1:]
    if options.top_p < 1:
        kept = (summed < options.top_p * total).sum(axis=2, keepdims=True)
        total = np.take_along_axis(summed, np.minimum(kept, count - 1), axis=2)
    chosen = (summed <= numbers[:, :, np.newaxis] * total).sum(axis=2, keepdims=True)
    codes: NDArray[np.int64] = np.take_along_axis(likeliest, np.minimum(chosen, count - 1), axis=2)[
        :, :, 0
    ]
    return codes
