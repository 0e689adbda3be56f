"""`Take`: one finished result, and how it becomes a file."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.audio import files
from menura.audio.formats import Format, check_suffix
from menura.errors import InvalidInput
from menura.safeguards.provenance import sign_sidecar
from menura.take.writing import check_progress, part_of, pieces, write
from menura.text import captions as caption_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from menura.audio import Audio
    from menura.take.origin import Origin
    from menura.tasks import Task
    from menura.text.captions import Chapter, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was asked, and what came of it, field by field.

    Attributes:
        asked: the caller's own choices.
        understood: what each of them, and each left open, was taken to mean.
        measured: facts of the finished sound.
        ignored: what was asked and not done, one line each.
    """

    asked: Mapping[str, Any]
    understood: Mapping[str, Any]
    measured: Mapping[str, Any]
    ignored: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain JSON values."""
        return {
            "asked": dict(self.asked),
            "understood": dict(self.understood),
            "measured": dict(self.measured),
            "ignored": list(self.ignored),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """A finished result: marked sound and everything known about it.

    Attributes:
        task: the task, with everything that was left open settled.
        audio: the marked sound. Long sounds are read from a temporary file as needed.
        captions: which word sounds when; empty for sound without words.
        chapters: named stretches, in order; a saved file carries them where its format can
            (WAV, FLAC, MP3, Ogg, Opus, M4A), at most 2,000 with titles of 200 characters.
        stems: name -> sound; together they are `audio`.
        score: a standard MIDI file, or None.
        report: asked, understood, measured, ignored.
        recipe: what makes the take again.
        origin: what its files say about where it comes from.
    """

    task: Task
    audio: Audio
    captions: tuple[Word, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    stems: Mapping[str, Audio] = field(default_factory=dict)
    score: bytes | None = None
    report: Report
    recipe: Mapping[str, Any]
    origin: Origin

    @property
    def id(self) -> str:
        """The take's id, 12 hex digits; also the watermark's payload."""
        return self.origin.take_id

    def save(
        self,
        path: Path | str,
        format: str | None = None,  # noqa: A002 - the word users look for
        captions: Path | str | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Path:
        """Writes the take as a tagged and signed file, whole or not at all.

        A format of the telephone (`ulaw`, `alaw`, `wav_ulaw`, `wav_alaw`) gets the level of the
        line, -20 dBm0 of active speech, and its band instead of the level of the take.

        Args:
            path: where; its suffix picks the format unless `format` does. An existing file is
                replaced. Ogg, Opus and raw formats cannot hold a manifest: it is written beside
                them, as `<name>.c2pa`.
            format: such as `wav_24` or `mp3_44100_128`.
            captions: where to write the words' times: .srt, .vtt or .json.
            progress: called now and then with the share that is written, 0 to 1. What it raises
                ends the writing, and nothing is left of it.

        Returns:
            The path of the file.

        Raises:
            InvalidInput: if a format or a path cannot be used.
            StorageFailed: if the disk does not take it; an existing file is then unchanged.
        """
        check_progress(progress)
        path = files.to_path(path)
        chosen = check_suffix(path, Format.parse(format) if format else None)
        if captions is None:
            self._write(path, chosen, progress)
        else:
            with caption_files.writing(files.to_path(captions), self.captions):
                self._write(path, chosen, progress)
        return path

    def _write(
        self,
        path: Path,
        format: Format,  # noqa: A002
        progress: Callable[[float], None] | None,
    ) -> None:
        chapters = self.chapters
        write(self.audio, path, format, self.origin, chapters=chapters, progress=progress)

    def save_stems(
        self,
        folder: Path | str,
        format: str = "wav",  # noqa: A002
        *,
        progress: Callable[[float], None] | None = None,
    ) -> list[Path]:
        """Writes each stem as a tagged and signed file in `folder`, and returns the paths.

        Args:
            folder: where.
            format: of all of them.
            progress: see `save`; what it raises leaves the stems before this one.

        Raises:
            InvalidInput: if the take has no stems, or the format does not exist.
            StorageFailed: if the disk does not take them.
        """
        if not self.stems:
            raise InvalidInput("this take has no stems: it was made in one piece")
        check_progress(progress)
        folder = files.to_path(folder)
        chosen = Format.parse(format)
        paths = []
        for i, (name, audio) in enumerate(self.stems.items(), 1):
            path = folder / f"{i:02} {_file_name(name)}{chosen.suffix}"
            origin = dataclasses.replace(self.origin, title=f"{self.origin.title} ({name})")
            told = part_of(progress, i - 1, len(self.stems))
            write(audio, path, chosen, origin, progress=told)
            paths.append(path)
        return paths

    def save_score(self, path: Path | str) -> Path:
        """Writes the notes as a standard MIDI file, whole or not at all, and returns the path.

        Raises:
            InvalidInput: if the take has no notes.
            StorageFailed: if the disk does not take it.
        """
        if self.score is None:
            raise InvalidInput("this take has no notes: only music has")
        path = files.to_path(path)
        with files.atomic(path) as unfinished:
            unfinished.write_bytes(self.score)
        return path

    def manifest(self) -> bytes:
        """Returns a signed manifest bound to the samples as a plain 16-bit WAV file.

        A stream has no file to hold a manifest: this one is kept in the archive instead.
        """
        with tempfile.TemporaryDirectory(prefix="menura-") as folder:
            source = Path(folder) / "stream.wav"
            files.write(source, pieces(self.audio), Format("wav"), {})
            claim = self.origin.claim("audio/wav", self.audio.duration_s)
            return sign_sidecar(self.origin.authority, claim, source)

    def samples_sha256(self) -> str:
        """Returns the digest of the samples: float32, little-endian, frame by frame."""
        digest = hashlib.sha256()
        for block in pieces(self.audio):
            digest.update(block.samples.T.astype("<f4").tobytes())
        return digest.hexdigest()


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in " -_()" else "_" for c in name)[:60]
