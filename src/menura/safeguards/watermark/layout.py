"""Where the mark's chips lie in time and frequency, and what a key makes of them.

The mark is a pattern of +1 and -1 on a grid of time cells by logarithmic bands, repeated for
ever. A chip is a small patch of cells with as many + as -, in time and in frequency
(Manchester), so that a host whose spectrum changes slowly contributes nothing to its sum.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_KEY_BYTES = 16
MAX_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The grid. All values were chosen by measurement; see the design notes in docs.

    Attributes:
        lowest_hz: lower edge of the lowest band; speech has little to hide in below it.
        bands_per_octave: bands are logarithmic, so that a pitch shift is a translation.
        bands: 54 bands reach 6,788 Hz, below the Nyquist of 16 kHz sound.
        wide_bands: bands whose chips are 4 bands tall (+ + - -): below 1,512 Hz a band is
            narrower than a bin of an 18 ms window. The others are 2 tall (+ -).
        cell_s: 32 ms cells are stronger on clean sound but die under a phase vocoder's
            stretch, 64 ms cells lose in noise and short crops.
        cells: time cells a period; two cells (+ -) make a chip.
        payload_chips: chips that carry the code word: 72 steps at rate 1/6. The rest is pilot.
    """

    lowest_hz: float = 300.0
    bands_per_octave: int = 12
    bands: int = 54
    wide_bands: int = 28
    cell_s: float = 0.048
    cells: int = 84
    payload_chips: int = 432

    @property
    def chip_rows(self) -> int:
        """Chips above one another in frequency."""
        return self.wide_bands // 4 + (self.bands - self.wide_bands) // 2

    @property
    def chips(self) -> int:
        """Chips in one period."""
        return self.chip_rows * self.cells // 2

    @property
    def period_s(self) -> float:
        """Length of one period, s."""
        return self.cell_s * self.cells


LAYOUT = Layout()
PERIOD_S = 4.032
PAYLOAD_BYTES = 6
PUBLIC_KEY = b"menura public watermark key, version 1: anyone may detect with it"


def chip_of_cell() -> NDArray[np.intp]:
    """Returns which chip each cell belongs to, shape (cells, bands)."""
    band = np.arange(LAYOUT.bands)
    above = LAYOUT.wide_bands // 4 + (band - LAYOUT.wide_bands) // 2
    row = np.where(band < LAYOUT.wide_bands, band // 4, above)
    return np.arange(LAYOUT.cells)[:, None] // 2 * LAYOUT.chip_rows + row


def shape_of_cell() -> NDArray[np.float32]:
    """Returns the sign of each cell within its chip, shape (cells, bands), +1 or -1."""
    band = np.arange(LAYOUT.bands)
    half = np.where(band < LAYOUT.wide_bands, band % 4 // 2, (band - LAYOUT.wide_bands) % 2)
    return (1 - 2 * ((np.arange(LAYOUT.cells)[:, None] + half) % 2)).astype(np.float32)


def chip_sums(cells: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns the sum of each chip's cells, each times its sign, shape (chips,).

    Args:
        cells: shape (cells, bands).
    """
    signed = (cells * shape_of_cell()).ravel()
    sums = np.zeros(LAYOUT.chips)
    np.add.at(sums, chip_of_cell().ravel(), signed)
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedChips:
    """What one key makes of the grid.

    Attributes:
        signs: shape (chips,), +1 or -1: the key's sign of each chip.
        payload: shape (payload_chips,): which chips carry the code word, in its order.
    """

    signs: NDArray[np.float32]
    payload: NDArray[np.intp]

    def pattern(self, word: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the sign of every cell, shape (cells, bands).

        Args:
            word: shape (payload_chips,), the code word as +1 and -1; zeros leave the pilot alone.
        """
        values = self.signs.copy()
        values[self.payload] *= word
        return values[chip_of_cell()] * shape_of_cell()

    def pilot(self) -> NDArray[np.float32]:
        """Returns the pattern that needs no payload to be known, 0 where the payload lies."""
        return self.pattern(np.zeros(LAYOUT.payload_chips, np.float32))


def expand(key: bytes) -> KeyedChips:
    """Returns the signs and the order of chips that belong to `key`.

    The stream is HMAC-SHA256 of a label and a counter (as in NIST SP 800-108, counter mode).

    Raises:
        InvalidInput: if the key is shorter than 16 or longer than 1,024 bytes.
    """
    check_key(key)
    signs = np.unpackbits(_stream(key, b"signs", -(-LAYOUT.chips // 8)))[: LAYOUT.chips]
    ranks = _stream(key, b"order", 8 * LAYOUT.chips).view("<u8")
    order = np.argsort(ranks, kind="stable")
    return KeyedChips(
        signs=(1 - 2 * signs.astype(np.float32)), payload=order[: LAYOUT.payload_chips]
    )


def check_key(key: bytes) -> None:
    """Returns nothing if `key` can be used.

    Raises:
        InvalidInput: if it is not 16 to 1,024 bytes.
    """
    if not isinstance(key, bytes) or not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise InvalidInput(
            f"a watermark key is {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes: make one with "
            "`head -c 32 /dev/urandom`"
        )


def _stream(key: bytes, label: bytes, length: int) -> NDArray[np.uint8]:
    digests = (
        hmac.digest(key, b"menura watermark 1 " + label + count.to_bytes(4, "big"), "sha256")
        for count in range(-(-length // 32))
    )
    return np.frombuffer(b"".join(digests), np.uint8)[:length]
