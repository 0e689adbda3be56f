"""What is said in a recording, written down by a model that is installed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import files
from menura.audio.limits import Limits
from menura.audio.resample import Resampler
from menura.catalog.store import Store
from menura.dsp.activity import stretches
from menura.errors import InvalidInput, NotFound, Refused, StorageFailed
from menura.runtime import listening
from menura.runtime.listening import Ear
from menura.runtime.session import Machine
from menura.take.writing import check_progress
from menura.text.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed
    from menura.runtime.pool import Pool
    from menura.settings import Settings
    from menura.studio.roster import Roster
    from menura.studio.session import Progress
    from menura.text.transcript import Segment

MAX_DURATION_S = 3600.0
MAX_BYTES = 512 * 1024**2


class Listening:
    """A recording that is being written down: an iterator over its segments, each once.

    Attributes:
        duration_s: of the recording.
        language: that the model is told, or None.
        model: its name.
        ignored: what was asked and is not done.
    """

    def __init__(
        self,
        samples: NDArray[np.float32],
        ear: Ear,
        pool: Pool,
        asked: str | None,
        *,
        translate: bool,
    ) -> None:
        self.duration_s = samples.size / listening.RATE
        self.language = ear.told(asked)
        self.model = ear.installed.name
        unheeded = asked is not None and self.language is None
        self.ignored = (f"language: {self.model} finds it itself",) if unheeded else ()
        self._samples = samples
        self._ear = ear
        self._pool = pool
        self._translate = translate
        self._heard: list[Segment] = []
        self._segments = self._hear()

    def __iter__(self) -> Iterator[Segment]:
        return self._segments

    @property
    def transcript(self) -> Transcript:
        """What has been written down so far."""
        return Transcript(
            text=" ".join(each.text for each in self._heard),
            language=self.language,
            segments=tuple(self._heard),
            words=tuple(word for each in self._heard for word in each.words),
            duration_s=self.duration_s,
            model=self.model,
            ignored=self.ignored,
        )

    def _hear(self) -> Iterator[Segment]:
        rate = listening.RATE
        found = stretches(self._samples, rate, listening.LONGEST_S)
        if not found:
            return
        card = self._ear.installed.card
        with self._pool.lease(
            (listening.LAYOUT, card.name, card.version),
            lambda: self._ear.open(Machine()),
            card.memory_mb,
        ) as listener:
            for begin, end in found:
                piece = self._samples[begin:end]
                segment = listener.hear(
                    piece, begin / rate, self.language, translate=self._translate
                )
                if segment.text:
                    self._heard.append(segment)
                    yield segment


class Transcribing:
    """What a studio does with what is said."""

    settings: Settings
    _roster: Roster

    def listeners(self) -> list[Installed]:
        """Returns the models that are installed and recognise speech, the default first."""
        store = Store(self.settings.home, self.settings.offline)
        found = [
            each
            for each in store.installed().values()
            if each.card.model is not None and each.card.model.layout == listening.LAYOUT
        ]
        return sorted(found, key=lambda each: (-each.card.preference, each.name))

    def transcribe(
        self,
        path: Path | str,
        *,
        language: str | None = None,
        model: str | None = None,
        translate: bool = False,
        progress: Progress | None = None,
    ) -> Transcript:
        """Returns what is said in a recording; nothing is said in silence.

        Args:
            path: a sound file of an hour at most.
            language: that is spoken in it, such as `en`; None = the model finds it.
            model: name of an installed one; None = the first there is.
            translate: whether to write it in English, whatever is spoken.
            progress: called now and then with the share that is done, 0 to 1.

        Raises:
            NotInstalled: without the extra `asr`, or a model.
            NotFound: if there is no such file or model.
            InvalidAudio: if it is no sound file, or too long.
            InvalidInput: if the model does not know the language, or cannot translate.
            Refused: if it is not for commercial use, and only such are allowed.
            EngineFailed, StorageFailed: if the model breaks, or its files are damaged.
        """
        heard = self.listen(
            path, language=language, model=model, translate=translate, progress=progress
        )
        for segment in heard:
            if progress is not None:
                progress(segment.end_s / heard.duration_s)
        return heard.transcript

    def listen(
        self,
        path: Path | str,
        *,
        language: str | None = None,
        model: str | None = None,
        translate: bool = False,
        progress: Progress | None = None,
    ) -> Listening:
        """Returns an iterator over the segments, each as soon as it is written down.

        Raises:
            MenuraError: at once, as `transcribe` does, but EngineFailed.
        """
        check_progress(progress)
        models = self.listeners()
        listening.check_installed(models)
        ear = self._ear(models, model, translate=translate)
        ear.told(language)
        Store(self.settings.home, self.settings.offline).check(ear.installed)
        samples = _decoded(
            files.to_path(path), Limits.of(self.settings), progress or (lambda _: None)
        )
        return Listening(samples, ear, self._roster.models, language, translate=translate)

    def _ear(self, models: list[Installed], name: str | None, *, translate: bool) -> Ear:
        """Returns the model that is asked for, or the first that can do it."""
        found = [each for each in models if name is None or each.name == name.lower()]
        if not found:
            known = ", ".join(each.name for each in models)
            raise NotFound(f"no model that recognises speech is called {name!r:.80}, only {known}")
        allowed = [
            each
            for each in found
            if each.card.licences.commercial or not self.settings.commercial_only
        ]
        if not allowed:
            raise Refused(
                f"{found[0].name} is not licensed for commercial use, and commercial_only is set"
            )
        ears = []
        for each in allowed:
            try:
                ears.append(Ear.of(each))
            except (InvalidInput, StorageFailed):  # it hinders no other
                if len(allowed) == 1:
                    raise
        able = [ear for ear in ears if ear.translates or not translate]
        if not able:
            raise InvalidInput(
                f"{allowed[0].name} does not translate: `menura models add whisper-base` does"
            )
        return able[0]


def _decoded(path: Path, limits: Limits, progress: Progress) -> NDArray[np.float32]:
    """Returns a recording as models hear it: one channel, 16 kHz; shape (frames,)."""
    limits = dataclasses.replace(
        limits,
        max_s=min(limits.max_s, MAX_DURATION_S),
        max_bytes=min(limits.max_bytes, MAX_BYTES),
    )
    resampler: Resampler | None = None
    pieces: list[NDArray[np.float32]] = []
    for block in files.blocks(path, limits):
        mono = block.mono()
        resampler = resampler or Resampler(mono.rate, listening.RATE, 1)
        pieces.append(resampler.process(mono).samples[0])
        progress(0.0)
    if resampler is not None:
        pieces.append(resampler.finish().samples[0])
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
