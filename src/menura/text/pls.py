"""Lexicons in and out of PLS, the W3C's Pronunciation Lexicon Specification 1.0."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.audio.files import atomic, open_regular
from menura.errors import InvalidText
from menura.text.alphabets import to_ipa
from menura.text.lexicon import Entry, Lexicon
from menura.text.markup import MAX_XML_BYTES, check_element, fail, read_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from menura.text.markup import Node


def read_pls(source: Path | bytes) -> Lexicon:
    """Returns the lexicon in a file of W3C's Pronunciation Lexicon Specification 1.0.

    Of several pronunciations of a word the preferred one counts, else the first. Examples and
    metadata are not read.

    Args:
        source: the file or what stands in it: UTF-8, at most 4 MiB.

    Raises:
        NotFound: if the file is not there.
        StorageFailed: if the disk does not give it.
        InvalidText: if it is no lexicon, or not in UTF-8, or over a limit. Says where.
    """
    text, nodes = read_xml(_read(source) if isinstance(source, Path) else source, "lexicon")
    facts = _facts()
    nodes = list(_without(nodes, "metadata"))
    path: list[Node] = []
    entries: list[Entry] = []
    lexeme: list[tuple[Node, str]] = []
    said = ""
    for node in nodes:
        if node.kind == "text":
            said = node.name.strip()
        elif node.kind == "open":
            check_element(text, node, facts["namespace"], facts["attributes"])
            if facts["parents"].get(node.name) != (path[-1].name if path else None):
                fail(text, node.start_char, f"<{node.name}> does not belong here")
            path.append(node)
            said = ""
        else:
            opened = path.pop()
            if opened.name in {"grapheme", "phoneme", "alias"}:
                lexeme.append((opened, said))
            elif opened.name == "lexeme":
                entries += _entries(
                    text, opened, lexeme, nodes[0].attributes.get("alphabet", "ipa")
                )
                lexeme.clear()
    language = nodes[0].attributes.get("xml:lang", "")
    if not language:
        fail(text, nodes[0].start_char, '<lexicon> lacks its xml:lang, such as "en"')
    return Lexicon(language, tuple(entries))


def _without(nodes: Iterable[Node], name: str) -> Iterator[Node]:
    """Yields all but what stands inside the elements called `name`."""
    inside = 0
    for node in nodes:
        inside -= node.kind == "close" and (inside > 1 or node.name == name) and inside > 0
        if not inside:
            yield node
        inside += node.kind == "open" and (inside > 0 or node.name == name)


def _entries(
    text: str, opened: Node, lexeme: Sequence[tuple[Node, str]], alphabet: str
) -> Iterator[Entry]:
    graphemes = [said for node, said in lexeme if node.name == "grapheme"]
    spoken = [row for row in lexeme if row[0].name != "grapheme"]
    if not graphemes or not spoken:
        fail(text, opened.start_char, "a <lexeme> needs a <grapheme> and a <phoneme> or <alias>")
    preferred = [row for row in spoken if row[0].attributes.get("prefer") == "true"]
    node, said = (preferred or spoken)[0]
    case = opened.attributes.get(f"{_facts()['exact']} case")
    if case not in {None, "exact"}:
        fail(text, opened.start_char, f'a case is "exact" or not given, not {case!r:.40}')
    try:
        is_alias = node.name == "alias"
        phonemes = None if is_alias else to_ipa(said, node.attributes.get("alphabet", alphabet))
        for grapheme in graphemes:
            yield Entry(
                grapheme=grapheme,
                alias=said if is_alias else None,
                phonemes=phonemes,
                match_case=case == "exact",
            )
    except InvalidText as error:
        fail(text, node.start_char, str(error), error)


def to_pls(lexicon: Lexicon) -> bytes:
    """Returns the lexicon as PLS 1.0, in UTF-8; `read_pls` turns it back.

    Raises:
        InvalidText: if an entry holds what no XML can.
    """
    from xml.sax.saxutils import escape, quoteattr

    facts = _facts()
    space = f'xmlns="{facts["namespace"]}" xmlns:menura="{facts["exact"]}"'
    language = quoteattr(lexicon.language)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<lexicon version="1.0" {space} alphabet="ipa" xml:lang={language}>',
    ]
    for entry in lexicon.entries:
        case = ' menura:case="exact"' if entry.match_case else ""
        name, said = ("phoneme", entry.phonemes) if entry.alias is None else ("alias", entry.alias)
        lines.append(
            f"  <lexeme{case}><grapheme>{escape(entry.grapheme)}</grapheme>"
            f"<{name}>{escape(str(said))}</{name}></lexeme>"
        )
    try:
        data = "\n".join([*lines, "</lexicon>", ""]).encode()
    except UnicodeEncodeError as error:
        raise InvalidText("an entry of the lexicon holds half a character") from error
    read_pls(data)
    return data


def write_pls(path: Path, lexicon: Lexicon) -> None:
    """Writes the lexicon as PLS 1.0, whole or not at all.

    Raises:
        InvalidText: if an entry holds what no XML can.
        StorageFailed: if the disk does not take it.
    """
    data = to_pls(lexicon)
    with atomic(path) as unfinished:
        unfinished.write_bytes(data)


def _read(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(MAX_XML_BYTES + 1)


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("pls.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
