"""`CodecModel`: an installed codec language model, converted when first heard, lent and streamed.

What music and effects of such a model share; what a task means to it, their engines say.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.archive import Blobs
from menura.audio import Audio
from menura.audio.limits import Limits
from menura.catalog.store import Store
from menura.engines.base import Performance, reblock
from menura.engines.joining import Given, fit_given, joined
from menura.errors import InvalidInput
from menura.runtime.chroma import HOP_FRAMES, RATE
from menura.runtime.codec_lm import CodecLm
from menura.runtime.converting import convert, stamp
from menura.runtime.layouts import open_source
from menura.runtime.levels import FILE, Levels, loudness_of, mean_of
from menura.runtime.pool import Pool
from menura.runtime.sampling import Sampling
from menura.runtime.session import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
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
TRIAL_S = 4.0
"""Of each prompt that a model is measured with: 200 steps, made side by side."""
ON_DISK_MB = 1.3
"""Memory for each MB of graphs on disk: what a step works with lies beside the weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a model is to make.

    Attributes:
        prompt: the text it reads.
        duration_s: exact length, without the recording that goes on.
        seed: of what it draws.
        options: as `CodecModel.settle` returns them.
        channels: of the sound; None = the model's own.
        loudness_lufs: how loud such models are expected to be.
        trials: prompts whose loudness stands for that of all others; () = it is not measured.
        continue_audio: SHA-256 of a recording that goes on.
        melody_audio: SHA-256 of a recording whose melody is followed.
        understood: what was made of the task, by name.
        ignored: what was asked and cannot be done, one line each.
    """

    prompt: str
    duration_s: float
    seed: int
    options: Options
    channels: int | None = None
    loudness_lufs: float = -23.0
    trials: tuple[str, ...] = ()
    continue_audio: str | None = None
    melody_audio: str | None = None
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
        self._blobs = Blobs(settings.home)
        self._limits = Limits.of(settings)

    def lodge(self, models: Pool) -> None:
        """Has the model kept in the pool that all engines of a studio share."""
        self._pool = models

    def check_recordings(self, *, melody: str | None, given: str | None) -> None:
        """Refuses recordings that the model has no use for, or that are not kept here.

        Args:
            melody: SHA-256 of one whose melody is to be followed.
            given: SHA-256 of one that is to go on.

        Raises:
            InvalidInput: if the model follows no melody.
            NotFound: if the archive does not hold them.
            StorageFailed: if one of them was altered.
        """
        if melody is not None and not self.melodic:
            raise InvalidInput(
                f"{self._installed.name} follows no melody: take a melody model, such as "
                "musicgen-melody, or the engine arranger, which plays notes"
            )
        for sha256 in filter(None, (melody, given)):
            self._blobs.open(sha256).close()

    @property
    def melodic(self) -> bool:
        """Whether the model follows a melody."""
        return self._shape[1].melody

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
        given = self._given(wish, rate, channels)
        melody = self._heard(wish.melody_audio)
        facts = {} if given is None else {"continues": given.facts}
        if melody is not None:
            seconds = round(melody.duration_s, 3)
            facts["melody"] = {"sha256": wish.melody_audio, "seconds": seconds}
        unheard = _unheard(melody, decoder)
        performance = Performance(
            rate=rate,
            channels=channels,
            blocks=iter(()),
            # All that the model reads passes the content check, whichever field it came from.
            transcript=wish.prompt,
            # What is given and what is made are one sound: its level is the recording's.
            loudness_lufs=given.loudness_lufs if given is not None else wish.loudness_lufs,
            recordings=frozenset(filter(None, [wish.continue_audio])),
            understood={**wish.understood, **facts, "options": dict(wish.options)},
            measured={"model_rate_hz": rate, "model_channels": decoder.channels},
            ignored=[*wish.ignored, *(given.ignored if given is not None else ()), *unheard],
        )
        if wish.trials and given is None:
            performance.calibrate = lambda: self._level(wish, performance)
        performance.blocks = reblock(self._blocks(wish, performance, given, melody))
        return performance

    def close(self) -> None:
        """Lets go of the model."""
        self._pool.close()

    @cached_property
    def _levels(self) -> Levels:
        return Levels(self._store.cache(self._installed, FILE))

    @cached_property
    def _shape(self) -> tuple[int, DecoderGeometry]:
        """The rate in Hz, and the geometry of the language model, as the files have them."""
        source = open_source(self._installed.folder)
        if source.decoder is None:
            raise InvalidInput(f"{self._installed.name} is a codec alone: it makes nothing")
        return source.codec.rate, source.decoder

    def _given(self, wish: Wish, rate: int, channels: int) -> Given | None:
        heard = self._heard(wish.continue_audio)
        if heard is None or wish.continue_audio is None:
            return None
        return fit_given(heard, wish.continue_audio, rate, channels)

    def _heard(self, sha256: str | None) -> Audio | None:
        return None if sha256 is None else self._blobs.sound(sha256, self._limits)

    def _blocks(
        self, wish: Wish, performance: Performance, given: Given | None, melody: Audio | None
    ) -> Iterator[Audio]:
        values = dict(wish.options)
        target = self._converted(BITS[int(values["bits"])], performance)
        begun = performance.progress
        with self._lend(target) as model:
            if unread := model.unread(wish.prompt).strip():
                performance.ignored.append(
                    f"the end of the prompt, from {unread!r:.60} on: the model reads "
                    f"{model.facts.text_tokens} tokens"
                )
            total = max(1, round(wish.duration_s * performance.rate))
            made = 0

            def counted() -> Iterator[Audio]:
                nonlocal made
                blocks = model.generate(
                    [wish.prompt],
                    seconds=wish.duration_s,
                    seeds=[wish.seed],
                    options=_sampling(values),
                    continuation=None if given is None else given.audio,
                    melody=melody,
                    lead_frames=0 if given is None else given.lead_frames,
                )
                for (samples,) in blocks:
                    made += samples.shape[1]
                    performance.progress = begun + (1 - begun) * min(1.0, made / total)
                    yield Audio(_spread(samples, performance.channels), performance.rate)

            yield from counted() if given is None else joined(given, counted())

    def _level(self, wish: Wish, performance: Performance) -> float:
        """Returns how loud the model is with this precision of its weights, LUFS."""
        weights = BITS[int(dict(wish.options)["bits"])]
        channels = performance.channels

        def heard() -> float:
            with self._lend(self._converted(weights, performance)) as model:
                seeds = range(len(wish.trials))
                blocks = list(model.generate(wish.trials, seconds=TRIAL_S, seeds=seeds))
            sounds = (np.concatenate(pieces, axis=1) for pieces in zip(*blocks, strict=True))
            spread = (Audio(_spread(sound, channels), performance.rate) for sound in sounds)
            return mean_of(loudness_of([sound]) for sound in spread)

        name = f"{weights}, {channels} channels"
        return self._levels.figure(name, heard, wish.loudness_lufs)

    def _lend(self, target: Path) -> AbstractContextManager[CodecLm]:
        """Lends the model, loaded."""
        size_mb = sum(path.stat().st_size for path in target.iterdir()) / 1e6
        memory_mb = max(self._memory_mb, ON_DISK_MB * size_mb)
        return self._pool.lease(target, lambda: self._open(target), memory_mb)

    def _converted(self, weights: Weights, performance: Performance) -> Path:
        """Returns the folder of graphs, made now unless it is there."""

        def told(share: float) -> None:
            performance.progress = CONVERTING * share

        installed = self._store.check(self._installed)
        target = self._store.cache(installed, f"codec-lm-{weights}")
        fresh = not stamp(target)
        convert(installed.folder, target, weights=weights, progress=told, machine=self._machine)
        if not fresh:
            performance.progress = 0.0
        return target

    def _open(self, target: Path) -> CodecLm:
        """Returns the model, loaded; graphs that were damaged are made once more."""
        found = stamp(target)
        try:
            return CodecLm.open(target, self._machine)
        except InvalidInput:
            weights = next(each for each in BITS.values() if target.name.endswith(each))
            folder, machine = self._installed.folder, self._machine
            convert(folder, target, weights=weights, machine=machine, damaged=found)
            return CodecLm.open(target, self._machine)


def _unheard(melody: Audio | None, decoder: DecoderGeometry) -> list[str]:
    """Returns what of a melody has no room in the model, in a line."""
    room_s = decoder.chroma_frames * HOP_FRAMES / RATE
    if melody is None or melody.duration_s <= room_s:
        return []
    return [f"the melody after its first {room_s:.3g} s: the model hears no more of it"]


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
