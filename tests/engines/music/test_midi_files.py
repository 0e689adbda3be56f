"""Our MIDI files, read by the standard's letter and not by the library that wrote them."""

import dataclasses
import io
import struct

import mido
import numpy as np
import pytest
from music_plans import BANDS, make_plan

from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.writing import write
from menura.engines.music.arranger.writing.grooves import facts
from menura.engines.music.instruments import drums
from menura.engines.music.instruments.drums.kit import find_drum
from menura.engines.music.midi import drum_keys, kits, to_midi
from menura.engines.music.midi.channels import Seat, seats
from menura.engines.music.midi.strokes import Strokes, apart
from menura.engines.music.plan import Part

HAND_DRUMS = ("darbuka", "tabla", "hand percussion")
FIRST_KEY, LAST_KEY = 35, 81
"""Of General MIDI's percussion map."""
BODIES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


def number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value, at = value << 7 | data[at] & 0x7F, at + 1
        if data[at - 1] < 0x80:
            return value, at


def messages(track: bytes) -> list[tuple[int, int, bytes]]:
    """(tick, status or 0x100 + type of a meta event, body) of a track, to its end."""
    found, at, tick, status = [], 0, 0, 0
    while at < len(track):
        delta, at = number(track, at)
        tick += delta
        if track[at] == 0xFF:
            kind = 0x100 + track[at + 1]
            size, at = number(track, at + 2)
            status = 0
        else:
            status, at = (track[at], at + 1) if track[at] >= 0x80 else (status, at)
            kind, size = status, BODIES[status & 0xF0]
        body = track[at : at + size]
        assert len(body) == size
        assert kind >= 0x100 or max(body) < 0x80
        found.append((tick, kind, body))
        at += size
    assert found[-1][1] == 0x12F
    assert [kind for _, kind, _ in found].count(0x12F) == 1
    return found


def tracks(data: bytes) -> list[list[tuple[int, int, bytes]]]:
    """The tracks of a file of format 1."""
    kind, size, form, count, division = struct.unpack_from(">4sIHHH", data)
    assert (kind, size, form) == (b"MThd", 6, 1)
    assert 24 <= division < 0x8000
    found, at = [], 14
    while at < len(data):
        kind, size = struct.unpack_from(">4sI", data, at)
        assert kind == b"MTrk"
        found.append(messages(data[at + 8 : at + 8 + size]))
        at += 8 + size
    assert at == len(data)
    assert len(found) == count
    return found


def check_notes(parts: list[list[tuple[int, int, bytes]]]) -> int:
    """Asserts that on each port and channel a key is struck only when it is free; counts notes."""
    merged, count = [], 0
    for track in parts:
        ports = [body[0] for _, kind, body in track if kind == 0x121]
        port = ports[0] if ports else 0
        for tick, kind, body in track:
            if kind & 0xF0 in {0x80, 0x90} and kind < 0x100:
                down = kind & 0xF0 == 0x90 and body[1] > 0
                merged.append((tick, down, port, kind & 0x0F, body[0]))
    sounding: dict[tuple[int, int, int], int] = {}
    for tick, down, *place in sorted(merged):
        where = tuple(place)
        if down:
            assert where not in sounding, (tick, where)
            sounding[where] = tick
            count += 1
        else:
            assert sounding.pop(where) < tick
    assert not sounding
    return count


def export(plan, events=None):
    score = write(plan)
    events = perform(score, plan) if events is None else events
    return score, events, to_midi(score, events, plan)


@pytest.mark.parametrize(
    ("band", "seed"), [(band, seed) for band in sorted(BANDS) for seed in (1, 5, 9)]
)
def test_any_sequencer_can_open_it(band: str, seed: int) -> None:
    plan = make_plan(seed, band=band, mode="maqam bayati" if band == "arabic" else None)
    score, events, data = export(plan)
    first, *parts = tracks(data)
    kinds = [kind for _, kind, _ in first]
    assert all(kind >= 0x100 for kind in kinds)
    assert kinds[0] == 0x103
    assert [body.decode() for _, kind, body in first if kind == 0x106] == [
        name for _, name in score.sections
    ]
    at_start = {kind for tick, kind, _ in first if tick == 0}
    assert {0x151, 0x158, 0x159, 0x106} <= at_start
    for part, track in zip(plan.parts, parts, strict=True):
        assert (track[0][1], track[0][2].decode()) == (0x103, part.name)
        spoken = [(kind & 0xF0, kind & 0x0F) for _, kind, _ in track if kind < 0x100]
        assert spoken[0][0] == 0xC0
        assert len({channel for _, channel in spoken}) == 1
        kit = part.instrument in kits()
        assert (spoken[0][1] == 9) == kit
        if kit:
            keys = {body[0] for _, kind, body in track if kind & 0xF0 == 0x90}
            assert min(keys) >= FIRST_KEY
            assert max(keys - {82}) <= LAST_KEY
    assert check_notes(parts) == sum(map(len, events.values()))
    assert len(mido.MidiFile(file=io.BytesIO(data)).tracks) == len(parts) + 1


