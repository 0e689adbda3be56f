"""The examples of the README and of the pages about the APIs run against a running server."""

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


PAGES = ("README.md", "docs/api.md", "docs/api-openai.md", "docs/api-elevenlabs.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_example_runs(server: Running, tmp_path: Path, page: str) -> None:
    blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    asking = [block for block in blocks if USUAL in block]
    assert len(asking) == (2 if page == "README.md" else len(blocks))
    for block in asking:
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
