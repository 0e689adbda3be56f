"""Keys of the server's callers: 256 random bits each, of which only a digest is kept.

A key's name is whose it is: takes and voices belong to the name's id, which stays the same when
the key is rotated and is a new one when a removed name is added again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from menura.errors import InvalidInput, NotFound
from menura.server.callers import Caller
from menura.server.ledger import new_id, now

if TYPE_CHECKING:
    from menura.archive.database import Database

PREFIX = "mk_"
MAX_NAME_CHARS = 64
MAX_KEY_CHARS = 200
"""Whatever is longer is no key of ours, and is not even hashed."""
MAX_GRACE_S = 30 * 24 * 3600.0
FRESH_S = 1.0
"""How long the ring trusts what it read: a removed key opens nothing after so long."""
AGAIN_S = 0.1
"""How long it waits at least before it looks again for a key that it does not know."""
_NAME = re.compile(r"[\w.@ -]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of a key; not the key itself.

    Attributes:
        id: of whose it is.
        name: of whose it is.
        made_at: ISO 8601, UTC.
        ended_at: when it opens nothing any more; None = not yet known.
    """

    id: str
    name: str
    made_at: str
    ended_at: str | None

    @property
    def ended(self) -> bool:
        """Whether it opens nothing any more."""
        return self.ended_at is not None and self.ended_at <= now()


class Keys:
    """The keys of an install.

    Args:
        database: of the ledger.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str) -> tuple[Key, str]:
        """Returns a new key and its secret, which nobody can tell again.

        Args:
            name: whose it is, such as the program's or the person's.

        Raises:
            InvalidInput: if the name is taken, or cannot be used.
        """
        if len(name) > MAX_NAME_CHARS or not _NAME.fullmatch(name) or name != name.strip():
            raise InvalidInput(
                f"the name of a key is 1 to {MAX_NAME_CHARS} letters, digits, spaces, . _ @ or -"
            )
        if any(key.name == name for key in self.all()):
            raise InvalidInput(
                f"there is a key {name!r}: rotate or remove it, or take another name"
            )
        return self._make(new_id(), name)

    def rotate(self, name: str, grace_s: float = 0.0) -> tuple[Key, str]:
        """Returns a name's new key and its secret; the old one ends.

        Args:
            name: whose.
            grace_s: how long the old key still works.

        Raises:
            NotFound: if there is no such key.
            InvalidInput: if the grace cannot be given.
        """
        if not 0.0 <= grace_s <= MAX_GRACE_S:
            raise InvalidInput(f"the grace is 0 to {MAX_GRACE_S:.0f} seconds")
        known = self._named(name)
        end = (datetime.now(UTC) + timedelta(seconds=grace_s)).isoformat(timespec="milliseconds")
        with self._database.connect(write=True) as database:
            database.execute("DELETE FROM keys WHERE id = ? AND ended_at <= ?", (known.id, now()))
            database.execute(
                "UPDATE keys SET ended_at = min(coalesce(ended_at, ?), ?) WHERE id = ?",
                (end, end, known.id),
            )
        return self._make(known.id, name)

    def remove(self, name: str) -> None:
        """Ends all keys of a name.

        Raises:
            NotFound: if there is no such key.
        """
        known = self._named(name)
        with self._database.connect(write=True) as database:
            database.execute("DELETE FROM keys WHERE id = ?", (known.id,))

    def all(self) -> list[Key]:
        """Returns what is known of all keys that have not ended, the oldest first."""
        return list(self.by_digest().values())

    def by_digest(self) -> dict[str, Key]:
        """Returns all keys that have not ended, by the digest of their secret."""
        if not self._database.exists():
            return {}
        with self._database.connect() as database:
            rows = database.execute("SELECT * FROM keys ORDER BY made_at, digest").fetchall()
        keys = {row["digest"]: Key(**{k: row[k] for k in Key.__slots__}) for row in rows}
        return {digest: key for digest, key in keys.items() if not key.ended}

    def _named(self, name: str) -> Key:
        for key in self.all():
            if key.name == name:
                return key
        raise NotFound(f"there is no key {name!r:.80}: see `menura serve keys list`")

    def _make(self, owner: str, name: str) -> tuple[Key, str]:
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(id=owner, name=name, made_at=now(), ended_at=None)
        with self._database.connect(write=True) as database:
            database.execute(
                "INSERT INTO keys (digest, id, name, made_at) VALUES (?, ?, ?, ?)",
                (digest_of(secret), key.id, key.name, key.made_at),
            )
        return key, secret


def digest_of(secret: str) -> str:
    """Returns what is kept of a key: random 256 bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class Ring:
    """The keys as a running server asks for them: read again at most every second.

    Args:
        keys: of the install.
        always: whether a key is asked for even if there is none.
    """

    def __init__(self, keys: Keys, *, always: bool) -> None:
        self._keys = keys
        self._known: dict[str, Key] = {}
        self._read_at = float("-inf")
        self._asked = always

    async def asked(self) -> bool:
        """Whether callers need a key. Once one was seen this stays so, if it is removed too."""
        await self._refresh()
        return self._asked

    async def caller(self, secret: str) -> Caller | None:
        """Returns whose key this is; None if nobody's."""
        if not 0 < len(secret) <= MAX_KEY_CHARS:
            return None
        await self._refresh()
        digest = digest_of(secret)
        if digest not in self._known:
            await self._refresh(AGAIN_S)  # it may be new
        key = self._known.get(digest)
        return None if key is None or key.ended else Caller(id=key.id, name=key.name)

    async def _refresh(self, after_s: float = FRESH_S) -> None:
        if time.monotonic() - self._read_at > after_s:
            self._known = await asyncio.to_thread(self._keys.by_digest)
            self._read_at = time.monotonic()
            self._asked = self._asked or bool(self._known)
