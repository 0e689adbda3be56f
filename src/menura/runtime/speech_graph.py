"""`SpeechGraph`: a network that turns symbols into speech, as others have published it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import EngineFailed, InvalidInput, MenuraError, StorageFailed
from menura.runtime.noise import NORMAL, START, UNIFORM, draws, take_noise
from menura.runtime.session import open_session, run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from typing import Self

    from numpy.typing import NDArray

    from menura.runtime.noise import Noise
    from menura.runtime.session import Machine

_GRAPH = "graph.onnx"
_KINDS: Mapping[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
_NOISE = frozenset({NORMAL, UNIFORM, START})


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """What one run gave.

    Attributes:
        samples: shape (frames,), float32, as the network made them; finite, one at least.
        durations: shape (tokens,), float64: how long each token lasts, in a unit of the network's
            own; None if it does not tell.
    """

    samples: NDArray[np.float32]
    durations: NDArray[np.float64] | None


class SpeechGraph:
    """A loaded graph. Any number of threads may run it.

    Attributes:
        inputs: its inputs with their types, such as `tensor(float)`; noise left out.
        repeatable: whether the same feeds and noise give the same samples.
    """

    def __init__(self, session: Any, *, repeatable: bool) -> None:
        self._session = session
        ports = {port.name: str(port.type) for port in session.get_inputs()}
        self._noise = _NOISE & ports.keys()
        self.inputs: Mapping[str, str] = {k: v for k, v in ports.items() if k not in _NOISE}
        self.repeatable = repeatable

    @classmethod
    def open(cls, source: Path, made: Path, machine: Machine) -> Self:
        """Returns a graph, loaded; one that draws noise is rewritten first, once.

        Args:
            source: the graph as it was published, with what lies beside it.
            made: folder for the rewritten one; whoever comes first makes it.
            machine: what it runs on.

        Raises:
            InvalidInput: if it cannot be loaded.
            NotInstalled: if the machine lacks the kind of processor.
            StorageFailed: if the rewritten graph cannot be kept.
        """
        _prepare(source, made)
        rewritten = made / _GRAPH
        if not rewritten.exists():
            session = open_session(source, machine)
        else:
            try:
                session = open_session(rewritten, machine)
            except InvalidInput:  # damaged since: the original is not
                shutil.rmtree(made, ignore_errors=True)
                _prepare(source, made)
                session = open_session(rewritten, machine)
        return cls(session, repeatable=not (made / "draws").exists())

    def expect(self, needed: Collection[str], kind: str, extra: Collection[str] = ()) -> None:
        """Refuses a graph that is of another kind.

        Args:
            needed: inputs it must have.
            kind: what it should be, in a word or two.
            extra: inputs that it may have besides.

        Raises:
            InvalidInput: if it takes others.
        """
        names = self.inputs.keys()
        if not set(needed) <= names or names - set(needed) - set(extra):
            raise InvalidInput(
                f"the graph takes {', '.join(sorted(names)) or 'nothing'}, and {kind} takes "
                f"{', '.join(sorted(needed))}: it is of another kind, or of another version"
            )

    def speak(self, feeds: Mapping[str, NDArray[Any]], tokens: int, noise: Noise) -> Speech:
        """Returns what the network says.

        Args:
            feeds: inputs by name; each is given in the type that the graph wants.
            tokens: how many there are, to tell durations from other outputs.
            noise: of this performance.

        Raises:
            EngineFailed: if the network breaks, or gives no sound.
        """
        given = {k: np.asarray(v, _KINDS.get(self.inputs[k])) for k, v in feeds.items()}
        made, *others = run(self._session, given | noise.feeds(self._noise))
        samples = np.asarray(made, np.float32).reshape(-1)
        if not samples.size or not np.isfinite(samples).all():
            raise EngineFailed(
                "the network gave no sound but values that are no numbers: the model is damaged, "
                "or its weights are too coarse; remove it and add or import it again"
            )
        return Speech(samples, _durations(others, tokens))


def _durations(outputs: list[Any], tokens: int) -> NDArray[np.float64] | None:
    """Returns the output that has a time for each token, if there is one."""
    for output in outputs:
        array = np.asarray(output)
        if array.size == tokens and array.dtype.kind in "iuf":
            lengths = array.reshape(-1).astype(np.float64)
            if np.isfinite(lengths).all() and (lengths >= 0).all() and lengths.sum() > 0:
                return lengths
    return None


def _prepare(source: Path, made: Path) -> None:
    """Makes the folder of a rewritten graph unless it is there, whole or not at all.

    Of several processes the first makes it and the others wait; the system frees the lock if the
    first is ended.
    """
    from filelock import FileLock

    if made.exists():
        return
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(made.with_name(f"{made.name}.lock")):
            if not made.exists():
                _rewrite(source, made)
    except OSError as error:
        if isinstance(error, MenuraError):
            raise
        raise StorageFailed(
            f"cannot keep the rewritten {source.name}: {error.strerror or error}"
        ) from error


def _rewrite(source: Path, made: Path) -> None:
    """Makes the folder; it holds no graph if the original needs no rewriting."""
    import onnx
    from google.protobuf.message import DecodeError, EncodeError

    draft = made.with_name(f"{made.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)  # of one that was ended
    try:
        model = onnx.load(str(source))
        draft.mkdir()
        if draws(model):
            if not take_noise(model):
                (draft / "draws").touch()
            with (draft / _GRAPH).open("wb") as file:
                file.write(model.SerializeToString())
                file.flush()
                os.fsync(file.fileno())
        draft.rename(made)
    except (DecodeError, EncodeError, ValueError) as error:
        raise InvalidInput(f"{source.name} cannot be read as a graph of ONNX") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
