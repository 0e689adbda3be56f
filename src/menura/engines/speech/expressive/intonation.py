"""The melody of clauses: what punctuation, brackets, capitals and the words themselves ask for."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.speech.expressive.clauses import facts
from menura.engines.speech.expressive.prominence import bracketed, weigh_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.clauses import Clause
    from menura.engines.speech.expressive.phones import Phones
    from menura.espeak.utterance import Event, Rendering

SHORTEST_NUCLEUS_S = 0.12
EDGE_S = 0.04
"""Over which a register changes."""
_FAR = 4.0  # standard deviations at which a bump is over


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contour:
    """Semitones over the time of a rendering.

    Attributes:
        frame: shape (points,), float64, rising.
        semitones: shape (points,), float64; straight lines between the points.
        bumps: shape (bumps, 3): frame, width (standard deviation, frames) and height (semitones)
            of each accent.
        register: shape (points, 3): frame, shift (semitones) and factor of the range, straight
            lines between.
        resumed: (semitones, frames): by how much it begins lower, and when that is over.
    """

    frame: NDArray[np.float64]
    semitones: NDArray[np.float64]
    bumps: NDArray[np.float64]
    register: NDArray[np.float64]
    resumed: tuple[float, float] = (0.0, 1.0)

    def at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the semitones at these frames, same shape."""
        line: NDArray[np.float64] = np.interp(frames, self.frame, self.semitones)
        line = line + np.interp(frames, self.register[:, 0], self.register[:, 1])
        lower, fade = self.resumed
        line = line + lower * np.clip(1 - frames / fade, 0, 1)
        if not self.bumps.size:
            return line
        away = (frames[:, None] - self.bumps[:, 0]) / self.bumps[:, 1]
        return line + np.exp(-0.5 * np.minimum(away**2, _FAR**2)) @ self.bumps[:, 2]

    def range_at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns how far the melody moves at these frames, as a factor, same shape."""
        return np.interp(frames, self.register[:, 0], self.register[:, 2])


def intone(
    rendering: Rendering,
    phones: Phones,
    clauses: Sequence[Clause],
    *,
    text: str,
    language: str,
    resumes: bool = False,
) -> Contour:
    """Returns what the text asks to be laid over the melody of its rendering.

    Each clause gets a line that declines, and from its last stressed syllable on the movement
    that its last sign asks for; words get accents, asides and quotes a register. Text without
    clauses (nothing was said) gives a flat contour.

    Args:
        rendering: with its words.
        phones: its sounds.
        clauses: of it.
        text: what was rendered.
        language: its tag.
        resumes: whether it goes on in a sentence that was begun before: espeak-ng starts each
            rendering as high as a sentence.
    """
    resumption = facts()["resumption"]
    lower = float(resumption["semitones"]) if resumes else 0.0
    points: list[tuple[float, float]] = []
    for clause in clauses:
        for point in _line(clause, phones):
            if not points or point[0] > points[-1][0]:
                points.append(point)
    line = np.array(points or [(0.0, 0.0)])
    return Contour(
        frame=line[:, 0],
        semitones=line[:, 1],
        bumps=_accents(rendering, phones, clauses, text, language),
        register=_register(rendering, text),
        resumed=(lower, float(resumption["fade_s"]) * phones.rate),
    )


def nucleus(clause: Clause, phones: Phones) -> float:
    """Returns the frame at which a clause's last stressed syllable begins."""
    stressed = clause.sounding[phones.stressed[clause.sounding]]
    begin = float(phones.start_frame[stressed[-1]]) if stressed.size else clause.start
    return max(clause.start, min(begin, clause.over - SHORTEST_NUCLEUS_S * phones.rate))


def _line(clause: Clause, phones: Phones) -> list[tuple[float, float]]:
    """Returns the points (frame, semitones) of one clause."""
    line = facts()["declination"]
    start, over, begin = clause.start, clause.over, nucleus(clause, phones)
    high = max(float(line["lowest"]), line["start"] + clause.place * line["next_clause"])
    slope = (line["end"] - high) / max(over - start, 1.0)
    points = [(start, high)]
    if begin > start:
        # A syllable before the nucleus the line is still the declination alone.
        lead = max(start, begin - SHORTEST_NUCLEUS_S * phones.rate / 2)
        points.append((lead, high + slope * (lead - start)))
    for part, value in facts()["endings"][clause.ending]:
        frame = begin + part * (over - begin)
        deeper = line["paragraph"] * part if clause.closes else 0.0
        points.append((frame, high + slope * (frame - start) + value + deeper))
    return points


def _accents(
    rendering: Rendering,
    phones: Phones,
    clauses: Sequence[Clause],
    text: str,
    language: str,
) -> NDArray[np.float64]:
    """Returns (frame, width, semitones) of the accents on the stressed syllables of words.

    A text in capitals throughout emphasises nothing.
    """
    sizes = facts()["accents"]
    words, ends = _words(rendering)
    frames = [word.frame for word in words]
    breaks = [bisect.bisect_left(frames, clause.start - 1) for clause in clauses]
    weights = weigh_words([word.text for word in words], language, breaks)
    mixed = any(c.islower() for c in text)
    width = float(sizes["width_s"]) * phones.rate
    result: list[tuple[float, float, float]] = []
    for word, stop, weight in zip(words, ends, weights, strict=True):
        height = float(sizes["capitals"]) if mixed and _is_shouted(word) else weight
        inside = (phones.start_frame >= word.frame) & (phones.start_frame < stop)
        stressed = np.flatnonzero(inside & phones.stressed)
        if height and stressed.size:
            result.append((float(phones.start_frame[stressed[0]]) + width, width, height))
    return np.array(result).reshape(-1, 3)


def _register(rendering: Rendering, text: str) -> NDArray[np.float64]:
    """Returns (frame, semitones, factor of range): asides low and narrow, quotes high and wide."""
    words, ends = _words(rendering)
    edge = EDGE_S * rendering.rate
    plain = (0.0, 1.0)
    points = [(0.0, *plain)]
    for first, end, aside in bracketed(text):
        inside = [i for i, word in enumerate(words) if first <= word.start_char < end]
        if not inside:
            continue
        shape = facts()["register"]["aside" if aside else "quote"]
        other = (float(shape["semitones"]), float(shape["range_factor"]))
        start, stop = float(words[inside[0]].frame), float(ends[inside[-1]])
        points += [(start - edge, *plain), (start, *other), (stop - edge, *other), (stop, *plain)]
    return np.array(sorted(points))


def _words(rendering: Rendering) -> tuple[tuple[Event, ...], list[int]]:
    """Returns the words of a rendering, and the frame at which the next one begins for each."""
    words = rendering.select("word")
    after = [word.frame for word in words[1:]]
    return words, [*after, int(rendering.samples.size)] if words else []


def _is_shouted(word: Event) -> bool:
    """Whether a word is written in capitals; short ones are mostly acronyms, said letter-wise."""
    letters = [c for c in word.text if c.isalpha()]
    return len(letters) >= 4 and all(c.isupper() for c in letters)
