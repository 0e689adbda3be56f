"""Passages: a task's text, plain or SSML, as stretches in one voice, language and manner."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText, NotFound
from menura.espeak import languages
from menura.text.normalize import normalize
from menura.text.normalize.spans import Builder
from menura.text.reading import Reading, read
from menura.text.script import Mark, Pause, Segment
from menura.text.ssml import parse, parse_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.text.prosody import Style, VoiceWish
    from menura.voice import Voice

_SPELLED = {"characters", "digits", "telephone"}
_GENDERS = {"male": "man", "female": "woman", "neutral": "neutral"}
_STOPS = tuple(".!?。！？।؟…")


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A stretch of text said in one voice and manner.

    Attributes:
        segment: what is written, and where.
        reading: how that is read; None if its phonemes are given.
        style: the manner, emphasis included.
        voice: who says it.
        language: tag of espeak-ng.
        written: the whole text of the task.
        closes: whether a sentence, or all, ends with it.
        speaker: who says it in a dialogue, else "".
        offset: where the source of `segment` begins in `written`.
    """

    segment: Segment
    reading: Reading | None
    style: Style
    voice: Voice
    language: str
    written: str
    closes: bool
    speaker: str = ""
    offset: int = 0

    @property
    def said(self) -> str:
        """What is spoken, in words."""
        return self.segment.text if self.reading is None else self.reading.said

    def written_span(self, said_start: int, said_stop: int) -> tuple[int, int]:
        """Returns where the said characters from `said_start` to `said_stop` were written."""
        start, stop = self.segment.start_char, self.segment.stop_char
        if self.reading is not None:
            start, stop = self.segment.written(*self.reading.written_span(said_start, said_stop))
        return start + self.offset, stop + self.offset


def is_ssml(text: str) -> bool:
    """Whether a text is taken for SSML: it begins with `<speak`, or as XML documents do."""
    return text.lstrip("\ufeff \t\r\n").startswith(("<speak", "<?xml", "<!DOCTYPE"))


def passages(
    text: str, own: Voice, language: str | None, voices: Mapping[str, Voice], max_chars: int
) -> tuple[Passage | Pause | Mark, ...]:
    """Returns what a text says, in order.

    Args:
        text: plain, with `[pause 2s]` where one is wanted, or SSML.
        own: the voice where the text names none.
        language: the language of that voice; None = its own.
        voices: the engine's, by name.
        max_chars: the most characters the text may have.

    Raises:
        InvalidText: if the text cannot be read, or not in its language.
        NotFound: if it names a voice or language that is not there.
    """
    if len(text) > max_chars:
        raise InvalidText(f"the text has {len(text)} characters, over the limit of {max_chars}")
    script = parse(text) if is_ssml(text) else parse_plain(text)
    items: list[Passage | Pause | Mark] = []
    for i, item in enumerate(script):
        if not isinstance(item, Segment):
            items.append(item)
        elif item.style.phonemes is not None or not _is_silent(item.text):
            follows = script[i + 1] if i + 1 < len(script) else None
            closes = not isinstance(follows, Segment) or item.text.rstrip().endswith(_STOPS)
            style = _emphasised(item.style)
            voice = own if style.voice is None else _wished(style.voice, own, voices)
            tag = style.language or (language if voice is own else None) or voice.language
            spoken = languages.find(tag)
            reading = None if style.phonemes else _read(item, spoken.tag, max_chars)
            if reading is not None:
                _check_readable(reading, spoken)
            items.append(Passage(item, reading, style, voice, spoken.tag, text, closes))
    if not any(isinstance(item, Passage) for item in items):
        raise InvalidText("nothing in the text can be spoken: give letters, numbers or symbols")
    return tuple(items)


def find_voice(voices: Mapping[str, Voice], name: str) -> Voice:
    """Returns the voice called `name`.

    Raises:
        NotFound: if there is none.
    """
    try:
        return voices[name]
    except KeyError:
        near = difflib.get_close_matches(name, voices, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else "see `menura voices`"
        raise NotFound(f"no voice is called {name!r:.80}; {hint}") from None


def unreadable(items: Sequence[Passage | Pause | Mark]) -> Iterator[tuple[str, str]]:
    """Yields (language, letters) for each passage with letters its language can only spell."""
    for item in items:
        if isinstance(item, Passage) and item.reading is not None:
            letters = languages.unreadable(item.said, item.language)
            if letters:
                yield item.language, letters


def _read(segment: Segment, language: str, max_chars: int) -> Reading:
    reading = read(segment.text, language, max_chars)
    say_as = segment.style.say_as
    if say_as is None or say_as.kind not in _SPELLED:
        return reading
    builder = Builder(reading.cleaned.text)
    for i, char in enumerate(reading.cleaned.text, 1):
        if char.isalpha():
            builder.replace(i, f"{char.upper()}.")  # the stop makes it a letter, not a word
        elif char.isalnum():
            builder.replace(i, f"{normalize(char, language).text} ")
        else:
            builder.keep(i)
    return dataclasses.replace(reading, normalized=builder.build())


def _check_readable(reading: Reading, language: languages.Language) -> None:
    letters = languages.unreadable(reading.said, language.tag)
    if not letters:
        return
    if language.tag == "ja":
        raise InvalidText(
            f"the built-in voice reads kana only, and this text has kanji ({letters[:8]}): "
            "write it in kana, or install the `ja` extra: pip install 'menura[ja]'"
        )
    if not any(char.isalnum() and char not in letters for char in reading.said):
        raise InvalidText(
            f"{language.name} cannot read this script ({letters[:8]}): name the language "
            "of the text"
        )


def _wished(wish: VoiceWish, own: Voice, voices: Mapping[str, Voice]) -> Voice:
    """Returns the voice a text asks for: by name, else the first that fits what is said of it."""
    names = (wish.name or "").split()
    for name in names:
        if name in voices:
            return voices[name]
    if names:
        return find_voice(voices, names[0])
    fitting = [v for v in voices.values() if wish.gender in {None, _spoken_gender(v)}]
    if wish.age_years is not None:
        age = "child" if wish.age_years < 15 else "elder" if wish.age_years > 60 else "adult"
        fitting = [v for v in fitting if v.age == age] or fitting
    if wish.language is not None:
        family = wish.language.lower().partition("-")[0]
        fitting = [v for v in fitting if v.language.partition("-")[0] == family] or fitting
    if not fitting:
        raise NotFound("no voice fits what the text asks for; see `menura voices`")
    if own in fitting and not wish.variant:
        return own
    return fitting[((wish.variant or 1) - 1) % len(fitting)]


def _spoken_gender(voice: Voice) -> str:
    return next((word for word, kind in _GENDERS.items() if kind == voice.gender), "neutral")


def _emphasised(style: Style) -> Style:
    if style.emphasis is None:
        return style
    change = _emphasis()[style.emphasis]
    return dataclasses.replace(
        style,
        pitch_semitones=style.pitch_semitones + change["pitch_semitones"],
        rate=style.rate * change["rate"],
        volume_db=style.volume_db + change["volume_db"],
    )


@functools.cache
def _emphasis() -> dict[str, Any]:
    text = (resources.files("menura.engines.speech") / "emphasis.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _is_silent(text: str) -> bool:
    return all(unicodedata.category(char)[0] in "PZC" and char not in "%&#@§" for char in text)
