"""`CodecModel`: an installed codec language model, converted when first heard, lent and streamed.

What music and effects of such a model share; what a task means to it, their engines say.
"""

from __future__ import annotations

import dataclasses
import shutil
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.catalog.store import Store
from menura.engines.base import Performance, reblock
from menura.errors import InvalidInput
from menura.runtime.codec_lm import CodecLm
from menura.runtime.converting import convert
from menura.runtime.facts import FILE
from menura.runtime.layouts import open_source
from menura.runtime.pool import Pool
from menura.runtime.sampling import Sampling
from menura.runtime.session import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.catalog import Card
    from menura.runtime.geometry import DecoderGeometry
    from menura.settings import Settings, Weights

Options = tuple[tuple[str, float], ...]

BITS: Mapping[int, Weights] = {4: "int4", 8: "int8", 32: "fp32"}
SAMPLING = tuple(spec.name for spec in dataclasses.fields(Sampling))
CONVERTING = 0.5
"""Share of the progress that is converting, of a model that is not converted yet."""
ON_DISK_MB = 1.3
"""Memory for each MB of graphs on disk: what a step works with lies beside the weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a model is to make.

    Attributes:
        prompt: the text it reads.
        duration_s: exact length.
        seed: of what it draws.
        options: as `CodecModel.settle` returns them.
        channels: of the sound; None = the model's own.
        loudness_lufs: how loud such models are expected to be.
        understood: what was made of the task, by name.
        ignored: what was asked and cannot be done, one line each.
    """

    prompt: str
    duration_s: float
    seed: int
    options: Options
    channels: int | None = None
    loudness_lufs: float = -23.0
    understood: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


class CodecModel:
    """One installed model. Safe for several threads.

    Args:
        card: the model's.
        settings: of the install.

    Raises:
        NotInstalled: if the model is not installed.
        StorageFailed: if its record is damaged.
    """

    def __init__(self, card: Card, settings: Settings) -> None:
        self._store = Store(settings.home, settings.offline)
        self._installed = self._store.get(card.name)
        self._memory_mb = card.memory_mb
        self._bits = {weights: bits for bits, weights in BITS.items()}[settings.model_weights]
        self._machine = Machine(provider=settings.model_provider)
        self._pool = Pool(settings.model_memory_mb, settings.model_idle_s)
        self._converting = threading.Lock()

    def settle(self, given: Options, **others: float) -> Options:
        """Returns every option, so that a recipe names them all, also the precision of weights.

        Args:
            given: what the task sets.
            others: values instead of the published defaults, where the task sets none.

        Raises:
            InvalidInput: if there is no such option, or a value is out of range, or the files are
                not those of a language model.
            StorageFailed: if a file is missing, or not what was installed.
        """
        self._store.check(self._installed)
        _ = self._shape
        known = dataclasses.asdict(Sampling()) | {"bits": self._bits} | others
        for name, _ in given:
            if name not in known:
                raise InvalidInput(
                    f"{self._installed.name} has no option {name}; it has {', '.join(known)}"
                )
        settled = known | dict(given)
        _sampling(settled)
        if settled["bits"] not in BITS:
            raise InvalidInput(f"bits are 4, 8 or 32, not {settled['bits']:g}")
        return tuple(sorted((name, float(value)) for name, value in settled.items()))

    def perform(self, wish: Wish) -> Performance:
        """Returns the performance of a wish; the model is converted and loaded with its blocks."""
        rate, decoder = self._shape
        channels = wish.channels or decoder.channels
        performance = Performance(
            rate=rate,
            channels=channels,
            blocks=iter(()),
            # All that the model reads passes the content check, whichever field it came from.
            transcript=wish.prompt,
            loudness_lufs=wish.loudness_lufs,
            understood={**wish.understood, "options": dict(wish.options)},
            measured={"model_rate_hz": rate, "model_channels": decoder.channels},
            ignored=list(wish.ignored),
        )
        performance.blocks = reblock(self._blocks(wish, performance))
        return performance

    def close(self) -> None:
        """Lets go of the model."""
        self._pool.close()

    @cached_property
    def _shape(self) -> tuple[int, DecoderGeometry]:
        """The rate in Hz, and the geometry of the language model, as the files have them."""
        source = open_source(self._installed.folder)
        if source.decoder is None:
            raise InvalidInput(f"{self._installed.name} is a codec alone: it makes nothing")
        return source.codec.rate, source.decoder

    def _blocks(self, wish: Wish, performance: Performance) -> Iterator[Audio]:
        values = dict(wish.options)
        target = self._converted(BITS[int(values["bits"])], performance)
        begun = performance.progress
        size_mb = sum(path.stat().st_size for path in target.iterdir()) / 1e6
        memory_mb = max(self._memory_mb, ON_DISK_MB * size_mb)
        with self._pool.lease(target.name, lambda: self._open(target), memory_mb) as model:
            if unread := model.unread(wish.prompt).strip():
                performance.ignored.append(
                    f"the end of the prompt, from {unread!r:.60} on: the model reads "
                    f"{model.facts.text_tokens} tokens"
                )
            total = max(1, round(wish.duration_s * performance.rate))
            made = 0
            for (samples,) in model.generate(
                [wish.prompt],
                seconds=wish.duration_s,
                seeds=[wish.seed],
                options=_sampling(values),
            ):
                made += samples.shape[1]
                performance.progress = begun + (1 - begun) * made / total
                yield Audio(_spread(samples, performance.channels), performance.rate)

    def _converted(self, weights: Weights, performance: Performance) -> Path:
        """Returns the folder of graphs, made now unless it is there."""

        def told(share: float) -> None:
            performance.progress = CONVERTING * share

        installed = self._store.check(self._installed)
        target = self._store.cache(installed, f"codec-lm-{weights}")
        with self._converting:
            fresh = not (target / FILE).is_file()
            convert(installed.folder, target, weights=weights, progress=told, machine=self._machine)
        if not fresh:
            performance.progress = 0.0
        return target

    def _open(self, target: Path) -> CodecLm:
        """Returns the model, loaded; graphs that were damaged are made once more."""
        try:
            return CodecLm.open(target, self._machine)
        except InvalidInput:
            weights = next(each for each in BITS.values() if target.name.endswith(each))
            with self._converting:
                shutil.rmtree(target, ignore_errors=True)
                convert(self._installed.folder, target, weights=weights, machine=self._machine)
            return CodecLm.open(target, self._machine)


def _sampling(values: Mapping[str, float]) -> Sampling:
    """Returns how codes are chosen.

    Raises:
        InvalidInput: if a value is out of range.
    """
    top_k = values["top_k"]
    if top_k != int(top_k):
        raise InvalidInput(f"top_k is a whole number, not {top_k:g}")
    chosen: dict[str, Any] = {name: values[name] for name in SAMPLING} | {"top_k": int(top_k)}
    return Sampling(**chosen)


def _spread(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Returns sound with so many channels: one in all of them, or several in one."""
    if samples.shape[0] == channels:
        return samples
    if channels == 1:
        together: NDArray[np.float32] = samples.mean(axis=0, keepdims=True)
        return together
    return np.repeat(samples, channels, axis=0)
