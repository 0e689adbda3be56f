from pathlib import Path
from typing import Any

import numpy as np
import pytest

from menura.errors import InvalidInput, StorageFailed
from menura.settings import Settings


def test_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('record = "hash"\nworkers = 3\nmarking = false\n')
    environ = {"MENURA_HOME": str(tmp_path), "MENURA_WORKERS": "5"}
    settings = Settings.load(environ)
    assert (settings.record, settings.workers, settings.marking) == ("hash", 5, False)
    assert settings.max_input_s == 4 * 3600
    assert settings.home == tmp_path


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"MENURA_HOME": "/m"}, "/m"),
        ({"XDG_DATA_HOME": "/x"}, "/x/menura"),
        ({"LOCALAPPDATA": "/l"}, "/l/menura"),
    ],
)
def test_the_data_folder(environ: dict[str, str], expected: str) -> None:
    assert Settings.load(environ).home == Path(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECORD", "maybe"),
        ("MARKING", "perhaps"),
        ("WORKERS", "many"),
        ("WORKERS", "-1"),
        ("WORKERS", "1e99"),
        ("MAX_INPUT_S", "nan"),
        ("MAX_INPUT_S", "inf"),
        ("SIGNING_CERT", "/x.pem"),
        ("OFFLINE", "maybe"),
        ("MODEL_MEMORY_MB", "0"),
        ("MODEL_IDLE_S", "nan"),
        ("MODEL_WEIGHTS", "int2"),
        ("MODEL_PROVIDER", "tpu"),
    ],
)
def test_bad_values_are_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=name.lower()):
        Settings.load({"MENURA_HOME": str(tmp_path), f"MENURA_{name}": value})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nonsense = 1", InvalidInput),
        ("[[[", InvalidInput),
        ("workers = true", InvalidInput),
        (b"\xff\xfe\x00", InvalidInput),
    ],
)
def test_bad_files_are_named(tmp_path: Path, text: str | bytes, error: type[Exception]) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "config.toml").write_bytes(data)
    with pytest.raises(error):
        Settings.load({"MENURA_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "value",
    [None, 10**5000, 1.5, b"x", [1], object(), np.zeros(3)],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["record", "workers", "marking", "model_weights", "openai_voices"])
def test_values_of_another_type_are_named(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name) as caught:
        Settings(**{"home": tmp_path, name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "environ",
    [7, "MENURA_HOME=/m", ["x"], {"MENURA_HOME": 7}, {"MENURA_WORKERS": 10**5000}, {7: "x"}],
)
def test_an_environment_is_text(environ: Any) -> None:
    with pytest.raises(InvalidInput, match="environment"):
        Settings.load(environ)


def test_a_folder_with_too_long_a_name_is_said_shortly() -> None:
    with pytest.raises(StorageFailed) as caught:
        Settings.load({"MENURA_HOME": "/" + "x" * 100_000})
    assert len(str(caught.value)) < 400


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(StorageFailed):
        Settings.load({"MENURA_HOME": str(tmp_path)})
