"""The commands of docs/models.md for real models, run with tiny ones under the same names."""

import json
import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from menura.catalog.store import Store
from menura.cli.app import app
from menura.settings import Settings
from menura.studio import Studio

TESTS = Path(__file__).parents[1]
TINY: dict[str, Any] = runpy.run_path(str(TESTS / "runtime" / "tiny_checkpoints.py"))
VOICES: dict[str, Any] = runpy.run_path(str(TESTS / "engines" / "neural" / "tiny_voices.py"))


def write(name: str, folder: Path) -> Path:
    """Writes what stands in for a model."""
    if name == "kokoro":
        return VOICES["write_kokoro"](folder, {"af_heart": 200.0, "am_adam": 400.0})
    if name.startswith("piper"):
        VOICES["write_piper"](folder)
        for suffix in (".onnx", ".onnx.json"):
            (folder / f"tiny{suffix}").rename(folder / f"en_US-lessac-medium{suffix}")
        return folder
    if name.startswith("mms"):
        return VOICES["write_vits"](folder, language="deu")
    config = TINY["musicgen"](melody=name == "musicgen-melody")
    TINY["write_musicgen"](folder, config, window=TINY["WINDOW_FRAMES"])
    return folder


def test_each_model_of_the_page_makes_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import soundfile

    monkeypatch.setenv("MENURA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MENURA_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    t = np.arange(24_000) / 8_000
    soundfile.write("hummed.wav", 0.3 * np.sin(2 * np.pi * 220 * t), 8_000)
    page = (TESTS.parent / "docs/models.md").read_text(encoding="utf-8")
    section = page.partition("## From a model to a file\n")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    pairs = re.findall(r"^menura models add (\S+)\n(menura .+)$", block, re.MULTILINE)
    assert len(pairs) == 5
    store = Store(tmp_path / "home", offline=True)
    for name, command in pairs:
        refused = CliRunner().invoke(app, ["models", "add", name])
        assert name.lower() in str(refused.exception)  # it would be downloaded
        store.import_from(name, write(name, tmp_path / name))
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output, done.exception)
    with Studio(Settings(home=tmp_path / "home", workers=1)) as studio:
        for path in tmp_path.glob("*.wav"):
            if path.name == "hummed.wav":
                continue
            assert studio.verify(path).manifest.state == "trusted"
            assert studio.task_of(path).engine in {name.lower() for name, _ in pairs}
            assert b"rainedAlgorithmicMedia" in path.read_bytes()
    assert len(list(tmp_path.glob("*.wav"))) == 6
    assert json.loads(CliRunner().invoke(app, ["voices", "--json"]).stdout)
