"""Vocoding: one utterance said anew in a worker process, its parts sent as they are made."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.expression import Expression
from menura.engines.speech.expressive.inflection import Shade
from menura.engines.speech.expressive.planning import OVERSAMPLING, plan
from menura.engines.speech.expressive.resynthesis import make
from menura.engines.speech.expressive.segments import FIRST_S, LONGEST_S
from menura.espeak.utterance import Event, Rendering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.planning import Plan


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What is said in an utterance, and how.

    Attributes:
        text: as it was rendered.
        language: its tag.
        character: of the voice.
        expression: what was asked.
        shades: what markup asks of the words.
        seed: of all that chance decides, and the number of the utterance.
        resumes: whether it goes on in a sentence that was begun before.
    """

    text: str
    language: str
    character: Character
    expression: Expression
    shades: Sequence[Shade]
    seed: tuple[int, int]
    resumes: bool


def request(rendering: Rendering, wording: Wording) -> dict[str, Any]:
    """Returns the job of saying a rendering anew, as `work` reads it beside its samples."""
    return {
        "rate": rendering.rate,
        "events": [dataclasses.asdict(event) for event in rendering.events],
        "text": wording.text,
        "language": wording.language,
        "character": dataclasses.asdict(wording.character),
        "expression": dataclasses.asdict(wording.expression),
        "shades": [dataclasses.asdict(shade) for shade in wording.shades],
        "seed": list(wording.seed),
        "resumes": wording.resumes,
    }


def work(
    header: dict[str, Any], samples: NDArray[np.float32]
) -> Iterator[tuple[dict[str, Any], NDArray[np.float32]]]:
    """Yields when the utterance's events are heard, then its parts, in order."""
    events = tuple(Event(**event) for event in header["events"])
    seed, number = header["seed"]
    planned = plan(
        Rendering(samples, header["rate"], events),
        text=header["text"],
        language=header["language"],
        character=Character(**header["character"]),
        expression=Expression(**header["expression"]),
        rng=np.random.default_rng([seed, number]),
        first_s=LONGEST_S if number else FIRST_S,
        shades=[Shade(**shade) for shade in header["shades"]],
        resumes=header["resumes"],
    )
    yield outline(planned), np.zeros(0, np.float32)
    for index in range(len(planned.segments)):
        yield {"part": index}, make(planned, index)


def outline(planned: Plan) -> dict[str, Any]:
    """Returns when the events of a plan's rendering are heard, and how long the whole is."""
    frames = [planned.moved(event.frame) for event in planned.rendering.events]
    return {"frames": frames, "length": planned.frames}


def timed(rendering: Rendering, told: dict[str, Any]) -> Rendering:
    """Returns the rendering with its events at their new times, and silence for samples.

    Args:
        rendering: that was said anew.
        told: the first message of the job: the outline of its plan.
    """
    events = (
        dataclasses.replace(event, frame=frame)
        for event, frame in zip(rendering.events, told["frames"], strict=True)
    )
    silence = np.broadcast_to(np.float32(0), (told["length"],))
    return Rendering(silence, OVERSAMPLING * rendering.rate, tuple(events))
