"""`Levels`: how loud a model is, measured once on this machine and kept beside what was made of it.

A stream cannot be measured before it begins, and nobody publishes how loud a network speaks or
plays. So it makes something short and fixed the first time that its level is needed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import threading
from typing import TYPE_CHECKING

from menura.audio.loudness import Meter
from menura.errors import MenuraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from menura.audio import Audio

FILE = "loudness-1.json"
"""Another number if it were measured in another way."""
MAX_BYTES = 1024**2
MAX_FIGURES = 2_000
LOUDEST_LUFS, SOFTEST_LUFS = 40.0, -60.0
"""Beyond these nothing was heard, or the network is broken; some are far over full scale."""
DECIMALS = 1


class Levels:
    """The loudness of one model's voices or prompts. Any number of threads and processes.

    Args:
        path: where the figures are kept; whoever measures first makes the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def figure(self, name: str, measure: Callable[[], float], guess_lufs: float) -> float:
        """Returns how loud something is, LUFS; measured now unless it has been.

        Args:
            name: of the voice, or whatever it is.
            measure: makes it heard and returns its loudness, LUFS.
            guess_lufs: what is returned, and not kept, if nothing can be measured.
        """
        with self._lock:
            known = self._read()
            if name in known:
                return known[name]
            try:
                heard = round(measure(), DECIMALS)
            except MenuraError:
                return guess_lufs  # what is wrong will be said when it is performed
            if not SOFTEST_LUFS <= heard <= LOUDEST_LUFS:
                return guess_lufs
            self._write(name, heard)
            return heard

    def _read(self) -> dict[str, float]:
        """Returns what is known; a file that is damaged says nothing, and is written anew."""
        try:
            with self._path.open("rb") as file:
                table = json.loads(file.read(MAX_BYTES))
            return {
                str(name): float(value)
                for name, value in table.items()
                if math.isfinite(value) and SOFTEST_LUFS <= value <= LOUDEST_LUFS
            }
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def _write(self, name: str, heard: float) -> None:
        """Adds a figure; a disk that does not take it only has it measured again."""
        known = self._read() | {name: heard}
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        if len(known) <= MAX_FIGURES:
            with contextlib.suppress(OSError):
                draft.write_text(json.dumps(known, indent=1), encoding="utf-8")
                draft.replace(self._path)


def loudness_of(blocks: Iterable[Audio]) -> float:
    """Returns the integrated loudness of a sound, LUFS; minus infinity if there is none."""
    meter: Meter | None = None
    for block in blocks:
        if meter is None:
            meter = Meter(block.rate, block.channels, peaks=False)
        meter.process(block)
    return -math.inf if meter is None else meter.integrated_lufs


def mean_of(figures: Iterable[float]) -> float:
    """Returns the mean of those that were heard, in dB: it is as far from the loud as the soft."""
    heard = [figure for figure in figures if math.isfinite(figure)]
    return sum(heard) / len(heard) if heard else -math.inf
