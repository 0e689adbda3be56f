"""Pauses of fast speech, kept as long as its pace asks for."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.espeak.utterance import Event, Rendering

FADE_S = 0.003
"""At the edges of the silence that is put in: at full speed, espeak-ng's own pauses are none."""


def stretch(usual_wpm: float, rate_wpm: float) -> float:
    """Returns how much longer pauses should be so that they are as much faster as the words are.

    espeak-ng shortens pauses far more: from 165 words a minute to 330, to a sixth. A slower pace
    than the usual one is left as it is.

    Args:
        usual_wpm: the pace of the voice at speed 1.
        rate_wpm: the pace at which it was rendered.
    """
    facts = _facts()
    if rate_wpm <= usual_wpm or rate_wpm >= facts["whole_wpm"]:
        return 1.0
    usual_ms, fast_ms = np.interp([usual_wpm, rate_wpm], facts["wpm"], facts["comma_ms"])
    return max(1.0, float(usual_ms * usual_wpm / (fast_ms * rate_wpm)))


def lengthened(rendering: Rendering, factor: float, *, end_pause: bool) -> Rendering:
    """Returns a rendering whose pauses between clauses are `factor` times as long.

    Args:
        rendering: of espeak-ng, with its events.
        factor: from 1 on.
        end_pause: whether it was to end with a pause.
    """
    pauses = list(_pauses(rendering, end_pause=end_pause))
    if factor <= 1 or not pauses:
        return rendering
    places = np.array([place for place, _ in pauses])
    more = np.array([round(length * (factor - 1)) for _, length in pauses])
    later = np.concatenate([[0], np.cumsum(more)])
    fade = max(1, round(FADE_S * rendering.rate))
    pieces = []
    for i, part in enumerate(np.split(rendering.samples, places)):
        faded = part.copy()
        size = min(fade, part.size)
        ramp = np.linspace(0, 1, size, endpoint=False, dtype=np.float32)
        if i > 0:
            faded[:size] *= ramp
        if i < places.size:
            faded[part.size - size :] *= ramp[::-1]
        pieces += [faded, np.zeros(more[i] if i < places.size else 0, np.float32)]
    events = tuple(
        replace(
            event, frame=event.frame + int(later[np.searchsorted(places, event.frame, "right")])
        )
        for event in rendering.events
    )
    return replace(rendering, samples=np.concatenate(pieces), events=events)


def _pauses(rendering: Rendering, *, end_pause: bool) -> Iterator[tuple[int, int]]:
    """Yields (frame at which a pause may be made longer, its length) of each between clauses."""
    events, size = rendering.events, int(rendering.samples.size)
    quiet_from: int | None = None
    for i, event in enumerate(events):
        if event.kind == "phoneme":
            quiet_from = None if event.ipa else event.frame if quiet_from is None else quiet_from
        elif event.kind == "end" and quiet_from is not None and event.frame > quiet_from:
            # The next clause begins a little behind the end of this one.
            sound = _next_sound(events[i + 1 :])
            if sound is not None or end_pause:
                place = size if sound is None else min(event.frame, sound)
                yield place, event.frame - quiet_from
            quiet_from = None


def _next_sound(events: Sequence[Event]) -> int | None:
    return next((e.frame for e in events if e.kind == "phoneme" and e.ipa), None)


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "pauses.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
