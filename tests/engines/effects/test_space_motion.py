import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import Mover, Path, find_room
from menura.errors import InvalidInput

DRY = find_room("dry")


def tone(hz: float, seconds: float) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)[None].astype(np.float32)


def moved(
    path: Path, sound: NDArray[np.float32], *, binaural: bool = False, gain: bool = True
) -> NDArray[np.float32]:
    mover = Mover(path, DRY, binaural=binaural, gain=gain)
    mover.feed(sound[:, : mover.lead_frames])
    return mover.process(sound[:, mover.lead_frames :])


def powers(heard: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns the power of both channels in each 10 ms."""
    whole = heard[:, : heard.shape[1] // 480 * 480].astype(np.float64)
    return np.asarray((whole**2).sum(axis=0).reshape(-1, 480).mean(axis=1))


def pitch_hz(samples: NDArray[np.float32], at_s: float, length_s: float = 0.3) -> float:
    piece = samples[round(at_s * RATE) : round((at_s + length_s) * RATE)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 16 * RATE))
    return float(np.argmax(spectrum)) / 16


@pytest.mark.parametrize("speed_kmh", [50.0, 120.0, 300.0])
def test_what_passes_falls_in_pitch_as_doppler_says(speed_kmh: float) -> None:
    path = Path.passing(speed_kmh, 2.0, 7.0, 3.5)
    heard = moved(path, tone(1000, 10))[0]
    speed = speed_kmh / 3.6
    assert pitch_hz(heard, 0.1) == pytest.approx(1000 / (1 - speed / 343), rel=0.005)
    assert pitch_hz(heard, 6.5) == pytest.approx(1000 / (1 + speed / 343), rel=0.005)


def test_it_is_loudest_when_it_is_said_to_pass_and_as_loud_as_its_distance() -> None:
    heard = moved(Path.passing(90.0, 5.0, 6.0, 3.0), tone(500, 9))
    smooth = np.convolve(powers(heard)[:600], np.ones(9) / 9, "same")
    assert float(np.argmax(smooth)) / 100 == pytest.approx(3.0, abs=0.08)
    assert 10 * np.log10(smooth.max()) == pytest.approx(10 * np.log10(0.5 / 25), abs=0.5)


def test_it_goes_from_left_to_right_or_back() -> None:
    for rightward in (True, False):
        heard = moved(Path.crossing(4.0, rightward=rightward), tone(800, 5))
        early, late = heard[:, 4800:24_000], heard[:, 160_000:180_000]
        before = float((early[0] ** 2).sum() > (early[1] ** 2).sum())
        after = float((late[0] ** 2).sum() > (late[1] ** 2).sum())
        assert (before, after) == ((1.0, 0.0) if rightward else (0.0, 1.0))


def test_sound_begins_at_once_if_it_was_fed_and_late_if_not() -> None:
    path = Path.approaching(343.0, 3.43, 20.0)
    sound = np.random.default_rng(1).standard_normal((1, 3 * RATE)).astype(np.float32)
    heard = moved(path, sound)
    assert np.abs(heard[:, : RATE // 100]).max() > 0.1 * np.abs(heard[:, :RATE]).max()
    mover = Mover(path, DRY, binaural=False)
    assert mover.lead_frames == pytest.approx(0.99 * RATE, abs=2)
    waited = mover.process(sound)
    # At 17 m/s it is heard 1 / 0.95 times as fast: the silence is that much shorter.
    heard_from = np.flatnonzero(np.abs(waited[0]) > 1e-5)[0] / RATE
    assert heard_from == pytest.approx(0.99 * (1 - 16.98 / 343), abs=0.002)


def test_level_falls_by_6_db_per_doubling() -> None:
    path = Path.leaving(4.0, 64.0, 8.0)
    heard = moved(path, tone(300, 9))
    power = powers(heard)
    # Sent from 8 and 32 m: after 0.533 and 3.733 s, and on the way (r - 4) / c longer.
    near, far = (power[round(100 * (t + (m - 4) / 343))] for t, m in ((0.533, 8), (3.733, 32)))
    assert 10 * np.log10(near / far) == pytest.approx(12.04, abs=0.4)


def test_the_ears_differ_by_the_head_while_it_circles() -> None:
    path = Path.circling(2.0, 8.0, 8.0)
    heard = moved(path, tone(400, 9), binaural=True, gain=False)
    at = round(2.0 * RATE)  # a quarter of a round: 90 degrees to the right
    piece = heard[:, at - 1200 : at + 1200] * np.hanning(2400)
    spectra = np.fft.rfft(piece, RATE)[:, 400]
    later_ms = float(np.angle(spectra[1] / spectra[0])) / (2 * np.pi * 0.4)
    # With the phase of the shadow it is 3 a / c for long waves, as Kuhn (1977) has it.
    assert later_ms == pytest.approx(0.765, abs=0.1)
    assert np.abs(spectra[1]) > np.abs(spectra[0])


def test_a_moving_tone_stays_one() -> None:
    heard = moved(Path.passing(108.0, 5.0, 6.0, 3.0), tone(7000, 8), gain=False)[0]
    piece = heard[2400:12_000] * np.kaiser(9600, 14)
    level = 20 * np.log10(np.abs(np.fft.rfft(piece)) + 1e-12)
    top = int(np.argmax(level))
    level -= level[top]
    level[top - 60 : top + 60] = -200
    assert level.max() < -65


@pytest.mark.parametrize("binaural", [True, False])
def test_blocks_of_any_length_move_alike(binaural: bool) -> None:
    sound = np.random.default_rng(2).standard_normal((1, 30_000)).astype(np.float32)
    path = Path.passing(200.0, 3.0, 1.0, 0.3)
    whole = Mover(path, DRY, binaural=binaural).process(sound)
    mover = Mover(path, DRY, binaural=binaural)
    edges = [0, 5, 1000, 9192, 9193, 17_000, 30_000]
    parts = [mover.process(sound[:, a:b]) for a, b in itertools.pairwise(edges)]
    assert np.abs(np.concatenate(parts, axis=1) - whole).max() < 1e-6


def test_what_flies_over_is_never_nearer_than_its_height() -> None:
    path = Path.above(400.0, 100.0, 10.0, 5.0)
    assert path.nearest_m == pytest.approx(100.5, abs=0.1)
    assert Path.passing(90.0, 5.0, 6.0, 3.0).nearest_m == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((0, 4)), "rows of time"),
        (np.zeros((2, 3)), "rows of time"),
        (np.array([[0.0, 0, 0, 0], [0.0, 1, 0, 0]]), "must rise"),
        (np.array([[0.0, 0, 0, 0], [1.0, 400, 0, 0]]), "no faster than 1080 km/h"),
        (np.array([[0.0, np.nan, 0, 0]]), "not a number"),
    ],
)
def test_paths_that_cannot_be_are_refused(points: NDArray[np.float64], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Path(points)
