"""`Phonation`: how the glottis works along an utterance, from stress and the ends of clauses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.glottis import MAX_RD, MIN_RD
from menura.engines.speech.expressive.clauses import FALLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.clauses import Clause
    from menura.engines.speech.expressive.phones import Phones

STRESSED_RD, OTHER_RD = 0.9, 1.05
END_RD, END_S = 0.3, 0.35
CLAUSE_SHARE = 0.4  # of END_RD, where a clause ends that is not the last
CREAK_S, CREAK_SHORTEST_S = 0.28, 0.08
CREAK_SEMITONES = -5.0
CREAK_SPREAD, CREAK_STEP_S = 0.12, 0.012
"""At full creak: how much lower the pitch is, how far its periods stray (standard deviation of
the logarithm), and how fast."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phonation:
    """The glottis over the time of a rendering.

    Attributes:
        frame: shape (points,), float64, rising.
        rd: shape (points,), Rd of Fant's model against that of the voice; straight lines between.
        creaks: shape (creaks, 2): first frame and end of what may creak.
    """

    frame: NDArray[np.float64]
    rd: NDArray[np.float64]
    creaks: NDArray[np.float64]

    def rd_at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns Rd at these frames, same shape."""
        return np.clip(np.interp(frames, self.frame, self.rd), MIN_RD, MAX_RD)

    def creak_at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns how much it creaks there, 0 to 1: it sets in within the first third."""
        result = np.zeros(frames.shape)
        for first, end in self.creaks:
            place = (frames - first) / (end - first)
            result = np.maximum(result, np.where(place < 1.2, np.clip(3 * place, 0, 1), 0))
        return result


def phonate(phones: Phones, clauses: Sequence[Clause]) -> Phonation:
    """Returns how the glottis works: tighter in stressed syllables, laxer at the ends of phrases.

    Rd is lower in stressed vowels and rises towards the end of a phrase (C. Gobl, A. Ní Chasaide,
    "Voice source variation and its communicative functions", Handbook of Phonetic Sciences,
    2010); creak marks the ends of falling sentences (L. Dilley, S. Shattuck-Hufnagel, M.
    Ostendorf, "Glottalization of word-initial vowels as a function of prosodic structure",
    Journal of Phonetics 24, 1996). Sizes chosen by us.
    """
    starts = phones.start_frame.astype(np.float64)
    lengths = np.diff(starts, append=starts[-1])
    frame = starts + lengths / 2
    rd = np.where(phones.stressed, STRESSED_RD, OTHER_RD)
    creaks: list[tuple[float, float]] = []
    for clause in clauses:
        falls = clause.ending in FALLS
        before = clause.over - frame
        near = np.clip(1 - before / (END_S * phones.rate), 0, 1) * (before >= 0)
        rd = rd + END_RD * (1.0 if falls else CLAUSE_SHARE) * near
        length = min(CREAK_S * phones.rate, 0.5 * (clause.over - clause.start))
        if clause.ending == "statement" and length >= CREAK_SHORTEST_S * phones.rate:
            creaks.append((clause.over - length, clause.over))
    return Phonation(frame=frame, rd=rd, creaks=np.array(creaks).reshape(-1, 2))


def creaky(
    f0_hz: NDArray[np.float64],
    amount: NDArray[np.float64],
    hop_s: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Returns a pitch (rows,) that is low and irregular where `amount` (rows,), 0 to 1, says so."""
    step = max(1, round(CREAK_STEP_S / hop_s))
    knots = rng.standard_normal(f0_hz.size // step + 2)
    stray = np.interp(np.arange(f0_hz.size), np.arange(knots.size) * step, knots)
    lower = CREAK_SEMITONES / 12 * np.log(2)
    return np.asarray(f0_hz * np.exp(amount * (lower + CREAK_SPREAD * stray)))
