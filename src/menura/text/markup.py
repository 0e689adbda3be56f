"""XML of strangers, read into tags and texts with their places; what is not needed is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn
from xml.parsers import expat

from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_XML_BYTES = 4 << 20
MAX_DEPTH = 64
MAX_ELEMENTS = 100_000

_XML, _XSI = "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A tag or a run of text in an XML document.

    Attributes:
        kind: "open", "close" or "text".
        name: an element's name; the text of a run of it.
        space: an element's namespace, or "".
        attributes: by name, "xml:" and "xsi:" before those of these two namespaces.
        start_char: where it begins in the source, in code points.
        stop_char: where a run of text ends in the source.
        places: for a run of text, (place in it, place in the source) wherever these two part.
    """

    kind: Literal["open", "close", "text"]
    name: str
    start_char: int
    space: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    stop_char: int = 0
    places: tuple[tuple[int, int], ...] = ()


def read_xml(source: str | bytes, what: str) -> tuple[str, list[Node]]:
    """Returns a document as it stands, and its tags and text in order.

    It is hostile: document types, entities but for the five of XML and characters by number,
    processing instructions, other encodings than UTF-8, more than 4 MiB, 100,000 elements or 64
    levels are refused as soon as they are met.

    Args:
        source: text, or bytes of UTF-8.
        what: what it should be, for messages.

    Raises:
        InvalidText: if it is not well-formed or over a limit. Says where.
    """
    try:
        data = source.encode() if isinstance(source, str) else source
        if len(data) > MAX_XML_BYTES:
            raise InvalidText(f"the {what} is over the limit of {MAX_XML_BYTES >> 20} MiB")
        text = data.decode()
    except UnicodeError as error:
        raise InvalidText(f"the {what} is not in UTF-8: save it as UTF-8") from error
    if not text.strip():
        raise InvalidText(f"the {what} is empty")
    reader = _Reader(data, declared=isinstance(source, bytes))
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise InvalidText(
            f"the {what} is not well-formed at line {error.lineno}, "
            f"column {error.offset + 1}: {reason}"
        ) from None
    return text, reader.nodes


def fail(text: str, place: int, message: str, cause: Exception | None = None) -> NoReturn:
    """Raises `InvalidText` with the line and column of a place in a text."""
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    raise InvalidText(f"line {line}, column {column}: {message}") from cause


def check_element(
    text: str, node: Node, space: str, attributes: Mapping[str, Iterable[str]]
) -> None:
    """Refuses an element that is not known, or has an attribute that is not."""
    if node.space not in {"", space} or node.name not in attributes:
        fail(text, node.start_char, f"<{node.name:.40}> is not supported: take it out")
    known = attributes[node.name]
    for name in node.attributes:
        if name not in known:
            takes = ", ".join(name for name in known if not name.startswith(("xsi:", "urn:")))
            listed = f"it takes {takes}" if takes else "it takes none"
            fail(
                text,
                node.start_char,
                f"<{node.name}> has an attribute {name:.40} that is not supported: {listed}",
            )


class _Reader:
    """Collects what expat finds, with its places in code points."""

    def __init__(self, data: bytes, *, declared: bool) -> None:
        self.nodes: list[Node] = []
        self.parser = parser = expat.ParserCreate("UTF-8", " ")
        self._data = data
        self._declared = declared
        self._byte = self._char = 0  # the same place, counted both ways
        self._depth = self._elements = 0
        self._pieces: list[str] = []
        self._places: list[tuple[int, int]] = []
        self._length = self._expected = 0
        parser.buffer_text = False  # a buffered text has lost its place
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._boundary
        parser.StartCdataSectionHandler = self._boundary
        parser.EndCdataSectionHandler = self._boundary

    def _fail(self, message: str) -> NoReturn:
        parser = self.parser
        raise InvalidText(
            f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}: {message}"
        )

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if self._declared and encoding and encoding.lower() not in {"utf-8", "us-ascii"}:
            self._fail(f"the encoding {encoding:.40} is not supported: save it as UTF-8")

    def _doctype(self, *_: object) -> None:
        self._fail("document types and entities are not supported: take the declaration out")

    def _instruction(self, target: str, _: str) -> None:
        self._fail(f"the instruction <?{target:.40}?> is not supported: take it out")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"elements are nested at most {MAX_DEPTH} deep")
        if self._elements > MAX_ELEMENTS:
            self._fail(f"there are at most {MAX_ELEMENTS} elements")
        space, _, local = name.rpartition(" ")
        named = {
            key.replace(f"{_XML} ", "xml:").replace(f"{_XSI} ", "xsi:"): value
            for key, value in attributes.items()
        }
        self.nodes.append(
            Node(kind="open", name=local, space=space, attributes=named, start_char=self._place())
        )

    def _close(self, name: str) -> None:
        self._flush()
        self._depth -= 1
        self.nodes.append(
            Node(kind="close", name=name.rpartition(" ")[2], start_char=self._place())
        )

    def _text(self, piece: str) -> None:
        start = self.parser.CurrentByteIndex
        if start != self._expected or not self._places:
            self._boundary()
            self._places.append((self._length, self._place()))
        self._pieces.append(piece)
        self._length += len(piece)
        self._expected = start + (len(piece) if piece.isascii() else len(piece.encode()))

    def _boundary(self, *_: object) -> None:
        """Ends a run of text where something else begins."""
        if self._places and self._expected >= 0:
            self._places.append((self._length, self._place()))
            self._expected = -1

    def _flush(self) -> None:
        if not self._places:
            return
        self._boundary()
        (_, start), (_, stop) = self._places[0], self._places[-1]
        self.nodes.append(
            Node(
                kind="text",
                name="".join(self._pieces),
                start_char=start,
                stop_char=stop,
                places=tuple(self._places),
            )
        )
        self._pieces.clear()
        self._places.clear()
        self._length = 0
        self._expected = -1

    def _place(self) -> int:
        byte = self.parser.CurrentByteIndex
        self._char += len(self._data[self._byte : byte].decode())
        self._byte = byte
        return self._char
