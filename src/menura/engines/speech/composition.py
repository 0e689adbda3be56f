"""Composition: segments read into pieces, numbers and signs across their borders included."""

from __future__ import annotations

import dataclasses
import unicodedata
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from menura.engines.speech.pieces import Joined, Piece, Source
from menura.errors import InvalidText
from menura.espeak import languages
from menura.text.alphabets import to_espeak
from menura.text.clean import clean
from menura.text.interpretation import interpret
from menura.text.normalize import normalize
from menura.text.normalize.english.heteronyms import find_heteronyms
from menura.text.normalize.spans import Builder
from menura.text.reading import Reading, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.text.lexicon import Entry, Lexicon
    from menura.text.prosody import SayAs, Style
    from menura.text.script import Segment

MAX_SOUNDED_CHARS = 1_000
_AMERICAN, _BRITISH = "en-us", "en-gb"
_SPELLED = {"characters", "digits", "telephone"}


class Composition(NamedTuple):
    """What segments that follow each other come to.

    Attributes:
        pieces: what is said, in order.
        starts: for each segment, where what is said for it begins.
    """

    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]


def compose(
    parts: Sequence[tuple[Segment, Style]],
    language: str,
    lexicon: Lexicon | None,
    max_chars: int,
) -> Composition:
    """Returns segments as they are spoken in one breath.

    Segments are read together, whatever their styles, so that "Dr." knows the name behind it;
    given phonemes, aliases and what a `<say-as>` holds are read by themselves.

    Args:
        parts: segments of one voice and language, each with its manner.
        language: tag of espeak-ng.
        lexicon: how words are said, or None.
        max_chars: the most characters they may have.

    Raises:
        InvalidText: if they cannot be read, or not in this language.
    """
    pieces: list[Piece] = []
    starts: list[int] = []
    said_chars = 0
    numbered = list(enumerate(parts))
    for alone, group in groupby(numbered, lambda row: -1 if is_plain(row[1][0]) else row[0]):
        rows = [part for _, part in group]
        styles = [style for _, style in rows]
        joined = _join([segment for segment, _ in rows])
        for source in _sources(joined, language, lexicon if alone < 0 else None, max_chars):
            if pieces and _run_together(pieces[-1], source):
                pieces[-1] = dataclasses.replace(pieces[-1], said=f"{pieces[-1].said} ")
                said_chars += 1
            cuts = list(_cuts(source))
            starts += [said_chars + said for said, _, begins in cuts if begins]
            ends = [said for said, _, _ in cuts[1:]] + [len(source.said)]
            pieces += [
                Piece(
                    said=source.said[first:last],
                    start_char=said_chars + first,
                    style=styles[index],
                    source=source,
                    source_char=said_chars,
                )
                for (first, index, _), last in zip(cuts, ends, strict=True)
                if last > first
            ]
            said_chars += len(source.said)
    return Composition(tuple(pieces), tuple(starts))


def is_silent(text: str) -> bool:
    """Whether a text has nothing that is said."""
    return all(unicodedata.category(char)[0] in "PZC" and char not in "%&#@§" for char in text)


def is_plain(segment: Segment) -> bool:
    """Whether a segment may be read together with those beside it."""
    return bool(segment.places) and not (segment.style.phonemes or segment.style.say_as)


def _join(segments: Sequence[Segment]) -> Joined:
    rows: list[tuple[int, Segment]] = []
    chars = 0
    for segment in segments:
        rows.append((chars, segment))
        chars += len(segment.text)
    return Joined(tuple(rows), "".join(segment.text for segment in segments))


def _cuts(source: Source) -> Iterator[tuple[int, int, bool]]:
    """Yields (place in what is said, index of the segment, whether that begins here)."""
    starts = [start for start, _ in source.joined.segments]
    for index, (start, stop) in enumerate(pairwise([*starts, len(source.joined.text)])):
        if (start < source.stop and stop > source.start) or start == stop:
            yield source.said_offset(start - source.start), index, start >= source.start


def _run_together(piece: Piece, source: Source) -> bool:
    """Whether two words that were written apart, by an alias or the like, would become one."""
    apart = any(s.whole or s.entry for s in (piece.source, source))
    return apart and piece.said[-1:].isalnum() and source.said[:1].isalnum()


