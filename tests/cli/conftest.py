"""What the tests of the command line share."""

from __future__ import annotations

import os
import sys
from contextlib import chdir
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from menura.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def inside(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process: exit code, stdout and stderr.

    For what ends before anything is made. A process of its own takes half a second to start; that
    it ends with the same code and words is for tests that run one.
    """

    def run(*argv: str, folder: Path = tmp_path, **also: str) -> tuple[int, str, str]:
        environ = {"MENURA_HOME": str(home), "PATH": "", "MENURA_WORKERS": "1", **also}
        monkeypatch.setattr(sys, "argv", ["menura", *argv])
        with (
            chdir(folder),
            mock.patch.dict(os.environ, environ, clear=True),  # noqa: TID251
            pytest.raises(SystemExit) as ended,
        ):
            main()
        told = capfd.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run
