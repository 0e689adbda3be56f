"""A tune out of somebody's MIDI file.

The file is hostile: it is read here, byte by byte and within limits, because mido's own reader
takes lengths and times of any size. Each byte is looked at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from menura.errors import InvalidInput

MAX_BYTES = 4_000_000
MAX_TRACKS = 256
MAX_NOTES = 20_000
MAX_BEATS = 40_000.0
"""An hour at 300 quarter notes a minute, twice over."""
PLACES = 4
"""Decimals of a beat: a tenth of the tick that most programs count in."""
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_DRUM_CHANNEL = 9
_SYSEX, _SYSEX_MORE, _META, _END = 0xF0, 0xF7, 0xFF, 0x2F


@dataclass(slots=True)
class _Reader:
    """Bytes and a place in them."""

    data: bytes
    at: int
    end: int

    def byte(self) -> int:
        if self.at >= self.end:
            raise InvalidInput("the MIDI file breaks off: export it again")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """Returns a number of variable length: four bytes of seven bits at most."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise InvalidInput("the MIDI file has a number of more than four bytes: export it again")

    def skip(self, count: int) -> None:
        if count > self.end - self.at:
            raise InvalidInput("the MIDI file breaks off: export it again")
        self.at += count


@dataclass(slots=True)
class _Voice:
    """What one channel of one track plays: (start, length, key) in ticks."""

    notes: list[tuple[int, int, int]] = field(default_factory=list)
    sounding: dict[int, int] = field(default_factory=dict)

    def release(self, key: int, tick: int) -> None:
        start = self.sounding.pop(key, None)
        if start is not None and tick > start:
            self.notes.append((start, tick - start, key))


def read_midi(data: bytes) -> tuple[tuple[float, float, float], ...]:
    """Returns the tune of a standard MIDI file as (beat, beats, pitch), one note at a time.

    The tune is what the track and channel with the highest mean pitch plays, of those with at
    least a quarter of the notes of the fullest; drums do not count. Of notes that sound together
    the highest is kept, and each ends where the next begins. Beats are quarter notes from the
    first bar.

    Args:
        data: the file.

    Raises:
        InvalidInput: if it is no MIDI file, is broken, or is over a limit (MAX_BYTES, MAX_TRACKS,
            MAX_NOTES, MAX_BEATS), or holds no notes.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"the MIDI file is over the limit of {MAX_BYTES} bytes: cut it down")
    division, tracks, at = _header(data)
    voices: dict[tuple[int, int], _Voice] = {}
    count = 0
    for track in range(tracks):
        if at == len(data):
            break
        reader, at = _chunk(data, at)
        if reader is not None:
            count = _read_track(reader, track, voices, count, division)
    tunes = [voice for (_, channel), voice in voices.items() if channel != _DRUM_CHANNEL]
    tunes = [voice for voice in tunes if voice.notes]
    if not tunes:
        raise InvalidInput("the MIDI file holds no notes that make a tune")
    least = max(len(voice.notes) for voice in tunes) / 4
    chosen = max(
        (voice for voice in tunes if len(voice.notes) >= least),
        key=lambda voice: sum(key for _, _, key in voice.notes) / len(voice.notes),
    )
    return _single_line(chosen.notes, division)


def _header(data: bytes) -> tuple[int, int, int]:
    """Returns ticks to a quarter note, number of tracks, and where the first track begins."""
    if len(data) < 14 or data[:4] != b"MThd":
        raise InvalidInput("this is no MIDI file: it does not begin with MThd")
    length = int.from_bytes(data[4:8], "big")
    form, tracks, division = (int.from_bytes(data[i : i + 2], "big") for i in (8, 10, 12))
    if not 6 <= length <= 64 or form > 1:
        raise InvalidInput("MIDI files of format 0 and 1 can be read: export it as one")
    if division == 0 or division >= 0x8000:
        raise InvalidInput(
            "the MIDI file does not count in beats: export it with ticks per quarter"
        )
    if not 1 <= tracks <= MAX_TRACKS:
        raise InvalidInput(f"the MIDI file has {tracks} tracks: 1 to {MAX_TRACKS} can be read")
    return division, tracks, 8 + length


def _chunk(data: bytes, at: int) -> tuple[_Reader | None, int]:
    """Returns a reader for the chunk at a place, None if it is no track, and what follows it."""
    kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
    end = at + 8 + length
    if len(data) < at + 8 or end > len(data):
        raise InvalidInput("the MIDI file breaks off: export it again")
    return (_Reader(data, at + 8, end) if kind == b"MTrk" else None), end


def _read_track(
    reader: _Reader, track: int, voices: dict[tuple[int, int], _Voice], count: int, division: int
) -> int:
    """Collects the notes of a track; returns how many there are in all by then."""
    tick, status = 0, 0
    last = int(MAX_BEATS * division)
    while reader.at < reader.end:
        tick += reader.number()
        if tick > last:
            raise InvalidInput(f"the MIDI file goes on for over {MAX_BEATS:g} beats: cut it down")
        byte = reader.byte()
        if byte in {_SYSEX, _SYSEX_MORE, _META}:
            if _skip_other(reader, byte):
                break
            status = 0
            continue
        status = byte if byte >= 0x80 else status
        reader.at -= byte < 0x80
        key, force = _values(reader, status)
        if status & 0xF0 in {0x80, 0x90}:
            voice = voices.setdefault((track, status & 0x0F), _Voice())
            voice.release(key, tick)
            if status & 0xF0 == 0x90 and force:
                voice.sounding[key] = tick
                count += 1
        if count > MAX_NOTES:
            raise InvalidInput(f"the MIDI file has over {MAX_NOTES} notes: cut it down")
    _release_all(track, voices, tick)
    return count


def _release_all(track: int, voices: dict[tuple[int, int], _Voice], tick: int) -> None:
    """Ends what a track has left sounding."""
    for channel in range(16):
        voice = voices.get((track, channel), _Voice())
        for key in list(voice.sounding):
            voice.release(key, tick)


def _skip_other(reader: _Reader, byte: int) -> bool:
    """Skips a system or meta event; returns whether it ends the track."""
    kind = reader.byte() if byte == _META else 0
    reader.skip(reader.number())
    return byte == _META and kind == _END


def _values(reader: _Reader, status: int) -> tuple[int, int]:
    """Returns the data of a message; its second byte is 0 where it has one only."""
    count = _DATA_BYTES.get(status & 0xF0)
    if count is None:
        raise InvalidInput("the MIDI file has data where a message should begin: export it again")
    values = [reader.byte() for _ in range(count)]
    if max(values) > 0x7F:
        raise InvalidInput("the MIDI file has a message that breaks off: export it again")
    return values[0], values[-1] if count > 1 else 0


def _single_line(
    notes: list[tuple[int, int, int]], division: int
) -> tuple[tuple[float, float, float], ...]:
    """Returns the highest of notes that begin together, each cut where the next begins.

    Ends are rounded as beginnings are: lengths rounded by themselves would overlap what follows.
    """
    highest: dict[float, tuple[float, int]] = {}
    for start, length, key in notes:
        beat = round(start / division, PLACES)
        if beat not in highest or key > highest[beat][1]:
            end = round((start + length) / division, PLACES)
            highest[beat] = (max(end, beat + 10**-PLACES), key)
    beats = sorted(highest)
    line = []
    for beat, after in zip(beats, [*beats[1:], None], strict=True):
        end, key = highest[beat]
        end = end if after is None else min(end, after)
        line.append((beat, round(end - beat, PLACES), float(key)))
    return tuple(line)