def test_keys_struck_again_are_let_go_first() -> None:
    plan = make_plan(5, parts=(BANDS["pop"][2],))
    (line,) = perform(write(plan), plan).values()
    held = [dataclasses.replace(event, length_s=event.length_s + 5) for event in line]
    doubled = sorted([*held, *held[::3]], key=lambda event: event.start_s)
    _, _, data = export(plan, {plan.parts[0].name: doubled})
    assert check_notes(tracks(data)) == len(doubled)


def test_two_drummers_share_their_keys() -> None:
    drums_, tambourine = BANDS["pop"][0], Part(name="two", role="drums", instrument="acoustic kit")
    plan = make_plan(5, parts=(drums_, tambourine))
    score = write(plan)
    (line, _) = perform(score, plan).values()
    _, _, data = export(plan, {"drums": line, "two": line})
    assert check_notes(tracks(data)) == 2 * len(line)


def test_forty_players_each_have_a_channel() -> None:
    piano = BANDS["pop"][2]
    lines = tuple(dataclasses.replace(piano, name=f"keys {at}") for at in range(40))
    kit = (BANDS["pop"][0], Part(name="box", role="drums", instrument="808 kit"))
    plan = make_plan(5, parts=(*lines, *kit))
    _, events, data = export(plan)
    _, *parts = tracks(data)
    assert check_notes(parts) == sum(map(len, events.values()))
    places = []
    for track in parts:
        port = next((body[0] for _, kind, body in track if kind == 0x121), 0)
        (channel,) = {kind & 0x0F for _, kind, _ in track if kind < 0x100}
        places.append((port, channel))
    assert len(set(places)) == 42
    assert places[-2:] == [(0, 9), (1, 9)]
    assert {port for port, _ in places} == {0, 1, 2}


@pytest.mark.parametrize(
    ("sounds", "expected"),
    [
        ([], []),
        ([(0, False), (0, True), (0, False)], [Seat(0, 0), Seat(0, 9), Seat(0, 1)]),
        ([(0, True), (0, True), (25, True), (0, True)],
         [Seat(0, 9), Seat(0, 9), Seat(1, 9), Seat(0, 9)]),
        ([(0, False)] * 16, [*(Seat(0, c) for c in range(16) if c != 9), Seat(1, 0)]),
    ],
)  # fmt: skip
def test_seats(sounds, expected) -> None:
    assert seats(sounds) == expected


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([], []),
        ([(0, 10, 60)], [(0, 10)]),
        ([(0, 0, 60)], [(0, 2)]),  # nothing is shorter
        ([(0, 10, 60), (5, 12, 60)], [(0, 5), (5, 12)]),
        ([(0, 10, 60), (10, 12, 60)], [(0, 10), (10, 12)]),
        ([(0, 10, 60), (5, 12, 61)], [(0, 10), (5, 12)]),
        ([(5, 12, 60), (0, 10, 60)], [(5, 12), (0, 5)]),  # in any order
        ([(0, 9, 60), (0, 9, 60), (0, 9, 60)], [(0, 1), (1, 2), (2, 9)]),
        ([(0, 50, 60), (1, 3, 60), (1, 3, 60)], [(0, 1), (1, 2), (2, 4)]),
        ([(9, 20, 60), (0, 50, 61), (0, 50, 61)], [(9, 20), (0, 1), (1, 50)]),
    ],
)
def test_a_key_is_free_before_it_is_struck(notes, expected) -> None:
    starts, ends, keys = np.array(notes, np.int64).reshape(-1, 3).T.copy()
    one = np.ones_like(keys)
    (found,) = apart([Strokes(starts=starts, ends=ends, keys=keys, forces=one, bends=one)])
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == expected


@pytest.mark.parametrize("kit", HAND_DRUMS)
def test_strokes_of_hand_drums_can_be_told_apart_again(kit: str) -> None:
    """What is written under a key of the map sounds the same when it is read back."""
    into = drum_keys(kit)
    own = [key for key in range(27, 88) if _is_own(kit, key)]
    back: dict[int, int] = {}
    for key in sorted(own, key=lambda key: (key in _stand_ins(kit), key)):
        back.setdefault(into.get(key, key), key)
    for key in set(facts()["keys"].values()) & set(own):
        again = back[into.get(key, key)]
        assert find_drum(kit, again) is find_drum(kit, key), (key, again)
    assert all(FIRST_KEY <= key <= LAST_KEY for key in into.values() if key != 82)


@pytest.mark.parametrize("kit", ["darbuka", "tabla"])
def test_skins_are_written_as_skins(kit: str) -> None:
    """General MIDI level 1: 54 tambourine, 60 to 66 bongos, congas, timbales."""
    into = drum_keys(kit)
    strokes = {into.get(key, key) for key in _table(kit)}
    assert strokes <= {54, *range(60, 67)}
    assert len(strokes) == len(_table(kit))


def _table(kit: str) -> set[int]:
    return set(drums.kit._drums(kit))


def _is_own(kit: str, key: int) -> bool:
    return any(find_drum(kit, key) is drum for drum in drums.kit._drums(kit).values())


def _stand_ins(kit: str) -> set[int]:
    return set(range(128)) - _table(kit)
