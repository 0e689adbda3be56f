"""When each sound is heard: by the durations of the network, or else spread over its speech."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.speech.neural.edges import edges, kept
from menura.engines.speech.neural.symbols import NOWHERE
from menura.espeak.utterance import Rendering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.espeak.utterance import Event
    from menura.runtime.speech_graph import Speech

FADE_S = 0.003
"""At the edges of a part, so that it neither starts nor stops with a click."""

Anchor = tuple[int, float]
"""(frame of the front end's rendering, frame of the network's sound)."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a network said at once.

    Attributes:
        samples: shape (frames,), float32, the silence around it cut short.
        anchors: which frames of the rendering and of these samples are the same moment.
        told: whether the network itself said how long its tokens last.
    """

    samples: NDArray[np.float32]
    anchors: Sequence[Anchor]
    told: bool


def part(speech: Speech, events: Sequence[int], rendering: Rendering, rate: int) -> Part:
    """Returns one part with its anchors.

    Args:
        speech: as the network made it.
        events: for each of its tokens, the event of the rendering it stands for, or NOWHERE.
        rendering: as the front end says it.
        rate: of the network, Hz.
    """
    samples = speech.samples
    start, stop = edges(samples, rate)
    first, last = kept(start, stop, samples.size, rate)
    cut = samples[first:last].copy()
    size = min(max(1, round(FADE_S * rate)), cut.size)
    ramp = np.linspace(0, 1, size, endpoint=False, dtype=np.float32)
    cut[:size] *= ramp
    cut[cut.size - size :] *= ramp[::-1]
    if speech.durations is None:
        anchors = _spread(events, rendering, (start, stop))
    else:
        anchors = _placed(speech.durations, events, rendering, samples.size)
    moved = [(old, min(max(new - first, 0.0), float(cut.size))) for old, new in anchors]
    return Part(cut, moved, speech.durations is not None)


def joined(parts: Sequence[Part], gap_s: float, rendering: Rendering, rate: int) -> Rendering:
    """Returns parts as one rendering: the events of the front end's, where they are heard now.

    Args:
        parts: of one utterance, in order.
        gap_s: silence between two.
        rendering: as the front end says it.
        rate: of the network, Hz.
    """
    gap = np.zeros(round(gap_s * rate), np.float32)
    pieces: list[NDArray[np.float32]] = []
    anchors: list[Anchor] = []
    frames = 0
    for each in parts:
        if pieces:
            pieces.append(gap)
            frames += gap.size
        anchors += [(old, new + frames) for old, new in each.anchors]
        pieces.append(each.samples)
        frames += each.samples.size
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return Rendering(samples, rate, _moved(rendering, anchors, frames))


def _spread(events: Sequence[int], rendering: Rendering, heard: tuple[int, int]) -> list[Anchor]:
    """Returns the ends of what is heard, which the front end's sounds are spread between."""
    owned = [event for event in events if event != NOWHERE]
    if not owned:
        return []
    first, last = min(owned), max(owned)
    return [
        (rendering.events[first].frame, float(heard[0])),
        (_end(rendering, last), float(heard[1])),
    ]


def _placed(
    durations: NDArray[np.float64], events: Sequence[int], rendering: Rendering, frames: int
) -> list[Anchor]:
    """Returns where each event begins and, in front of a pause, ends."""
    bounds = np.concatenate([[0.0], np.cumsum(durations)]) * (frames / float(durations.sum()))
    anchors: list[Anchor] = []
    for index in dict.fromkeys(event for event in events if event != NOWHERE):
        tokens = [i for i, event in enumerate(events) if event == index]
        first = index
        while first and rendering.events[first - 1].kind in {"word", "sentence"}:
            first -= 1  # a word is reported a little before its first sound
        anchors += [
            (event.frame, float(bounds[tokens[0]])) for event in rendering.events[first : index + 1]
        ]
        following = rendering.events[index + 1 : index + 2]
        if not following or not (following[0].ipa or following[0].kind == "word"):
            anchors.append((_end(rendering, index), float(bounds[tokens[-1] + 1])))
    return anchors


def _end(rendering: Rendering, index: int) -> int:
    """Returns where an event ends: a word with its last sound, anything else with the next."""
    events = rendering.events
    stop = index + 1
    if events[index].kind == "word":
        while stop < len(events) and events[stop].kind == "phoneme" and events[stop].ipa:
            stop += 1
    return events[stop].frame if stop < len(events) else int(rendering.samples.size)


def _moved(rendering: Rendering, anchors: Sequence[Anchor], frames: int) -> tuple[Event, ...]:
    if not anchors:
        return tuple(replace(event, frame=0) for event in rendering.events)
    old, first = np.unique([anchor[0] for anchor in anchors], return_index=True)
    new = np.maximum.accumulate([anchors[i][1] for i in first])
    asked = [event.frame for event in rendering.events]
    placed = np.clip(np.rint(np.interp(asked, old, new)), 0, frames).astype(int)
    return tuple(
        replace(event, frame=frame)
        for event, frame in zip(rendering.events, placed.tolist(), strict=True)
    )
