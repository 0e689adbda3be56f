"""`Steps`: a decoder's graph run frame by frame over one cache that it writes in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.session import run_bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.runtime.decoder import Variant
    from menura.runtime.geometry import DecoderGeometry

MASKED = np.float32(-1e9)
"""Added to the attention a padded token would get; the softmax makes it zero."""


class Steps:
    """One generation in progress. The session is shared; the buffers are its own.

    Args:
        session: of the graph `Decoder.write_step` wrote.
        geometry: of the decoder.
        variant: which of its graphs the session runs.
        prompts: how many prompts go side by side.
        room: frames the cache holds.
        scales: of a small cache: `key_N` and `value_N`, shape (width,), float32.
    """

    def __init__(
        self,
        session: Any,
        geometry: DecoderGeometry,
        variant: Variant,
        *,
        prompts: int,
        room: int,
        scales: Mapping[str, NDArray[np.float32]],
    ) -> None:
        self._session = session
        self._geometry = geometry
        self._variant = variant
        self._prompts = prompts
        self._rows = prompts * (2 if variant.guided else 1)
        self._kind = np.dtype(np.int8 if variant.small_cache else np.float32)
        self._shape = (self._rows, geometry.heads, room, geometry.head_width)
        self._fixed: dict[str, NDArray[Any]] = {}
        self.cache = {
            f"{part}_{layer}": np.zeros(self._shape, self._kind)
            for layer in range(geometry.layers)
            for part in ("key", "value")
        }
        if variant.small_cache:
            for name in self.cache:
                part, layer = name.split("_")
                self._fixed[f"{part}_scale_{layer}"] = np.ascontiguousarray(scales[name])
        shape = (prompts, geometry.codebooks, geometry.vocabulary)
        self._logits = np.zeros(shape, np.float32)
        self._tokens = np.zeros((prompts, geometry.codebooks, 1), np.int64)
        self._position = np.zeros(1, np.int64)
        self._lengths = np.zeros(self._rows, np.int32)
        self._total = np.zeros(1, np.int32)
        self._step: Any = None
        self._frames = 0

    def condition(
        self,
        conditions: Mapping[str, NDArray[np.float32]],
        lengths: NDArray[np.int64],
        guidance: float,
    ) -> None:
        """Sets what every step is conditioned on.

        Args:
            conditions: `cross_key_N` and `cross_value_N`, of a model with cross-attention.
            lengths: tokens of each prompt that count, shape (prompts,).
            guidance: see `Sampling`.
        """
        for name, values in conditions.items():
            self._fixed[name] = np.ascontiguousarray(values)
        if conditions:
            text = next(iter(conditions.values())).shape[2]
            masked = np.arange(text) >= lengths[:, np.newaxis]
            bias = np.where(masked, MASKED, np.float32(0.0))
            self._fixed["cross_bias"] = np.ascontiguousarray(bias[:, np.newaxis, np.newaxis, :])
        if self._variant.guided:
            self._fixed["guidance"] = np.array([guidance], np.float32)
        if self._geometry.melody:
            self._fixed["extra"] = np.zeros((self._rows, 1, self._geometry.width), np.float32)
        self._step = None

    def begin(
        self,
        tokens: NDArray[np.int64],
        extra: NDArray[np.float32] | None = None,
        positions: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """Returns the logits after these columns, read at once into an empty cache.

        Args:
            tokens: shape (prompts, codebooks, columns).
            extra: of a melody model: what is added to the embeddings, shape (rows, columns, width).
            positions: of the columns, if they are not 0, 1, 2, ...
        """
        count = tokens.shape[2]
        feeds: dict[str, NDArray[Any]] = {
            "tokens": np.ascontiguousarray(tokens),
            "positions": np.arange(count) if positions is None else positions,
            "lengths": np.full(self._rows, count - 1, np.int32),
            "total": np.array([count], np.int32),
        }
        fixed = dict(self._fixed)
        if extra is not None:
            fixed["extra"] = np.ascontiguousarray(extra)
        if "cross_bias" in fixed:
            bias = fixed["cross_bias"]
            shape = (len(bias), 1, count, bias.shape[3])
            fixed["cross_bias"] = np.ascontiguousarray(np.broadcast_to(bias, shape))
        run_bound(self._session, self._bound(feeds | fixed))
        self._frames = count
        return self._logits

    def advance(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the logits after one more column, shape (prompts, codebooks, vocabulary).

        The same array is filled each time. `tokens` has the shape (prompts, codebooks).
        """
        if self._step is None:
            step: dict[str, NDArray[Any]] = {
                "tokens": self._tokens,
                "positions": self._position,
                "lengths": self._lengths,
                "total": self._total,
            }
            self._step = self._bound(step | self._fixed)
        self._tokens[:, :, 0] = tokens
        self._position[0] = self._frames
        self._lengths[:] = self._frames
        self._frames += 1
        self._total[0] = self._frames
        run_bound(self._session, self._step)
        return self._logits

    def _bound(self, feeds: Mapping[str, NDArray[Any]]) -> Any:
        """Returns a binding of all buffers by address: nothing is copied, past is present."""
        binding = self._session.io_binding()
        for name, values in feeds.items():
            binding.bind_input(name, "cpu", 0, values.dtype, values.shape, values.ctypes.data)
        for name, values in self.cache.items():
            place = ("cpu", 0, self._kind, self._shape, values.ctypes.data)
            binding.bind_input(f"past_{name}", *place)
            binding.bind_output(f"present_{name}", *place)
        out = self._logits
        binding.bind_output("logits", "cpu", 0, out.dtype, out.shape, out.ctypes.data)
        # The addresses stay good only as long as the arrays live.
        self._held = (binding, feeds)
        return binding
