"""Reading SoundFonts: what is in them, what is refused. Also the writer of all their tests."""

from __future__ import annotations

import hashlib
import os
import struct
import time
import tracemalloc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from menura.engines.music.instruments.soundfont import Font, create_from, open_font, sha256
from menura.engines.music.instruments.soundfont.modulators import Modulator
from menura.engines.music.score import Event
from menura.errors import InvalidAudio, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

RATE = 44_000
PERIOD = 100
"""At RATE it is A4, exactly."""
INSTRUMENT, KEYS, VELOCITIES, SAMPLE, MODES = 41, 43, 44, 53, 54
NO_FILTERING = (0x0102, 8, 0, 0, 0)
"""Replaces the default modulator that darkens soft notes."""
Numbers = "Sequence[tuple[int, int]]"


@dataclass
class Sound:
    """A sample of a font: a wave, and where it loops."""

    wave: np.ndarray
    loop: tuple[int, int] = (0, 0)
    rate: int = RATE
    root: int = 69
    correction: int = 0
    link: int = 0
    kind: int = 1
    name: str = "sound"


@dataclass
class Zone:
    """Generators and modulators of a zone; `to` its instrument or sample, -1 of a global one."""

    to: int = 0
    numbers: Numbers = ()
    modulators: Sequence[tuple[int, int, int, int, int]] = ()
    keys: tuple[int, int] | None = None
    velocities: tuple[int, int] | None = None


@dataclass
class Preset:
    """A preset of a font."""

    zones: Sequence[Zone]
    bank: int = 0
    program: int = 0
    name: str = "preset"


@dataclass
class File:
    """A font; `bytes()` writes it."""

    sounds: Sequence[Sound]
    instruments: Sequence[Sequence[Zone]]
    presets: Sequence[Preset] = field(default_factory=lambda: [Preset([Zone(0)])])
    fine: bytes | None = None

    def chunks(self) -> dict[str, bytes]:
        """All of pdta, and smpl."""
        pool, heads = b"", b""
        for sound in self.sounds:
            start = len(pool) // 2
            frames = len(sound.wave)
            pool += np.round(np.clip(sound.wave, -1, 1) * 32_767).astype("<i2").tobytes()
            pool += bytes(2 * 46)
            heads += struct.pack(
                "<20s5IBbHH",
                sound.name.encode(),
                start,
                start + frames,
                start + sound.loop[0],
                start + sound.loop[1],
                sound.rate,
                sound.root,
                sound.correction,
                sound.link,
                sound.kind,
            )
        heads += struct.pack("<20s5IBbHH", b"EOS", *[0] * 9)
        made = {"smpl": pool, "shdr": heads}
        made |= _layer("i", [list(zones) for zones in self.instruments], SAMPLE)
        made |= _layer("p", [list(preset.zones) for preset in self.presets], INSTRUMENT)
        made["inst"] = b"".join(
            struct.pack("<20sH", b"instrument", bag) for bag in _starts(self.instruments)
        )
        bags = _starts([preset.zones for preset in self.presets])
        names = [*self.presets, Preset([], name="EOP")]
        made["phdr"] = b"".join(
            struct.pack("<20s3H3I", one.name.encode(), one.program, one.bank, bag, 0, 0, 0)
            for one, bag in zip(names, bags, strict=True)
        )
        return made

    def bytes(self, **replaced: bytes | None) -> bytes:
        """The file, with some chunks replaced by others, or left out."""
        chunks: dict[str, Any] = {**self.chunks(), **replaced}
        sound = _chunk("smpl", chunks["smpl"])
        if self.fine is not None:
            sound += _chunk("sm24", self.fine)
        order = ("phdr", "pbag", "pmod", "pgen", "inst", "ibag", "imod", "igen", "shdr")
        body = _chunk("LIST", b"INFO" + _chunk("ifil", chunks.get("ifil", b"\2\0\4\0")))
        body += _chunk("LIST", b"sdta" + sound)
        body += _chunk("LIST", b"pdta" + b"".join(_chunk(name, chunks[name]) for name in order))
        return _chunk("RIFF", b"sfbk" + body)

    def font(self) -> Font:
        """It, opened."""
        return Font(np.frombuffer(self.bytes(), np.uint8), "made.sf2")


