"""The examples of the pages about other people's APIs run against a running server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Running

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
USUAL = "http://127.0.0.1:8666"


@pytest.mark.parametrize("page", ["api-openai.md", "api-elevenlabs.md"])
def test_every_example_runs(server: Running, tmp_path: Path, page: str) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        assert USUAL in block
        code = block.replace(USUAL, server.url)
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            capture_output=True,
            cwd=tmp_path,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()
    made = [path for path in tmp_path.iterdir() if path.stat().st_size > 1000]
    assert made
