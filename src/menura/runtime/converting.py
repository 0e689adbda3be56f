"""`convert`: a checkpoint to graphs of our own, once, without torch.

Tensor after tensor is read, quantised and written, so the memory needed is that of the largest
one. The folder appears whole or not at all.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidInput, MenuraError, StorageFailed
from menura.runtime.calibrating import measure_scales
from menura.runtime.decoder import VARIANTS, Decoder
from menura.runtime.encodec import Encodec
from menura.runtime.facts import FILE, Facts
from menura.runtime.graph import WeightFile
from menura.runtime.layouts import open_source
from menura.runtime.quantizing import BITS, Weights
from menura.runtime.t5 import write_text_encoder
from menura.runtime.text_encoder import open_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from menura.runtime.checkpoint import Checkpoint
    from menura.runtime.geometry import DecoderGeometry, TextGeometry
    from menura.runtime.session import Machine
    from menura.runtime.source import Source

WRITTEN = 0.9
"""Of the progress, the part that is writing; the rest is measuring the scales of the cache."""
PARTIAL = ".partial-"


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted model: its folder and its facts."""

    folder: Path
    facts: Facts


def convert(
    installed_folder: Path,
    target: Path,
    *,
    weights: Weights = "int8",
    progress: Callable[[float], None] = lambda _: None,
    machine: Machine | None = None,
    damaged: str = "",
) -> Converted:
    """Returns the converted model in `target`, made now unless it is there already.

    Of several processes that want the same one, the first makes it and the others wait; the system
    frees the lock if the first is ended.

    Args:
        installed_folder: holds the checkpoint (`layouts.py` says in which forms).
        target: the folder to make; a cache that may be deleted at any time.
        weights: precision of the language model's matrices. With `int8` and `int4`, the text
            encoder's are int8; the codec stays float32.
        progress: told how much is done, 0 to 1.
        machine: what the measuring runs on.
        damaged: `stamp` of a model in `target` that was found damaged: made again, unless another
            process has done so since.

    Raises:
        InvalidInput: if the checkpoint is malformed, incomplete, of another geometry than its
            config says, or holds NaN.
        EngineFailed: if the converted model gives no numbers.
        StorageFailed: if the disk is full or a file cannot be read or written.
    """
    if weights not in BITS:
        raise InvalidInput(f"weights are fp32, int8 or int4, not {weights!r:.40}")
    done = _finished(target, weights, damaged)
    if done is None:
        with _storage(), _alone(target):
            # Who had to wait finds it made.
            done = _finished(target, weights, damaged)
            if done is None:
                done = _converted(installed_folder, target, weights, progress, machine)
    progress(1.0)
    return done


def stamp(target: Path) -> str:
    """Returns what tells one making of a converted model from the next; "" if there is none."""
    try:
        found = (target / FILE).stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_ino}"


def _converted(
    installed_folder: Path,
    target: Path,
    weights: Weights,
    progress: Callable[[float], None],
    machine: Machine | None,
) -> Converted:
    """Makes the folder, whole or not at all."""
    source = open_source(installed_folder)
    _sweep(target)
    _check_room(source, target.parent, weights)
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}{PARTIAL}", dir=target.parent))
    try:
        facts = write(source, partial, weights, progress, machine)
        _put(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Converted(target, facts)


@contextmanager
def _storage() -> Iterator[None]:
    """Turns what the system says of disk and files into one line."""
    try:
        yield
    except OSError as error:
        if isinstance(error, MenuraError):
            raise
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "the disk is full" if full else str(error.strerror)
        raise StorageFailed(f"the model could not be converted: {reason}") from error


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keeps other threads and processes from converting to the same folder."""
    from filelock import FileLock

    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):
        yield


def _finished(target: Path, weights: Weights, damaged: str) -> Converted | None:
    """Returns what is there already, if it is whole, of this precision and of this version."""
    if not (target / FILE).is_file() or (damaged and stamp(target) == damaged):
        return None
    try:
        facts = Facts.load(target)
    except InvalidInput:
        return None
    return Converted(target, facts) if facts.weights == weights else None


def write(
    source: Source,
    folder: Path,
    weights: Weights,
    progress: Callable[[float], None],
    machine: Machine | None,
) -> Facts:
    """Writes all of a model's files into a folder and returns its facts."""
    facts = Facts(
        weights=weights,
        codec=source.codec,
        decoder=source.decoder,
        window_frames=source.window_frames,
        text_tokens=source.text_tokens,
    )
    checkpoint = source.checkpoint
    total = max(1, checkpoint.bytes_total)
    checkpoint.on_read = lambda: progress(min(1.0, checkpoint.bytes_read / total) * WRITTEN)
    with WeightFile(folder / "codec.weights") as file:
        Encodec(checkpoint, source.codec, file, source.codec_prefix).write(folder)
    if source.decoder is not None and source.text is not None and source.tokenizer is not None:
        open_tokenizer(source.tokenizer)
        shutil.copyfile(source.tokenizer, folder / "tokenizer.json")
        _write_language_model(checkpoint, source.text, source.decoder, folder, weights)
    facts.save(folder)
    if source.decoder is not None and weights != "fp32":
        np.savez(folder / "scales.npz", **measure_scales(folder, machine))  # type: ignore[arg-type]
    return facts


def _write_language_model(
    checkpoint: Checkpoint,
    text: TextGeometry,
    decoder: DecoderGeometry,
    folder: Path,
    weights: Weights,
) -> None:
    around: Weights = "fp32" if weights == "fp32" else "int8"
    with WeightFile(folder / "text.weights") as file:
        write_text_encoder(folder / "text.onnx", checkpoint, text, file, precision=around)
    with WeightFile(folder / "conditions.weights") as file:
        Decoder(checkpoint, decoder, file, around).write_conditions(folder / "conditions.onnx")
    with WeightFile(folder / "step.weights") as file:
        steps = Decoder(checkpoint, decoder, file, weights)
        for variant in VARIANTS:
            steps.write_step(folder / variant.file, variant)


def _check_room(source: Source, folder: Path, weights: Weights) -> None:
    """Refuses at once what the disk cannot hold: the sizes are known beforehand."""
    share = {"fp32": 1.0, "int8": 0.5, "int4": 0.4}[weights]
    needed = int(source.checkpoint.bytes_total * share)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageFailed(
            f"converting needs {needed / 1e6:,.0f} MB on disk, and {free / 1e6:,.0f} MB are free"
        )


def _put(partial: Path, target: Path) -> None:
    """Moves a finished folder into place; what was there (of another version) makes way."""
    if target.exists():
        old = target.with_name(f"{target.name}{PARTIAL}{uuid.uuid4().hex[:8]}")
        os.replace(target, old)  # noqa: PTH105 - the same call as below
        shutil.rmtree(old, ignore_errors=True)
    os.replace(partial, target)  # noqa: PTH105 - onto an empty folder on every platform


def _sweep(target: Path) -> None:
    """Removes what processes that were killed have left: with the lock held, no other is at it."""
    for path in target.parent.glob(f"{target.name}{PARTIAL}*"):
        shutil.rmtree(path, ignore_errors=True)
