"""The tables of a SoundFont: presets, instruments, their zones, and samples, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import InvalidAudio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAX_RECORDS = 65_536
"""What a 16-bit index can tell apart."""

# SoundFont Technical Specification 2.04 (2006), 7.2 to 7.10.
_PRESET = [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("_", "<u4", 3)]
_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_MODULATOR = [
    ("source", "<u2"),
    ("destination", "<u2"),
    ("amount", "<i2"),
    ("amount_source", "<u2"),
    ("transform", "<u2"),
]
_GENERATOR = [("id", "<u2"), ("amount", "<i2")]
_INSTRUMENT = [("name", "S20"), ("bag", "<u2")]
_SAMPLE = [
    ("name", "S20"),
    ("start", "<u4"),
    ("end", "<u4"),
    ("loop_start", "<u4"),
    ("loop_end", "<u4"),
    ("rate", "<u4"),
    ("root", "u1"),
    ("correction", "i1"),
    ("link", "<u2"),
    ("kind", "<u2"),
]


@dataclass(frozen=True, slots=True)
class Layer:
    """Presets or instruments, and their zones.

    Attributes:
        heads: one record each, and a terminal one, whose bag is where the last one ends.
        bags: one record for each zone, and a terminal one.
        generators: of all zones.
        modulators: of all zones.
    """

    heads: NDArray[Any]
    bags: NDArray[Any]
    generators: NDArray[Any]
    modulators: NDArray[Any]

    def zones(self, head: int) -> range:
        """Returns the zones of a preset or an instrument."""
        return range(int(self.heads["bag"][head]), int(self.heads["bag"][head + 1]))

    def zone(self, bag: int) -> tuple[list[tuple[int, int]], list[tuple[int, ...]]]:
        """Returns the generators (id, amount) and modulators (five numbers) of a zone."""
        bags = self.bags
        generators = self.generators[bags["generator"][bag] : bags["generator"][bag + 1]]
        modulators = self.modulators[bags["modulator"][bag] : bags["modulator"][bag + 1]]
        return generators.tolist(), modulators.tolist()


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a SoundFont, their indices checked.

    Attributes:
        presets: and their zones.
        instruments: and their zones.
        samples: one record each.
    """

    presets: Layer
    instruments: Layer
    samples: NDArray[Any]


def read_tables(data: NDArray[np.uint8], chunks: Mapping[str, tuple[int, int]]) -> Tables:
    """Returns the tables of a SoundFont.

    Args:
        data: the file, shape (bytes,).
        chunks: where its chunks are.

    Raises:
        InvalidAudio: if one lacks or is cut short, or an index points outside.
    """

    def table(name: str, fields: list[Any], least: int) -> NDArray[Any]:
        if name not in chunks:
            raise InvalidAudio(f"the soundfont has no chunk {name}")
        start, end = chunks[name]
        record = np.dtype(fields)
        count, rest = divmod(end - start, record.itemsize)
        if rest or count < least:
            raise InvalidAudio(f"the soundfont's chunk {name} is cut short")
        if count > MAX_RECORDS + 1:
            raise InvalidAudio(f"the soundfont's chunk {name} has over {MAX_RECORDS} records")
        # A copy: what is checked here must not change with the file.
        return np.frombuffer(data[start:end].tobytes(), record)

    def layer(heads: str, fields: list[Any], letter: str) -> Layer:
        made = Layer(
            table(heads, fields, 2),
            table(f"{letter}bag", _BAG, 1),
            table(f"{letter}gen", _GENERATOR, 0),
            table(f"{letter}mod", _MODULATOR, 0),
        )
        _check(heads, made.heads["bag"], made.bags.size - 1)
        _check(f"{letter}bag", made.bags["generator"], made.generators.size)
        _check(f"{letter}bag", made.bags["modulator"], made.modulators.size)
        return made

    presets = layer("phdr", _PRESET, "p")
    instruments = layer("inst", _INSTRUMENT, "i")
    # The last is terminal.
    return Tables(presets, instruments, table("shdr", _SAMPLE, 2)[:-1])


def decode_name(raw: bytes) -> str:
    """Returns a name up to its first NUL, without what could steer a terminal."""
    text = raw.split(b"\0", 1)[0].decode("latin-1")
    return "".join(char for char in text if char.isprintable()).strip()


def _check(name: str, indices: NDArray[Any], most: int) -> None:
    """Checks that indices never go back, and stay inside what they point to."""
    wide = indices.astype(np.int64)
    if (np.diff(wide) < 0).any():
        raise InvalidAudio(f"the soundfont's chunk {name} has zones that go backwards")
    if int(wide[-1]) > most:
        raise InvalidAudio(f"the soundfont's chunk {name} points outside the file's tables")
