"""`Inflection`: how pitch, pace and level change from word to word where markup asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.phones import Phones
    from menura.espeak.utterance import Rendering

GLIDE_S = 0.06
"""How long pitch and range take from one manner to the next: about half a syllable."""
SWELL_S = 0.01
"""How long the level takes: shorter is heard as a click, longer blurs the consonants."""
ACCENT_S = 0.09
"""Width of an accent, one standard deviation, as of words in capitals (melody.toml)."""
_FAR = 4.0  # standard deviations at which an accent is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """The manner of a rendering's text from one place on.

    Attributes:
        start_char: where it begins in the text.
        semitones: shift of the melody.
        range_factor: how far the melody moves, 0 to 4.
        gain: factor of the amplitude.
        rate: factor on the pace of the rendering.
        accent_semitones: by how much the stressed syllables of its words stand out.
    """

    start_char: int = 0
    semitones: float = 0.0
    range_factor: float = 1.0
    gain: float = 1.0
    rate: float = 1.0
    accent_semitones: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inflection:
    """The manners of a rendering over its time.

    Attributes:
        shades: as they are heard, one at least.
        turns: shape (shades - 1,), float64, rising: the frame at which each after the first begins.
        accents: shape (accents, 3): frame, width (standard deviation, frames) and semitones.
        rate: of the rendering, Hz.
    """

    shades: tuple[Shade, ...]
    turns: NDArray[np.float64]
    accents: NDArray[np.float64]
    rate: int

    def semitones(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns what is added to the melody at these frames, same shape."""
        line = self._eased(frames, [shade.semitones for shade in self.shades], GLIDE_S)
        if not self.accents.size:
            return line
        away = (frames[:, None] - self.accents[:, 0]) / self.accents[:, 1]
        bumps = np.exp(-0.5 * np.minimum(away**2, _FAR**2))
        return np.asarray(line + bumps @ self.accents[:, 2])

    def range_factor(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns how far the melody moves at these frames, same shape."""
        return self._eased(frames, [shade.range_factor for shade in self.shades], GLIDE_S)

    def gain(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the factor of the amplitude at these frames, same shape."""
        return self._eased(frames, [shade.gain for shade in self.shades], SWELL_S)

    def pace(self, frames: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns the factor of speed of what begins at these frames, same shape."""
        rates = np.array([shade.rate for shade in self.shades])
        return np.asarray(rates[np.searchsorted(self.turns, frames, side="right")])

    def _eased(
        self, frames: NDArray[np.float64], values: Sequence[float], glide_s: float
    ) -> NDArray[np.float64]:
        """Returns values with a smooth step, flat at both ends, around each turn."""
        levels = np.array(values)
        if np.all(levels == levels[0]):
            return np.full(frames.shape, levels[0])
        half = glide_s * self.rate / 2
        # Where manners change faster than that, a step ends where the next one begins.
        middles = (self.turns[1:] + self.turns[:-1]) / 2
        first = np.maximum(self.turns - half, np.append(-np.inf, middles))
        last = np.minimum(self.turns + half, np.append(middles, np.inf))
        index = np.searchsorted(first, frames, side="right") - 1
        before = np.maximum(index, 0)
        step = np.clip((frames - first[before]) / (last - first)[before], 0.0, 1.0)
        step = np.where(index < 0, 0.0, step * step * (3 - 2 * step))
        return np.asarray(levels[before] + step * (levels[before + 1] - levels[before]))


def inflect(rendering: Rendering, phones: Phones, shades: Sequence[Shade]) -> Inflection:
    """Returns when each manner is heard: with the first word that begins in its text.

    Args:
        rendering: with its words.
        phones: its sounds.
        shades: manners in the order of the text, the first from its beginning; none = plain.
    """
    heard: list[Shade] = [shades[0] if shades else Shade()]
    turns: list[float] = []
    accents: list[tuple[float, float, float]] = []
    words = rendering.select("word")
    ends = [*(word.frame for word in words[1:]), int(rendering.samples.size)]
    starts = np.array([shade.start_char for shade in shades])
    width = ACCENT_S * rendering.rate
    for word, stop in zip(words, ends, strict=False):
        if not shades:
            break
        shade = shades[max(0, int(np.searchsorted(starts, word.start_char, side="right")) - 1)]
        if shade is not heard[-1] and word is words[0]:
            heard[0] = shade  # what stands before the first word is not heard
        elif shade is not heard[-1]:
            heard.append(shade)
            turns.append(float(word.frame))
        if shade.accent_semitones:
            inside = (phones.start_frame >= word.frame) & (phones.start_frame < stop)
            first = phones.start_frame[inside & phones.stressed][:1].tolist()
            accents += [(vowel + width, width, shade.accent_semitones) for vowel in first]
    kept = [0, *(i + 1 for i, (a, b) in enumerate(pairwise([-1.0, *turns])) if b > a)]
    return Inflection(
        shades=tuple(heard[i] for i in kept),
        turns=np.array([turns[i - 1] for i in kept[1:]]),
        accents=np.array(accents).reshape(-1, 3),
        rate=rendering.rate,
    )
