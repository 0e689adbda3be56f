"""Adds and imports models in processes of its own that are ended with SIGKILL at every step.

Arguments: an empty folder, and `add` or `import`. Prints how many steps there were. A step is
whatever changes the data folder: an open, a folder made, a rename, a removal, a piece received.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from model_files import FakeHub, write_musicgen

from menura.catalog import hub, model_card
from menura.catalog.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "fake_hub.piece",
}  # fmt: skip


def main(work: Path, kind: str) -> None:
    old, new = write_musicgen(work / "old", seed=1), write_musicgen(work / "new", seed=2)
    fake = FakeHub(new)
    hub.listing, hub.fetch = fake.listing, fake.fetch
    name = "musicgen-small"
    card = model_card(name)
    assert card is not None

    def change(store: Store) -> dict[str, str]:
        if kind == "add":
            return dict(store.add(card).files)
        return dict(store.import_from(name, new).files)

    wanted = change(Store(work / "whole"))  # everything is imported by now
    step = 0
    ended = True
    while ended:
        step += 1
        home = work / f"home{step}"
        before: dict[str, str] = {}
        if kind == "import":
            before = dict(Store(home).import_from(name, old).files)
        ended = killed_at(step, home, change)
        check(Store(home), name, before, wanted)
        fake.fetched.clear()
        assert change(Store(home)) == wanted, step
        check(Store(home), name, wanted, wanted)
        folders = list((home / "models/files" / name).iterdir())
        assert len(folders) == 1, (step, folders)
        assert not list((home / "models/drafts").glob("*/*")), step
        shutil.rmtree(home)
    print(step)  # noqa: T201


def killed_at(step: int, home: Path, change: Callable[[Store], object]) -> bool:
    """Returns whether a process that makes the change was ended at that step."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(event: str, arguments: tuple) -> None:
            if event not in STEPS:
                return
            if event == "open" and not str(arguments[0]).startswith(str(home)):
                return
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        change(Store(home))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, (step, status)
    return os.WIFSIGNALED(status)


def check(store: Store, name: str, *allowed: dict[str, str]) -> None:
    """Raises unless the store has one of these sets of files, whole, or none if one is empty."""
    assert not store.broken()
    installed = store.installed()
    if not installed:
        assert {} in allowed
        return
    assert dict(store.check(installed[name]).files) in allowed


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
