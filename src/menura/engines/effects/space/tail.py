"""Late reverberation: a network of delays that loses nothing, and what the room takes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space.bands import BAND_HZ, places, share
from menura.engines.effects.space.head import RADIUS_M
from menura.engines.effects.space.standing import LOW, crossover_hz, share_above, standing_waves
from menura.engines.effects.space.transforms import backward, bins_hz, forward, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Room

LINES = 16
_SHORTEST_FRAMES = 1500
_SPREAD = (0.62, 1.5)
"""Shortest and longest delay re their geometric middle."""
_ROUNDS = 3
"""How many times everything has gone round before the network is listened to: its first rounds are
sparse, but what comes before the tail is mirror images."""
_EAR_WAY_M = RADIUS_M * (1 + np.pi / 2)
"""From ear to ear around the head: it decides up to where both hear the same of a diffuse field."""
_HIGH = 6
"""From this band on (4 kHz) air makes decays short: those bands are worked out apart."""
_LASTING = 1.2
"""A tail is followed for so many decay times: it ends 72 dB down."""


def network(frames: int, middle_frames: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns two uncorrelated outputs of a lossless feedback delay network, shape (2, frames).

    16 delays, mutually prime, and a Hadamard matrix between them (Jot and Chaigne, "Digital delay
    networks for designing artificial reverberators", AES 90th Convention, 1991). No delay is
    shorter than a block, so a block of all lines comes out of a product of matrices. Power 1.

    Args:
        frames: length.
        middle_frames: the geometric middle of the delays.
        rng: draws delays and signs.
    """
    places = np.linspace(0, 1, LINES) + rng.uniform(-0.4, 0.4, LINES) / LINES
    low, high = np.log(_SPREAD)
    delays = _primes(middle_frames * np.exp(low + (high - low) * np.clip(places, 0, 1)))
    block, longest = int(delays.min()), int(delays.max())
    skipped = _ROUNDS * longest
    total = skipped + frames
    sent = np.empty((LINES, longest + total), np.float32)
    sent[:, : longest + block] = 0
    mix = _hadamard(LINES)
    outputs = mix[[5, 10]] * np.sqrt(LINES)
    entry = rng.choice([-1.0, 1.0], LINES).astype(np.float32)
    entered = np.zeros((LINES, block), np.float32)
    entered[:, 0] = mix @ entry
    sent[:, longest] = entered[:, 0]
    heard = np.zeros((2, total), np.float32)
    arriving = np.empty((LINES, block), np.float32)
    for start in range(0, total, block):
        count = min(block, total - start)
        for line, delay in enumerate(delays):
            at = longest + start - delay
            arriving[line, :count] = sent[line, at : at + count]
        heard[:, start : start + count] = outputs @ arriving[:, :count]
        new = mix @ arriving[:, :count]
        sent[:, longest + start : longest + start + count] = new if start else new + entered
    late = heard[:, skipped:]
    return np.asarray(late / np.sqrt((late**2).mean(axis=1, keepdims=True)), np.float32)


