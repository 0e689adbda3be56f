"""What a worker is asked, `Utterance`, and what it gives back, `Rendering` and its `Event`s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from menura.errors import InvalidInput, InvalidText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CHARS = 10_000
MIN_RATE_WPM, MAX_RATE_WPM = 80, 450  # espeakRATE_MINIMUM and _MAXIMUM of speak_lib.h
MAX_WORD_GAP_MS = 10_000

_MNEMONICS = re.compile(r"[ -Z^-~]*[!-Z^-~][ -Z^-~]*")  # printable ASCII, no bracket to end them

Kind = Literal["phoneme", "word", "sentence", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One piece of text and how to say it.

    Attributes:
        text: what to say, 1 to 10,000 characters; at best one chunk of `text.chunks`, because
            unbroken runs of more than some 60 letters can crash espeak-ng. Control characters
            are read as spaces, and `<`, `&` and `[[` stand for themselves.
        phonemes: (start, stop, espeak-ng's phoneme mnemonics) of parts of the text that sound so,
            whatever is written there; in order, in code points. Each of them is one word.
        language: a language tag as `languages.find` takes it: "en-us", "pt-BR", "zh".
        variant: a timbre of `languages.variants()` such as "f3" or "whisper", or "".
        rate_wpm: nominal words per minute, 80 to 450.
        pitch: base pitch, 0 to 100, 50 = the voice's own.
        pitch_range: how far the melody moves, 0 (monotone) to 100, 50 = the voice's own.
        word_gap_ms: extra pause between words at the nominal 175 words per minute; espeak counts
            in tens and shortens it as it speaks faster.
        end_pause: end with the pause that the final punctuation asks for.

    Raises:
        InvalidText: if the text is empty, too long, or no Unicode text.
        InvalidInput: if a number is out of range, or phonemes have no place in the text.
    """

    text: str
    phonemes: tuple[tuple[int, int, str], ...] = ()
    language: str = "en-us"
    variant: str = ""
    rate_wpm: int = 175
    pitch: int = 50
    pitch_range: int = 50
    word_gap_ms: int = 0
    end_pause: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidText("there is nothing to say in an empty text: give at least one word")
        if len(self.text) > MAX_CHARS:
            raise InvalidText(
                f"an utterance has {MAX_CHARS} characters at most, not {len(self.text)}: "
                "split it with menura.text.chunks"
            )
        if any("\ud800" <= char <= "\udfff" for char in self.text):
            raise InvalidText("the text holds half of a surrogate pair: decode it as UTF-8 first")
        _check_phonemes(self.phonemes, len(self.text))
        for name, low, high in (
            ("rate_wpm", MIN_RATE_WPM, MAX_RATE_WPM),
            ("pitch", 0, 100),
            ("pitch_range", 0, 100),
            ("word_gap_ms", 0, MAX_WORD_GAP_MS),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise InvalidInput(f"{name} is a whole number from {low} to {high}, not {value!r}")


def _check_phonemes(phonemes: tuple[tuple[int, int, str], ...], chars: int) -> None:
    done = 0
    for start, stop, mnemonics in phonemes:
        if not done <= start < stop <= chars:
            raise InvalidInput(f"phonemes stand in order in the text, not at {start} to {stop}")
        if not _MNEMONICS.fullmatch(mnemonics):
            raise InvalidInput(f"phonemes are mnemonics of espeak-ng, not {mnemonics!r:.80}")
        done = stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that begins at a frame of a rendering.

    Attributes:
        kind: "word" and "sentence" as written, "phoneme" as sounded, "end" of a clause.
        frame: the first frame it is heard at.
        text: the written word or sentence; "" for phonemes and ends.
        ipa: a phoneme in IPA, a stress mark (ˈ ˌ) before it; "" is a pause, or a sound such as a
            tone that espeak-ng gives no symbol.
        start_char: where its text begins in the utterance's text, counted in code points from 0;
            a phoneme has that of its word, an end the place behind its clause.
        length_chars: code points of that text; 0 for an end.
    """

    kind: Kind
    frame: int
    text: str = ""
    ipa: str = ""
    start_char: int = 0
    length_chars: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """One utterance as sound.

    Attributes:
        samples: shape (frames,), float32, range [-1, 1). No frame if nothing can be said.
        rate: frames per second, Hz (22,050).
        events: in order of `frame`.
    """

    samples: NDArray[np.float32]
    rate: int
    events: tuple[Event, ...]

    def select(self, kind: Kind) -> tuple[Event, ...]:
        """Returns the events of one kind, in order."""
        return tuple(event for event in self.events if event.kind == kind)
