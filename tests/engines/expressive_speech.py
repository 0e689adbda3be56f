"""What the tests of the expressive engine measure with."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from menura.catalog.card import Card
from menura.dsp.vocoder import analyse
from menura.engines.speech.expressive.character import Character, read_voices
from menura.engines.speech.expressive.expression import Expression
from menura.engines.speech.expressive.resynthesis import Resynthesis, resynthesise
from menura.espeak import Pool, Rendering, Utterance

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOICES = read_voices("expressive")
LINE = "They act as a prism and form a rainbow over the long round hill."


def card() -> Card:
    entry = resources.files("menura.catalog") / "entries" / "expressive.toml"
    return Card.parse(entry.read_text(encoding="utf-8"), "expressive")


def render(pool: Pool, text: str, voice: str = "nora", language: str | None = None) -> Rendering:
    timbre = VOICES[voice].timbre
    return pool.speak(
        Utterance(
            text=text,
            language=language or VOICES[voice].language,
            variant=str(timbre["variant"]),
            rate_wpm=int(timbre["rate_wpm"]),
            pitch=int(timbre["pitch"]),
            pitch_range=int(timbre["pitch_range"]),
        )
    )


def say(
    rendering: Rendering,
    text: str,
    expression: Expression | None = None,
    *,
    seed: int = 1,
    character: Character | None = None,
    language: str = "en-us",
) -> Resynthesis:
    return resynthesise(
        rendering,
        text=text,
        language=language,
        character=character or Character(),
        expression=expression or Expression(),
        rng=np.random.default_rng(seed),
    )


def median_hz(samples: NDArray[np.float32], rate: int = 44_100) -> float:
    pitch = analyse(samples, rate).f0_hz
    return float(np.median(pitch[pitch > 0]))


def voiced_share(samples: NDArray[np.float32], rate: int = 44_100) -> float:
    return float(np.mean(analyse(samples, rate).voiced))


def level_db(samples: NDArray[np.float32]) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64))))


def centroid_hz(samples: NDArray[np.float32], low: float, high: float) -> float:
    """Returns the centre of gravity of the spectrum between two frequencies."""
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.size, 1 / 44_100)
    inside = (hz >= low) & (hz < high)
    return float(np.sum(hz[inside] * power[inside]) / np.sum(power[inside]))
