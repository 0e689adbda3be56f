"""`Region`: one sample under some keys and velocities, with all that a preset says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.music.instruments.soundfont.generators import (
    INSTRUMENT,
    KEYS,
    SAMPLE,
    VELOCITIES,
    generators,
)
from menura.engines.music.instruments.soundfont.modulators import (
    DEFAULTS,
    Modulator,
    by_identity,
)
from menura.engines.music.instruments.soundfont.records import decode_name
from menura.errors import InvalidAudio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.music.instruments.soundfont.modulators import Identity
    from menura.engines.music.instruments.soundfont.records import Layer, Tables

LEFT, RIGHT = 4, 2
_ROM, _PACKED = 0x8000, 0x10
_COARSE = 32_768
MAX_REGIONS = 16_384
_MAX_MODULATORS = 64
_RATES = (400, 192_000)
_UNPITCHED = 60
_Range = tuple[int, int]
_ALL = (0, 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A stretch of the file's sound.

    Attributes:
        index: its number in the file.
        start: its first frame in the file's pool.
        end: the frame after its last.
        loop_start: first frame of its loop.
        loop_end: frame after the loop's last; equal to `loop_start`: there is none.
        rate: Hz.
        root: MIDI key that it was recorded at.
        correction: cents that it has to be raised.
        link: number of the other side of a stereo pair, or -1.
        kind: LEFT, RIGHT or another.
    """

    index: int
    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    root: int
    correction: int
    link: int
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What sounds under some keys and velocities.

    Attributes:
        keys: lowest and highest key.
        velocities: lowest and highest velocity.
        sample: what is read, its offsets applied.
        values: of all generators, by name, in the units of the file.
        modulators: what moves them.
    """

    keys: _Range
    velocities: _Range
    sample: Sample
    values: Mapping[str, int]
    modulators: tuple[Modulator, ...]

    @property
    def loops(self) -> bool:
        """Whether it is held by going round its loop."""
        return self.values["sample_modes"] in {1, 3}

    @property
    def leaves(self) -> bool:
        """Whether it plays on behind its loop once the key is up."""
        return self.values["sample_modes"] == 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zone:
    """A zone, and what the global zone beside it says."""

    keys: _Range
    velocities: _Range
    target: int
    values: Mapping[int, int]
    modulators: Mapping[Identity, Modulator]


def read_regions(tables: Tables, preset: int, pool_frames: int) -> tuple[Region, ...]:
    """Returns all that sounds in a preset.

    Args:
        tables: of the file.
        preset: its number in the file.
        pool_frames: length of the file's sound.

    Raises:
        InvalidAudio: if a zone leads nowhere, a sample or a loop lies outside the sound, or there
            are too many.
    """
    regions: list[Region] = []
    known: dict[int, list[_Zone]] = {}
    pairs = 0
    for outer in _zones(tables.presets, preset, INSTRUMENT):
        if outer.target >= tables.instruments.heads.size - 1:
            raise InvalidAudio("a zone of the soundfont leads to an instrument that is not there")
        if outer.target not in known:
            known[outer.target] = _zones(tables.instruments, outer.target, SAMPLE)
        pairs += len(known[outer.target])
        if pairs > MAX_REGIONS:
            raise InvalidAudio(f"a preset of the soundfont has over {MAX_REGIONS} zones")
        for inner in known[outer.target]:
            region = _region(tables, outer, inner, pool_frames)
            if region is not None:
                regions.append(region)
    return tuple(regions)


def _zones(layer: Layer, head: int, leading: int) -> list[_Zone]:
    """Returns the zones of a preset or an instrument that lead somewhere.

    Only the first may be global: one that leads nowhere and holds for all others (7.3, 7.7).
    """
    zones: list[_Zone] = []
    common = _Zone(keys=_ALL, velocities=_ALL, target=-1, values={}, modulators={})
    for count, bag in enumerate(layer.zones(head)):
        zone = _zone(layer, bag, leading, common)
        if zone.target >= 0:
            zones.append(zone)
        elif count == 0:
            common = zone
    return zones


def _zone(layer: Layer, bag: int, leading: int, common: _Zone) -> _Zone:
    generators_, modulators = layer.zone(bag)
    keys, velocities, target = common.keys, common.velocities, -1
    values = dict(common.values)
    for number, amount in generators_:
        if number == KEYS:
            keys = _range(amount)
        elif number == VELOCITIES:
            velocities = _range(amount)
        elif number == leading:
            target = amount & 0xFFFF
            break  # What follows is to be ignored (8.1.2).
        elif number in generators():
            values[number] = amount
    own = by_identity(Modulator(*numbers) for numbers in modulators)
    merged = {**common.modulators, **own}
    if len(merged) > _MAX_MODULATORS:
        raise InvalidAudio(f"a zone of the soundfont has over {_MAX_MODULATORS} modulators")
    return _Zone(keys=keys, velocities=velocities, target=target, values=values, modulators=merged)


def _range(amount: int) -> _Range:
    return amount & 0xFF, min(amount >> 8 & 0xFF, _ALL[1])


def _region(tables: Tables, outer: _Zone, inner: _Zone, pool_frames: int) -> Region | None:
    """Returns a preset's zone and an instrument's as one, or None if it never sounds."""
    keys = _both(outer.keys, inner.keys)
    velocities = _both(outer.velocities, inner.velocities)
    if inner.target >= tables.samples.size:
        raise InvalidAudio("a zone of the soundfont leads to a sample that is not there")
    record = tables.samples[inner.target]
    if keys[0] > keys[1] or velocities[0] > velocities[1] or int(record["kind"]) & _ROM:
        return None
    values = {}
    for number, generator in generators().items():
        value = inner.values.get(number, generator.default)
        if not generator.sample:
            value += outer.values.get(number, 0)
        values[generator.name] = min(max(value, generator.low), generator.high)
    # An instrument's modulators replace the defaults; a preset's are added to them (9.5.1).
    modulators = {**by_identity(DEFAULTS), **inner.modulators}
    return Region(
        keys=keys,
        velocities=velocities,
        sample=_sample(tables, inner.target, values, pool_frames),
        values=values,
        modulators=(*modulators.values(), *outer.modulators.values()),
    )


def _both(one: _Range, other: _Range) -> _Range:
    return max(one[0], other[0]), min(one[1], other[1])


def _sample(tables: Tables, index: int, values: Mapping[str, int], pool_frames: int) -> Sample:
    record = tables.samples[index]
    name = decode_name(bytes(record["name"]))

    def place(field: str) -> int:
        coarse = values[f"{field}_coarse_offset"] * _COARSE
        return int(record[field]) + values[f"{field}_offset"] + coarse

    start, end = place("start"), place("end")
    loop_start, loop_end = place("loop_start"), place("loop_end")
    rate, kind = int(record["rate"]), int(record["kind"])
    if kind & _PACKED:
        raise InvalidAudio(f"the soundfont's sample {name!r} is compressed: unpack it to SF2")
    if not 0 <= start < end <= pool_frames:
        raise InvalidAudio(f"the soundfont's sample {name!r} lies outside the file's sound")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise InvalidAudio(f"the soundfont's sample {name!r} has a rate of {rate} Hz")
    if values["sample_modes"] not in {1, 3}:
        loop_start = loop_end = start
    elif not start <= loop_start < loop_end <= end:
        raise InvalidAudio(f"the loop of the soundfont's sample {name!r} lies outside it")
    root = values["root"] if values["root"] >= 0 else int(record["root"])
    link = int(record["link"])
    return Sample(
        index=index,
        start=start,
        end=end,
        loop_start=loop_start,
        loop_end=loop_end,
        rate=rate,
        root=root if root <= 127 else _UNPITCHED,
        correction=int(record["correction"]),
        link=link if kind in {LEFT, RIGHT} and link < tables.samples.size else -1,
        kind=kind,
    )
