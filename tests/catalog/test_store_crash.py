"""The store while processes are ended, or work at the same time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from model_files import write_musicgen

from menura.catalog.store import Store

HERE = Path(__file__).parent
ENVIRON = {**os.environ, "PYTHONPATH": str(HERE)}  # noqa: TID251


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRON)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kind", ["add", "import"])
def test_kill_9_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, kind: str) -> None:
    done = run(str(HERE / "crash_steps.py"), str(tmp_path), kind)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15  # steps there are; the last one ended nothing


ADD = """
import sys, time
from pathlib import Path
from model_files import FakeHub
from menura.catalog import hub, model_card
from menura.catalog.store import Store

work = Path(sys.argv[1])
fake = FakeHub(work / "hub")
fetch = fake.fetch

def slow(*arguments):
    (work / "begun").touch()
    while not (work / "go").exists():
        time.sleep(0.01)
    fetch(*arguments)

hub.listing, hub.fetch = fake.listing, slow
Store(work / "home").add(model_card("musicgen-small"))
print(len(fake.fetched))
"""


def test_two_processes_download_a_model_once(tmp_path: Path) -> None:
    write_musicgen(tmp_path / "hub")
    command = [sys.executable, "-c", ADD, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRON)]
    while not (tmp_path / "begun").exists():
        assert both[0].poll() is None
        time.sleep(0.01)
    both.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRON))
    assert Store(tmp_path / "home").installed() == {}
    (tmp_path / "go").touch()
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(int(text) for text in outputs) == [0, 3]
    installed = Store(tmp_path / "home").installed()["musicgen-small"]
    Store(tmp_path / "home").check(installed)


def test_processes_that_import_at_once_leave_one_whole_model(tmp_path: Path) -> None:
    sources = [write_musicgen(tmp_path / f"source{seed}", seed=seed) for seed in range(4)]
    script = (
        "import sys; from pathlib import Path; from menura.catalog.store import Store; "
        "Store(Path(sys.argv[1])).import_from('tiny', Path(sys.argv[2]))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "home"), str(source)])
        for source in sources
    ]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    store = Store(tmp_path / "home")
    installed = store.check(store.installed()["tiny"])
    assert len(list((tmp_path / "home/models/files/tiny").iterdir())) == 1
    record = json.loads((tmp_path / "home/models/tiny.json").read_text())
    assert record["files"].keys() == installed.files.keys()
