"""Recordings and codes that tasks name: kept in the archive, made by codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.archive import Blobs
from menura.audio import files
from menura.audio.limits import Limits
from menura.engines.base import Coder
from menura.errors import InvalidInput
from menura.runtime.codes import Codes
from menura.studio.ensemble import guarded
from menura.take.writing import check_progress
from menura.tasks import Decoding

if TYPE_CHECKING:
    from pathlib import Path

    from menura.catalog import Card
    from menura.settings import Settings
    from menura.studio.roster import Roster
    from menura.studio.session import Progress

NOBODY = "0" * 64


class SoundKeeping:
    """What a studio does with recordings and codes."""

    settings: Settings
    _roster: Roster

    def keep(self, path: Path | str) -> str:
        """Returns the SHA-256 of a sound file or a file of codes, of which the archive has a copy.

        Tasks name it from then on (`Music.continue_audio`, `Music.melody_audio`,
        `Effect.continue_audio`, `Decoding.codes`), and can be made again as long as it is there.

        Raises:
            NotFound: if there is no such file.
            InvalidInput: if it is neither, or too large to be kept.
            StorageFailed: if the data folder does not take it.
        """
        path = files.to_path(path)
        with files.open_regular(path) as file:
            coded = file.read(4) == b"PK\x03\x04"
        if coded:
            Codes.load(path)
        else:
            files.probe(path, Limits.of(self.settings))
        return Blobs(self.settings.home).keep(path)

    def encode(
        self,
        path: Path | str,
        *,
        model: str | None = None,
        codebooks: int | None = None,
        progress: Progress | None = None,
    ) -> Codes:
        """Returns the codes of a recording; `save` writes them, and a `Decoding` turns them back.

        Args:
            path: a sound file.
            model: name of an installed codec; None = the first there is.
            codebooks: how many to use; None = all that it has.
            progress: called now and then with the share that is done, 0 to 1.

        Raises:
            NotFound, NotInstalled: if there is no such file, or no codec.
            InvalidAudio: if it is no sound file.
            InvalidInput: if the model is no codec, or has not so many codebooks.
        """
        check_progress(progress)
        card = self._coder(model)
        engine = self._roster.engine(card)
        if not isinstance(engine, Coder):
            raise InvalidInput(f"{card.name} makes no codes of sound: name a codec")
        audio = files.read(files.to_path(path), Limits.of(self.settings))
        with guarded(card.name):
            return engine.encode(audio, codebooks, progress or (lambda _: None))

    def _coder(self, model: str | None) -> Card:
        task = Decoding(NOBODY, engine=model)
        return self._roster.catalog.find(task)
