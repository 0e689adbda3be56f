"""`Phones`: what sounds when, as espeak-ng tells it, and what kind of sound it is."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder import Articulation
from menura.dsp.vocoder.features import HOP_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.espeak.utterance import Rendering

QUIET = 1e-3
"""Peak of what counts as silence, -60 dB of full scale."""
FAINT = 1e-2
"""Peak of what a closure or a pause may hold: some of espeak-ng's variants have an echo."""
_STRESS = "ˈˌ"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phones:
    """The sounds of a rendering in order; each lasts until the next one starts.

    Attributes:
        start_frame: shape (phones,), int, strictly rising; the first is 0.
        voiceless: shape (phones,), bool: voiceless consonants.
        plosive: shape (phones,), bool: plosives and affricates.
        obstruent: shape (phones,), bool: voiced plosives and fricatives.
        unknown: shape (phones,), bool: pauses, and sounds without a symbol.
        stressed: shape (phones,), bool: carries the main stress of its word.
        silent: shape (phones,), bool: next to nothing is heard.
        rate: Hz.
    """

    start_frame: NDArray[np.intp]
    voiceless: NDArray[np.bool_]
    plosive: NDArray[np.bool_]
    obstruent: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    stressed: NDArray[np.bool_]
    silent: NDArray[np.bool_]
    rate: int

    def at(self, start_frame: int, rows: int) -> NDArray[np.intp]:
        """Returns the phone of each row of a part that begins at a frame, shape (rows,)."""
        frames = start_frame + np.arange(rows) * HOP_S * self.rate
        return np.searchsorted(self.start_frame, frames + 0.5, side="right") - 1

    def articulation(self, index: NDArray[np.intp]) -> Articulation:
        """Returns the masks of rows whose phones `at` gave."""
        return Articulation(
            plosive=self.plosive[index],
            voiceless=self.voiceless[index],
            obstruent=self.obstruent[index],
        )


def read_phones(rendering: Rendering) -> Phones:
    """Returns the sounds of a rendering that has at least one frame."""
    size = rendering.samples.size
    names = {0: ""}  # of several at one frame the last is heard
    for event in rendering.events:
        if event.kind in {"phoneme", "end"} and event.frame < size:
            names[max(event.frame, 0)] = event.ipa
    starts = np.array(sorted(names), np.intp)
    lengths = np.diff(np.append(starts, size))
    kinds = _kinds()
    ipa = [names[start] for start in starts.tolist()]
    letters = [name.lstrip(_STRESS)[:1] for name in ipa]
    devoiced = [any(mark in name for mark in kinds["devoicing"]) for name in ipa]
    voiceless = np.array([letter in kinds["voiceless"] for letter in letters]) | devoiced
    return Phones(
        start_frame=starts,
        voiceless=voiceless,
        plosive=np.array([letter in kinds["plosive"] for letter in letters]),
        obstruent=np.array([letter in kinds["obstruent"] for letter in letters]) & ~voiceless,
        unknown=np.array([not letter for letter in letters]),
        stressed=np.array(["ˈ" in name for name in ipa]),
        silent=np.add.reduceat(np.abs(rendering.samples), starts) < FAINT * lengths / 2,
        rate=rendering.rate,
    )


@functools.cache
def _kinds() -> dict[str, frozenset[str]]:
    text = (resources.files(__package__) / "phones.toml").read_text(encoding="utf-8")
    return {name: frozenset(letters) for name, letters in tomllib.loads(text).items()}
