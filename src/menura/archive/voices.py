"""`VoiceShelf`: the voices that were designed here and kept, found again by name or id."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, NotFound, Refused, StorageFailed
from menura.tasks import canonical
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.archive.archive import Archive

ID_PREFIX = "v-"
_ID_CHARS = 16
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FACTS = ("language", "gender", "age", "description", "loudness_lufs", "timbre")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row of the shelf.

    Attributes:
        id: of the voice.
        name: it goes by.
        voice: None if the row was damaged or altered.
    """

    id: str
    name: str
    voice: Voice | None


class VoiceShelf:
    """The kept voices, in the archive's file; safe for many processes at once.

    Args:
        archive: whose file it shares.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def add(self, voice: Voice, name: str) -> Voice:
        """Keeps a designed voice under a name, and returns it under that name.

        Raises:
            InvalidInput: if the name is none, or taken, or the voice is kept already.
            Refused: if the voice stands for a person.
            StorageFailed: if the database cannot be written.
        """
        check_voice_name(name)
        if voice.origin != "synthetic":
            raise Refused(
                f"the voice {voice.name!r} stands for a person: only designed ones are kept"
            )
        facts = {field: getattr(voice, field) for field in _FACTS} | {"timbre": dict(voice.timbre)}
        row = (voice_id(voice), name, voice.engine, _now(), json.dumps(facts))
        with self._archive.connect(write=True) as database:
            try:
                database.execute("INSERT INTO voices VALUES (?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError as error:
                same = database.execute("SELECT name FROM voices WHERE id = ?", row[:1]).fetchone()
                raise InvalidInput(
                    f"this very voice is saved already, as {same['name']}"
                    if same is not None
                    else f"a saved voice is called {name!r} already: choose another name"
                ) from error
        return dataclasses.replace(voice, name=name, id=row[0])

    def get(self, name: str) -> Voice:
        """Returns the voice of this name or id.

        Raises:
            NotFound: if none is kept.
            StorageFailed: if it was damaged or altered, or the database cannot be read.
        """
        kept = self._find(name)
        if kept.voice is None:
            raise damaged(kept.name)
        return kept.voice

    def list(self) -> tuple[Kept, ...]:
        """Returns all that is kept, by name.

        Raises:
            StorageFailed: if the database cannot be read.
        """
        if not self._archive.exists():
            return ()
        with self._archive.connect() as database:
            rows = database.execute("SELECT * FROM voices ORDER BY name").fetchall()
        return tuple(_kept(row) for row in rows)

    def rename(self, name: str, new: str) -> None:
        """Gives a kept voice another name; its id stays.

        Raises:
            NotFound: if none is kept under `name`.
            InvalidInput: if the new name is none, or taken.
        """
        check_voice_name(new)
        kept = self._find(name)
        with self._archive.connect(write=True) as database:
            try:
                database.execute("UPDATE voices SET name = ? WHERE id = ?", (new, kept.id))
            except sqlite3.IntegrityError as error:
                raise InvalidInput(
                    f"a saved voice is called {new!r} already: choose another name"
                ) from error

    def remove(self, name: str) -> None:
        """Forgets the voice of this name or id, also a damaged one.

        Raises:
            NotFound: if none is kept.
        """
        kept = self._find(name)
        with self._archive.connect(write=True) as database:
            database.execute("DELETE FROM voices WHERE id = ?", (kept.id,))

    def _find(self, name: str) -> Kept:
        for kept in self.list():
            if name in {kept.name, kept.id}:
                return kept
        raise NotFound(f"no saved voice is called {name!r:.80}; see `menura voices`")


def voice_id(voice: Voice) -> str:
    """Returns the id of a voice: a digest of all that it sounds like and was said of it."""
    timbre = {name: _plain(value) for name, value in voice.timbre.items()}
    facts: dict[str, Any] = {
        "engine": voice.engine,
        "language": voice.language,
        "gender": voice.gender,
        "age": voice.age,
        "description": voice.description,
        "timbre": timbre,
    }
    return ID_PREFIX + hashlib.sha256(canonical(facts)).hexdigest()[:_ID_CHARS]


def check_voice_name(name: str) -> None:
    """Refuses a name that a saved voice cannot have.

    Raises:
        InvalidInput: if it is not 1 to 64 lower-case letters, digits and hyphens, or looks like
            an id.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInput(
            "a saved voice's name is 1 to 64 lower-case letters (a to z), digits and hyphens, "
            f"not {name!r:.80}"
        )
    if name.startswith(ID_PREFIX):
        raise InvalidInput(f"a saved voice's name does not begin with {ID_PREFIX}: ids do")


def damaged(name: str) -> StorageFailed:
    """Returns the error for a row that was damaged or altered."""
    return StorageFailed(
        f"the saved voice {name!r} was damaged or altered, and cannot be used; take it away with "
        f"`menura voices remove {name}`"
    )


def _kept(row: sqlite3.Row) -> Kept:
    return Kept(id=str(row["id"]), name=str(row["name"]), voice=next(_read(row), None))


def _read(row: sqlite3.Row) -> Iterator[Voice]:
    """Yields the voice of a row, if it is what was written: its id says so."""
    try:
        facts = json.loads(row["facts"])
        voice = Voice(name=row["name"], engine=row["engine"], id=row["id"], **facts)
        whole = set(facts) == set(_FACTS) and -70 <= voice.loudness_lufs <= 0
        if whole and voice_id(voice) == row["id"]:
            yield voice
    except (ValueError, TypeError, AttributeError, RecursionError):
        return


def _plain(value: float | str) -> float | str:
    """Returns a value so that 1 and 1.0 are the same."""
    return value if isinstance(value, str) else float(value)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
