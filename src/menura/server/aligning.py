"""When each word of a text is said in a recording: forced alignment, for English.

The recogniser of pocketsphinx (Huggins-Daines et al., ICASSP 2006) hears the recording with a
grammar that allows the text and nothing else. What its dictionary does not have, espeak-ng says.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio.files import read
from menura.audio.limits import Limits
from menura.audio.resample import resample
from menura.errors import InvalidInput, NotInstalled
from menura.espeak.pool import Pool
from menura.espeak.utterance import Utterance
from menura.server.arpabet import to_arpabet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.settings import Settings

RATE = 16_000
FRAMES_A_SECOND = 100
STEP_FRAMES = RATE
MAX_DURATION_S = 900.0
MAX_WORDS = 5_000
BEAMS = (1e-120, 0.0)
"""How unlikely a way may be that is still followed; 0 = all are, where the first finds none."""
UNBOUND_S = 180.0
"""Longest recording in which all ways are followed."""
LOST = 10.0
"""Loss of a word that was not heard at all; of words that were it is 1 to 4."""
_SCORE_UNIT = 1024
"""What the recogniser divides logarithms of acoustic scores by on this path."""
_WORD = re.compile(r"\S+")
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_AROUND = ".,;:!?\"'()[]{}-–—…“”‘"
_STRANGE = re.compile(r"[^\w]+|_+")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A word of the text, and when it is said.

    Attributes:
        text: as written.
        start_char: where it begins in the text.
        start_s: when it begins.
        end_s: when it ends.
        loss: mean negative logarithm of how likely its sound is, for each hundredth of a second.
    """

    text: str
    start_char: int
    start_s: float
    end_s: float
    loss: float


def is_installed() -> bool:
    """Returns whether the extra `align` is there."""
    return importlib.util.find_spec("pocketsphinx") is not None


def check_installed() -> None:
    """Refuses where the extra `align` is not there.

    Raises:
        NotInstalled: then.
    """
    if not is_installed():
        raise NotInstalled(
            "forced alignment needs an extra: install it with `pip install 'menura[align]'`"
        )


def align(
    path: Path, text: str, settings: Settings, progress: Callable[[float], None]
) -> list[Aligned]:
    """Returns when each word of a text is said.

    Args:
        path: of the recording: English, 15 minutes at most.
        text: that is said in it.
        settings: limits on what is decoded.
        progress: called now and then with the share that is done, 0 to 1.

    Raises:
        NotInstalled: without the extra `align`.
        InvalidAudio: if it is no sound file, or too long.
        InvalidInput: if the text has no words, or does not fit.
    """
    check_installed()
    words = [match for match in _WORD.finditer(text) if _STRANGE.sub("", match[0])]
    if not 0 < len(words) <= MAX_WORDS:
        raise InvalidInput(f"a text to align has 1 to {MAX_WORDS} words, not {len(words)}")
    pcm = _heard(path, settings)
    written = [match[0] for match in words]
    segments: list[Any] = []
    for beam in BEAMS:
        if beam or len(pcm) <= UNBOUND_S * RATE:
            segments = _found(pcm, written, beam, progress)
        if len(segments) == len(words):
            break
    else:
        raise InvalidInput("the text does not fit the recording: not all of its words are in it")
    return [
        Aligned(
            text=match[0],
            start_char=match.start(),
            start_s=each.start_frame / FRAMES_A_SECOND,
            end_s=(each.end_frame + 1) / FRAMES_A_SECOND,
            loss=_loss(each),
        )
        for match, each in zip(words, segments, strict=True)
    ]


def _found(
    pcm: NDArray[np.int16], words: Sequence[str], beam: float, progress: Callable[[float], None]
) -> list[Any]:
    """Returns where the recogniser hears each word; fewer, or none, where it finds no way."""
    from pocketsphinx import Decoder

    decoder = Decoder(
        samprate=RATE,
        loglevel="FATAL",
        beam=beam,
        wbeam=beam,
        pbeam=beam,
        maxhmmpf=-1,
        bestpath=False,  # there is one path, and its search loses it at times
    )
    decoder.set_align_text(" ".join(_known(decoder, words)))
    decoder.start_utt()
    for start in range(0, len(pcm), STEP_FRAMES):
        decoder.process_raw(pcm[start : start + STEP_FRAMES].tobytes())
        progress(start / len(pcm))
    decoder.end_utt()
    return [each for each in decoder.seg() or () if not each.word.startswith(("<", "["))]


def _heard(path: Path, settings: Settings) -> NDArray[np.int16]:
    """Returns a recording as the recogniser takes it: 16 kHz, one channel."""
    limits = Limits.of(settings)
    audio = read(path, dataclasses.replace(limits, max_s=min(limits.max_s, MAX_DURATION_S)))
    samples = resample(audio.mono(), RATE).samples[0]
    return np.asarray(np.clip(samples, -1, 1) * 32767, dtype="<i2")


def _known(decoder: Any, words: Sequence[str]) -> Iterator[str]:
    """Yields words as the decoder knows them; those that it did not know it then does."""
    plain = {word: word.casefold().replace("’", "'").strip(_AROUND) for word in words}
    strange: dict[str, str] = {}
    for word, name in plain.items():
        if not _PLAIN.fullmatch(name) or decoder.lookup_word(name) is None:
            strange[word] = f"menura{len(strange)}x"
    if strange:
        with Pool(1) as pool:
            said = pool.speak_many(Utterance(text=word) for word in strange)
            for name, rendering in zip(strange.values(), said, strict=True):
                ipa = " ".join(event.ipa for event in rendering.select("phoneme"))
                decoder.add_word(name, to_arpabet(ipa) or "AH", True)
    yield from (strange.get(word, plain[word]) for word in words)


def _loss(segment: Any) -> float:
    if segment.ascore <= 0.0:  # less likely than a float can say
        return LOST
    frames = segment.end_frame - segment.start_frame + 1
    likely = float(segment.ascore)
    return float(round(max(min(-_SCORE_UNIT * math.log(likely) / frames, LOST), 0.0), 3))
