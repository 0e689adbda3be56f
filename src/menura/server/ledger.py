"""`Ledger`: what belongs to whom: takes, voices, dictionaries of each caller, in one file.

The archive knows every take of the install; a caller of the server sees those that are in the
ledger under its own name, and nothing else.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from menura.archive.database import Database
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATABASE = "server.sqlite"
"""Name of the file, in the data folder."""

_MIGRATIONS = (
    """
    CREATE TABLE keys (
        digest TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        made_at TEXT NOT NULL,
        ended_at TEXT
    );
    CREATE TABLE items (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        caller TEXT NOT NULL,
        take TEXT NOT NULL,
        kind TEXT NOT NULL,
        route TEXT NOT NULL,
        made_at TEXT NOT NULL,
        format TEXT NOT NULL,
        facts TEXT NOT NULL
    );
    CREATE INDEX items_by_caller ON items (caller, number);
    CREATE INDEX items_by_take ON items (take, caller);
    CREATE TABLE things (
        caller TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        made_at TEXT NOT NULL,
        facts TEXT NOT NULL,
        PRIMARY KEY (caller, kind, id)
    );
    """,
)


def new_id() -> str:
    """Returns a random id that nobody guesses: 20 letters and digits."""
    return secrets.token_hex(10)


def now() -> str:
    """Returns the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A take as a caller had it made: one line of its history.

    Attributes:
        caller: whose it is.
        take: the take's id.
        kind: the task's kind.
        route: which it came by.
        format: name of the format it was given in.
        facts: whatever the API wants to tell of it later, as plain JSON values.
        id: of the line, random.
        made_at: ISO 8601, UTC.
        number: counts up; later lines have higher ones.
    """

    caller: str
    take: str
    kind: str
    route: str
    format: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=new_id)
    made_at: str = field(default_factory=now)
    number: int = 0


class Ledger:
    """The server's records; safe for many threads and processes.

    Args:
        path: of the file; made on the first write.
    """

    def __init__(self, path: Path) -> None:
        self.database = Database(path, _MIGRATIONS)

    def add_item(self, item: Item) -> None:
        """Writes a line of history."""
        row = asdict(item) | {"facts": json.dumps(dict(item.facts))}
        row.pop("number")
        with self.database.connect(write=True) as database:
            database.execute(
                f"INSERT INTO items ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - our own names
                tuple(row.values()),
            )

    def items(
        self, caller: str, *, before: int | None = None, kind: str | None = None, count: int = 100
    ) -> list[Item]:
        """Returns a caller's lines, the latest first.

        Args:
            caller: whose.
            before: only lines with a lower number.
            kind: only of this kind of task.
            count: at most.
        """
        if not self.database.exists():
            return []
        with self.database.connect() as database:
            rows = database.execute(
                "SELECT * FROM items WHERE caller = ? AND (? IS NULL OR number < ?)"
                " AND (? IS NULL OR kind = ?) ORDER BY number DESC LIMIT ?",
                (caller, before, before, kind, kind, count),
            ).fetchall()
        return [_item(row) for row in rows]

    def item(self, caller: str, name: str) -> Item:
        """Returns a caller's line by its id, or its latest line of a take by the take's id.

        Raises:
            NotFound: if the caller has none such; also if another has.
        """
        if self.database.exists():
            with self.database.connect() as database:
                row = database.execute(
                    "SELECT * FROM items WHERE caller = ? AND (id = ? OR take = ?)"
                    " ORDER BY number DESC LIMIT 1",
                    (caller, name, name),
                ).fetchone()
            if row is not None:
                return _item(row)
        raise NotFound(f"you have made nothing with the id {name!r:.40}")

    def remove_item(self, caller: str, name: str) -> None:
        """Forgets a line of history.

        Raises:
            NotFound: if the caller has none such.
        """
        found = self.item(caller, name)
        with self.database.connect(write=True) as database:
            database.execute("DELETE FROM items WHERE id = ?", (found.id,))

    def put(self, caller: str, kind: str, name: str, facts: Mapping[str, Any]) -> None:
        """Keeps a thing of a caller (a voice, a dictionary) under a name, or renews it."""
        with self.database.connect(write=True) as database:
            database.execute(
                "INSERT INTO things VALUES (?, ?, ?, ?, ?) ON CONFLICT (caller, kind, id)"
                " DO UPDATE SET facts = excluded.facts",
                (caller, kind, name, now(), json.dumps(dict(facts))),
            )

    def get(self, caller: str, kind: str, name: str) -> dict[str, Any] | None:
        """Returns the facts of a thing, with `made_at`; None if the caller has none such."""
        return self.all(caller, kind).get(name)

    def all(self, caller: str, kind: str) -> dict[str, dict[str, Any]]:
        """Returns all of a caller's things of a kind, the oldest first."""
        if not self.database.exists():
            return {}
        with self.database.connect() as database:
            rows = database.execute(
                "SELECT * FROM things WHERE caller = ? AND kind = ? ORDER BY made_at, id",
                (caller, kind),
            ).fetchall()
        return {row["id"]: json.loads(row["facts"]) | {"made_at": row["made_at"]} for row in rows}

    def drop(self, caller: str, kind: str, name: str) -> bool:
        """Forgets a thing; returns whether there was one."""
        with self.database.connect(write=True) as database:
            gone = database.execute(
                "DELETE FROM things WHERE caller = ? AND kind = ? AND id = ?", (caller, kind, name)
            )
        return gone.rowcount > 0

    def holders(self, kind: str, name: str) -> int:
        """Returns how many callers have a thing of this kind and name."""
        if not self.database.exists():
            return 0
        with self.database.connect() as database:
            row = database.execute(
                "SELECT count(*) FROM things WHERE kind = ? AND id = ?", (kind, name)
            ).fetchone()
        return int(row[0])


def _item(row: Any) -> Item:
    values = dict(row)
    return Item(**values | {"facts": json.loads(values["facts"])})
