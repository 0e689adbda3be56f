"""Models while processes are ended, disks are full and networks broken: first nothing, then all."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from menura.catalog.store import Store

TESTS = Path(__file__).parents[1]
TINY: dict[str, Any] = runpy.run_path(str(TESTS / "runtime" / "tiny_checkpoints.py"))
VOICES: dict[str, Any] = runpy.run_path(str(TESTS / "engines" / "neural" / "tiny_voices.py"))
ENVIRON = {**os.environ, "OMP_NUM_THREADS": "1"}  # noqa: TID251

CHILD = """
import os, resource, signal, sys
from pathlib import Path
from menura.errors import StorageFailed
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Music, Speech

home, kind, step, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
taken = [0]

def count(event, arguments):
    if event in STEPS and str(arguments[0]).startswith(str(home / "models")):
        taken[0] += 1
        if taken[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)

task = (
    Speech("Hello there.", engine="ann", seed=1)
    if kind == "speech"
    else Music("calm piano", engine="tiny", duration_s=1, seed=1)
)
# Without a mark: each install makes it with a key of its own.
with Studio(Settings(home=home, workers=1, offline=True, marking=False)) as studio:
    sys.addaudithook(count)
    if limit:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        print(studio.render(task).samples_sha256(), taken[0])
    except StorageFailed as error:
        print(error)
        sys.exit(7)
"""


def perform(
    home: Path, kind: str, step: int = 0, limit: int = 0
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(home), kind, str(step), str(limit)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRON)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("models")
    TINY["write_musicgen"](folder / "tiny", TINY["musicgen"](), window=TINY["WINDOW_FRAMES"])
    return {
        "speech": ("ann", VOICES["write_piper"](folder / "ann")),
        "music": ("tiny", folder / "tiny"),
    }


def left_over(home: Path) -> list[str]:
    """Returns what lies beside finished graphs, but for locks, which stay."""
    names = [path.name for path in home.glob("models/cache/*/*/*")]
    return [n for n in names if not n.endswith(".lock") and n not in {"speech-1", "codec-lm-int8"}]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("kind", ["speech", "music"])
def test_kill_9_while_a_model_is_made_ready_and_loaded_and_then_again(
    models: dict[str, tuple[str, Path]], tmp_path: Path, kind: str
) -> None:
    name, source = models[kind]
    Store(tmp_path / "whole").import_from(name, source)
    digest, steps = perform(tmp_path / "whole", kind).stdout.split()
    second, loading = perform(tmp_path / "whole", kind).stdout.split()
    assert second == digest
    assert int(steps) > int(loading) > 0
    home = tmp_path / "ended"
    Store(home).import_from(name, source)
    making = int(steps) - int(loading)
    for point in (making // 3, making - 2, making):
        assert perform(home, kind, step=point).returncode == -9
    perform(home, kind)
    for point in (1, int(loading)):
        assert perform(home, kind, step=point).returncode == -9
    again = perform(home, kind)
    assert again.stdout.split()[:1] == [digest], again.stderr
    assert left_over(home) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("kind", ["speech", "music"])
def test_a_disk_that_is_full_at_nine_tenths_of_the_graphs_leaves_none(
    models: dict[str, tuple[str, Path]], tmp_path: Path, kind: str
) -> None:
    name, source = models[kind]
    Store(tmp_path / "whole").import_from(name, source)
    digest = perform(tmp_path / "whole", kind).stdout.split()[0]
    made = [p for p in tmp_path.glob("whole/models/cache/*/*/*/**/*") if p.is_file()]
    limit = int(0.9 * max(path.stat().st_size for path in made))
    home = tmp_path / "home"
    Store(home).import_from(name, source)
    failed = perform(home, kind, limit=limit)
    assert failed.returncode == 7, failed.stderr
    assert len(failed.stdout.splitlines()) == 1
    assert not [path for path in home.glob("models/cache/*/*/*") if path.is_dir()]
    again = perform(home, kind)
    assert again.stdout.split()[:1] == [digest], again.stderr
    assert left_over(home) == []


@pytest.mark.parametrize("kind", ["speech", "music"])
def test_values_that_are_no_numbers_leave_no_file(tmp_path: Path, kind: str) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    if kind == "speech":
        voice = {"af_x": 200.0}
        VOICES["write_kokoro"](tmp_path / "odd", voice, level=float("nan"))
        words = ["say", "Hello."]
    else:
        huge = {"decoder.lm_heads.0.weight": np.full((32, 32), 3e38, np.float32)}
        TINY["write_musicgen"](tmp_path / "odd", TINY["musicgen"](), spoil=huge)
        words = ["music", "calm", "--duration", "1"]
    Store(home).import_from("odd", tmp_path / "odd")
    own = {"MENURA_HOME": str(home), "MENURA_OFFLINE": "1", "MENURA_MODEL_WEIGHTS": "fp32"}
    for output in ("noise.wav", "-"):
        done = subprocess.run(
            [sys.executable, "-m", "menura", *words, "--engine", "odd", "-o", output],
            check=False,
            capture_output=True,
            cwd=work,
            env=ENVIRON | own,
        )
        assert done.returncode not in {0, 1}
        lines = done.stderr.decode().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("menura: ")
        assert "no numbers" in lines[0]
        assert done.stdout == b""
        assert list(work.iterdir()) == []


@pytest.mark.parametrize("kept", [0, 100])
def test_a_rewritten_graph_that_is_damaged_is_made_again(
    models: dict[str, tuple[str, Path]], tmp_path: Path, kept: int
) -> None:
    name, source = models["speech"]
    Store(tmp_path).import_from(name, source)
    digest = perform(tmp_path, "speech").stdout.split()[0]
    (graph,) = tmp_path.glob("models/cache/*/*/speech-1/graph.onnx")
    graph.write_bytes(graph.read_bytes()[:kept])
    assert perform(tmp_path, "speech").stdout.split()[:1] == [digest]
