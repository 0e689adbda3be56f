"""The overview of a sound: its waveform, and its spectrogram on a logarithmic frequency axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.files import atomic
from menura.audio.spectral import hann
from menura.errors import InvalidAudio
from menura.pictures.canvas import Canvas, Panel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image

    from menura.audio import Audio

WIDTH_PX = 1200
WAVE = Panel(70, 34, WIDTH_PX - 90, 150)
SPECTRUM = Panel(70, 216, WIDTH_PX - 90, 360)
HEIGHT_PX = 610
LOWEST_HZ = 50.0
FLOOR_DB = -100.0
WINDOW_S = 0.04
_WINDOWS_PER_COLUMN = 4
_PEAK_COLOUR = (120, 150, 210)
_RMS_COLOUR = (40, 70, 150)


def draw_overview(audio: Audio, title: str) -> Image:
    """Returns a picture of the sound: peak and RMS level above, spectrogram below.

    Args:
        audio: any length; long sounds are sampled, so time and memory stay bounded.
        title: written on top.

    Raises:
        InvalidAudio: if there is no sound at all.
        NotInstalled: if Pillow is not there.
    """
    if audio.frames == 0:
        raise InvalidAudio("there is no sound to draw")
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    channels = "mono" if audio.channels == 1 else f"{audio.channels} channels"
    facts = f"{title}   {audio.duration_s:.2f} s, {audio.rate} Hz, {channels}"
    canvas.text(WAVE.left, 10, "".join(c if c.isprintable() else "?" for c in facts[:140]))
    _draw_wave(canvas, audio)
    canvas.heat(SPECTRUM, (_spectrum_db(audio) - FLOOR_DB) / -FLOOR_DB)
    canvas.frame(SPECTRUM)
    top_hz = audio.rate / 2
    octaves = math.log2(top_hz / LOWEST_HZ)
    marks = [hz for hz in (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000) if hz < top_hz]
    for hz in marks:
        y = SPECTRUM.top + round((1 - math.log2(hz / LOWEST_HZ) / octaves) * SPECTRUM.height)
        canvas.text(SPECTRUM.left - 6, y, f"{hz // 1000}k" if hz >= 1000 else f"{hz}", "rm")
    canvas.time_axis(SPECTRUM, _time_ticks(audio.duration_s))
    return canvas.image


def save_png(image: Image, path: Path) -> None:
    """Writes the picture, whole or not at all.

    Raises:
        InvalidInput: if the path cannot be a file.
        StorageFailed: if the disk does not take it.
    """
    with atomic(path) as unfinished:
        image.save(unfinished, "PNG", optimize=True)


def _draw_wave(canvas: Canvas, audio: Audio) -> None:
    edges = np.linspace(0, audio.frames, WAVE.width + 1).astype(np.int64)
    # Column by column: a long sound is mapped from a file and must not come into memory whole.
    pieces = [
        audio.samples[:, start : max(stop, start + 1)]
        for start, stop in zip(np.minimum(edges[:-1], audio.frames - 1), edges[1:], strict=True)
    ]
    low = np.array([piece.min() for piece in pieces], np.float64)
    high = np.array([piece.max() for piece in pieces], np.float64)
    rms = np.sqrt([np.square(piece).mean(dtype=np.float64) for piece in pieces])
    canvas.level_axis(WAVE, [((v + 1) / 2, f"{v:g}") for v in (-1, -0.5, 0, 0.5, 1)])
    canvas.bars(WAVE, _height(low), _height(high), _PEAK_COLOUR)
    canvas.bars(WAVE, _height(-rms), _height(rms), _RMS_COLOUR)
    canvas.frame(WAVE)


def _height(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.clip(values, -1, 1) + 1) / 2


def _spectrum_db(audio: Audio) -> NDArray[np.float32]:
    """Returns levels in dB, shape (panel height, panel width), the highest frequency first."""
    size = 2 ** round(math.log2(audio.rate * WINDOW_S))
    per_column = _WINDOWS_PER_COLUMN
    count = SPECTRUM.width * per_column
    centres = np.linspace(0, audio.frames, count, endpoint=False).astype(np.int64)
    window = hann(size).astype(np.float32)
    rows = np.geomspace(audio.rate / 2, LOWEST_HZ, SPECTRUM.height)
    bins = np.minimum(np.round(rows * size / audio.rate).astype(np.int64), size // 2)
    columns = []
    for group in np.array_split(centres, 24):
        at = group[:, None] + np.arange(size) - size // 2
        inside = (at >= 0) & (at < audio.frames)
        pieces = audio.samples[:, np.clip(at, 0, audio.frames - 1)].mean(axis=0) * inside
        spectrum = np.abs(np.fft.rfft(pieces * window))[:, bins] * (2 / window.sum())
        columns.append(np.square(spectrum))
    power = np.concatenate(columns).reshape(SPECTRUM.width, per_column, -1).mean(axis=1)
    level: NDArray[np.float32] = (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
    return level.T


def _time_ticks(duration_s: float) -> list[tuple[float, str]]:
    """Returns about ten round times as (share of the duration, label)."""
    rough = duration_s / 10
    scale = 10 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(m * scale for m in (1, 2, 5, 10) if m * scale >= rough)
    count = int(duration_s / step)
    return [(i * step / duration_s, f"{i * step:.6g} s") for i in range(count + 1)]
