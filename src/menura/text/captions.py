"""Captions: which word sounds when, and how that is written as SRT, WebVTT or JSON; chapters."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from menura.audio.files import atomic
from menura.errors import InvalidInput
from menura.text.sounds import Sound, Sounds
from menura.text.visemes import visemes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "MAX_CUE_GAP_S",
    "MAX_CUE_S",
    "MAX_LINES",
    "MAX_LINE_CHARS",
    "WRITERS",
    "Chapter",
    "Sound",
    "Word",
    "check_path",
    "to_json",
    "to_srt",
    "to_vtt",
    "write",
    "writing",
]

MAX_LINE_CHARS = 42
MAX_LINES = 2
MAX_CUE_S = 6.0
MAX_CUE_GAP_S = 0.8
"""Longest line, cue, and silence inside a cue: the BBC's and Netflix's subtitle guides."""

_PUNCTUATION_WORTH = 12
"""How many characters a cue may be out of balance to end at a comma rather than mid-phrase."""


class Chapter(NamedTuple):
    """A named stretch of a sound.

    Attributes:
        title: its name, as it stands in the text.
        start_s: where it begins, seconds.
        end_s: where it ends, seconds: where the next begins, or all does.
    """

    title: str
    start_s: float
    end_s: float

    def shifted(self, seconds: float) -> Chapter:
        """Returns the same chapter, `seconds` later."""
        return Chapter(self.title, self.start_s + seconds, self.end_s + seconds)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it is heard.

    Attributes:
        text: the word as written, with the punctuation that clings to it.
        start_s: where its first sound begins, seconds.
        end_s: where its last sound ends, seconds.
        start_char: where `text` stands in the task's text, in characters.
        end_char: the end of that span (exclusive).
        ends_sentence: whether a sentence, or all, ends with it.
        said: the words that were spoken for it: "five dollars" for "$5".
        sounds: its phonemes, if the engine knows them; kept packed (`Sounds`), whatever sequence
            is given.
        speaker: who says it in a dialogue, else "".
    """

    text: str
    start_s: float
    end_s: float
    start_char: int
    end_char: int
    ends_sentence: bool = False
    said: str = ""
    sounds: Sequence[Sound] = ()
    speaker: str = ""

    def __post_init__(self) -> None:
        if self.sounds and not isinstance(self.sounds, Sounds):
            object.__setattr__(self, "sounds", Sounds(self.sounds))

    def shifted(self, seconds: float) -> Word:
        """Returns the same word, `seconds` later."""
        return dataclasses.replace(
            self,
            start_s=self.start_s + seconds,
            end_s=self.end_s + seconds,
            sounds=Sounds(self.sounds).shifted(seconds) if self.sounds else (),
        )


def to_srt(words: Sequence[Word]) -> str:
    """Returns the words as SubRip, grouped into readable cues."""
    cues = (
        f"{i}\n{_clock(cue[0].start_s, ',')} --> {_clock(cue[-1].end_s, ',')}\n"
        + "".join(_text(line) + "\n" for line in _lines(_named(cue)))
        for i, cue in enumerate(_cues(words), 1)
    )
    return "\n".join(cues)


def to_vtt(words: Sequence[Word]) -> str:
    """Returns the words as WebVTT, with a timestamp inside the cue before each word."""
    return "WEBVTT\n\n" + "\n".join(_vtt_cue(cue) for cue in _cues(words))


def _vtt_cue(cue: list[Word]) -> str:
    pieces = [f"{_clock(cue[0].start_s, '.')} --> {_clock(cue[-1].end_s, '.')}\n"]
    if cue[0].speaker:
        pieces.append(f"<v {_escape(cue[0].speaker)}>")
    for line in _lines(cue):
        for before, word in zip([None, *line], line, strict=False):
            pieces.append(_space(before, word))
            pieces.append("" if word is cue[0] else f"<{_clock(word.start_s, '.')}>")
            pieces.append(_escape(word.text))
        pieces.append("\n")
    return "".join(pieces)


def to_json(words: Sequence[Word]) -> str:
    """Returns a JSON object `{"words": [...], "phonemes": [...], "visemes": [...]}`.

    Visemes are the 15 mouth shapes of lip-sync, `sil` between the words among them.
    """
    rows = [
        {
            "text": w.text,
            "said": w.said,
            **({"speaker": w.speaker} if w.speaker else {}),
            "start_s": round(w.start_s, 4),
            "end_s": round(w.end_s, 4),
            "start_char": w.start_char,
            "end_char": w.end_char,
        }
        for w in words
    ]
    sounds = list(_in_order(sound for word in words for sound in word.sounds))
    timed = {
        "phonemes": [_timed("ipa", *sound) for sound in sounds],
        "visemes": [_timed("name", v.name, v.start_s, v.end_s) for v in visemes(sounds)],
    }
    return json.dumps({"words": rows} | timed, ensure_ascii=False, indent=1) + "\n"


