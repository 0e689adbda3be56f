"""Who asks for a plan, notes or stems gets an engine that has them, or a word before any sound."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from menura.catalog.store import Store
from menura.cli.app import app
from menura.engines.codec_lm import CodecModel
from menura.errors import InvalidInput
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Effect, Music, Speech

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
MAKER = runpy.run_path(str(Path(__file__).with_name("test_codec_lm_engine.py")))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An install in which models are the first choice for music and effects."""
    folder = tmp_path_factory.mktemp("checkpoints")
    settings = Settings(home=tmp_path_factory.mktemp("home"), workers=1, offline=True)
    store = Store(settings.home, offline=True)
    TINY["write_musicgen"](folder / "lm", TINY["musicgen"](), window=TINY["WINDOW_FRAMES"])
    store.import_from("tiny", folder / "lm")
    store.import_from("tiny-effects", MAKER["write_audiocraft"](folder))
    return settings


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a model was asked to make."""
    asked: list[str] = []
    perform = CodecModel.perform

    def told(self: CodecModel, wish: Any) -> Any:
        asked.append(wish.prompt)
        return perform(self, wish)

    monkeypatch.setattr(CodecModel, "perform", told)
    return asked


@pytest.fixture
def menura(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command in this process, in an empty folder."""
    monkeypatch.setenv("MENURA_HOME", str(settings.home))
    monkeypatch.setenv("MENURA_WORKERS", "1")
    monkeypatch.chdir(tmp_path)
    return lambda words: CliRunner().invoke(app, words)


@pytest.mark.parametrize(
    ("task", "engine"),
    [
        (Music("calm piano", duration_s=2), "arranger"),
        (Effect("a knock"), "foley"),
    ],
)
def test_engines_without_plans_give_way(settings: Settings, task: Any, engine: str) -> None:
    with Studio(settings) as studio:
        for planned, name in ((False, engine), (True, engine)):
            stream = studio.stream(task, planned=planned)
            stream.close()
            assert (stream.origin.engine.name == name) == planned
        take = studio.render(task, planned=True)
        assert take.origin.engine.name == engine
        assert "engine" not in take.report.asked
        assert studio.plan(take.task)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (Music("calm", engine="tiny", duration_s=2), "tiny makes music .* the engine arranger has"),
        (Effect("rain", engine="tiny-effects"), "tiny-effects makes effect .* foley has"),
        (Music("calm", options=(("top_k", 5),)), "tiny makes music without a plan, notes or stems"),
        (Speech("a"), "makes speech without a plan, notes or stems$"),
    ],
)
def test_what_has_none_is_refused_before_any_sound(
    settings: Settings, task: Any, said: str, silent: list[str]
) -> None:
    with Studio(settings) as studio, pytest.raises(InvalidInput, match=said):
        studio.render(task, planned=True)
    assert not silent


@pytest.mark.parametrize(
    ("command", "option", "name"),
    [
        ("music", "--midi", "a.mid"),
        ("music", "--plan-out", "a.toml"),
        ("music", "--stems", "parts"),
        ("effect", "--plan-out", "a.toml"),
        ("effect", "--stems", "parts"),
    ],
)
def test_on_the_command_line(
    menura: Any, silent: list[str], command: str, option: str, name: str
) -> None:
    prompt = "calm piano" if command == "music" else "a knock on a door"
    words = [command, prompt, "--duration", "2", "-o", "a.wav", option, name]
    done = menura(words)
    assert done.exit_code == 0, done.output
    assert Path(name).exists()
    model = "tiny" if command == "music" else "tiny-effects"
    Path("a.wav").unlink()
    done = menura([*words[:-1], "other", "--engine", model])
    assert isinstance(done.exception, InvalidInput)
    assert not silent
    assert not Path("a.wav").exists()
    assert not Path("other").exists()