def _sources(
    joined: Joined, language: str, lexicon: Lexicon | None, max_chars: int
) -> Iterator[Source]:
    """Yields what is read at once, in order; joined they are all of the text."""
    segment, text = joined.segments[0][1], joined.text
    style = segment.style
    if style.phonemes is not None:
        yield _sounded(joined, (0, len(text)), style.phonemes, language)
        return
    if not segment.places:
        reading = _read(text, language, max_chars)
        said = text if reading is None else reading.said
        yield Source(joined=joined, start=0, stop=len(text), said=said, reading=reading, whole=True)
        return
    if style.say_as is not None and style.say_as.kind not in _SPELLED and not is_silent(text):
        yield _understood(joined, style.say_as, language, max_chars)
        return
    spelled = style.say_as is not None
    done = 0
    entries = list(_entries(text, lexicon, max_chars))
    if not spelled:
        entries += _told_apart(text, language, max_chars)
    for start, stop, entry in sorted(entries, key=lambda row: row[0]):
        if start < done:  # a lexicon has said it
            continue
        if start > done:
            yield _plain(joined, (done, start), language, max_chars, spelled=spelled)
        if isinstance(entry, str):
            yield _sounded(joined, (start, stop), entry, language)
        else:
            yield _pronounced(joined, (start, stop), entry, language, max_chars)
        done = stop
    if done < len(text):
        yield _plain(joined, (done, len(text)), language, max_chars, spelled=spelled)


def _entries(
    text: str, lexicon: Lexicon | None, max_chars: int
) -> Iterator[tuple[int, int, Entry | str]]:
    """Yields (start, stop, entry) of the words that a lexicon knows."""
    if lexicon is None or is_silent(text):
        return
    cleaned = clean(text, max_chars)
    for piece in lexicon.apply(cleaned.text):
        if piece.entry is not None:
            stop = piece.start_char + len(piece.text)
            yield cleaned.offset(piece.start_char), cleaned.offset(stop), piece.entry


def _told_apart(text: str, language: str, max_chars: int) -> Iterator[tuple[int, int, Entry | str]]:
    """Yields (start, stop, IPA) of words that the words around them tell how to say."""
    if language not in {_AMERICAN, _BRITISH} or is_silent(text):  # IPA is for these alone
        return
    cleaned = clean(text, max_chars)
    for found in find_heteronyms(cleaned.text, american=language == _AMERICAN):
        yield cleaned.offset(found.start), cleaned.offset(found.stop), found.ipa


def _plain(
    joined: Joined, span: tuple[int, int], language: str, max_chars: int, *, spelled: bool
) -> Source:
    text = joined.text[slice(*span)]
    reading = _read(text, language, max_chars)
    if reading is not None and spelled:
        reading = _spell(reading, language)
    said = _blanked(text) if reading is None else reading.said
    return Source(joined=joined, start=span[0], stop=span[1], said=said, reading=reading)


def _understood(joined: Joined, say_as: SayAs, language: str, max_chars: int) -> Source:
    """Returns what a `<say-as>` holds, as it is to be understood."""
    text = joined.text
    said, missed = interpret(clean(text, max_chars).text.strip(), say_as, language)
    if said is None:
        read = _plain(joined, (0, len(text)), language, max_chars, spelled=False)
        return dataclasses.replace(read, missed=missed)
    before, after = text[: text[:1].isspace()], text[len(text) - text[-1:].isspace() :]
    said = f"{before}{said}{after}"
    return Source(joined=joined, start=0, stop=len(text), said=said, whole=True, missed=missed)


def _pronounced(
    joined: Joined, span: tuple[int, int], entry: Entry, language: str, max_chars: int
) -> Source:
    """Returns a word as a lexicon has it."""
    if entry.phonemes is not None:
        try:
            return _sounded(joined, span, entry.phonemes, language, entry)
        except InvalidText as error:
            raise InvalidText(f"the lexicon's entry {entry.grapheme!r:.60}: {error}") from error
    reading = _read(str(entry.alias), language, max_chars)
    said = str(entry.alias) if reading is None else reading.said
    return Source(
        joined=joined,
        start=span[0],
        stop=span[1],
        said=said,
        reading=reading,
        whole=True,
        entry=entry,
    )


def _sounded(
    joined: Joined, span: tuple[int, int], ipa: str, language: str, entry: Entry | None = None
) -> Source:
    """Returns a word with given phonemes; where nothing is written, these are what is said."""
    said = _blanked(joined.text[slice(*span)])
    if len(said) > MAX_SOUNDED_CHARS:
        raise InvalidText(
            f"phonemes stand for at most {MAX_SOUNDED_CHARS} characters, not {len(said)}: "
            "give them word by word"
        )
    return Source(
        joined=joined,
        start=span[0],
        stop=span[1],
        said=said if said.strip() else ipa,
        phonemes=to_espeak(ipa, language).text,
        whole=True,
        entry=entry,
    )


def _read(text: str, language: str, max_chars: int) -> Reading | None:
    """Returns how a text is read; None if it is signs and blanks alone."""
    if is_silent(text):
        return None
    reading = read(text, language, max_chars)
    _check_readable(reading, languages.find(language))
    return reading


def _blanked(text: str) -> str:
    return "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)


def _spell(reading: Reading, language: str) -> Reading:
    text = reading.cleaned.text
    builder = Builder(text)
    for i, char in enumerate(text, 1):
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
