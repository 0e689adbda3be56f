"""An install with tiny neural voices, and a studio on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny_voices import write_kokoro, write_piper, write_vits

from menura.catalog.store import Store
from menura.settings import Settings
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def neural_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a model of each family."""
    folder = tmp_path_factory.mktemp("neural")
    store = Store(folder / "home")
    voices = {"af_heart": 200.0, "am_adam": 400.0, "bf_emma": 250.0, "ef_dora": 300.0}
    told = write_kokoro(folder / "kokoro", voices, durations=True, noise=0.02)
    store.import_from("kokoro", told)
    store.import_from("plain", write_kokoro(folder / "plain", {"af_sky": 220.0}))
    store.import_from("ann", write_piper(folder / "ann"))
    store.import_from("crowd", write_piper(folder / "crowd", ["p225", "A Man"]))
    store.import_from("mms-tts-eng", write_vits(folder / "mms"))
    return folder / "home"


@pytest.fixture(scope="session")
def neural_settings(neural_home: Path) -> Settings:
    return Settings(home=neural_home, workers=1)


@pytest.fixture(scope="session")
def neural_studio(neural_settings: Settings) -> Iterator[Studio]:
    with Studio(neural_settings) as opened:
        yield opened
