"""The decoder's step against one in numpy: with and without cache, guidance, small weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy_decoder import NumpyDecoder
from safetensors.numpy import load_file
from tiny_checkpoints import ONE_THREAD

from menura.runtime.conditions import Conditioner
from menura.runtime.decoder import Variant, sinusoids
from menura.runtime.facts import Facts
from menura.runtime.session import open_session
from menura.runtime.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

PROMPTS = ["calm piano", "the loud drums rain"]
COLUMNS = 30
GUIDANCE = 3.0


@pytest.fixture
def tokens() -> NDArray[np.int64]:
    return np.random.default_rng(5).integers(0, 33, (2, 4, COLUMNS))


@pytest.fixture
def reference(checkpoints: dict[str, Path]) -> NumpyDecoder:
    folder = checkpoints["text"]
    config = json.loads((folder / "config.json").read_text())
    return NumpyDecoder(load_file(folder / "model.safetensors"), config)


class _Model:
    """A converted model's step, taken column by column."""

    def __init__(self, folder: Path, *, guided: bool, small_cache: bool) -> None:
        facts = Facts.load(folder)
        assert facts.decoder is not None
        self.conditioner = Conditioner(folder, facts.decoder, 512, ONE_THREAD)
        variant = Variant(guided=guided, small_cache=small_cache)
        scales = dict(np.load(folder / "scales.npz")) if small_cache else {}
        found = self.conditioner.conditions(PROMPTS, None, guided=guided)
        self.steps = Steps(
            open_session(folder / variant.file, ONE_THREAD),
            facts.decoder,
            variant,
            prompts=2,
            room=COLUMNS,
            scales=scales,
        )
        self.steps.condition(found.cross, found.lengths, GUIDANCE)

    def logits(self, tokens: NDArray[np.int64], first: int) -> NDArray[np.float32]:
        """Returns logits of the columns from `first - 1` on, (columns, prompts, codebooks, ...)."""
        found = [self.steps.begin(tokens[:, :, :first]).copy()]
        found += [self.steps.advance(tokens[:, :, c]).copy() for c in range(first, COLUMNS)]
        return np.stack(found)


def _expected(
    model: _Model, reference: NumpyDecoder, tokens: NDArray[np.int64], *, guided: bool
) -> NDArray[np.float64]:
    rows = []
    for prompt, row in zip(PROMPTS, tokens, strict=True):
        text = model.conditioner.text
        wanted = reference.logits(row, text.encode(text.read(prompt)))
        if guided:
            rest = reference.logits(row, None)
            wanted = rest + GUIDANCE * (wanted - rest)
        rows.append(wanted)
    return np.stack(rows).transpose(2, 0, 1, 3)


@pytest.mark.parametrize("first", [1, 7, COLUMNS])
@pytest.mark.parametrize("guided", [True, False])
def test_steps_agree_with_a_decoder_that_has_no_cache(
    converted: Callable[..., Path],
    reference: NumpyDecoder,
    tokens: NDArray[np.int64],
    first: int,
    guided: bool,
) -> None:
    model = _Model(converted(), guided=guided, small_cache=False)
    wanted = _expected(model, reference, tokens, guided=guided)[first - 1 :]
    np.testing.assert_allclose(model.logits(tokens, first), wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("weights", "small_cache", "error"),
    # Weights of a tiny model are few, so an error averages out less than in a large one.
    [("fp32", True, 0.05), ("int8", False, 0.06), ("int8", True, 0.08), ("int4", True, 0.8)],
)
def test_small_numbers_change_logits_little(
    converted: Callable[..., Path],
    reference: NumpyDecoder,
    tokens: NDArray[np.int64],
    weights: Any,
    *,
    small_cache: bool,
    error: float,
) -> None:
    folder = converted("text", weights)
    if weights == "fp32":
        scales = dict(np.load(converted("text", "int8") / "scales.npz"))
        np.savez(folder / "scales.npz", **scales)
    model = _Model(folder, guided=False, small_cache=small_cache)
    exact = _Model(converted(), guided=False, small_cache=False)
    wanted = _expected(exact, reference, tokens, guided=False)
    apart = model.logits(tokens, 1) - wanted
    relative = np.sqrt(np.mean(apart**2) / np.mean(wanted**2))
    assert 1e-4 < relative < error


def test_prompts_of_two_lengths_do_not_disturb_each_other(
    converted: Callable[..., Path], tokens: NDArray[np.int64]
) -> None:
    model = _Model(converted(), guided=True, small_cache=False)
    both = model.logits(tokens, 3)
    other = tokens.copy()
    other[1] = (other[1] + 1) % 33
    changed = _Model(converted(), guided=True, small_cache=False).logits(other, 3)
    np.testing.assert_array_equal(both[:, 0], changed[:, 0])
    assert np.abs(both[:, 1] - changed[:, 1]).max() > 0.1


def test_positions_are_cosines_then_sines() -> None:
    table = sinusoids(100, 8)
    assert table.shape == (100, 8)
    np.testing.assert_allclose(table[:, 0], np.cos(np.arange(100)), atol=1e-5)
    np.testing.assert_allclose(table[:, 4], np.sin(np.arange(100)), atol=1e-5)
    np.testing.assert_allclose(table[:, 3], np.cos(np.arange(100) * 1e-4), atol=1e-5)
