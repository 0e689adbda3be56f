"""The engine of codecs: sound to codes, and codes back to sound."""

from __future__ import annotations

import dataclasses
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from menura.archive import Blobs
from menura.audio import Audio
from menura.audio.loudness import measure
from menura.catalog.store import Store
from menura.engines.base import Performance, expect, reblock
from menura.errors import InvalidInput, MenuraError
from menura.runtime.codec import PIECE_FRAMES, Codec, check_codes
from menura.runtime.codes import Codes, Segment
from menura.runtime.converting import convert, stamp
from menura.runtime.facts import Facts
from menura.runtime.layouts import open_source
from menura.runtime.pool import Pool
from menura.runtime.session import Machine
from menura.tasks import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from menura.catalog import Card
    from menura.runtime.geometry import CodecGeometry
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

MAX_S = 3600.0
"""Longest sound that is coded: 700 MB at 48 kHz in two channels while it is."""
CONVERTED = 0.5
"""Share of the progress at which the model is there."""


def create(card: Card, settings: Settings) -> CodecEngine:
    """Returns the engine; its model is loaded with the first sound.

    Raises:
        NotInstalled: if the model is not installed.
    """
    return CodecEngine(card, settings)


class CodecEngine:
    """Codes and decodes with one installed codec. Safe for several threads."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._card = card
        self._store = Store(settings.home, settings.offline)
        self._installed = self._store.get(card.name)
        self._machine = Machine(provider=settings.model_provider)
        self._pool = Pool(settings.model_memory_mb, settings.model_idle_s)
        self._blobs = Blobs(settings.home)
        self.voices: Mapping[str, Voice] = {}

    def lodge(self, models: Pool) -> None:
        """Has its model kept in the pool that all engines of a studio share."""
        self._pool = models

    def suits(self, task: Task) -> bool:
        """Whether a task that names no engine is for this one: its codes are this codec's."""
        try:
            return self._read(expect(task, Decoding)).model_id == self._id
        except MenuraError:
            return False

    def check(self, task: Task) -> Task:
        """Returns the task, whose codes are kept here and are some that this codec made.

        Raises:
            NotFound: if the archive does not hold them.
            InvalidInput: if they are no codes, or of another codec.
            StorageFailed: if they, or a file of the model, are not what was kept.
        """
        asked = expect(task, Decoding)
        codes = self._read(asked)
        if codes.model_id != self._id:
            raise InvalidInput(
                f"these codes were made by {codes.model!r} (files {codes.model_id!r}), and "
                f"{self._card.name} has other files ({self._id}): add or import that one"
            )
        source = open_source(self._store.check(self._installed).folder)
        check_fitting(codes, source.codec)
        return asked

    def perform(self, task: Task) -> Performance:
        """Returns the sound of the codes, as loud as what was coded."""
        asked = expect(task, Decoding)
        codes = self._read(asked)
        geometry = open_source(self._installed.folder).codec
        target_lufs = self._card.loudness_lufs
        performance = Performance(
            rate=codes.rate,
            channels=geometry.channels,
            blocks=iter(()),
            loudness_lufs=target_lufs,
            recordings=frozenset({asked.codes}),
            understood={"codes": {"model": codes.model, "codebooks": codes.codebooks}},
            measured={"coded_lufs": codes.loudness_lufs, "kbit_per_s": kbit_per_s(codes, geometry)},
        )
        # A decoder gives back the level that it was given, and so does a delivery.
        if codes.loudness_lufs is not None:
            performance.intended_db = codes.loudness_lufs - target_lufs
        performance.blocks = reblock(self._blocks(codes, performance))
        return performance

    def encode(
        self, audio: Audio, codebooks: int | None, progress: Callable[[float], None]
    ) -> Codes:
        """Returns the codes of a sound; see `Coder`."""
        if audio.duration_s > MAX_S:
            raise InvalidInput(f"a sound of up to {MAX_S:g} s is coded: cut it into pieces")
        loudness = measure(audio).integrated_lufs
        with self._lend(lambda share: progress(CONVERTED * share)) as codec:
            codes = codec.encode(audio, codebooks)
        progress(1.0)
        return dataclasses.replace(
            codes,
            model=self._card.name,
            model_id=self._id,
            loudness_lufs=loudness if math.isfinite(loudness) else None,
        )

    def close(self) -> None:
        """Lets go of the model."""
        self._pool.close()

    @property
    def _id(self) -> str:
        return self._installed.folder.name

    def _read(self, task: Decoding) -> Codes:
        with self._blobs.open(task.codes) as file:
            return Codes.read(file, f"the file {task.codes:.12}")

    @contextmanager
    def _lend(self, progress: Callable[[float], None]) -> Iterator[Codec]:
        """Lends the codec, converted and loaded."""
        installed = self._store.check(self._installed)
        target = self._store.cache(installed, "codec")
        convert(installed.folder, target, weights="fp32", progress=progress, machine=self._machine)

        def opened() -> Codec:
            found = stamp(target)
            try:
                return Codec(target, Facts.load(target).codec, self._machine)
            except InvalidInput:
                convert(installed.folder, target, weights="fp32", damaged=found)
                return Codec(target, Facts.load(target).codec, self._machine)

        with self._pool.lease(target, opened, self._card.memory_mb) as codec:
            yield codec

    def _blocks(self, codes: Codes, performance: Performance) -> Iterator[Audio]:
        def told(share: float) -> None:
            performance.progress = CONVERTED * share

        made = 0
        with self._lend(told) as codec:
            for samples in decoded(codec, codes):
                block = samples[:, : codes.frames - made]
                made += block.shape[1]
                performance.progress = max(performance.progress, made / codes.frames)
                if block.shape[1]:
                    yield Audio(np.ascontiguousarray(block), codes.rate)


