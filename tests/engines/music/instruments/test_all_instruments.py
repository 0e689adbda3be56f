"""All instruments beside one another, across the families that make them."""

import functools
import itertools

import numpy as np
import pytest
from instrument_measures import RATE, apart_db, bands_db, root_apart_db

from menura.engines.music.arranger.players import players
from menura.engines.music.instruments import drums, registry
from menura.engines.music.midi import kits, programs
from menura.engines.music.score import Event
from menura.text.brief.vocabulary import vocabulary

ASKED = (
    *("piano", "electric piano", "fm piano", "organ", "clavinet"),
    *("nylon guitar", "steel guitar", "clean guitar", "overdriven guitar", "muted guitar"),
    *("upright bass", "finger bass", "slap bass", "synth bass", "808 bass"),
    *("violin", "viola", "cello", "contrabass", "strings"),
    *("trumpet", "trombone", "french horn", "tuba", "brass"),
    *("flute", "piccolo", "clarinet", "oboe", "bassoon", "saxophone", "choir"),
    *("celesta", "vibraphone", "marimba", "glockenspiel", "tubular bells", "kalimba"),
    *("harp", "lute", "sitar", "koto", "banjo", "mandolin"),
    *("accordion", "harmonica", "bagpipe"),
    *("supersaw", "lead", "pluck", "arp", "pad", "sweep", "chip"),
    *("acoustic kit", "brush kit", "808 kit", "909 kit"),
    *("orchestral percussion", "hand percussion"),
)
MELODIC = tuple(name for name in registry.names() if name not in drums.NAMES)
NO_MIDDLE_C = {"timpani": 48, "xylophone": 72, "glockenspiel": 72}
NEAREST_DB = 2.4
"""Of one family, viola and cello at middle C are the nearest: 2.7 dB."""
NEAREST_ACROSS_DB = 5.0


@functools.cache
def look(name: str, first: int) -> np.ndarray:
    """Mean of `bands_db` over three notes at middle C, or near it."""
    instrument = registry.create(name, RATE)
    event = Event(start_s=0.0, length_s=1.2, pitch=NO_MIDDLE_C.get(name, 60.0), velocity=0.63)
    looks = []
    for seed in range(first, first + 3):
        sound = np.atleast_2d(instrument.play(event, np.random.default_rng(seed)))
        power = sound.astype(np.float64) ** 2
        looks.append(bands_db(sound[0] * np.sqrt(power.mean() / power[0].mean())))
    return np.mean(looks, axis=0)


def family(name: str) -> str:
    return next(f for f in registry.FAMILIES if name in registry._module(f).NAMES)


def test_every_instrument_asked_for_is_there() -> None:
    assert not set(ASKED) - set(registry.names())


def test_every_instrument_can_be_asked_for_and_written() -> None:
    names = set(registry.names())
    assert len(names) == len(registry.names())
    assert set(players()) == names
    assert {*programs(), *kits()} == names
    assert set(vocabulary().instruments) == names


def test_no_two_instruments_are_alike_within_or_across_families() -> None:
    near = {(a, b): apart_db(look(a, 0), look(b, 0)) for a, b in itertools.combinations(MELODIC, 2)}
    nearest = min(near, key=near.__getitem__)
    assert near[nearest] > NEAREST_DB, (nearest, near[nearest])
    across = {
        (a, b): root_apart_db(look(a, 0), look(b, 0)) for a, b in near if family(a) != family(b)
    }
    nearest = min(across, key=across.__getitem__)
    assert len(across) > 1000
    assert across[nearest] > NEAREST_ACROSS_DB, (nearest, across[nearest])


@pytest.mark.parametrize("name", MELODIC)
def test_it_is_nearer_to_itself_than_to_any_other(name: str) -> None:
    others = min(apart_db(look(name, 0), look(other, 0)) for other in MELODIC if other != name)
    assert apart_db(look(name, 0), look(name, 3)) < 0.55 * others
