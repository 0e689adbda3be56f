"""A codec language model written out in numpy, without a cache: what its graphs must agree with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = "NDArray[np.float64]"


class NumpyDecoder:
    """Float64, one row at a time, straight from the paper's description.

    Args:
        tensors: of a checkpoint.
        config: its config.
    """

    def __init__(self, tensors: dict[str, Any], config: dict[str, Any]) -> None:
        self._t = {k: np.asarray(v, np.float64) for k, v in tensors.items()}
        self._c = config["decoder"]

    def logits(
        self, tokens: NDArray[np.int64], states: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Returns logits of every column, shape (codebooks, columns, vocabulary).

        Args:
            tokens: shape (codebooks, columns).
            states: of the text, (time, width); None = without a condition.
        """
        at, c, t = "decoder.model.decoder", self._c, self._t
        columns = tokens.shape[1]
        x = sum(t[f"{at}.embed_tokens.{k}.weight"][tokens[k]] for k in range(len(tokens)))
        x = x + _positions(columns, c["hidden_size"])
        text = np.zeros((1, c["hidden_size"]))
        if states is not None:
            text = states @ t["enc_to_dec_proj.weight"].T + t["enc_to_dec_proj.bias"]
        causal = np.triu(np.full((columns, columns), -np.inf), 1)
        for n in range(c["num_hidden_layers"]):
            layer = f"{at}.layers.{n}"
            y = self._norm(x, f"{layer}.self_attn_layer_norm")
            x = x + self._attend(y, y, f"{layer}.self_attn", causal)
            y = self._norm(x, f"{layer}.encoder_attn_layer_norm")
            x = x + self._attend(y, text, f"{layer}.encoder_attn", np.zeros((1, 1)))
            y = self._norm(x, f"{layer}.final_layer_norm")
            inner = y @ t[f"{layer}.fc1.weight"].T
            erf = np.vectorize(math.erf)
            inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
            x = x + inner @ t[f"{layer}.fc2.weight"].T
        x = self._norm(x, f"{at}.layer_norm")
        heads = [t[f"decoder.lm_heads.{k}.weight"] for k in range(len(tokens))]
        return np.stack([x @ head.T for head in heads])

    def _norm(self, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        apart = x - x.mean(axis=1, keepdims=True)
        scaled = apart / np.sqrt((apart**2).mean(axis=1, keepdims=True) + 1e-5)
        found: NDArray[np.float64] = scaled * self._t[f"{name}.weight"] + self._t[f"{name}.bias"]
        return found

    def _attend(
        self,
        x: NDArray[np.float64],
        to: NDArray[np.float64],
        name: str,
        mask: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        heads = self._c["num_attention_heads"]
        q, k, v = (
            (s @ self._t[f"{name}.{part}_proj.weight"].T).reshape(len(s), heads, -1)
            for s, part in ((x, "q"), (to, "k"), (to, "v"))
        )
        scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(q.shape[2]) + mask
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        heard = np.einsum("hqk,khd->qhd", weights, v).reshape(len(x), -1)
        found: NDArray[np.float64] = heard @ self._t[f"{name}.out_proj.weight"].T
        return found


def _positions(count: int, width: int) -> NDArray[np.float64]:
    rates = 10000.0 ** -(np.arange(width // 2) / (width // 2 - 1))
    angles = np.arange(count)[:, np.newaxis] * rates
    return np.concatenate((np.cos(angles), np.sin(angles)), axis=1)
