"""`Take`: one finished result, and how it becomes a file."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.audio import files
from menura.audio.chapters import settled
from menura.audio.formats import Format, check_suffix
from menura.audio.spool import let_go
from menura.audio.tags import RECIPE
from menura.audio.telephone import gain_to_line
from menura.errors import InvalidInput
from menura.safeguards.provenance import Claim, sidecar_path, sign, sign_sidecar
from menura.safeguards.watermark import PERIOD_S
from menura.settings import VERSION
from menura.tasks import canonical
from menura.text import captions as caption_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from menura.audio import Audio
    from menura.catalog import Card, SourceType
    from menura.safeguards.authority import Authority
    from menura.tasks import Task
    from menura.text.captions import Chapter, Word

WRITE_FRAMES = 2**16


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every file of a take says about where it comes from.

    Attributes:
        take_id: 12 hex digits, made from the recipe.
        recipe: what makes the take again; a prompt too long for a file is replaced by its hash.
        authority: signs the manifest.
        title: a short name for the take.
        engine: the card of the engine that led.
        source: digital source type of the whole: of all engines' the one furthest from rules.
        made_at: ISO 8601, UTC.
        marked: whether the sound carries the watermark.
        roomy: whether the sound had room for a payload in it.
    """

    take_id: str
    recipe: Mapping[str, Any]
    authority: Authority
    title: str
    engine: Card
    source: SourceType
    made_at: str
    marked: bool
    roomy: bool = True

    @property
    def payload(self) -> bytes | None:
        """What the watermark carries: the take's id; None where marking is off."""
        return bytes.fromhex(self.take_id) if self.marked else None

    def tags(self) -> dict[str, str]:
        """Returns the text that every file of the take carries, where its format can."""
        return {
            "title": self.title,
            "artist": f"menura {self.engine.name} {self.engine.version}",
            "encoder": f"menura {VERSION}",
            "comment": "AI-generated" if self.marked else "AI-generated, without watermark",
            "date": self.made_at,
            "AI_GENERATED": "true",
            "MENURA_TAKE": self.take_id,
            RECIPE: canonical(self.recipe).decode(),
        }

    def claim(self, mime: str, duration_s: float) -> Claim:
        """Returns what the signed manifest of a file states.

        Args:
            mime: the file's media type.
            duration_s: the sound's length; below one period the mark carries presence only.
        """
        payload = self.payload
        if payload is not None and (duration_s < PERIOD_S or not self.roomy):
            payload = b""
        return Claim(
            title=self.title,
            mime=mime,
            source=self.source,
            recipe=self.recipe,
            take_id=self.take_id,
            engine=f"{self.engine.name} {self.engine.version}",
            made_at=self.made_at,
            payload=payload,
        )


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
        path = Path(path)
        chosen = check_suffix(path, Format.parse(format) if format else None)
        if captions is None:
            self._write(path, chosen, progress)
        else:
            with caption_files.writing(Path(captions), self.captions):
                self._write(path, chosen, progress)
        return path

    def _write(
        self,
        path: Path,
        format: Format,  # noqa: A002
        progress: Callable[[float], None] | None,
    ) -> None:
        chapters = self.chapters
        _write(self.audio, path, format, self.origin, chapters=chapters, progress=progress)

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
        chosen = Format.parse(format)
        paths = []
        for i, (name, audio) in enumerate(self.stems.items(), 1):
            path = Path(folder) / f"{i:02} {_file_name(name)}{chosen.suffix}"
            origin = dataclasses.replace(self.origin, title=f"{self.origin.title} ({name})")
            told = _part_of(progress, i - 1, len(self.stems))
            _write(audio, path, chosen, origin, progress=told)
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
        with files.atomic(Path(path)) as unfinished:
            unfinished.write_bytes(self.score)
        return Path(path)

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


def _write(
    audio: Audio,
    path: Path,
    format: Format,  # noqa: A002
    origin: Origin,
    *,
    chapters: Sequence[Chapter] = (),
    progress: Callable[[float], None] | None = None,
) -> None:
    """Encodes, tags and signs, in this order, and only then puts the file in its place."""
    claim = origin.claim(format.mime, audio.duration_s)
    line_gain_db = gain_to_line(pieces(audio), format.law) if format.law else None
    with files.atomic(path) as unsigned:
        files.fill(
            unsigned,
            pieces(audio, progress),
            format,
            origin.tags(),
            chapters=settled(chapters, audio.duration_s),
            line_gain_db=line_gain_db,
        )
        if format.embeds_manifest:
            signed = unsigned.with_name(f"{unsigned.name}.signed")
            try:
                sign(origin.authority, claim, unsigned, signed)
                signed.chmod(0o600)
                signed.replace(unsigned)
            finally:
                signed.unlink(missing_ok=True)
        else:
            with files.atomic(sidecar_path(path)) as sidecar:
                sidecar.write_bytes(sign_sidecar(origin.authority, claim, unsigned))


def pieces(audio: Audio, progress: Callable[[float], None] | None = None) -> Iterator[Audio]:
    """Yields a sound in pieces, of which memory is given back once they are done with.

    Args:
        audio: of any length.
        progress: called with the share that is done.
    """
    for start in range(0, audio.frames, WRITE_FRAMES):
        if progress is not None:
            progress(start / audio.frames)
        yield audio.slice(start, start + WRITE_FRAMES)
        let_go(audio)


def _part_of(
    progress: Callable[[float], None] | None, done: int, parts: int
) -> Callable[[float], None] | None:
    """Returns what tells the progress of one of several equal parts as that of them all."""
    return progress and (lambda share: progress((done + share) / parts))


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in " -_()" else "_" for c in name)[:60]
