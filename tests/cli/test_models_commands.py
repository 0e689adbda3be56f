"""`menura models`: listing, importing, showing and removing models."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def menura(tmp_path: Path, work: Path, inside):
    """Runs the command line in an empty folder, with a data folder of its own, offline."""

    def run(*argv: str, **env: str) -> tuple[int, str, str]:
        environ = {"MENURA_HOME": str(tmp_path / "home"), "MENURA_OFFLINE": "1"}
        return inside(*argv, folder=work, **environ, **env)

    return run


@pytest.fixture
def apart(tmp_path: Path, work: Path):
    """The same, each time as a process of its own."""

    def run(*argv: str, **env: str) -> tuple[int, str, str]:
        environ = {"MENURA_HOME": str(tmp_path / "home"), "PATH": "", "MENURA_OFFLINE": "1", **env}
        done = subprocess.run(
            [sys.executable, "-m", "menura", *argv],
            check=False,
            capture_output=True,
            text=True,
            cwd=work,
            env=environ,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def write_tiny(folder: Path) -> Path:
    folder.mkdir()
    config = {"model_type": "musicgen", "audio_encoder": {"sampling_rate": 16_000}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    save_file({"w": np.ones(64, np.float32)}, folder / "model.safetensors")
    return folder


def test_the_list_has_what_is_here_and_what_can_be_added(menura) -> None:
    code, out, err = menura("models", "list")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "built-in" in rows["arranger"]
    assert "to add" in rows["musicgen-small"]
    assert "about 2,360 MB; weights: CC-BY-NC-4.0, not for commercial use" in rows["musicgen-small"]
    assert "such as piper-en_US-lessac-medium" in rows["piper"]
    assert "{" not in out
    free = menura("models", "list", "--commercial-only")[1]
    assert "kokoro" in free
    assert "musicgen" not in free
    assert menura("models", "list", MENURA_COMMERCIAL_ONLY="1")[1] == free
    cards = {card["name"]: card for card in json.loads(menura("models", "list", "--json")[1])}
    assert cards["arranger"]["installed"] is True
    assert cards["kokoro"]["installed"] is False
    assert cards["kokoro"]["model"]["repository"] == "onnx-community/Kokoro-82M-v1.0-ONNX"


def test_import_show_and_remove(apart, tmp_path: Path) -> None:
    folder = str(write_tiny(tmp_path / "tiny"))
    code, out, err = apart("models", "import", "tiny", "--from", folder)
    assert (code, err) == (0, "")
    assert out == "tiny: installed; weights: not known, not for commercial use\n"
    assert "tiny" in apart("models", "list")[1]
    shown = json.loads(apart("models", "show", "tiny", "--json")[1])
    assert (shown["installed"], shown["origin"], shown["rate"]) == (True, "a folder", 16_000)
    assert set(shown["sha256"]) == {"config.json", "model.safetensors", "tokenizer.json"}
    assert "sha256:" in apart("models", "show", "tiny")[1]
    code, _, err = apart("music", "calm", "--engine", "tiny", MENURA_COMMERCIAL_ONLY="1")
    assert code == 3
    assert "not licensed for commercial use" in err
    code, out, err = apart("models", "add", "tiny")
    assert (code, "models import" in err) == (4, True)
    code, out, _ = apart("models", "remove", "tiny")
    assert (code, out.startswith("tiny: removed")) == (0, True)
    assert apart("models", "show", "tiny")[0] == 4


def test_a_model_of_ones_own_says_its_licence(menura, tmp_path: Path) -> None:
    folder = str(write_tiny(tmp_path / "mine"))
    asked = ("models", "import", "mine", "--from", folder, "--licence", "CC0-1.0", "--commercial")
    assert menura(*asked)[1] == "mine: installed; weights: CC0-1.0\n"
    assert "mine" in menura("models", "list", "--commercial-only")[1]


def test_show_says_how_to_add_what_is_not_here(menura) -> None:
    code, out, err = menura("models", "show", "piper-en_US-lessac-medium")
    assert (code, err) == (0, "")
    assert "`menura models add piper-en_us-lessac-medium`" in out
    assert "licence of weights:" in out
    assert "en/en_US/lessac/medium/en_US-lessac-medium.onnx" in out


@pytest.mark.parametrize("name", ["silero-vad", "speaker-encoder"])
def test_a_model_that_nothing_runs_is_not_offered_as_if_it_worked(menura, name: str) -> None:
    rows = {line.split()[0]: line for line in menura("models", "list")[1].splitlines()}
    assert " not in use " in rows[name]
    assert "to add" not in rows[name]
    code, out, _ = menura("models", "show", name)
    assert code == 0
    first = out.splitlines()[0]
    assert first.startswith(f"nothing in this version uses {name}: an engine that ")
    facts = json.loads(menura("models", "show", name, "--json")[1])
    assert facts["model"]["waits_for"]
    assert facts["tasks"] == []
    code, _, err = menura("models", "add", name)
    assert code == 3  # offline
    assert "nothing in this version uses" in err
    code, _, err = menura("say", "hello", "--engine", name)
    assert code == 2
    assert err.startswith(f"menura: {name} makes nothing itself")


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("add",), 2, "Missing argument"),
        (("add", "gone"), 4, "models list"),
        (("add", "kokro"), 4, "did you mean kokoro"),
        (("add", "hf://evil"), 4, "models list"),
        (("add", "../../x"), 4, "models list"),
        (("add", "formant"), 2, "built in"),
        (("add", "piper"), 2, "piper-en_US-lessac-medium"),
        (("add", "audiogen-medium"), 3, "pickles"),
        (("add", "kokoro"), 3, "models import kokoro --from"),
        (("add", "musicgen-small", "--commercial-only"), 3, "CC-BY-NC-4.0"),
        (("import", "tiny"), 2, "--from"),
        (("import", "tiny", "--from", "gone"), 4, "no folder"),
        (("import", "tiny", "--from", "."), 2, "musicgen-hf"),
        (("import", "formant", "--from", "."), 2, "built-in"),
        (("import", "../x", "--from", "."), 2, "letters"),
        (("import", "tiny", "--from", ".", "--commercial"), 2, "--licence"),
        (("import", "kokoro", "--from", ".", "--licence", "x"), 2, "has a card"),
        (("remove", "kokoro"), 4, "not installed"),
        (("remove", "formant"), 4, "formant"),
        (("remove", "../home"), 4, "models list"),
        (("show", "\x1b[31mx"), 4, "models list"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_writes_nothing(
    menura, tmp_path: Path, argv: tuple[str, ...], code: int, message: str
) -> None:
    found, out, err = menura("models", *argv)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert "\x1b" not in err
    if code != 2 or "menura:" in err:
        assert err.splitlines()[-1].startswith("menura: ")
    assert list((tmp_path / "work").iterdir()) == []
    assert not list((tmp_path / "home").glob("models/*.json"))


def test_a_task_that_names_a_model_says_how_to_add_it(menura) -> None:
    code, out, err = menura("music", "calm piano", "--engine", "musicgen-small")
    assert (code, out) == (4, "")
    assert err == (
        "menura: musicgen-small is not installed: `menura models add musicgen-small` "
        "(about 2,360 MB; weights: CC-BY-NC-4.0, not for commercial use)\n"
    )
