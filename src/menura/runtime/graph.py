"""`Graph`: an ONNX graph written node by node, its weights beside it in one file.

The weights go to disk the moment they are made, so that converting a model takes little more
memory than its largest tensor. Several graphs can share one file of weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.quantizing import BITS, BLOCK, Weights, quantize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

    Rows = Callable[[], NDArray[np.float32]]

OPSET = 17
IR_VERSION = 9
CONTRIB = "com.microsoft"
ALIGNMENT_BYTES = 4096
"""Of a large weight in its file, so that it can be mapped."""


class WeightFile:
    """The file that holds the weights of one or more graphs. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int, tuple[int, ...], np.dtype[Any]]] = {}
        self._file = path.open("wb")

    def __enter__(self) -> WeightFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, name: str, values: NDArray[Any]) -> None:
        """Appends a tensor under a name of its own."""
        at = self._file.tell()
        if values.nbytes >= ALIGNMENT_BYTES:
            at += -at % ALIGNMENT_BYTES
            self._file.seek(at)
        # An empty file cannot be mapped, and a tensor of no bytes has no place in one.
        self._file.write(np.ascontiguousarray(values).data)
        self.places[name] = (at, values.nbytes, values.shape, values.dtype)


class Graph:
    """A graph being written.

    Args:
        name: what it is called in errors.
        weights: the file its weights go to; a name that is there already is used again.
        precision: how `linear` stores its weights.
        exact: whether quantised products keep their inputs in float32 (ten times slower).
        block: inputs of a quantised matrix that share a scale, at most.
    """

    def __init__(
        self,
        name: str,
        weights: WeightFile,
        precision: Weights = "fp32",
        *,
        exact: bool = False,
        block: int = BLOCK,
    ) -> None:
        self._name = name
        self._weights = weights
        self._bits = BITS[precision]
        self._accuracy = 1 if exact else 4
        self._block = block
        self._nodes: list[Any] = []
        self._initializers: dict[str, Any] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, kind: DTypeLike, shape: Sequence[int | str]) -> str:
        """Adds an input; a dimension with a name may have any size."""
        self._inputs.append(_value(name, kind, shape))
        return name

    def output(self, value: str, name: str, kind: DTypeLike, shape: Sequence[int | str]) -> None:
        """Makes a value an output under `name`."""
        if value != name:
            self.op("Identity", [value], name=name)
        self._outputs.append(_value(name, kind, shape))

    def op(self, kind: str, inputs: Sequence[str], *, name: str = "", **attributes: Any) -> str:
        """Adds a node with one output and returns that output's name."""
        return self.ops(kind, inputs, [name or self._fresh(kind)], **attributes)[0]

    def ops(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> Sequence[str]:
        """Adds a node with these outputs and returns their names; `contrib` is its domain."""
        from onnx import helper

        domain = CONTRIB if attributes.pop("contrib", False) else ""
        self._nodes.append(
            helper.make_node(kind, list(inputs), list(outputs), domain=domain, **attributes)
        )
        return outputs

    def constant(self, values: Any, kind: DTypeLike = np.int64) -> str:
        """Adds a small constant inside the graph itself and returns its name."""
        from onnx import numpy_helper

        array = np.asarray(values, kind)
        name = f"constant_{array.dtype}_{'x'.join(map(str, array.shape))}_{array.tobytes().hex()}"
        if name not in self._initializers:
            self._initializers[name] = numpy_helper.from_array(array, name)
        return name

    def weight(self, name: str, make: Callable[[], NDArray[Any]]) -> str:
        """Adds a weight kept in the file, made only if the file does not hold it yet."""
        if name not in self._weights.places:
            self._weights.add(name, make())
        return self._refer(name)

    def linear(self, x: str, name: str, shape: tuple[int, int], pieces: Sequence[Rows]) -> str:
        """Adds a product with a weight matrix, and returns its name.

        Args:
            x: the input, shape (..., inputs).
            name: of the weight.
            shape: (outputs, inputs).
            pieces: make the matrix's rows, one after the other.
        """
        outputs, inputs = shape
        if self._bits == 32:
            rows = self.weight(name, lambda: np.concatenate([make().T for make in pieces], axis=1))
            return self.op("MatMul", [x, rows])
        block = self._block
        while inputs % block and block > BLOCK:
            block //= 2
        codes, scales = f"{name}.codes", f"{name}.scales"
        if codes not in self._weights.places:
            parts = [quantize(make(), self._bits, block) for make in pieces]
            self._weights.add(codes, np.concatenate([part[0] for part in parts]))
            self._weights.add(scales, np.concatenate([part[1] for part in parts]))
        return self.op(
            "MatMulNBits",
            [x, self._refer(codes), self._refer(scales)],
            contrib=True,
            bits=self._bits,
            block_size=block,
            K=inputs,
            N=outputs,
            accuracy_level=self._accuracy,
        )

    def heads(self, x: str, heads: int, width: int) -> str:
        """Adds the split of (batch, time, heads * width) into (batch, heads, time, width)."""
        split = self.op("Reshape", [x, self.constant([0, 0, heads, width])])
        return self.op("Transpose", [split], perm=[0, 2, 1, 3])

    def save(self, path: Path) -> None:
        """Writes the graph; its weights must lie in the same folder."""
        from onnx import helper

        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, list(self._initializers.values())
        )
        imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=imports, producer_name="menura")
        model.ir_version = IR_VERSION
        path.write_bytes(model.SerializeToString(deterministic=True))

    def _refer(self, name: str) -> str:
        from onnx import TensorProto, helper

        if name not in self._initializers:
            offset, length, shape, kind = self._weights.places[name]
            tensor = TensorProto(
                name=name,
                dims=shape,
                data_type=helper.np_dtype_to_tensor_dtype(kind),
                data_location=TensorProto.EXTERNAL,
            )
            places = {"location": self._weights.path.name, "offset": offset, "length": length}
            for key, value in places.items():
                tensor.external_data.add(key=key, value=str(value))
            self._initializers[name] = tensor
        return name

    def _fresh(self, kind: str) -> str:
        return f"{kind}_{len(self._nodes)}"


def _value(name: str, kind: DTypeLike, shape: Sequence[int | str]) -> Any:
    from onnx import helper

    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    return helper.make_tensor_value_info(name, element, list(shape))
