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
    return replace(utterance, text=text) if text.strip() else utterance


def halve(utterance: Utterance) -> list[Utterance]:
    """Returns the utterance in two, divided at the blank nearest to its middle, else in it.

    Given phonemes stay whole; an utterance that is nothing else cannot be halved.
    """
    text = utterance.text
    middle = len(text) // 2
    free = [
        place
        for place in range(1, len(text))
        if not any(start < place < stop for start, stop, _ in utterance.phonemes)
    ]
    blanks = [place for place in free if text[place] == " "]
    cut = min(blanks or free, key=lambda place: abs(place - middle), default=0)
    if not text[:cut].strip() or not text[cut:].strip():
        return []
    before = tuple(span for span in utterance.phonemes if span[1] <= cut)
    after = tuple((a - cut, b - cut, name) for a, b, name in utterance.phonemes if b > cut)
    return [
        replace(utterance, text=text[:cut], phonemes=before, end_pause=False),
        replace(utterance, text=text[cut:], phonemes=after),
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
