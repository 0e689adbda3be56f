"""The melody of clauses: falls, rises and emphasis that punctuation and capitals ask for."""

from __future__ import annotations

import functools
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.speech.expressive.phones import Phones
    from menura.espeak.utterance import Event, Rendering

SHORTEST_NUCLEUS_S = 0.12
_SENTENCE_ENDS = frozenset({"statement", "question", "asking_word", "exclamation"})
_FAR = 4.0  # standard deviations at which a bump is over


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contour:
    """Semitones over the time of a rendering.

    Attributes:
        frame: shape (points,), float64, rising.
        semitones: shape (points,), float64; straight lines between the points.
        bumps: shape (bumps, 2): frame and width (standard deviation, frames) of each emphasis.
        bump_semitones: height of each.
    """

    frame: NDArray[np.float64]
    semitones: NDArray[np.float64]
    bumps: NDArray[np.float64]
    bump_semitones: float

    def at(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the semitones at these frames, same shape."""
        line = np.interp(frames, self.frame, self.semitones)
        if not self.bumps.size:
            return line
        away = (frames[:, None] - self.bumps[:, 0]) / self.bumps[:, 1]
        bumps: NDArray[np.float64] = np.exp(-0.5 * np.minimum(away**2, _FAR**2)).sum(axis=1)
        return line + self.bump_semitones * bumps


def intone(rendering: Rendering, phones: Phones, text: str, language: str) -> Contour:
    """Returns what the text asks to be laid over the melody of its rendering.

    Each clause gets a line that declines, and from its last stressed syllable on the movement
    that its last sign asks for. Text without clauses (nothing was said) gives a flat contour.

    Args:
        rendering: with its clauses.
        phones: its sounds.
        text: what was rendered.
        language: its tag; questions that begin with an asking word fall where the language's
            asking words are known.
    """
    facts = _facts()
    points: list[tuple[float, float]] = []
    clause_start, char, place, sentence = 0, 0, 0, 0
    for end in rendering.select("end"):
        sounding = _sounding(phones, clause_start, end.frame)
        written = text[char : end.start_char]
        if not sounding.size:
            clause_start = end.frame
            continue
        ending = _ending(written, text[sentence : end.start_char], language)
        for point in _clause(phones, sounding, end.frame, ending, place):
            if not points or point[0] > points[-1][0]:
                points.append(point)
        closes = ending in _SENTENCE_ENDS
        place = 0 if closes else place + 1
        sentence = end.start_char if closes else sentence
        clause_start, char = end.frame, end.start_char
    line = np.array(points or [(0.0, 0.0)])
    return Contour(
        frame=line[:, 0],
        semitones=line[:, 1],
        bumps=_bumps(rendering, phones, text),
        bump_semitones=float(facts["focus"]["semitones"]),
    )


def _clause(
    phones: Phones, sounding: NDArray[np.intp], stop: int, ending: str, place: int
) -> list[tuple[float, float]]:
    """Returns the points (frame, semitones) of one clause whose phones are `sounding`."""
    facts = _facts()
    line = facts["declination"]
    start = float(phones.start_frame[sounding[0]])
    after = int(sounding[-1]) + 1
    last = phones.start_frame[after] if after < phones.start_frame.size else stop
    over = float(min(last, stop))
    stressed = sounding[phones.stressed[sounding]]
    begin = float(phones.start_frame[stressed[-1]]) if stressed.size else start
    begin = max(start, min(begin, over - SHORTEST_NUCLEUS_S * phones.rate))
    high = max(float(line["lowest"]), line["start"] + place * line["next_clause"])
    slope = (line["end"] - high) / max(over - start, 1.0)
    points = [(start, high)]
    if begin > start:
        # A syllable before the nucleus the line is still the declination alone.
        lead = max(start, begin - SHORTEST_NUCLEUS_S * phones.rate / 2)
        points.append((lead, high + slope * (lead - start)))
    for part, value in facts["endings"][ending]:
        frame = begin + part * (over - begin)
        points.append((frame, high + slope * (frame - start) + value))
    return points


def _sounding(phones: Phones, start: int, stop: int) -> NDArray[np.intp]:
    inside = (phones.start_frame >= start) & (phones.start_frame < stop)
    return np.flatnonzero(inside & ~(phones.unknown & phones.silent))


def _ending(clause: str, sentence: str, language: str) -> str:
    """Returns the name of the movement that a written clause ends with."""
    facts = _facts()
    signs = [c for c in clause.rstrip() if unicodedata.category(c) not in {"Pe", "Pf", "Pi"}]
    while signs and signs[-1] in "\"'":
        signs.pop()
    ending = str(facts["punctuation"].get(signs[-1], "cut")) if signs else "cut"
    if ending == "question":
        asking = facts["asking_words"].get(language.partition("-")[0], ())
        words = _words(sentence)
        return "asking_word" if words and words[0] in asking else ending
    if ending == "continuation" and signs[-1] in ",、，،":
        return "list" if len(_words(clause)) <= facts["list"]["most_words"] else ending
    return ending


def _words(text: str) -> list[str]:
    bare = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower())
    return bare.split()


def _bumps(rendering: Rendering, phones: Phones, text: str) -> NDArray[np.float64]:
    """Returns (frame, width) of the stressed syllable of each word in capitals.

    A text in capitals throughout emphasises nothing.
    """
    words = rendering.select("word")
    shouted = [_is_shouted(word) for word in words]
    result: list[tuple[float, float]] = []
    if any(c.islower() for c in text):
        width = float(_facts()["focus"]["width_s"]) * phones.rate
        ends = [*(word.frame for word in words[1:]), int(rendering.samples.size)]
        for word, loud, stop in zip(words, shouted, ends, strict=False):
            inside = (phones.start_frame >= word.frame) & (phones.start_frame < stop)
            stressed = np.flatnonzero(inside & phones.stressed)
            if loud and stressed.size:
                result.append((float(phones.start_frame[stressed[0]]) + width, width))
    return np.array(result).reshape(-1, 2)


def _is_shouted(word: Event) -> bool:
    """Whether a word is written in capitals; short ones are mostly acronyms, said letter-wise."""
    letters = [c for c in word.text if c.isalpha()]
    return len(letters) >= 4 and all(c.isupper() for c in letters)


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "melody.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