def _in_order(sounds: Iterable[Sound]) -> Iterator[Sound]:
    """Yields sounds by time; of those that overlap, where two speak at once, the first wins."""
    now = 0.0
    for sound in sorted(sounds, key=lambda each: each.start_s):
        if sound.end_s > now:
            yield Sound(sound.ipa, max(sound.start_s, now), sound.end_s)
            now = sound.end_s


def _timed(key: str, name: str, start_s: float, end_s: float) -> dict[str, str | float]:
    return {key: name, "start_s": round(start_s, 4), "end_s": round(end_s, 4)}


WRITERS: Mapping[str, Callable[[Sequence[Word]], str]] = {
    ".srt": to_srt,
    ".vtt": to_vtt,
    ".json": to_json,
}


def check_path(path: Path) -> None:
    """Refuses a path whose suffix stands for no caption format.

    Raises:
        InvalidInput: if the suffix is none of .srt, .vtt, .json.
    """
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(WRITERS)
        raise InvalidInput(f"captions are written as {known}, not {path.suffix!r:.40}")


@contextmanager
def writing(path: Path, words: Sequence[Word]) -> Iterator[None]:
    """Writes the words in the format of the path's suffix if what runs inside succeeds.

    Raises:
        InvalidInput: if the suffix is none of .srt, .vtt, .json.
        StorageFailed: if the disk does not take it.
    """
    check_path(path)
    with atomic(path) as unfinished:
        unfinished.write_text(WRITERS[path.suffix.lower()](words), encoding="utf-8")
        yield


def write(path: Path, words: Sequence[Word]) -> None:
    """Writes the words, whole or not at all; see `writing`."""
    with writing(path, words):
        pass


def _cues(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Groups words into cues: sentences, cut where they pause or are too long for one cue."""
    group: list[Word] = []
    for word in words:
        if group and (
            group[-1].ends_sentence
            or group[-1].speaker != word.speaker
            or word.start_s - group[-1].end_s > MAX_CUE_GAP_S
        ):
            yield from _balanced(group)
            group = []
        group.append(word)
    if group:
        yield from _balanced(group)


def _balanced(group: list[Word]) -> Iterator[list[Word]]:
    """Cuts a sentence into as few cues as it needs, of about one length, best at a comma."""
    while group:
        length = len(_text(group))
        duration_s = group[-1].end_s - group[0].start_s
        room = MAX_LINE_CHARS * MAX_LINES
        count = max(math.ceil(length / room), math.ceil(duration_s / MAX_CUE_S))
        if count < 2 or len(group) < 2:
            yield group
            return
        ends = list(itertools.accumulate(len(word.text) + 1 for word in group[:-1]))
        cost = [
            abs(end - length / count) - _PUNCTUATION_WORTH * _pauses(word) + 1e3 * (end > room)
            for end, word in zip(ends, group, strict=False)
        ]
        cut = cost.index(min(cost)) + 1
        yield group[:cut]
        group = group[cut:]


def _named(cue: list[Word]) -> list[Word]:
    """Returns a cue that begins with the name of its speaker, if it has one."""
    if not cue[0].speaker:
        return cue
    return [dataclasses.replace(cue[0], text=f"{cue[0].speaker}: {cue[0].text}"), *cue[1:]]


def _lines(cue: list[Word]) -> list[list[Word]]:
    """Returns a cue's lines: one if it fits, else two of about one length."""
    if len(_text(cue)) <= MAX_LINE_CHARS or len(cue) < 2:
        return [cue]
    longer = [max(len(_text(cue[:i])), len(_text(cue[i:]))) for i in range(1, len(cue))]
    cut = longer.index(min(longer)) + 1
    return [cue[:cut], cue[cut:]]


def _pauses(word: Word) -> bool:
    return word.text.rstrip("\"'”’»)]").endswith((",", ";", ":", "、", "，", "؛", "،"))


def _text(words: Sequence[Word]) -> str:
    return "".join(_space(a, b) + b.text for a, b in zip([None, *words], words, strict=False))


def _space(before: Word | None, word: Word) -> str:
    """Returns what stands between two words: nothing where the text has nothing either."""
    if before is None or (before.end_char == word.start_char and not before.ends_sentence):
        return ""
    return " "


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