def sine(seconds: float = 0.5, *, size: float = 0.5) -> Sound:
    """A4, with a loop of three periods."""
    wave = size * np.sin(2 * np.pi * np.arange(round(seconds * RATE)) / PERIOD)
    return Sound(wave, loop=(10 * PERIOD, 13 * PERIOD))


def file(
    *numbers: tuple[int, int],
    sound: Sound | None = None,
    modes: int = 1,
    filtered: bool = False,
    outer: Numbers = (),
) -> File:
    """A font of one sample under all keys; its notes stop 20 dB a second after their end."""
    modulators = () if filtered else (NO_FILTERING,)
    zone = Zone(0, ((MODES, modes), *numbers), modulators)
    return File([sound or sine()], [[zone]], [Preset([Zone(0, outer)])])


def play(font: Font, pitch: float = 69, velocity: float = 1.0, **event: Any) -> np.ndarray:
    """A note of program 0."""
    how = {"start_s": 0.0, "length_s": 1.0, **event}
    player = create_from(font, 0, drums=False, rate=RATE)
    one = Event(pitch=pitch, velocity=velocity, **how)
    return player.play(one, np.random.default_rng(0))


def _chunk(name: str, data: bytes | None) -> bytes:
    if data is None:
        return b""
    return name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _starts(zones: Sequence[Sequence[Zone]]) -> list[int]:
    return np.cumsum([0, *(len(one) for one in zones)]).tolist()


def _layer(letter: str, heads: list[list[Zone]], leading: int) -> dict[str, bytes]:
    bags, generators, modulators = b"", b"", b""
    for zone in [zone for zones in heads for zone in zones]:
        bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
        for number, pair in ((KEYS, zone.keys), (VELOCITIES, zone.velocities)):
            if pair is not None:
                generators += struct.pack("<HBB", number, *pair)
        generators += b"".join(struct.pack("<Hh", *one) for one in zone.numbers)
        if zone.to >= 0:
            generators += struct.pack("<HH", leading, zone.to)
        modulators += b"".join(struct.pack("<HHhHH", *one) for one in zone.modulators)
    bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
    return {
        f"{letter}bag": bags,
        f"{letter}gen": generators + bytes(4),
        f"{letter}mod": modulators + bytes(10),
    }


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "font.sf2"
    path.write_bytes(data)
    return path


def patched(data: bytes, name: str, offset: int, fields: str, *values: int) -> bytes:
    """The file with some numbers of a chunk changed."""
    at = data.index(name.encode()) + 8 + offset
    return data[:at] + struct.pack(fields, *values) + data[at + struct.calcsize(fields) :]


def test_a_font_lists_its_presets(tmp_path: Path) -> None:
    made = file()
    made.presets = [
        Preset([Zone(0)], bank=128, program=8, name="Room"),
        Preset([Zone(0)], program=40, name="Violin \x1b[31m"),
        Preset([Zone(0)], program=0, name="Grand"),
    ]
    path = saved(tmp_path, made.bytes())
    expected = [(0, 0, "Grand"), (0, 40, "Violin [31m"), (128, 8, "Room")]
    assert open_font(path).presets() == expected
    assert open_font(str(path), max_bytes=path.stat().st_size).presets() == expected


def test_the_digest_is_of_the_file(tmp_path: Path) -> None:
    data = file().bytes()
    assert sha256(saved(tmp_path, data)) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("program", "drums", "presets", "expected"),
    [
        (5, False, [(0, 5), (8, 5)], (0, 5)),
        (5, False, [(9, 5), (8, 5), (128, 5)], (8, 5)),
        (16, True, [(128, 0), (128, 16)], (128, 16)),
        (25, True, [(128, 8), (128, 0), (128, 16)], (128, 0)),
        (5, False, [(0, 4), (128, 5)], None),
        (0, True, [(0, 0)], None),
    ],
)
def test_a_preset_or_its_stand_in_is_found(
    program: int, drums: bool, presets: list[tuple[int, int]], expected: tuple[int, int] | None
) -> None:
    made = file()
    made.presets = [Preset([Zone(0)], bank=bank, program=number) for bank, number in presets]
    if expected:
        assert made.font().find(program, drums=drums) == expected
    else:
        with pytest.raises(NotFound, match="has no"):
            create_from(made.font(), program, drums=drums, rate=RATE)


