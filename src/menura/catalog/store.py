"""`Store`: the models of an install: added from the hub or a folder, checked, removed.

In the data folder, below `models`:

    NAME.json           what is installed, with digests; the moment it is there, so is the model
    files/NAME/ID/      its files; ID is made of their digests
    drafts/NAME/        what has come so far: a download goes on there
    cache/NAME/ID/KEY/  graphs converted from them
    locks/NAME          held while a process adds, imports or removes

Whoever is ended at any moment leaves the old or the new; what is left over is swept up by the next
change of that model.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from menura.catalog import formats, hub, not_installed, recognition, transfer
from menura.catalog.entries import builtin_cards, model_card
from menura.catalog.installed import Installed, again
from menura.catalog.record import Record, Stored, identity, sync_folder
from menura.errors import InvalidInput, NotFound, Refused, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from menura.catalog.card import Card

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}[a-z0-9]")
CHECKED = 0.97
"""Share of the progress at which the files are there and remain to be checked."""


class Store:
    """The models of an install. Safe for many processes.

    Args:
        home: the data folder.
        offline: never open the network.
    """

    def __init__(self, home: Path, offline: bool = False) -> None:
        self._root = home / "models"
        self._offline = offline
        self._seen: dict[str, tuple[object, Installed]] = {}

    def installed(self) -> Mapping[str, Installed]:
        """Returns the models that are installed, by name; those that are damaged are left out."""
        found: dict[str, Installed] = {}
        for path in self._records():
            with contextlib.suppress(StorageFailed, InvalidInput):
                found[path.stem] = self._read(path)
        return found

    def broken(self) -> Mapping[str, str]:
        """Returns the models whose records or cards cannot be used: name -> reason."""
        found: dict[str, str] = {}
        for path in self._records():
            try:
                self._read(path)
            except (StorageFailed, InvalidInput) as error:
                found[path.stem] = str(error)
        return found

    def get(self, name: str) -> Installed:
        """Returns one installed model.

        Raises:
            NotInstalled: if it is not installed, with the command that adds it.
            NotFound: if menura knows no model of that name.
            StorageFailed: if it is damaged.
        """
        name = name.lower()
        path = self._root / f"{name}.json"
        if NAME.fullmatch(name) and path.exists():
            return self._read(path)
        card = model_card(name)
        if card is None:
            raise NotFound(f"no model is called {name!r:.80}; see `menura models list`")
        raise not_installed(card)

    def add(self, card: Card, progress: Callable[[float], None] | None = None) -> Installed:
        """Downloads a model, or goes on where a download stopped; returns it at once if it is here.

        Raises:
            InvalidInput: if the card is not of one model, or the hub's files are none.
            Refused: if it is published as pickles only, or the install is offline.
            NotFound: if the hub does not have it.
            StorageFailed: if disk or network fail; what has come is kept.
        """
        model = card.model
        if model is None or not model.repository:
            raise InvalidInput(f"{card.name} is built in: there is nothing to add")
        if model.variants:
            raise InvalidInput(f"{card.name} stands for many models: name one, as {model.example}")
        with self._changing(card.name):
            path = self._root / f"{card.name}.json"
            if path.exists():
                return self._read(path)
            if model.convert:
                raise Refused(
                    f"menura does not download {card.name}: {' '.join(model.convert.split())} "
                    f"(docs/models.md; {card.terms})"
                )
            if self._offline:
                raise Refused(
                    f"the setting `offline` is on, so {card.name} is not downloaded; bring its "
                    f"files here and `menura models import {card.name} --from FOLDER`"
                )
            listing = hub.listing(model.repository, model.revision or "main")
            try:
                names = model.choose(listing.files)
            except InvalidInput as error:
                raise InvalidInput(f"{model.repository} on the hub: {error}") from None
            files = {
                name: replace(remote, sha256=model.sha256.get(name) or remote.sha256)
                for name, remote in ((name, listing.files[name]) for name in names)
            }
            with transfer.storage(f"cannot keep {card.name}"):
                draft = self._draft(card.name, listing.commit)
                show = _share(progress, CHECKED)
                digests = hub.bring(model.repository, listing.commit, files, draft, show)
                origin = f"{model.repository} at {listing.commit}"
                return self._settle(card.name, draft, digests, origin, None)

    def import_from(
        self,
        name: str,
        folder: Path,
        progress: Callable[[float], None] | None = None,
        licences: Mapping[str, object] | None = None,
    ) -> Installed:
        """Copies a model from a folder; one of the same name is replaced.

        Args:
            name: one that menura has a card for, or a new one: its card is made of what it finds.
            folder: where the files are, in one of the layouts that menura knows.
            progress: called with the share done.
            licences: what its card says of licences, of a new name.

        Raises:
            InvalidInput: if the name cannot be used, or the files are not a model, whole.
            Refused: if they are pickles.
            NotFound: if there is no such folder.
            StorageFailed: if the disk does not take them; what was there before stays.
        """
        name = _checked_name(name)
        found = recognition.survey(folder)
        card, facts = model_card(name), None
        if card is None:
            card, facts = recognition.recognise(name, found)
            facts |= {"licences": dict(licences)} if licences else {}
        if card.model is None or card.model.variants:
            raise InvalidInput(
                f"{card.name} stands for many models: give this one a name of its own"
            )
        chosen = recognition.choose(card.model, found)
        with self._changing(name):
            draft = self._root / "drafts" / name
            shutil.rmtree(draft, ignore_errors=True)
            try:
                digests = transfer.copy(chosen, draft, _share(progress, CHECKED))
                return self._settle(name, draft, digests, "a folder", facts)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise

    def remove(self, name: str) -> int:
        """Removes a model, what is left of a download, and all graphs made of it.

        Returns:
            How many bytes are free again.

        Raises:
            NotFound, NotInstalled: if it is not installed.
        """
        name = name.lower()
        path = self._root / f"{name}.json"
        draft = self._root / "drafts" / name
        if not NAME.fullmatch(name) or not (path.exists() or draft.exists()):
            self.get(name)
        with self._changing(name):
            path.unlink(missing_ok=True)  # from this moment on it is gone
            sync_folder(self._root)
            freed = 0
            for part in ("files", "drafts", "cache"):
                folder = self._root / part / name
                freed += transfer.size_of(folder)
                shutil.rmtree(folder, ignore_errors=True)
        return freed

    def check(self, installed: Installed) -> Installed:
        """Returns a model whose files are those that were installed: same size, same digest.

        The digest is taken again of each file whose size or time of change is not as recorded.

        Raises:
            StorageFailed: if a file is missing, or has been altered.
        """
        path = self._root / f"{installed.name}.json"
        record = Record.read(path)
        fresh = dict(record.files)
        for name, stored in record.files.items():
            file = installed.folder / name
            stamp = transfer.stamp(file)
            if stamp is None:
                raise StorageFailed(
                    f"{name} of the model {installed.name} is missing; {again(installed.name)}"
                )
            if stamp == (stored.size, stored.mtime_ns):
                continue
            if stamp[0] != stored.size or transfer.digest(file) != stored.sha256:
                raise StorageFailed(
                    f"{name} of the model {installed.name} is not the file that was installed "
                    f"(its SHA-256 differs); {again(installed.name)}"
                )
            fresh[name] = Stored(sha256=stored.sha256, size=stamp[0], mtime_ns=stamp[1])
        if fresh != record.files:
            self._restamp(record, fresh)
        return installed

    def cache(self, installed: Installed, key: str) -> Path:
        """Returns where graphs made of a model belong; whoever makes them makes the folder.

        It goes away with the model, and is another one for other files.
        """
        parent = self._root / "cache" / installed.name / installed.folder.name
        with transfer.storage(f"cannot make {parent}"):
            parent.mkdir(parents=True, exist_ok=True)
        return parent / re.sub(r"[^A-Za-z0-9._-]", "_", key)

    def _records(self) -> list[Path]:
        try:
            return sorted(path for path in self._root.glob("*.json") if NAME.fullmatch(path.stem))
        except OSError:
            return []

    def _read(self, path: Path) -> Installed:
        """Returns what a record says; the same record is read once."""
        with transfer.storage(f"cannot read {path}"):
            facts = path.stat()
        version = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if path.stem in self._seen and self._seen[path.stem][0] == version:
            return self._seen[path.stem][1]
        record = Record.read(path)
        installed = Installed(
            name=record.name,
            folder=self._root / "files" / record.name / record.id,
            card=record.card(),
            files={name: stored.sha256 for name, stored in record.files.items()},
            origin=record.origin,
            added_at=record.added_at,
        )
        self._seen[path.stem] = (version, installed)
        return installed

    @contextlib.contextmanager
    def _changing(self, name: str, wait_s: float = -1) -> Iterator[None]:
        """Keeps other processes from changing the same model; the system frees it if we die.

        Raises:
            StorageFailed: if the data folder cannot be written, or nothing was free in time.
        """
        from filelock import FileLock, Timeout

        with transfer.storage(f"cannot change the model {name}"):
            (self._root / "locks").mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self._root / "locks" / name, timeout=wait_s):
                    yield
            except Timeout as error:
                raise StorageFailed(f"another process is changing the model {name}") from error

    def _draft(self, name: str, commit: str) -> Path:
        """Returns the folder where a download of that commit goes on, or begins."""
        draft = self._root / "drafts" / name
        mark = draft / ".commit"
        if not mark.exists() or mark.read_text(encoding="utf-8") != commit:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            mark.write_text(commit, encoding="utf-8")
        return draft

    def _settle(
        self,
        name: str,
        draft: Path,
        digests: Mapping[str, str],
        origin: str,
        facts: Mapping[str, object] | None,
    ) -> Installed:
        """Checks the files in a draft, puts them in their place, and writes down that they are."""
        try:
            formats.inspect(draft, digests)
        except (InvalidInput, Refused):
            shutil.rmtree(draft, ignore_errors=True)
            raise
        (draft / ".commit").unlink(missing_ok=True)
        files: dict[str, Stored] = {}
        for each, sha256 in digests.items():
            stamp = transfer.stamp(draft / each)
            if stamp is None:
                raise StorageFailed(f"{each} vanished while {name} was installed; try again")
            files[each] = Stored(sha256=sha256, size=stamp[0], mtime_ns=stamp[1])
        record = Record(
            name=name,
            id=identity(digests),
            origin=origin,
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
            facts=facts,
            files=files,
        )
        record.card()
        folder = self._root / "files" / name / record.id
        # A folder without a record is nobody's; one with the same files as now may be replaced.
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(folder)
        sync_folder(folder.parent)
        record.write(self._root / f"{name}.json")
        for other in (*folder.parent.iterdir(), *(self._root / "cache" / name).glob("*")):
            if other.name != record.id:
                shutil.rmtree(other, ignore_errors=True)
        return self._read(self._root / f"{name}.json")

    def _restamp(self, record: Record, files: Mapping[str, Stored]) -> None:
        """Writes down new times of the same files, unless the model is being changed."""
        path = self._root / f"{record.name}.json"
        with contextlib.suppress(StorageFailed), self._changing(record.name, wait_s=0):
            if Record.read(path).id == record.id:
                replace(record, files=files).write(path)


def _checked_name(name: str) -> str:
    """Returns a name for a model.

    Raises:
        InvalidInput: if it is no plain name, or that of a built-in engine.
    """
    lower = name.lower()
    if not NAME.fullmatch(lower) or ".." in lower:
        raise InvalidInput(
            f"a model's name is 2 to 64 letters, digits, dots and hyphens, not {name!r:.80}"
        )
    if lower in {card.name for card in builtin_cards()}:
        raise InvalidInput(f"a built-in engine is called {lower}: give the model another name")
    return lower


def _share(progress: Callable[[float], None] | None, whole: float) -> Callable[[float], None]:
    """Returns a progress that counts up to a part of the whole."""
    return (lambda _: None) if progress is None else (lambda share: progress(share * whole))
