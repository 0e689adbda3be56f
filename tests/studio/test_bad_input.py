"""What a caller may hand over by mistake: every call answers with an error of menura's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import menura
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUGE = 10**5000
NO_PATHS = (None, 123, HUGE, 1.5, True, b"x", [], {}, object(), np.zeros(3), "", "a\0b", "\ud800")
NO_NAMES = (None, 123, HUGE, math.nan, b"x", [], {}, {"a"}, object(), np.zeros(3), "", "\ud800")
NO_TASKS = (None, "hello", 7, math.nan, {"kind": "speech", "text": "x"}, menura.Speech, b"x")
NO_LISTENERS = (123, math.nan, "x", b"x", [1], {"a": 1}, object(), np.zeros(3))


def kind(value: object) -> str:
    return type(value).__name__


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(menura.MenuraError) as caught:
        act()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("call", ["render", "stream", "prepare", "plan"])
@pytest.mark.parametrize("value", NO_TASKS, ids=kind)
def test_what_is_no_task_is_refused(studio: Studio, call: str, value: Any) -> None:
    refused(lambda: getattr(studio, call)(value))


@pytest.mark.parametrize("call", ["verify", "redo", "task_of", "keep", "tune"])
@pytest.mark.parametrize("value", NO_PATHS, ids=kind)
def test_what_is_no_path_is_refused(studio: Studio, call: str, value: Any) -> None:
    refused(lambda: getattr(studio, call)(value))


@pytest.mark.parametrize("call", ["card", "save_voice", "check_voice_name", "remove_voice"])
@pytest.mark.parametrize("value", NO_NAMES, ids=kind)
def test_what_is_no_name_is_refused(studio: Studio, call: str, value: Any) -> None:
    arguments = (value, "zed") if call == "save_voice" else (value,)
    refused(lambda: getattr(studio, call)(*arguments))


@pytest.mark.parametrize("value", NO_NAMES, ids=kind)
def test_a_voice_is_renamed_by_names(studio: Studio, value: Any) -> None:
    refused(lambda: studio.rename_voice(value, "zed"))
    refused(lambda: studio.rename_voice("zed", value))


@pytest.mark.parametrize("value", NO_NAMES, ids=kind)
def test_what_is_no_id_leads_to_no_take(studio: Studio, value: Any) -> None:
    studio.archive.prepare()
    with pytest.raises(menura.NotFound):
        studio.archive.get(value)


@pytest.mark.parametrize("value", NO_LISTENERS, ids=kind)
def test_progress_is_told_to_what_can_be_called(studio: Studio, tmp_path: Path, value: Any) -> None:
    path = tmp_path / "gone.wav"
    for act in (studio.verify, studio.redo, studio.transcribe, studio.encode):
        with pytest.raises(menura.InvalidInput, match="progress"):
            act(path, progress=value)
    with pytest.raises(menura.InvalidInput, match="progress"):
        studio.render(menura.Speech("hi"), progress=value)


@pytest.mark.parametrize(
    "value", [0, -1, 1e9, math.nan, math.inf, HUGE, True, "90", [90], b"x"], ids=kind
)
def test_a_tempo_is_a_number(studio: Studio, tmp_path: Path, value: Any) -> None:
    with pytest.raises(menura.InvalidInput, match="tempo"):
        studio.tune(tmp_path / "a.mid", value)


@pytest.mark.parametrize("value", [7, "home", {"home": "x"}, object(), np.zeros(3)], ids=kind)
def test_a_studio_takes_settings(value: Any) -> None:
    with pytest.raises(menura.InvalidInput, match="Settings"):
        Studio(value)