@pytest.mark.parametrize(
    ("program", "rate"), [(-1, RATE), (128, RATE), (0, 0), (0, 7999), (0, 1_000_000)]
)
def test_a_program_or_rate_out_of_range_is_refused(program: int, rate: int) -> None:
    with pytest.raises(InvalidInput, match="is from"):
        create_from(file().font(), program, drums=False, rate=rate)


def test_a_global_zone_holds_where_a_zone_says_nothing_else() -> None:
    made = file()
    made.instruments = [
        [
            Zone(-1, ((48, 100), (51, 2))),
            Zone(0, ((51, 7),), keys=(0, 60)),
            Zone(-1, ((48, 999),)),
            # What follows the sample is to be ignored.
            Zone(-1, ((KEYS, 61 + 256 * 127), (SAMPLE, 0), (51, 9))),
        ]
    ]
    made.presets = [Preset([Zone(-1, ((48, 30),)), Zone(0, ((51, 1), (54, 1), (58, 3)))])]
    below, above = made.font().regions(0, 0)
    assert (below.keys, above.keys) == ((0, 60), (61, 127))
    assert (below.values["attenuation"], above.values["attenuation"]) == (130, 130)
    assert (below.values["coarse_tune"], above.values["coarse_tune"]) == (8, 3)
    # A preset cannot change how a sample is read.
    assert (below.values["sample_modes"], below.values["root"]) == (0, -1)


def test_ranges_of_preset_and_instrument_are_cut() -> None:
    made = file()
    made.instruments = [[Zone(0, keys=(0, 50)), Zone(0, keys=(40, 200), velocities=(0, 90))]]
    made.presets = [Preset([Zone(0, keys=(51, 130), velocities=(64, 127))])]
    (only,) = made.font().regions(0, 0)
    assert (only.keys, only.velocities) == ((51, 127), (64, 90))


def test_24_bits_are_read() -> None:
    made = file()
    pool = len(made.chunks()["smpl"]) // 2
    made.fine = bytes([128]) * pool
    plain = file().font().samples(0, 200)
    np.testing.assert_allclose(made.font().samples(0, 200), plain + 2**-16, atol=2e-8)
    made.fine = bytes(10)
    np.testing.assert_array_equal(made.font().samples(0, 200), plain)


@pytest.mark.parametrize(
    ("source", "key", "velocity", "expected"),
    [
        (0, 0, 0, 1.0),
        (2, 0, 63.5, 0.5),
        (2 | 256, 0, 63.5, 0.5),
        (2 | 256, 0, 127, 0.0),
        (3 | 512, 0, 0, -1.0),
        (3 | 512 | 256, 0, 0, 1.0),
        (2 | 256 | 1 << 10, 0, 127, 0.0),
        (2 | 256 | 1 << 10, 0, 12.7, 40 / 96),
        (2 | 2 << 10, 0, 127, 1.0),
        (2 | 2 << 10, 0, 12.7, 1 - 40 / 96),
        (2 | 3 << 10, 0, 60, 0.0),
        (2 | 3 << 10, 0, 70, 1.0),
        (2 | 4 << 10, 0, 127, 0.0),
        (0x80 | 7, 0, 127, 0.0),
        (13, 0, 127, 0.0),
    ],
)
def test_modulators_follow_their_curves(
    source: int, key: float, velocity: float, expected: float
) -> None:
    value = Modulator(source, 48, 100, 0, 0).value(key, velocity)
    assert value == pytest.approx(100 * expected, abs=1e-6)
    absolute = Modulator(source, 48, -100, 0, 2).value(key, velocity)
    assert absolute == pytest.approx(100 * abs(expected), abs=1e-6)


def _huge(name: str, bytes_each: int) -> Callable[[File], bytes]:
    return lambda made: made.bytes(**{name: bytes(bytes_each * 65_538)})


