"""A recording and what a model makes after it, as one sound without a step between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.audio.resample import resample
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

JOIN_S = 0.04
"""Over which the recording becomes what the codec has of it: two periods of 50 Hz, too short to be
heard as two sounds."""
MIN_GIVEN_S, MAX_GIVEN_S = 0.5, 3600.0
SILENT_LUFS = -70.0
"""As loud as a recording counts that is silent: the gate of ITU-R BS.1770-4."""
BLOCK_FRAMES = 2**15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """A recording that goes on.

    Attributes:
        audio: it, at the rate and with the channels of what is made.
        facts: what a report says of it.
        ignored: what of it is lost, one line each.
        loudness_lufs: how loud it is.
        lead_frames: of what follows, the part that is the codec's rendition of its end.
    """

    audio: Audio
    facts: Mapping[str, Any]
    ignored: tuple[str, ...]
    loudness_lufs: float
    lead_frames: int


def fit_given(heard: Audio, sha256: str, rate: int, channels: int) -> Given:
    """Returns a recording as a model of that rate and so many channels goes on from it.

    Raises:
        InvalidInput: if it is too short or too long to go on from.
    """
    if not MIN_GIVEN_S <= heard.duration_s <= MAX_GIVEN_S:
        raise InvalidInput(
            f"a recording that goes on lasts {MIN_GIVEN_S:g} to {MAX_GIVEN_S:g} s, not "
            f"{heard.duration_s:.3g}"
        )
    ignored = []
    if heard.channels != channels:
        ignored.append(f"{heard.channels} channels of the recording: the model makes {channels}")
        sound = heard.mono()
        heard = Audio(np.repeat(sound.samples, channels, axis=0), sound.rate)
    if heard.rate > rate:
        ignored.append(f"what the recording has above {rate / 2000:g} kHz: the model makes none")
    audio = resample(heard, rate)
    loudness = measure(audio).integrated_lufs
    facts = {
        "sha256": sha256,
        "joined_at_s": round(audio.duration_s, 6),
        "crossfade_ms": 1000 * JOIN_S,
    }
    return Given(
        audio=audio,
        facts=facts,
        ignored=tuple(ignored),
        loudness_lufs=loudness if math.isfinite(loudness) else SILENT_LUFS,
        lead_frames=round(JOIN_S * rate),
    )


def joined(given: Given, made: Iterator[Audio]) -> Iterator[Audio]:
    """Yields the recording, then what is made, which begins with `lead_frames` of its end.

    Over those, one gives way to the other: gains of a raised cosine that sum to one, as both are
    the same sound to within what the codec loses.
    """
    lead, rate = given.lead_frames, given.audio.rate
    start = given.audio.frames - lead
    for at in range(0, start, BLOCK_FRAMES):
        yield given.audio.slice(at, min(start, at + BLOCK_FRAMES))
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(lead) + 0.5) / lead)).astype(np.float32)
    end: NDArray[np.float32] = given.audio.samples[:, start:]
    done = 0
    for block in made:
        samples = np.array(block.samples)
        count = min(lead - done, block.frames)
        span = slice(done, done + count)
        samples[:, :count] *= rise[span]
        samples[:, :count] += (1 - rise[span]) * end[:, span]
        done += count
        yield Audio(samples, rate)
