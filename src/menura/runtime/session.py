"""Opening an ONNX graph for running: threads, provider, memory, errors of one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from menura.errors import EngineFailed, InvalidInput, NotInstalled
from menura.settings import cores

if TYPE_CHECKING:
    from pathlib import Path

Provider = Literal["cpu", "cuda", "coreml", "directml"]

_PROVIDERS: dict[Provider, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}

MAX_THREADS = 16
"""More threads than this wait for each other on the small products of one step."""
SPIN_US = 2000
"""A thread without work waits so long before it sleeps. Longer than the pause between two steps;
no longer, because every session has threads of its own, and those of the one that has just run
keep the cores from the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What graphs run on.

    Attributes:
        threads: threads of one product; 0 = one per core.
        provider: the kind of processor; the CPU does what it cannot.
        spin: whether threads wait for work without sleeping, for two milliseconds: a fifth faster.
    """

    threads: int = 0
    provider: Provider = "cpu"
    spin: bool = True


def open_session(path: Path, machine: Machine, *, arena: bool = True) -> Any:
    """Returns an onnxruntime.InferenceSession for a graph and the weights beside it.

    Args:
        path: of the graph.
        machine: what it runs on.
        arena: whether memory once used is kept: for graphs that run over and over on the same
            small sizes.

    Raises:
        InvalidInput: if the graph cannot be loaded.
        NotInstalled: if this onnxruntime has no such provider.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = machine.threads or min(cores(), MAX_THREADS)
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 4
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "1" if machine.spin else "0"
    )
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(SPIN_US))
    wanted = _PROVIDERS[machine.provider]
    if wanted not in ort.get_available_providers():
        raise NotInstalled(
            f"this onnxruntime has no provider for {machine.provider}; install the build that has "
            "it (onnxruntime-gpu, onnxruntime-directml), or set the provider to cpu"
        )
    providers = [wanted] if machine.provider == "cpu" else [wanted, _PROVIDERS["cpu"]]
    try:
        return ort.InferenceSession(str(path), options, providers=providers)
    except _runtime_errors() as error:
        raise InvalidInput(f"{path.name} cannot be loaded: {_brief(error)}") from error


def run(session: Any, feeds: dict[str, Any], outputs: list[str] | None = None) -> list[Any]:
    """Returns the outputs of one run of a session.

    Raises:
        EngineFailed: if the graph cannot be run on these inputs.
    """
    try:
        return list(session.run(outputs, feeds))
    except _runtime_errors() as error:
        raise EngineFailed(f"the network failed: {_brief(error)}") from error


def run_bound(session: Any, binding: Any) -> None:
    """Runs a session over buffers that are bound already.

    Raises:
        EngineFailed: if the graph cannot be run on them.
    """
    try:
        session.run_with_iobinding(binding)
    except _runtime_errors() as error:
        raise EngineFailed(f"the network failed: {_brief(error)}") from error


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Returns what onnxruntime raises: classes of its own without a common base, and these."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (getattr(state, name) for name in dir(state))
    kinds = [k for k in own if isinstance(k, type) and issubclass(k, Exception)]
    return (*kinds, RuntimeError, ValueError, OSError)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
