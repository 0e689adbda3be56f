"""A canvas with panels and axes, on Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PIL.Image import Image

INK = (32, 36, 44)
FAINT = (214, 218, 226)
PAPER = (255, 255, 255)
FONT_PX = 13

# Magma (S. van der Walt, N. Smith, 2015), sampled at equal steps from dark to light.
_MAGMA = np.array(
    [
        (0, 0, 4),
        (28, 16, 68),
        (79, 18, 123),
        (129, 37, 129),
        (181, 54, 122),
        (229, 80, 100),
        (251, 135, 97),
        (254, 194, 135),
        (252, 253, 191),
    ],
    np.float64,
)


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle of the picture, in pixels; `top` is its upper edge."""

    left: int
    top: int
    width: int
    height: int


class Canvas:
    """A white picture to draw on.

    Raises:
        NotInstalled: if Pillow is not there.
    """

    def __init__(self, width: int, height: int) -> None:
        try:
            from PIL import Image, ImageDraw, ImageFont
        except ImportError as error:
            raise NotInstalled("pictures need Pillow: pip install 'menura[view]'") from error
        self._image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._font: Any = ImageFont.load_default(size=FONT_PX)

    @property
    def image(self) -> Image:
        """What has been drawn."""
        return self._image

    def text(self, x: int, y: int, text: str, anchor: str = "la") -> None:
        """Writes at (x, y); `anchor` is Pillow's: which point of the text lies there."""
        self._draw.text((x, y), text, INK, self._font, anchor)

    def frame(self, panel: Panel) -> None:
        """Draws the panel's outline."""
        right, bottom = panel.left + panel.width, panel.top + panel.height
        self._draw.rectangle((panel.left - 1, panel.top - 1, right, bottom), outline=INK)

    def time_axis(self, panel: Panel, ticks: Iterable[tuple[float, str]]) -> None:
        """Draws ticks (position 0 to 1, label) below the panel."""
        bottom = panel.top + panel.height
        for share, label in ticks:
            x = panel.left + round(share * panel.width)
            self._draw.line((x, bottom, x, bottom + 4), INK)
            self.text(x, bottom + 6, label, "ma")

    def level_axis(self, panel: Panel, ticks: Iterable[tuple[float, str]]) -> None:
        """Draws ticks (height 0 to 1, label) left of the panel, with a faint line across it."""
        for share, label in ticks:
            y = panel.top + round((1 - share) * panel.height)
            self._draw.line((panel.left, y, panel.left + panel.width, y), FAINT)
            self.text(panel.left - 6, y, label, "rm")

    def bars(
        self,
        panel: Panel,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        colour: tuple[int, int, int],
    ) -> None:
        """Draws one vertical line per pixel column, from `low` to `high` (heights 0 to 1)."""
        bottom = panel.top + panel.height - 1
        for x, (a, b) in enumerate(zip(low, high, strict=True), panel.left):
            y = (bottom - a * (panel.height - 1), bottom - b * (panel.height - 1))
            self._draw.line((x, round(y[0]), x, round(y[1])), colour)

    def heat(self, panel: Panel, values: NDArray[np.float32]) -> None:
        """Paints values 0 to 1, shape (panel height, panel width), the first row on top."""
        from PIL import Image

        place = np.clip(values, 0, 1).ravel() * (len(_MAGMA) - 1)
        steps = np.arange(len(_MAGMA))
        colours = np.stack([np.interp(place, steps, _MAGMA[:, i]) for i in range(3)], axis=-1)
        pixels = colours.reshape(*values.shape, 3).round().astype(np.uint8)
        self._image.paste(Image.fromarray(pixels), (panel.left, panel.top))
