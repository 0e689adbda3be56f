"""Runs every example in the README, the guides and CONTRIBUTING, as a reader would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/guide.md", "docs/music.md", "docs/effects.md")
SERVED = "http://127.0.0.1:8666"  # tests/server/test_api_pages.py runs what asks a server
BLOCK = re.compile(r"^( *)```(console|python)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def _blocks(page: str) -> list[tuple[str, str]]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        (kind, re.sub(rf"^{indent}", "", body, flags=re.MULTILINE))
        for indent, kind, body in BLOCK.findall(text)
        if SERVED not in body
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_example_of_a_page_runs(page: str, tmp_path: Path, home: Path, monkeypatch) -> None:
    monkeypatch.setenv("MENURA_HOME", str(home))
    monkeypatch.setenv("MENURA_WORKERS", "1")  # the other cores have other tests
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    blocks = _blocks(page)
    assert len(blocks) >= 2
    for kind, body in blocks:
        commands = [[sys.executable, "-c", body]]
        if kind == "console":
            lines = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
            commands = [["bash", "-c", line] for line in lines]
        for command in commands:
            done = subprocess.run(command, check=False, capture_output=True, cwd=tmp_path)
            assert done.returncode == 0, f"{command[-1]}\n{done.stderr.decode()}"


def test_the_engine_of_the_contributors_page_works(settings, monkeypatch) -> None:
    from types import SimpleNamespace

    import menura
    from menura.catalog import Card
    from menura.studio import roster

    (_, body), *_ = _blocks("CONTRIBUTING.md")
    names: dict = {}
    exec(body, names)  # noqa: S102 - our own page
    card = (ROOT / "src/menura/catalog/entries/formant.toml").read_text(encoding="utf-8")
    module = SimpleNamespace(card=lambda: Card.parse(card, "beeps"), create=names["create"])
    point = SimpleNamespace(name="beeps", load=lambda: module)
    monkeypatch.setattr(roster, "entry_points", lambda group: [point])
    with menura.Studio(settings) as studio:
        take = studio.render(menura.Speech("beep beep", engine="beeps"))
    assert take.audio.duration_s == pytest.approx(9 / 8, abs=0.01)
    assert take.recipe["engines"] == {"beeps": "1"}


def test_links_between_pages_lead_somewhere() -> None:
    for page in ROOT.rglob("*.md"):
        if ".venv" in page.parts or "node_modules" in page.parts:
            continue
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_demo_finds_everything_marked_and_trusted(
    tmp_path: Path, home: Path, monkeypatch
) -> None:
    monkeypatch.setenv("MENURA_HOME", str(home))
    monkeypatch.setenv("MENURA_WORKERS", "1")  # the other cores have other tests
    monkeypatch.setenv("COLUMNS", "100")
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples/demo.py"), "A text of one's own."],
        check=False,
        capture_output=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().count("trusted") == 20
    assert len(list((tmp_path / "out").glob("*.vtt"))) == 14
