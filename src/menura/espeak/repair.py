"""An utterance that crashes espeak-ng, said another way: with fewer signs, or in halves."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.espeak.utterance import Event, Rendering, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence


def plain(utterance: Utterance) -> Utterance:
    """Returns the utterance with its signs, but for the common stops, made blanks."""
    text = "".join(
        " " if unicodedata.category(char)[0] in "PSC" and char not in ".,;:?!" else char
        for char in utterance.text
    )
    # Text in [[...]] is phonemes, made of signs.
    return (
        utterance if utterance.phonemes_input or not text.strip() else replace(utterance, text=text)
    )


def halve(utterance: Utterance) -> list[Utterance]:
    """Returns the utterance in two, divided at the blank nearest to its middle, else in it."""
    text = utterance.text
    middle = len(text) // 2
    before, after = text.rfind(" ", 0, middle), text.find(" ", middle)
    blanks = [place for place in (before, after) if place > 0]
    cut = min(blanks, key=lambda place: abs(place - middle), default=middle)
    if not text[:cut].strip() or not text[cut:].strip():
        return []
    return [
        replace(utterance, text=text[:cut], end_pause=False),
        replace(utterance, text=text[cut:]),
    ]


def join(renderings: Sequence[Rendering], utterances: Sequence[Utterance]) -> Rendering:
    """Returns one rendering of utterances that follow each other."""
    events: list[Event] = []
    frames = chars = 0
    for rendering, utterance in zip(renderings, utterances, strict=True):
        events += (
            replace(event, frame=event.frame + frames, start_char=event.start_char + chars)
            for event in rendering.events
        )
        frames += len(rendering.samples)
        chars += len(utterance.text)
    samples = np.concatenate([rendering.samples for rendering in renderings])
    return Rendering(samples, renderings[0].rate, tuple(events))
