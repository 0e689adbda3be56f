import itertools
import os
import signal

import numpy as np
import pytest

from menura.engines.crew import Crew
from menura.engines.music.mixing import Space, Strip
from menura.engines.music.playing import work
from menura.engines.music.rendering import FADE_S, SPACE, Player, Rendition
from menura.engines.music.score import Event

RATE = 22_050
CREW = "menura.engines.music.playing"


class Here:
    """A crew of nobody: what it is asked to play is played at once."""

    workers = 1

    def submit(self, header, samples):
        return list(work(header, samples))


class Kept:
    def __init__(self):
        self.pieces = []

    def append(self, block):
        self.pieces.append(block.samples)

    @property
    def samples(self):
        return np.concatenate(self.pieces, axis=1)


def space(**changes):
    values = {
        "room": "room",
        "room_amount": 0.3,
        "delay_amount": 0.2,
        "delay_s": 0.25,
        "sidechain": 0.5,
        "saturation": 0.2,
        "width": 0.6,
        "brightness": 0.5,
        "beat_s": 0.5,
        "loudness_lufs": -22.0,
    }
    return Space(**(values | changes))


def scale(length_s, step_s=0.25, low=60):
    """Returns notes one after the other up to a time."""
    places = range(max(1, int(length_s / step_s)))
    return tuple(
        Event(start_s=i * step_s, length_s=0.9 * step_s, pitch=low + 2.0 * (i % 6), velocity=0.7)
        for i in places
    )


def rendition(duration_s, *, notes_s=None, **changes):
    length_s = duration_s if notes_s is None else notes_s
    kicks = tuple(
        Event(start_s=i * 0.5, length_s=0.1, pitch=36.0, velocity=0.8)
        for i in range(max(1, int(length_s * 2)))
    )
    players = (
        Player(
            strip=Strip(name="lead", role="melody", pan=0.2, delay=0.3),
            instrument="square lead",
            events=scale(length_s),
        ),
        Player(
            strip=Strip(name="low", role="bass"),
            instrument="synth bass",
            events=scale(length_s, 0.5, 36),
        ),
        Player(strip=Strip(name="kit", role="drums"), instrument="808 kit", events=kicks),
    )
    values = {
        "players": players,
        "space": space(),
        "textures": (),
        "duration_s": duration_s,
        "loop": False,
        "fade": False,
        "seed": 4,
        "rate": RATE,
    }
    return Rendition(**(values | changes))


def heard(piece, crew=None, stems=None):
    blocks = piece.blocks(crew or Here(), lambda share: None, stems)
    return np.concatenate([block.samples for block in blocks], axis=1)


def db(sound):
    return float(10 * np.log10(np.mean(np.square(sound, dtype=float)) + 1e-20))


@pytest.mark.parametrize("duration_s", [0.3, 1.0, 3.333, 7.0001])
def test_a_piece_has_exactly_its_length_and_lets_its_end_go(duration_s):
    sound = heard(rendition(duration_s))
    assert sound.shape == (2, round(duration_s * RATE))
    assert np.isfinite(sound).all()
    assert np.abs(sound[:, -2:]).max() < 1e-3 * np.abs(sound).max()


def test_stems_are_named_and_add_up():
    piece = rendition(3.0, textures=("vinyl",))
    stems = {name: Kept() for name in piece.names}
    sound = heard(piece, stems=stems)
    assert tuple(stems) == ("lead", "low", "kit", SPACE, "vinyl")
    rest = sound - sum(stem.samples for stem in stems.values())
    assert db(rest) < db(sound) - 100
    assert all(db(stem.samples) > -80 for stem in stems.values())


def test_a_fade_falls_all_the_way():
    length_s = 2 * FADE_S
    steady, fading = (heard(rendition(length_s, fade=fade)) for fade in (False, True))
    place = round((length_s - FADE_S / 3) * RATE)
    assert np.array_equal(steady[:, :RATE], fading[:, :RATE])
    levels = [
        db(fading[:, at : at + RATE // 2]) - db(steady[:, at : at + RATE // 2])
        for at in range(place - 3 * RATE, place + RATE, RATE)
    ]
    assert all(b < a - 1 for a, b in itertools.pairwise(levels))


def test_a_loop_goes_round_without_a_seam():
    piece = rendition(4.0, loop=True)
    sound = heard(piece)
    assert sound.shape == (2, 4 * RATE)
    turned = np.concatenate([sound, sound], axis=1)
    seam = 4 * RATE
    steps = np.abs(np.diff(turned, axis=1)).max(axis=0)
    # A note begins on the seam as on every other quarter of a second: no larger step than there.
    near = steps[seam - 60 : seam + 60].max()
    others = [steps[at - 60 : at + 60].max() for at in range(RATE, seam, RATE)]
    assert near < 1.5 * max(others)
    # What rings over from the end is there at the start: the piece without a loop begins bare.
    plain = heard(rendition(4.0))
    assert db(sound[:, :200] - plain[:, :200]) > -70


def test_the_last_of_a_loop_is_in_its_first_samples():
    end = Event(start_s=3.8, length_s=0.15, pitch=72.0, velocity=0.9)
    strip = Strip(name="bell", role="melody", reverb=0.5)
    players = (Player(strip=strip, instrument="kalimba", events=(end,)),)
    looped, plain = (heard(rendition(4.0, players=players, loop=loop)) for loop in (True, False))
    assert not plain[:, : 3 * RATE].any()
    first = looped[:, : RATE // 20]
    assert db(first) > db(looped) - 20
    step = np.abs(np.diff(np.concatenate([looped[:, -1:], looped[:, :1]], axis=1))).max()
    assert step <= np.abs(np.diff(looped, axis=1)).max()


def test_stretches_leave_no_clicks():
    held = Event(start_s=0.0, length_s=11.0, pitch=57.0, velocity=0.7)
    players = (
        Player(strip=Strip(name="a", role="pad"), instrument="clarinet", events=(held,)),
        Player(strip=Strip(name="b", role="bass"), instrument="808 kit", events=()),
    )
    sound = heard(rendition(10.0, players=players))
    bends = np.abs(np.diff(sound, 2, axis=1)).max(axis=0)
    near = [bends[round(s * RATE) - 50 : round(s * RATE) + 50].max() for s in (0.5, 4.5, 8.5)]
    assert max(near) < 1.5 * np.percentile(bends[RATE : 9 * RATE], 99.9)


def test_samples_do_not_depend_on_how_many_play_nor_on_who_dies():
    piece = rendition(6.0)
    wanted = heard(piece)
    for workers in (1, 2):
        crew = Crew(CREW, workers)
        try:
            assert np.array_equal(heard(piece, crew), wanted)
        finally:
            crew.close()
    crew = Crew(CREW, 1)
    try:
        blocks = piece.blocks(crew, lambda share: None, None)
        taken = [next(blocks).samples]
        for worker in list(crew._live):
            os.kill(worker._child.pid, signal.SIGKILL)
        taken += [block.samples for block in blocks]
    finally:
        crew.close()
    assert np.array_equal(np.concatenate(taken, axis=1), wanted)


def test_a_level_that_climbs_is_that_of_all_that_sounds():
    even = heard(rendition(3.0))
    climbing = heard(rendition(3.0, levels=((0.0, -12.0), (2.0, 0.0))))
    for from_s, to_s, by_db in ((0.4, 0.6, -9.0), (0.9, 1.1, -6.0), (2.2, 2.9, 0.0)):
        span = slice(round(from_s * RATE), round(to_s * RATE))
        assert db(climbing[:, span]) - db(even[:, span]) == pytest.approx(by_db, abs=0.6)
