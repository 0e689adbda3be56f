"""SSML, the W3C's markup for speech, and plain text with pauses, read into a `Script`."""

from __future__ import annotations

import functools
import re
import tomllib
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText
from menura.text.elements import break_s, end_s, enter, pause_s, short
from menura.text.markup import check_element, fail, read_xml
from menura.text.prosody import Style
from menura.text.script import Draft, Mark, Pause, Script, Segment

if TYPE_CHECKING:
    from menura.text.markup import Node

__all__ = ["Mark", "Pause", "Script", "Segment", "parse", "parse_plain"]

_BLANKS = re.compile(r"\s+")
_RUN = re.compile(r"\s{2,}")
PAUSE = re.compile(r"\[\s*pause\b([^\]\[\n]{0,64})\]", re.IGNORECASE)


def parse(source: str | bytes) -> Script:
    """Returns what an SSML document says, in order.

    Percentages, semitones, Hz and dB change what stands around them, so nested ones multiply or
    add up; labels such as "slow", and "100Hz", are levels of the voice whatever stands around.

    Args:
        source: SSML 1.0 or 1.1, at most 4 MiB; `version`, `xml:lang` and the namespace may be
            missing. Bytes are UTF-8.

    Raises:
        InvalidText: if it is not well-formed, says nothing, or asks for what is not done here:
            no element or attribute is passed over. Says at which line and column.
    """
    text, nodes = read_xml(source, "SSML")
    facts = _facts()
    reader = _Reader()
    for node in nodes:
        if node.kind == "open":
            check_element(text, node, facts["namespace"], facts["attributes"])
        try:
            reader.take(node)
        except InvalidText as error:
            fail(text, node.start_char, str(error), error)
    return reader.script.finish()


def parse_plain(text: str) -> Script:
    """Returns what a plain text says, with the pauses written in it: `[pause 500ms]`.

    Also `[pause 2s]`, and `[pause]` alone for one as after a sentence.

    Raises:
        InvalidText: if a pause is none or over 60 s, or nothing is said.
    """
    script = Draft()
    done = 0
    for found in [*PAUSE.finditer(text), None]:
        start, stop = found.span() if found else (len(text), len(text))
        if start > done:
            script.say(Segment(text[done:start], Style(), done, start, ((0, done),)))
        if found:
            try:
                script.pause(pause_s(found[1].strip()))
            except InvalidText as error:
                fail(text, start, f"{error}; write [pause 2s] or [pause 500ms]", error)
        done = stop
    return script.finish()


class _Reader:
    """Turns tags and texts into a script; knows the elements that are open."""

    def __init__(self) -> None:
        self.script = Draft()
        self._path: list[tuple[Node, Style]] = []
        self._span: tuple[int, int] | None = None  # of the text in the element that was opened last
        self._shown = ""  # that text

    def take(self, node: Node) -> None:
        """Adds a tag or a text."""
        if node.kind == "open":
            self._open(node)
        elif node.kind == "close":
            self._close(*self._path.pop())
        else:
            self._text(node)

    def _open(self, node: Node) -> None:
        content = _facts()["content"]
        parents = [opened.name for opened, _ in self._path]
        if (node.name == "speak") != (not parents):
            raise InvalidText(f"<{node.name}> does not belong here: all stands in one <speak>")
        if parents and parents[-1] in content["text"] + content["nothing"]:
            raise InvalidText(f"<{parents[-1]}> holds no elements: take <{node.name}> out")
        if (node.name in {"p", "s"} and "s" in parents) or (node.name == "p" and "p" in parents):
            raise InvalidText(f"<{node.name}> does not belong in a paragraph or sentence")
        style = self._path[-1][1] if self._path else Style()
        self._end(node.name)
        if node.name == "break":
            self.script.pause(break_s(node.attributes))
        elif node.name == "mark":
            self.script.mark(short("name", node.attributes))
        self._span, self._shown = None, ""
        self._path.append((node, enter(node.name, style, node.attributes)))

    def _close(self, node: Node, style: Style) -> None:
        start, stop = self._span or (node.start_char, node.start_char)
        if node.name == "sub":
            alias = short("alias", node.attributes)
            self.script.say(Segment(alias, style, start, stop, shown=self._shown))
        elif node.name == "phoneme" and self._span is None:
            self.script.say(Segment("", style, start, stop))
        self._end(node.name)

    def _text(self, node: Node) -> None:
        opened, style = self._path[-1]
        if opened.name in _facts()["content"]["nothing"]:
            if node.name.strip():
                raise InvalidText(f"<{opened.name}> holds no text: close it as <{opened.name}/>")
            return
        self._span = node.start_char, node.stop_char
        self._shown = " ".join(node.name.split())
        if opened.name != "sub":
            self.script.say(_segment(node, style))

    def _end(self, name: str) -> None:
        gap_s = end_s(name)
        if gap_s is not None:
            self.script.end(gap_s)


def _segment(node: Node, style: Style) -> Segment:
    """Returns a run of text with its blanks shortened, and the way back to the source."""
    raw = node.name
    stops: list[int] = []  # of the runs of blanks that become one
    removed = [0]  # characters up to there
    places: list[tuple[int, int]] = []
    index = 0
    for found in _RUN.finditer(raw):
        stop = found.end()
        stops.append(stop)
        removed.append(removed[-1] + stop - found.start() - 1)
        while index + 1 < len(node.places) and node.places[index + 1][0] <= stop:
            index += 1
        offset, source = node.places[index]
        places.append((stop - removed[-1], source + stop - offset))
    for offset, source in node.places:
        count = bisect_right(stops, offset)
        # What lies inside such a run falls to its end, and is then overruled by it.
        latest = stops[count] - removed[count + 1] if count < len(stops) else offset
        places.append((min(offset - removed[count], latest), source))
    places.sort()
    return Segment(_BLANKS.sub(" ", raw), style, node.start_char, node.stop_char, tuple(places))


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("ssml.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
