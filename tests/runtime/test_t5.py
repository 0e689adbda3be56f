"""The text encoder against one in numpy, and its position buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file
from tiny_checkpoints import ONE_THREAD, TEXT

from menura.runtime.geometry import text_geometry
from menura.runtime.t5 import MAX_TOKENS, position_buckets
from menura.runtime.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

PROMPT = "calm piano and the loud rain a song"


def _states(tensors: dict[str, Any], tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns the states of tokens, by the equations of the paper."""
    t = {k: np.asarray(v, np.float64) for k, v in tensors.items()}
    at, heads = "text_encoder.encoder", TEXT["num_heads"]

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (
            x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6) * t[f"{name}.weight"]
        )
        return found

    x = t["text_encoder.shared.weight"][tokens]
    near = np.arange(len(tokens)) - np.arange(len(tokens))[:, np.newaxis]
    buckets = position_buckets(text_geometry(TEXT))[near + MAX_TOKENS - 1]
    bias = t[f"{at}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"][buckets]
    for n in range(TEXT["num_layers"]):
        block = f"{at}.block.{n}.layer"
        y = norm(x, f"{block}.0.layer_norm")
        q, k, v = (
            (y @ t[f"{block}.0.SelfAttention.{p}.weight"].T).reshape(len(y), heads, -1)
            for p in "qkv"
        )
        scores = np.einsum("qhd,khd->qkh", q, k) + bias
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        heard = np.einsum("qkh,khd->qhd", weights, v).reshape(len(y), -1)
        x = x + heard @ t[f"{block}.0.SelfAttention.o.weight"].T
        y = norm(x, f"{block}.1.layer_norm")
        dense = f"{block}.1.DenseReluDense"
        x = x + np.maximum(y @ t[f"{dense}.wi.weight"].T, 0) @ t[f"{dense}.wo.weight"].T
    return norm(x, f"{at}.final_layer_norm")


def test_states(checkpoints: dict[str, Path], converted: Callable[..., Path]) -> None:
    tensors = load_file(checkpoints["text"] / "model.safetensors")
    encoder = TextEncoder(converted(), ONE_THREAD)
    prompt = encoder.read(PROMPT)
    wanted = _states(tensors, np.array(prompt.tokens))
    np.testing.assert_allclose(encoder.encode(prompt), wanted, atol=2e-5)
    # Eight bits in the weights alone: its inputs stay exact.
    small = TextEncoder(converted("text", "int8"), ONE_THREAD).encode(prompt)
    apart = np.sqrt(np.mean((small - wanted) ** 2) / np.mean(wanted**2))
    assert 1e-4 < apart < 0.02


def test_every_text_ends_and_unknown_words_are_read(converted: Callable[..., Path]) -> None:
    encoder = TextEncoder(converted(), ONE_THREAD)
    for text in ("", "calm", "zzz qqq", "\u202e\U0001f3b5"):
        prompt = encoder.read(text)
        assert prompt.tokens[-1] == 1
        assert prompt.unread == ""
        assert np.isfinite(encoder.encode(prompt)).all()


def test_the_limit(converted: Callable[..., Path]) -> None:
    encoder = TextEncoder(converted(), ONE_THREAD, limit=4)
    prompt = encoder.read("calm piano drums loud slow")
    assert len(prompt.tokens) == 4
    assert prompt.tokens[-1] == 1
    assert prompt.unread.split() == ["loud", "slow"]


def test_near_positions_have_buckets_of_their_own() -> None:
    geometry = text_geometry({})
    buckets = position_buckets(geometry)
    middle = MAX_TOKENS - 1
    # 32 buckets: 16 behind, 16 ahead, of which 8 for the distances 0 to 7 (Raffel et al.).
    assert buckets[middle - 7 : middle + 1].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    assert buckets[middle + 1 : middle + 8].tolist() == [17, 18, 19, 20, 21, 22, 23]
    assert buckets[middle - 8] == 8
    assert buckets[middle + 8] == 24
    assert (buckets[middle + 128 :] == 31).all()
    assert (buckets[: middle - 127] == 15).all()
