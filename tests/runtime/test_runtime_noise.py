"""Graphs that draw noise, rewritten to take it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from menura.errors import InvalidInput
from menura.runtime.noise import NORMAL, PERIOD, START, UNIFORM, Noise, draws, take_noise
from menura.runtime.session import Machine
from menura.runtime.speech_graph import SpeechGraph

FRAMES = 100_000


def model(nodes: list[Any], opset: int = 15) -> Any:
    """Returns a model of x, shape (n,), to y."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def opened(made: Any, folder: Path) -> SpeechGraph:
    path = folder / "g.onnx"
    path.write_bytes(made.SerializeToString())
    return SpeechGraph.open(path, folder / "made", Machine(threads=1))


def drawn(graph: SpeechGraph, noise: Noise) -> np.ndarray:
    return graph.speak({"x": np.zeros(FRAMES)}, 1, noise).samples


@pytest.mark.parametrize(
    ("op", "facts", "mean", "deviation"),
    [
        ("RandomNormalLike", {}, 0.0, 1.0),
        ("RandomNormalLike", {"mean": 2.0, "scale": 0.5}, 2.0, 0.5),
        ("RandomNormalLike", {"dtype": TensorProto.FLOAT, "seed": 3.0}, 0.0, 1.0),
        ("RandomUniformLike", {}, 0.5, 12**-0.5),
        ("RandomUniformLike", {"low": -1.0, "high": 3.0}, 1.0, 4 * 12**-0.5),
        ("RandomNormal", {"shape": [FRAMES]}, 0.0, 1.0),
        ("RandomUniform", {"shape": [FRAMES], "low": -1.0}, 0.0, 2 * 12**-0.5),
    ],
)
def test_noise_is_as_asked_for_and_repeatable(
    tmp_path: Path, op: str, facts: dict[str, Any], mean: float, deviation: float
) -> None:
    like = op.endswith("Like")
    source = [helper.make_node(op, ["x"] if like else [], ["y"], **facts)]
    graph = opened(model(source), tmp_path)
    assert graph.repeatable
    assert set(graph.inputs) == {"x"}
    noise = Noise(1)
    first, second = drawn(graph, noise), drawn(graph, noise)
    assert first.mean() == pytest.approx(mean, abs=0.02)
    assert first.std() == pytest.approx(deviation, rel=0.02)
    assert not np.array_equal(first, second)
    again = Noise(1)
    np.testing.assert_array_equal(drawn(graph, again), first)
    np.testing.assert_array_equal(drawn(graph, again), second)
    assert not np.array_equal(drawn(graph, Noise(2)), first)


def test_two_nodes_draw_independently(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("RandomNormalLike", ["x"], ["a"]),
        helper.make_node("RandomNormalLike", ["x"], ["b"]),
        helper.make_node("Mul", ["a", "b"], ["y"]),
    ]
    product = drawn(opened(model(nodes), tmp_path), Noise(0))
    assert abs(product.mean()) < 0.02  # the square of one would have mean 1


def test_noise_inside_a_branch_is_taken_too(tmp_path: Path) -> None:
    shaped = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n"])
    node = helper.make_node("RandomNormalLike", ["x"], ["z"])
    branch = helper.make_graph([node], "then", [], [shaped])
    other = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "else", [], [shaped])
    truth = helper.make_tensor("t", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Constant", [], ["c"], value=truth),
        helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=other),
    ]
    graph = opened(model(nodes), tmp_path)
    assert graph.repeatable
    np.testing.assert_array_equal(drawn(graph, Noise(5)), drawn(graph, Noise(5)))


def test_a_graph_without_noise_is_left_alone(tmp_path: Path) -> None:
    graph = opened(model([helper.make_node("Identity", ["x"], ["y"])]), tmp_path)
    assert graph.repeatable
    assert not list((tmp_path / "made").iterdir())
    assert not drawn(graph, Noise(0)).any()


@pytest.mark.parametrize(
    "made",
    [
        model([helper.make_node("RandomNormalLike", ["x"], ["y"])], opset=10),
        model([helper.make_node("Bernoulli", ["x"], ["y"])]),
    ],
    ids=["too old", "of another kind"],
)
def test_what_cannot_be_taken_is_said(made: Any, tmp_path: Path) -> None:
    assert draws(made)
    assert not opened(made, tmp_path).repeatable
    assert not take_noise(made)


def test_the_period_is_a_prime_and_tables_are_made_once() -> None:
    assert all(PERIOD % n for n in range(2, int(PERIOD**0.5) + 1))
    noise = Noise(0)
    first, second = noise.feeds({NORMAL, START}), noise.feeds({NORMAL, START})
    assert first[NORMAL] is second[NORMAL]
    assert first[START] != second[START]
    assert UNIFORM not in first
    assert not noise.feeds(set())


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.onnx"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(InvalidInput, match=r"g\.onnx"):
        SpeechGraph.open(path, tmp_path / "made", Machine())
    assert not (tmp_path / "made").exists()
