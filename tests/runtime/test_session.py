"""How graphs are opened: threads that sleep, nodes as they were laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny_checkpoints import ONE_THREAD

from menura.errors import EngineFailed, InvalidInput
from menura.runtime.decoder import VARIANTS
from menura.runtime.session import Machine, open_session, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("spin", [True, False])
def test_threads_do_not_wait_long(converted: Callable[..., Path], *, spin: bool) -> None:
    session = open_session(converted() / "text.onnx", Machine(threads=1, spin=spin))
    options = session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == str(int(spin))
    assert 0 < int(options.get_session_config_entry("session.intra_op.spin_duration_us")) <= 2000


def test_sum_and_norm_stay_two_nodes(
    converted: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx
    import onnxruntime

    made = onnxruntime.SessionOptions

    def watched() -> onnxruntime.SessionOptions:
        options = made()
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        return options

    monkeypatch.setattr(onnxruntime, "SessionOptions", watched)
    open_session(converted("text", "int8") / VARIANTS[0].file, ONE_THREAD)
    graph = onnx.load(tmp_path / "optimised.onnx", load_external_data=False).graph
    kinds = [node.op_type for node in graph.node]
    # Joined, they are four times slower (decoder.py).
    assert "SkipLayerNormalization" not in kinds
    assert kinds.count("LayerNormalization") == 3 * 3 + 1


def test_what_cannot_be_opened_or_run(converted: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_bytes(b"no graph")
    with pytest.raises(InvalidInput, match=r"text\.onnx cannot be loaded"):
        open_session(tmp_path / "text.onnx", ONE_THREAD)
    session = open_session(converted() / "text.onnx", ONE_THREAD)
    with pytest.raises(EngineFailed, match="the network failed"):
        run(session, {"tokens": np.zeros((1, 2, 3), np.int64)})
