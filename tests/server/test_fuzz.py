"""Tests that what the OpenAPI describes, sent right and wrong, is never too much for the server."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from menura.server import elevenlabs, native, openai
from menura.server.app import create_app
from menura.server.problems import Problem
from menura.settings import Settings

FUZZ = Path(__file__).parent.parent.parent / "benchmarks" / "fuzz_server.py"
CASES = 150


@pytest.fixture
def needs_schemathesis(request: pytest.FixtureRequest) -> None:
    if importlib.util.find_spec("schemathesis") is None:
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `browser` is not installed")
        pytest.skip("needs the extra `browser`")


@pytest.mark.slow
@pytest.mark.usefixtures("needs_schemathesis")
def test_nothing_that_is_described_breaks_it(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    done = subprocess.run(
        [sys.executable, FUZZ, "--cases", str(CASES), "--seed", "3", "--json", found],
        check=False,
        capture_output=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    facts = json.loads(found.read_text(encoding="utf-8"))
    assert facts["errors"] == []
    assert facts["cases"] >= CASES
    assert {"200", "404"} < set(facts["statuses"])


def test_every_route_has_a_name_of_its_own_and_tells_its_errors(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, server_workers=1))
    with warnings.catch_warnings(action="error"):
        paths = app.openapi()["paths"]
    operations = {(m, path): each for path, ways in paths.items() for m, each in ways.items()}
    names = [each["operationId"] for each in operations.values()]
    assert len(names) == len(set(names))
    for (_, path), each in operations.items():
        if re.match(r"/(api|v1|v2)/", path):
            assert {"4XX", "501", "503", "507"} <= set(each["responses"]), path


@pytest.mark.usefixtures("needs_schemathesis")
@pytest.mark.parametrize("api", [elevenlabs, native, openai], ids=lambda api: api.__name__)
@pytest.mark.parametrize("status", [400, 404, 422, 429, 501])
def test_errors_are_as_they_are_described(api, status: int) -> None:
    import jsonschema_rs  # schemathesis brings it

    described = jsonschema_rs.validator_for(api.SCHEMA)
    problem = Problem(status=status, code="x", message="Why.", param="a.b")
    told = json.loads(bytes(api.tell(problem).body))
    assert described.is_valid(told)
    assert not described.is_valid(dict.fromkeys(told))
