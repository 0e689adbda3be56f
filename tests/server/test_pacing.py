"""Speeds that a voice does not have, and controls that its engine lacks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from menura.errors import InvalidInput
from menura.server.fitting import fitted
from menura.server.pacing import paced
from menura.tasks import Dialogue, Effect, Speech

if TYPE_CHECKING:
    from menura.server.house import House
    from menura.studio import Studio


@pytest.mark.parametrize("voice", ["nora", "plain-otto"])
@pytest.mark.parametrize("speed", [0.25, 4.0])
def test_the_nearest_speed_is_taken(studio: Studio, voice: str, speed: float) -> None:
    task, notes = paced(studio, Speech("Hi.", voice=voice, speed=speed))
    assert isinstance(task, Speech)
    assert 0.3 < task.speed < 3
    assert (task.speed > 1) == (speed > 1)
    studio.stream(task).close()
    beyond = task.speed + (0.03 if speed > 1 else -0.03)
    with pytest.raises(InvalidInput):
        studio.stream(Speech("Hi.", voice=voice, speed=beyond))
    assert notes[0].startswith(f"a speed of {speed:g}")


def test_markup_counts(studio: Studio) -> None:
    text = '<speak>a <prosody rate="200%">fast</prosody> word</speak>'
    task, _ = paced(studio, Speech(text, voice="nora", speed=4.0))
    plain, _ = paced(studio, Speech("a fast word", voice="nora", speed=4.0))
    assert isinstance(task, Speech)
    assert isinstance(plain, Speech)
    assert task.speed < 0.7 * plain.speed


@pytest.mark.parametrize(
    "task",
    [
        Speech("Hi.", speed=1.3),
        Speech("Hi.", voice="nobody"),
        Speech("Hi.", emotion="bored", speed=1.2),
        Effect("rain", duration_s=1),
    ],
)
def test_what_is_not_for_its_speed_stays_as_it_is(studio: Studio, task: Any) -> None:
    assert paced(studio, task) == (task, [])


@pytest.mark.parametrize(
    ("task", "left_out"),
    [
        (Speech("Hi.", voice="plain-otto", stability=0.5, pitch=1), ["pitch", "stability"]),
        (Speech("Hi.", engine="formant", emotion="sad"), ["emotion"]),
        (Speech("Hi.", voice="nora", stability=0.5, pitch=1), []),
        (Speech("Hi.", stability=0.5), []),
        (Speech("Hi.", voice="nobody", stability=0.5), []),
        (Dialogue("A: Hi.", voices=(("A", "plain-otto"),), stability=0.5), ["stability"]),
    ],
)
def test_controls_that_the_engine_lacks_are_left_out(
    studio: Studio, task: Any, left_out: list[str]
) -> None:
    house = cast("House", SimpleNamespace(studio=studio))
    found, notes = asyncio.run(fitted(house, task))
    assert found.controls() == task.controls() - set(left_out)
    assert [note.partition(":")[0] for note in notes] == left_out
