"""Passages: a task's text, plain or SSML, as runs in one voice and language."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from menura.engines.speech.composition import compose, is_plain, is_silent
from menura.engines.speech.emphasis import emphasised
from menura.engines.speech.passage import Passage
from menura.errors import InvalidText, NotFound
from menura.espeak import languages
from menura.espeak.scripts import divide
from menura.text import japanese
from menura.text.script import Mark, Pause, Segment
from menura.text.ssml import parse, parse_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.engines.speech.dictionary import Dictionary
    from menura.engines.speech.pieces import Piece
    from menura.text.prosody import Style, VoiceWish
    from menura.voice import Voice

_GENDERS = {"male": "man", "female": "woman", "neutral": "neutral"}
_STOPS = tuple(".!?。！？।؟…")


def is_ssml(text: str) -> bool:
    """Whether a text is taken for SSML: it begins with `<speak`, or as XML documents do."""
    return text.lstrip("\ufeff \t\r\n").startswith(("<speak", "<?xml", "<!DOCTYPE"))


def passages(
    text: str,
    own: Voice,
    language: str | None,
    voices: Mapping[str, Voice],
    *,
    max_chars: int,
    dictionary: Dictionary,
) -> tuple[Passage | Pause | Mark, ...]:
    """Returns what a text says, in order.

    Args:
        text: plain, with `[pause 2s]` where one is wanted, or SSML.
        own: the voice where the text names none.
        language: the language of that voice; None = its own.
        voices: the engine's, by name.
        max_chars: the most characters the text may have.
        dictionary: how words are said.

    Raises:
        InvalidText: if the text cannot be read, or not in its language.
        NotFound: if it names a voice or language that is not there.
    """
    if len(text) > max_chars:
        raise InvalidText(f"the text has {len(text)} characters, over the limit of {max_chars}")
    runs = _Runs(text, max_chars, dictionary)
    for item in parse(text) if is_ssml(text) else parse_plain(text):
        if isinstance(item, Pause):
            runs.pause(item)
        elif isinstance(item, Mark):
            runs.mark(item)
        else:
            style = emphasised(item.style)
            voice = own if style.voice is None else _wished(style.voice, own, voices)
            asked = style.language or (language if voice is own else None) or voice.language
            for segment, tag in _divided(item, languages.find(asked).tag):
                runs.say(segment, style, voice, tag)
    items = runs.finish()
    if not any(isinstance(item, Passage) for item in items):
        raise InvalidText("nothing in the text can be spoken: give letters, numbers or symbols")
    return items


class _Runs:
    """Passages in the making: segments gather until a pause, or another voice or language."""

    def __init__(self, text: str, max_chars: int, dictionary: Dictionary) -> None:
        self._text, self._max_chars, self._dictionary = text, max_chars, dictionary
        self._items: list[Passage | Pause | Mark] = []
        self._parts: list[tuple[Segment, Style]] = []
        self._marks: list[tuple[int, Mark]] = []  # and how many parts stand before each
        self._spoken_by: tuple[Voice, str] | None = None

    def say(self, segment: Segment, style: Style, voice: Voice, language: str) -> None:
        """Adds a text; what has no sound belongs to the run it follows."""
        if style.phonemes is None and is_silent(segment.text):
            if self._parts:
                self._parts.append((segment, style))
            return
        if self._spoken_by not in (None, (voice, language)):
            self._close(ends=False)
        self._spoken_by = self._spoken_by or (voice, language)
        self._parts.append((segment, style))

    def mark(self, mark: Mark) -> None:
        """Adds a mark, inside the run if one is open."""
        if self._parts:
            self._marks.append((len(self._parts), mark))
        else:
            self._items.append(mark)

    def pause(self, pause: Pause) -> None:
        """Ends the run with a pause."""
        self._close(ends=True)
        self._items.append(pause)

    def finish(self) -> tuple[Passage | Pause | Mark, ...]:
        """Returns all of them, in order."""
        self._close(ends=True)
        return tuple(self._items)

    def _close(self, *, ends: bool) -> None:
        if self._spoken_by is None:
            return
        voice, language = self._spoken_by
        lexicon = self._dictionary.lexicon(language)
        pieces, starts = compose(self._parts, language, lexicon, self._max_chars)
        said = "".join(piece.said for piece in pieces)
        self._items.append(
            Passage(
                pieces=pieces,
                said=said,
                voice=voice,
                language=language,
                segments=tuple(segment for segment, _ in self._parts),
                sounded=tuple(_sounded(pieces)),
                written=self._text,
                closes=ends or said.rstrip().endswith(_STOPS),
                marks=tuple((starts[i], mark.name) for i, mark in self._marks if i < len(starts)),
            )
        )
        self._items += [mark for i, mark in self._marks if i >= len(starts)]
        self._parts, self._marks, self._spoken_by = [], [], None


def _sounded(pieces: Sequence[Piece]) -> Iterator[tuple[int, int, str]]:
    """Yields (start, stop, mnemonics) of given phonemes, without the blanks around such a word."""
    for piece in pieces:
        if piece.source.phonemes is not None:
            start = piece.stop_char - len(piece.said.lstrip())
            yield start, start + len(piece.said.strip()), piece.source.phonemes


def _divided(segment: Segment, language: str) -> Iterator[tuple[Segment, str]]:
    """Yields the parts of a segment with the languages that can read them."""
    if segment.style.phonemes is not None:
        yield segment, language
        return
    stretches = divide(segment.text, language, kanji=japanese.is_installed())
    if len(stretches) == 1 or not is_plain(segment):
        yield segment, stretches[0].language if len(stretches) == 1 else language
        return
    for start, stop, tag in stretches:
        yield segment.cut(start, stop), tag


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
        if isinstance(item, Passage):
            letters = languages.unreadable(item.said, item.language)
            if letters:
                yield item.language, letters


def _wished(wish: VoiceWish, own: Voice, voices: Mapping[str, Voice]) -> Voice:
    """Returns the voice a text asks for: by name, else the first that fits what is said of it."""
    names = (wish.name or "").split()
    for name in names:
        if name in voices:
            return voices[name]
    if names:
        return find_voice(voices, names[0])
    fitting = [v for v in voices.values() if not v.id and wish.gender in {None, _spoken_gender(v)}]
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
