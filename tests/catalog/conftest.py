"""A hub without a network, and a store in an empty data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from model_files import FakeHub, write_musicgen

from menura.catalog import hub
from menura.catalog.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub(write_musicgen(tmp_path / "hub"))
    monkeypatch.setattr(hub, "listing", fake.listing)
    monkeypatch.setattr(hub, "fetch", fake.fetch)
    return fake


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", offline=False)