def tail(
    room: Room,
    source_m: NDArray[np.float64],
    listener_m: NDArray[np.float64],
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the diffuse field at two ears after an impulse, shape (2, frames).

    Its power is that of all mirror images on average: they come at 4 pi c^3 t^2 / V a second, with
    1 / (c t)^2 each, so 4 pi c / V from the start, falling with the decay of each band (Kuttruff,
    "Room Acoustics", 4.1; a direct sound of 1 at 1 m). Where single modes can be told apart, the
    modes themselves take the network's place.

    Args:
        room: the box.
        source_m: shape (3,).
        listener_m: shape (3,).
        frames: length, from the moment of the impulse on.
        rng: draws the network.
    """
    speed = room.medium.speed_m_s
    longest_s = max(room.decay_s)
    # Fewer than some three modes in the width of one (2.2 / T), and single ones would be heard.
    dense = 1.4 * longest_s * RATE / LINES
    middle = max(room.free_path_m / speed * RATE, dense, _SHORTEST_FRAMES)
    noise = network(frames, middle, rng)
    level = np.sqrt(4 * np.pi * speed / (room.volume_m3 * RATE) / 2)
    noise *= np.float32(level)
    decay_s = room.decay_at(np.array(BAND_HZ))
    edge_hz = crossover_hz(room)
    field = np.zeros((2, frames), np.float32)
    for bands in (slice(0, _HIGH), slice(_HIGH, None)):
        lasting = min(frames, round(float(decay_s[bands].max()) * _LASTING * RATE))
        size = padded(lasting + 4096, 2 * LOW)
        hz = bins_hz(size)
        spectra = forward(noise[:, :lasting], size)
        if bands.start == 0:
            upto = int(np.searchsorted(hz, 2 * edge_hz))
            spectra[:, :upto] *= np.sqrt(share_above(hz[:upto], edge_hz)).astype(np.float32)
        spectra = _decay(spectra, places(hz), range(len(BAND_HZ))[bands], decay_s, lasting)
        _join_ears(spectra, hz.astype(np.float32), speed)
        if bands.start == 0 and edge_hz > 0:
            waves = standing_waves(room, source_m, listener_m, edge_hz, -(-lasting // LOW))
            low = np.fft.rfft(waves, size // LOW) * (LOW / np.sqrt(size))
            spectra[:, : low.shape[1]] += low.astype(np.complex64)
        field[:, :lasting] += backward(spectra, size)[:, :lasting]
    return field


def _decay(
    spectra: NDArray[np.complex64],
    place: NDArray[np.float32],
    bands: range,
    decay_s: NDArray[np.float64],
    frames: int,
) -> NDArray[np.complex64]:
    """Returns the spectra after each band has fallen exponentially: low bands at low rates."""
    size = 2 * (spectra.shape[1] - 1)
    result = np.zeros_like(spectra)
    for band in bands:
        inside, there = share(place, band)
        if inside.start >= inside.stop or not spectra[:, inside].any():
            continue  # single modes stand for all of it
        step, bins = 1, inside.stop
        while size % (4 * step) == 0 and size // (4 * step) > 1.3 * (bins - 1):
            step *= 2
        narrow = np.zeros((2, bins), np.complex64)
        np.multiply(spectra[:, inside], there, out=narrow[:, inside])
        rows = backward(narrow, size // step)
        time_s = np.arange(rows.shape[1]) * (step / RATE)
        falling = np.exp((-3 * np.log(10) / decay_s[band]) * time_s)
        falling[-(-frames // step) :] = 0
        rows *= falling.astype(np.float32)
        result[:, : size // step // 2 + 1] += forward(rows, size // step)
    return result


def _join_ears(spectra: NDArray[np.complex64], hz: NDArray[np.float32], speed_m_s: float) -> None:
    """Mixes two independent channels so that they hear a diffuse field, in place.

    Coherence sin(k d) / (k d) for two points d apart (Cook and others, "Measurement of correlation
    coefficients in reverberant sound fields", J. Acoust. Soc. Am. 27, 1955).
    """
    coherence = np.sinc(np.float32(2 * _EAR_WAY_M / speed_m_s) * hz)
    angle = np.float32(0.5) * np.arcsin(np.clip(coherence, -1, 1))
    own, other = np.cos(angle), np.sin(angle)
    left, right = own * spectra[0] + other * spectra[1], own * spectra[1] + other * spectra[0]
    spectra[0], spectra[1] = left, right


def _primes(wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns primes near rising numbers, each once, shape as given."""
    found: list[int] = []
    for want in wanted:
        number = max(int(want) | 1, found[-1] + 2 if found else 3)
        while any(number % odd == 0 for odd in range(3, int(number**0.5) + 1, 2)):
            number += 2
        found.append(number)
    return np.array(found, np.int64)


def _hadamard(size: int) -> NDArray[np.float32]:
    """Returns an orthogonal matrix whose entries are all of one size, shape (size, size)."""
    matrix = np.ones((1, 1))
    while matrix.shape[0] < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return np.asarray(matrix / np.sqrt(size), np.float32)
