"""`Motif`: a few notes of rhythm and contour that a piece is made of, and what can be done to it.

After Schoenberg, "Fundamentals of Musical Composition" (1967), chapters 2 to 5: repetition,
sequence, inversion, augmentation, fragmentation.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import pulses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.styles import Tune

MAX_NOTES = 6
_CONTOURS = (
    (0, 1, 2, 1, 0), (0, -1, -2, -1, 0), (0, 2, 1, 0, -1), (0, 1, -1, 0, 1), (0, 4, 3, 2, 1),
    (0, 1, 2, 3, 4), (0, -1, 1, 0, -1), (0, 0, 1, 2, 1), (0, 2, 4, 3, 2), (0, -2, -1, 0, 1),
    (0, 1, 0, -1, -2), (0, 0, -1, 1, 0), (0, -1, -2, 2, 1), (0, 3, 2, 1, 2), (0, 2, 0, -1, 0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """A cell of one bar.

    Attributes:
        onsets: quarter notes from the start of the bar, rising.
        steps: of the scale from its first note, one for each onset; the first is 0.
        beats: length of the bar it fills.
    """

    onsets: tuple[float, ...]
    steps: tuple[int, ...]
    beats: float

    def inverted(self) -> Motif:
        """Returns it upside down."""
        return replace(self, steps=tuple(-step for step in self.steps))

    def fragmented(self) -> Motif:
        """Returns its first half, and that again a step lower."""
        half = self.beats / 2
        head = [i for i, onset in enumerate(self.onsets) if onset < half - 1e-6]
        if not head:
            return self
        onsets = [self.onsets[i] for i in head]
        steps = [self.steps[i] for i in head]
        return replace(
            self,
            onsets=tuple(onsets + [onset + half for onset in onsets]),
            steps=tuple(steps + [step - 1 for step in steps]),
        )

    def augmented(self, bar: int) -> Motif:
        """Returns the first (0) or second (1) bar of it in notes twice as long."""
        shift = bar * self.beats
        kept = [
            (2 * onset - shift, step)
            for onset, step in zip(self.onsets, self.steps, strict=True)
            if -1e-6 <= 2 * onset - shift < self.beats - 1e-6
        ]
        kept = kept or [(0.0, self.steps[-1])]
        return replace(
            self, onsets=tuple(o for o, _ in kept), steps=tuple(step for _, step in kept)
        )

    def heard_in(self, onsets: Sequence[float], pitches: Sequence[float]) -> bool:
        """Returns whether a bar has it: its onsets, and at least half of its moves up and down.

        Upside down counts too.

        Args:
            onsets: of the bar's notes, quarter notes from its start, rising.
            pitches: of the bar's notes.
        """
        wanted = {round(onset, 3) for onset in self.onsets}
        kept = [(round(o, 3), p) for o, p in zip(onsets, pitches, strict=True)]
        kept = [(onset, pitch) for onset, pitch in kept if onset in wanted]
        if [onset for onset, _ in kept] != sorted(wanted):
            return False
        moves = [_sign(b - a) for (_, a), (_, b) in itertools.pairwise(kept)]
        asked = [_sign(b - a) for a, b in itertools.pairwise(self.steps)]
        same = sum(a == b for a, b in zip(moves, asked, strict=True))
        inverse = sum(a == -b for a, b in zip(moves, asked, strict=True))
        return 2 * max(same, inverse) >= len(asked)

    def varied(self, rng: np.random.Generator) -> Motif:
        """Returns it with its tail turned another way; the rhythm stays."""
        steps = list(self.steps)
        steps[-1] += int(rng.choice((-1, 1)))
        return replace(self, steps=tuple(steps))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def make_motif(
    tune: Tune, meter: tuple[int, int], quarter_bpm: float, rng: np.random.Generator
) -> Motif:
    """Returns a new motif of two to MAX_NOTES notes.

    Onsets fall on the grid with weights by meter: off-beat ones are as rare as the style's
    syncopation says. How many there are follows from its notes a second and the length of a bar.
    """
    beats = meter[0] * 4 / meter[1]
    wanted = tune.rate * beats * 60 / quarter_bpm
    count = int(np.clip(round(wanted + float(rng.normal(0, 0.5))), 2, MAX_NOTES))
    if wanted > MAX_NOTES + 1:
        count = min(int(wanted), int(beats / tune.grid))
    onsets = _onsets(tune, meter, beats, count, rng)
    shapes = _shapes(len(onsets))
    return Motif(onsets=onsets, steps=shapes[int(rng.integers(len(shapes)))], beats=beats)


@functools.cache
def _shapes(count: int) -> tuple[tuple[int, ...], ...]:
    """Returns the contours as steps for a number of notes, without those that hardly move.

    Many notes go round a contour again, from where it has led, as the runs of a reel do.
    """
    contours = np.array(_CONTOURS)
    if count > MAX_NOTES:
        rounds, place = np.divmod(np.arange(count), 4)
        rows = contours[:, place] + contours[:, 4:] * rounds
    else:
        places = np.linspace(0, 4, count)
        rows = np.round([np.interp(places, range(5), contour) for contour in contours])
    moves = np.diff(rows, axis=1) != 0
    return tuple(
        tuple(int(step) for step in row)
        for row, moved in zip(rows, moves, strict=True)
        if 3 * moved.sum() >= 2 * len(moved)
    )


def _onsets(
    tune: Tune, meter: tuple[int, int], beats: float, count: int, rng: np.random.Generator
) -> tuple[float, ...]:
    spots = np.arange(0, beats - 1e-6, tune.grid)
    beat = 4 / meter[1]
    on_pulse = np.isin(np.round(spots, 4), np.round(pulses(meter), 4))
    on_beat = np.abs(spots / beat - np.round(spots / beat)) < 1e-6
    on_half = np.abs(spots * 2 - np.round(spots * 2)) < 1e-6
    off = np.where(on_half, 0.25 + tune.syncopation, 0.35 * tune.syncopation)
    weight = np.where(on_pulse, 1.0, np.where(on_beat, 0.7, off))
    if rng.random() > 0.75 * tune.syncopation:
        weight[0] = 1e9
    count = min(count, len(spots))
    chosen = rng.choice(len(spots), size=count, replace=False, p=weight / weight.sum())
    return tuple(float(spots[i]) for i in sorted(chosen))
