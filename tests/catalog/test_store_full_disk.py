"""A disk that is full at nine tenths of a model: the system refuses, and nothing is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from model_files import write_musicgen

from menura.catalog.store import Store

HERE = Path(__file__).parent
ENVIRON = {**os.environ, "PYTHONPATH": str(HERE)}  # noqa: TID251
FULL_SHARE = 0.9

CHILD = """
import resource, sys
from pathlib import Path
from model_files import FakeHub
from menura.catalog import hub, model_card
from menura.catalog.store import Store
from menura.errors import StorageFailed

work, kind, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
fake = FakeHub(work / "new")
hub.listing, hub.fetch = fake.listing, fake.fetch
store = Store(work / "home")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    if kind == "add":
        store.add(model_card("musicgen-small"))
    else:
        store.import_from("musicgen-small", work / "new")
except StorageFailed as error:
    print(error)
    sys.exit(7)
print(max((offset for _, offset in fake.fetched), default=0))
"""


def change(work: Path, kind: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(work), kind, str(limit)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRON)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("kind", ["add", "import"])
def test_what_is_full_at_nine_tenths_goes_on_later(tmp_path: Path, kind: str) -> None:
    whole = (write_musicgen(tmp_path / "new", seed=2) / "model.safetensors").stat().st_size
    store = Store(tmp_path / "home")
    old = None
    if kind == "import":
        old = store.import_from("musicgen-small", write_musicgen(tmp_path / "old", seed=1))
    failed = change(tmp_path, kind, int(FULL_SHARE * whole))
    assert failed.returncode == 7, failed.stderr
    assert "the disk is full; make room and run the command again" in failed.stdout
    assert len(failed.stdout.splitlines()) == 1
    assert not store.broken()
    if old is None:
        assert store.installed() == {}
    else:
        assert store.check(store.installed()["musicgen-small"]).files == old.files
        assert not list((tmp_path / "home/models/drafts").glob("*/*"))
    done = change(tmp_path, kind)
    assert done.returncode == 0, done.stderr
    if kind == "add":  # it goes on where the disk was full
        assert int(done.stdout) > 0.8 * whole
    new = store.check(store.installed()["musicgen-small"])
    assert old is None or new.files != old.files
    assert not list((tmp_path / "home/models/drafts").glob("*/*"))