def decoded(codec: Codec, codes: Codes) -> Iterator[NDArray[np.float32]]:
    """Yields the sound of codes in pieces (channels, frames), in bounded memory."""
    c = codec.geometry
    if c.segment_frames:
        yield from _laid_over(codec, codes)
        return
    values = codes.segments[0].codes
    if c.norm != "weight_norm" or values.shape[1] < PIECE_FRAMES:
        yield codec.decode(codes).samples
        return
    chain = codec.decoding()
    for start in range(0, values.shape[1], PIECE_FRAMES):
        last = start + PIECE_FRAMES >= values.shape[1]
        yield chain.push(values[np.newaxis, :, start : start + PIECE_FRAMES], last=last)[0]


def _laid_over(codec: Codec, codes: Codes) -> Iterator[NDArray[np.float32]]:
    """Yields segments laid over each other, weighted by triangles, as EnCodec lays them.

    transformers, EncodecModel._linear_overlap_add.
    """
    c = codec.geometry
    step, length = c.segment_step_frames, c.segment_frames
    triangle = 0.5 - np.abs(np.linspace(0, 1, length + 2)[1:-1] - 0.5)
    summed, weight = np.zeros((c.channels, length)), np.zeros(length)
    for segment in codes.segments:
        frames = min(length, segment.codes.shape[1] * c.hop)
        sound = codec.decode(Codes((segment,), codes.rate, frames)).samples
        summed[:, : sound.shape[1]] += sound * triangle[: sound.shape[1]]
        weight[: sound.shape[1]] += triangle[: sound.shape[1]]
        yield (summed[:, :step] / np.maximum(weight[:step], 1e-12)).astype(np.float32)
        summed = np.concatenate((summed[:, step:], np.zeros((c.channels, step))), axis=1)
        weight = np.concatenate((weight[step:], np.zeros(step)))
    rest = weight > 0
    yield (summed[:, rest] / weight[rest]).astype(np.float32)


def check_fitting(codes: Codes, geometry: CodecGeometry) -> None:
    """Refuses codes that a codec has no use for.

    Raises:
        InvalidInput: if they are of another rate, shape or length.
    """
    if codes.rate != geometry.rate:
        raise InvalidInput(
            f"these codes are of {codes.rate} Hz; the codec works at {geometry.rate}"
        )
    for segment in codes.segments:
        check_codes(segment.codes, geometry)
    if not _lasting(codes.segments, codes.frames, geometry):
        raise InvalidInput("these codes are more or fewer than the sound that they say they are")


def _lasting(segments: tuple[Segment, ...], frames: int, c: CodecGeometry) -> bool:
    """Whether so many codes are of a sound of so many frames."""
    lengths = [segment.codes.shape[1] for segment in segments]
    if not c.segment_frames:
        return len(lengths) == 1 and lengths[0] == max(1, -(-frames // c.hop))
    pieces = [
        min(c.segment_frames, frames - start) for start in range(0, frames, c.segment_step_frames)
    ]
    return len(lengths) == len(pieces) and all(
        -(-piece // c.hop) <= length <= max(-(-piece // c.hop), -(-c.segment_frames // c.hop))
        for length, piece in zip(lengths, pieces, strict=True)
    )


def kbit_per_s(codes: Codes, geometry: CodecGeometry) -> float:
    """Returns how many thousand bits a second of sound takes."""
    bits = math.log2(geometry.codes) * sum(segment.codes.size for segment in codes.segments)
    return round(bits * codes.rate / codes.frames / 1000, 3)