HOSTILE: dict[str, tuple[Callable[[File], bytes], str]] = {
    "nothing": (lambda _: b"", "cut short"),
    "no RIFF": (lambda made: b"XXXX" + made.bytes()[4:], "no soundfont"),
    "a WAV": (lambda made: made.bytes().replace(b"sfbk", b"WAVE"), "no soundfont"),
    "cut in its head": (lambda made: made.bytes()[:11], "cut short"),
    "cut in its sound": (lambda made: made.bytes()[:5000], "cut short"),
    "cut at its end": (lambda made: made.bytes()[:-1], "cut short"),
    "RIFF too long": (
        lambda made: patched(made.bytes(), "RIFF", -4, "<I", 0xFFFFFFFF), "cut short",
    ),
    "RIFF too short": (lambda made: patched(made.bytes(), "RIFF", -4, "<I", 20), "longer than"),
    "RIFF of nothing": (lambda made: patched(made.bytes(), "RIFF", -4, "<I", 0), "no chunk"),
    "a list too long": (
        lambda made: patched(made.bytes(), "LIST", -4, "<I", 0x7FFFFFFF), "longer than",
    ),
    "a chunk too long": (
        lambda made: patched(made.bytes(), "igen", -4, "<I", 0x7FFFFFFF), "longer than",
    ),
    "a chunk of 2^32 - 1": (
        lambda made: patched(made.bytes(), "smpl", -4, "<I", 0xFFFFFFFF), "longer than",
    ),
    "a thousand chunks": (
        lambda _: _chunk("RIFF", b"sfbk" + _chunk("JUNK", b"") * 1000), "over 256 chunks",
    ),
    "no samples": (lambda made: made.bytes(shdr=None), "no chunk shdr"),
    "no sound": (lambda made: made.bytes(smpl=None), "no chunk smpl"),
    "sound of no bytes": (lambda made: made.bytes(smpl=b""), "outside the file's sound"),
    "SF3": (lambda made: made.bytes(ifil=b"\3\0\1\0"), "version 2"),
    "no presets": (lambda made: made.bytes(phdr=made.chunks()["phdr"][-38:]), "cut short"),
    "zero records": (lambda made: made.bytes(phdr=b""), "cut short"),
    "no instruments": (lambda made: made.bytes(inst=b""), "cut short"),
    "half a record": (lambda made: made.bytes(shdr=made.chunks()["shdr"] + b"EOS"), "cut short"),
    "no generators": (lambda made: made.bytes(igen=b""), "points outside"),
    "too many presets": (_huge("phdr", 38), "over 65536"),
    "too many zones": (_huge("ibag", 4), "over 65536"),
    "too many generators": (_huge("pgen", 4), "over 65536"),
    "too many modulators": (_huge("imod", 10), "over 65536"),
    "too many samples": (_huge("shdr", 46), "over 65536"),
    "a preset's zones outside": (
        lambda made: patched(made.bytes(), "phdr", 38 + 24, "<H", 9), "points outside",
    ),
    "zones that go back": (
        lambda made: patched(made.bytes(), "phdr", 24, "<H", 2), "go backwards",
    ),
    "generators outside": (
        lambda made: patched(made.bytes(), "ibag", 4, "<H", 65_535), "points outside",
    ),
    "generators that go back": (
        lambda made: patched(made.bytes(), "ibag", 0, "<H", 3), "go backwards",
    ),
    "modulators outside": (
        lambda made: patched(made.bytes(), "pbag", 6, "<H", 65_535), "points outside",
    ),
    "an instrument that is not there": (
        lambda made: patched(made.bytes(), "pgen", 2, "<H", 1), "not there",
    ),
    "a sample that is not there": (
        lambda made: patched(made.bytes(), "igen", 6, "<H", 1), "not there",
    ),
    "a preset of nothing": (lambda made: patched(made.bytes(), "pgen", 0, "<H", 0), "is silent"),
    "a sample in ROM": (
        lambda made: patched(made.bytes(), "shdr", 44, "<H", 0x8001), "is silent",
    ),
    "a packed sample": (
        lambda made: patched(made.bytes(), "shdr", 44, "<H", 0x11), "compressed",
    ),
    "a sample at 2^31": (
        lambda made: patched(made.bytes(), "shdr", 20, "<2I", 1 << 31, (1 << 31) + 500), "outside",
    ),
    "an end at 2^32 - 1": (
        lambda made: patched(made.bytes(), "shdr", 24, "<I", 0xFFFFFFFF), "outside",
    ),
    "an end before its start": (
        lambda made: patched(made.bytes(), "shdr", 20, "<2I", 500, 20), "outside",
    ),
    "a rate of 0": (lambda made: patched(made.bytes(), "shdr", 36, "<I", 0), "a rate of 0"),
    "a rate of 2^32 - 1": (
        lambda made: patched(made.bytes(), "shdr", 36, "<I", 0xFFFFFFFF), "a rate of",
    ),
    "a loop that ends before it starts": (
        lambda made: patched(made.bytes(), "shdr", 28, "<2I", 500, 20), "loop",
    ),
    "a loop of nothing": (
        lambda made: patched(made.bytes(), "shdr", 28, "<2I", 500, 500), "loop",
    ),
    "a loop at 2^31": (
        lambda made: patched(made.bytes(), "shdr", 28, "<2I", 1 << 31, (1 << 31) + 9), "loop",
    ),
    "an offset before the file": (lambda _: file((12, -32_767)).bytes(), "outside"),
    "an offset behind the file": (lambda _: file((4, 32_767)).bytes(), "outside"),
    "a loop moved out": (lambda _: file((50, 32_767)).bytes(), "loop"),
    "65 modulators": (
        lambda _: File(
            [sine()],
            [[Zone(0, ((MODES, 1),), [(2, to, 1, 0, 0) for to in range(65)])]],
        ).bytes(),
        "over 64 modulators",
    ),
    "zones by the million": (
        lambda _: File(
            [sine()], [[Zone(0, ((MODES, 1),))] * 1000], [Preset([Zone(0)] * 1000)]
        ).bytes(),
        "over 16384 zones",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_font_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    make, message = HOSTILE[name]
    path = saved(tmp_path, make(file()))
    with pytest.raises(InvalidAudio, match=message) as caught:
        create_from(open_font(path), 0, drums=False, rate=RATE)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_what_is_no_file_or_too_long_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, file().bytes())
    os.mkfifo(tmp_path / "pipe")
    for wrong, error, message in (
        (tmp_path / "other.sf2", NotFound, "there is no"),
        (tmp_path / "nul\0.sf2", NotFound, "there is no"),
        (tmp_path, InvalidAudio, "is no file"),
        (tmp_path / "pipe", InvalidAudio, "is no file"),
    ):
        for reader in (open_font, sha256):
            with pytest.raises(error, match=message):
                reader(wrong)
    with pytest.raises(InvalidAudio, match="at most 1000 are read"):
        open_font(path, max_bytes=1000)


def test_bytes_flipped_at_random_do_nothing_worse_than_an_error() -> None:
    made = File(
        [sine(0.1), sine(0.05)],
        [
            [Zone(-1, ((38, -2000),)), Zone(0, ((MODES, 1), (36, 0), (37, 200)), keys=(0, 70))],
            [Zone(1, ((MODES, 3), (6, 20), (8, 9000)), [NO_FILTERING], velocities=(0, 90))],
        ],
        [Preset([Zone(0), Zone(1)]), Preset([Zone(1)], bank=128)],
    )
    data = made.bytes()
    tables = data.index(b"pdta")
    rng = np.random.default_rng(7)
    opened = refused = 0
    tracemalloc.start()
    for _ in range(300):
        wrong = np.frombuffer(data, np.uint8).copy()
        # Mostly in the tables: in the sound a byte is as good as another.
        for _ in range(rng.integers(1, 4)):
            low, high = [(tables, wrong.size), (tables, wrong.size), (0, 100)][rng.integers(3)]
            wrong[rng.integers(low, high)] = rng.integers(256)
        begun = time.process_time()
        try:
            font = Font(wrong, "wrong.sf2")
            for bank, program, _ in font.presets():
                player = create_from(font, program % 128, drums=bank == 128, rate=RATE)
                event = Event(start_s=0.0, length_s=0.1, pitch=60.0, velocity=0.6)
                sound = player.play(event, rng)
                assert sound.dtype == np.float32
                assert np.abs(sound).max() <= 4.0
                assert sound.shape[-1] < 31 * RATE
            opened += 1
        except (InvalidInput, NotFound):
            refused += 1
        assert time.process_time() - begun < 2.0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert opened > 50
    assert refused > 50
    assert peak < 300 * 2**20
