"""`VoiceShelf`: the voices that were designed here and kept, found again by name or id.

An id is a digest without a key: a row that was changed no longer fits its id, but who can write to
the file can make up a row with an id of its own. What then guards is that numbers out of range are
no voice, that only synthetic voices are kept, and that recipes name voices by their ids.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, NotFound, Refused, StorageFailed, shown
from menura.tasks import canonical
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.archive.archive import Archive

ID_PREFIX = "v-"
_ID_CHARS = 16
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FACTS = ("language", "gender", "age", "description", "loudness_lufs", "timbre")
_GENDERS = frozenset({"woman", "man", "child", "neutral"})
_AGES = frozenset({"child", "young", "adult", "elder"})
_LEAST_LUFS, _MOST_LUFS = -50.0, -10.0
"""Of plain, unmastered speech: with some room around all voices that engines come with."""


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
            InvalidInput: if the name is none, or taken, or the voice is kept already, or is none
                that could be read back.
            Refused: if the voice comes with a trained model, or stands for a person.
            StorageFailed: if the database cannot be written.
        """
        check_voice_name(name)
        if voice.origin != "synthetic":
            learnt = voice.origin == "trained"
            whose = "is learnt from people" if learnt else "stands for a person"
            raise Refused(f"the voice {voice.name!r} {whose}: only designed ones are kept")
        _check(voice)
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
            raise damaged(kept)
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
        is_name = isinstance(name, str)
        found = [kept for kept in self.list() if is_name and name in {kept.name, kept.id}]
        if found:
            # What is whole is never hidden by a damaged row that has taken its name or id.
            return min(found, key=lambda kept: (kept.voice is None, kept.id != name))
        raise NotFound(f"no saved voice is called {shown(name)}; see `menura voices`")


def voice_id(voice: Voice) -> str:
    """Returns the id of a voice: a digest of all that it sounds like and was said of it.

    Its loudness counts, because streams are levelled with it: same id, same samples.
    """
    timbre = {name: _plain(value) for name, value in voice.timbre.items()}
    facts: dict[str, Any] = {
        "engine": voice.engine,
        "language": voice.language,
        "gender": voice.gender,
        "age": voice.age,
        "description": voice.description,
        "loudness_lufs": _plain(voice.loudness_lufs),
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
            f"not {shown(name)}"
        )
    if name.startswith(ID_PREFIX):
        raise InvalidInput(f"a saved voice's name does not begin with {ID_PREFIX}: ids do")


def damaged(kept: Kept) -> StorageFailed:
    """Returns the error for a row that was damaged or altered."""
    usable = _NAME.fullmatch(kept.name) and not kept.name.startswith(ID_PREFIX)
    handle = kept.name if usable else kept.id
    return StorageFailed(
        f"the saved voice {kept.name!r:.80} was damaged or altered, and cannot be used; take it "
        f"away with `menura voices remove {handle:.80}`"
    )


def _kept(row: sqlite3.Row) -> Kept:
    return Kept(id=str(row["id"]), name=str(row["name"]), voice=next(_read(row), None))


def _read(row: sqlite3.Row) -> Iterator[Voice]:
    """Yields the voice of a row, if it is what was written: its id says so."""
    try:
        check_voice_name(row["name"])
        facts = json.loads(row["facts"])
        voice = Voice(name=row["name"], engine=row["engine"], id=row["id"], **facts)
        _check(voice)
        whole = set(facts) == set(_FACTS) and voice_id(voice) == row["id"]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return
    if whole:
        yield voice


def _check(voice: Voice) -> None:
    """Refuses what is no voice, whatever its engine makes of the timbre.

    Raises:
        InvalidInput: if a fact is of the wrong type, or out of range.
    """
    for field in ("engine", "language", "gender", "age", "description"):
        value = getattr(voice, field)
        if not isinstance(value, str):
            raise InvalidInput(f"the {field} of a voice is a string, not {value!r:.40}")
    if voice.gender not in _GENDERS or voice.age not in _AGES:
        raise InvalidInput(f"no voice is {voice.gender!r:.40} and {voice.age!r:.40}")
    loudness = voice.loudness_lufs
    if type(loudness) not in {int, float} or not _LEAST_LUFS <= loudness <= _MOST_LUFS:
        raise InvalidInput(
            f"a voice has {_LEAST_LUFS:g} to {_MOST_LUFS:g} LUFS, not {loudness!r:.40}"
        )


def _plain(value: float | str) -> float | str:
    """Returns a value so that 1 and 1.0 are the same."""
    return value if isinstance(value, str) else float(value)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
