"""Models in the studio: there as soon as they are installed, and harmless while they break."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tone_engine import Tones

from menura.catalog.store import Store
from menura.errors import EngineFailed, NotInstalled
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Music, Speech


def write_tiny(folder: Path, seed: int) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "vits", "sampling_rate": 24_000}))
    (folder / "vocab.json").write_text("{}")
    from onnx import TensorProto, helper

    node = helper.make_node("Identity", ["x"], ["y"], name=f"n{seed}")
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    graph = helper.make_model(helper.make_graph([node], "g", ports[:1], ports[1:]))
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", workers=1, offline=True)


def test_a_model_is_there_at_once_and_its_version_names_its_files(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    closed: list[str] = []

    class Engine(Tones):
        def __init__(self, version: str) -> None:
            self.version = version

        def close(self) -> None:
            closed.append(self.version)

    def create(card, settings):
        made.append(card.version)
        return Engine(card.version)

    monkeypatch.setitem(sys.modules, "menura.engines.speech.neural", SimpleNamespace(create=create))
    store = Store(settings.home, offline=True)
    with Studio(settings) as studio:
        with pytest.raises(NotInstalled, match="models add mms-tts-eng"):
            studio.render(Speech("hi", engine="mms-tts-eng"))
        store.import_from("mms-tts-eng", write_tiny(tmp_path / "a", 1))
        first = studio.render(Speech("hi", engine="mms-tts-eng"))
        assert first.recipe["engines"] == {"mms-tts-eng": made[0]}
        studio.render(Speech("ho", engine="mms-tts-eng"))
        assert len(made) == 1
        store.import_from("mms-tts-eng", write_tiny(tmp_path / "a", 2))
        second = studio.render(Speech("hi", engine="mms-tts-eng"))
        assert second.recipe["engines"] == {"mms-tts-eng": made[1]}
        assert made[0] != made[1]
        assert closed == []  # the old one might still be performing
        store.remove("mms-tts-eng")
        with pytest.raises(NotInstalled):
            studio.render(Speech("hi", engine="mms-tts-eng"))
    assert sorted(closed) == sorted(made)


def test_a_model_whose_engine_breaks_hinders_no_other(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(card, settings):
        raise RuntimeError("no such operator")

    monkeypatch.setitem(sys.modules, "menura.engines.speech.neural", SimpleNamespace(create=create))
    Store(settings.home).import_from("mms-tts-eng", write_tiny(tmp_path / "a", 1))
    with Studio(settings) as studio:
        assert "nora" in {voice.name for voice in studio.voices()}
        assert "no such operator" in studio.broken()["mms-tts-eng"]
        assert studio.render(Speech("hi", voice="plain-nora")).audio.duration_s > 0.1
        with pytest.raises((EngineFailed, NotInstalled)):
            studio.render(Speech("hi", engine="mms-tts-eng"))


def test_a_damaged_record_hinders_no_engine(settings: Settings) -> None:
    (settings.home / "models").mkdir(parents=True)
    (settings.home / "models" / "tiny.json").write_text("{")
    with Studio(settings) as studio:
        assert "models remove tiny" in studio.broken()["tiny"]
        assert studio.render(Music("calm", duration_s=2.0)).audio.duration_s > 1
