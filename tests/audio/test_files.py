"""Files: whole or not at all when written; bounded, in another process, when read."""

import io
import os
import signal
import stat
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from tones import cut, frequency, joined, noise, tone

from menura.audio import Audio, decoder_worker, files
from menura.audio.blocks import regrouped
from menura.audio.decode import Decoder
from menura.audio.formats import Format
from menura.audio.limits import Limits
from menura.audio.ogg import checksum
from menura.errors import InvalidAudio, InvalidInput, NotFound, StorageFailed

WAV = Format("wav")


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body


def wav(
    tag=1, channels=1, rate=24_000, bits=16, *, align=None, data=bytes(4_800), size=None, extra=b""
):
    """A WAV file whose header says what it is told to."""
    align = channels * bits // 8 if align is None else align
    byte_rate = (rate * align) & 0xFFFFFFFF
    head = chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, byte_rate, align, bits))
    stated = len(data) if size is None else size
    body = b"WAVE" + extra + head + b"data" + struct.pack("<I", stated) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def rf64(frames):
    """An RF64 file of 2,400 frames that states `frames`."""
    sizes = struct.pack("<QQQI", 2 * frames + 80, 2 * frames, frames, 0)
    body = wav()[12:36] + b"data" + b"\xff" * 4 + bytes(4_800)
    return b"RF64" + b"\xff" * 4 + b"WAVE" + chunk(b"ds64", sizes) + body


def floats(value):
    return wav(3, bits=32, data=np.full(1_000, value, "<f4").tobytes())


def synchsafe(size):
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def encoded(text, tmp_path, sound=None):
    path = tmp_path / f"made{Format.parse(text).suffix}"
    files.write(path, [sound or tone()], Format.parse(text), {})
    return path.read_bytes()


def forged_flac(tmp_path, rate=24_000, total=24_000, sound=None):
    body = bytearray(encoded("flac", tmp_path, sound))
    packed = int.from_bytes(body[18:26], "big")
    middle = packed & (0xFF << 36)
    body[18:26] = (rate << 44 | middle | total).to_bytes(8, "big")
    return bytes(body)


def scrambled(body, share=0.01):
    rng = np.random.default_rng(1)
    damaged = bytearray(body)
    for at in rng.integers(100, len(body), int(len(body) * share)):
        damaged[at] ^= 0x5A
    return bytes(damaged)


# What is in the file, and how many frames come out of it; or what is said.
READABLE_WAVS = {
    "size unknown": (wav(size=0xFFFFFFFF), 2_400),
    "odd size": (wav(data=bytes(4_801)), 2_400),
    "block align 0": (wav(align=0), 2_400),
    "1 bit is taken as 8": (wav(bits=1, align=1), 4_800),
    "64-bit float": (wav(3, bits=64), 600),
    "mu-law": (wav(7, bits=8), 4_800),
    "denormal": (floats(1e-40), 1_000),
    "DC": (wav(data=struct.pack("<h", 10_000) * 1_000), 1_000),
    "one sample": (wav(data=b"\0\1"), 1),
    "trailing garbage": (wav() + b"garbage!" * 100, 2_400),
    "huge bext": (wav(extra=chunk(b"bext", bytes(5_000_000))), 2_400),
    "with a ZIP behind it": (wav() + b"PK\3\4" + bytes(60) + b"PK\5\6" + bytes(18), 2_400),
    "RF64": (rf64(2_400), 2_400),
    "RF64 that lies": (rf64(2**60), 2_400),
}
NO_WAVS = {
    "empty": (b"", "it is empty"),
    "header only": (wav(data=b""), "holds no sound"),
    "size 0": (wav(size=0), "holds no sound"),
    "0 channels": (wav(channels=0), "damaged"),
    "65535 channels": (wav(channels=65_535, align=65_535), "damaged"),
    "rate 0": (wav(rate=0), "damaged"),
    "rate 1": (wav(rate=1), "rate of 1 Hz"),
    "rate 655350": (wav(rate=655_350), "rate of 655350 Hz"),
    "rate 2^32-1": (wav(rate=2**32 - 1), "damaged"),
    "64-bit integer": (wav(bits=64), "damaged"),
    "bad ADPCM": (wav(17, bits=4, align=1), "damaged"),
    "NaN": (floats(np.nan), "not numbers"),
    "Inf": (floats(np.inf), "not numbers"),
    "1e38": (floats(1e38), "absurd"),
    "endless LIST": (wav(extra=b"LIST\xff\xff\xff\x7fINFO"), "damaged"),
    "nested RIFF": (wav(extra=wav()), "damaged"),
    "M3U": (b"#EXTM3U\nfile:///etc/passwd\n", "not a sound file"),
    "HLS": (b"#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/\n", "not a sound file"),
    "concat": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "not a sound file"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a sound file"),
    "HTML": (b"<!doctype html><audio src=x>", "not a sound file"),
    "HTML before a WAV": (b"<!doctype html><script>1</script>" + wav(), "not a sound file"),
    "ZIP before a WAV": (b"PK\3\4" + bytes(26) + wav(), "not a sound file"),
    "ZIP": (b"PK\3\4" + bytes(50), "not a sound file"),
    "ELF": (b"\x7fELF" + bytes(100), "not a sound file"),
    "pickle": (b"\x80\x04\x95" + bytes(50), "not a sound file"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "not a sound file"),
    "Ogg of nothing": (b"OggS" + bytes(60), "not a sound file"),
    "ID3 of nothing": (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(900), "not a sound file"),
    "FLAC of noise": (b"fLaC" + scrambled(bytes(3_000), 1), "damaged"),
    "MP4 of noise": (b"\0\0\0\x18ftypM4A " + scrambled(bytes(3_000), 1), "damaged"),
    "WebM of noise": (b"\x1aE\xdf\xa3" + scrambled(bytes(3_000), 1), "damaged"),
    "AIFF of noise": (b"FORM\0\0\1\0AIFF" + scrambled(bytes(3_000), 1), "damaged"),
}


@pytest.mark.parametrize(("body", "frames"), READABLE_WAVS.values(), ids=READABLE_WAVS)
def test_strange_files_are_read(tmp_path, body, frames):
    (tmp_path / "a.wav").write_bytes(body)
    result = files.read(tmp_path / "a.wav")
    assert (result.frames, result.rate) == (frames, 24_000)


@pytest.mark.parametrize(("body", "message"), NO_WAVS.values(), ids=NO_WAVS)
def test_bad_files_are_refused(tmp_path, body, message):
    (tmp_path / "a.wav").write_bytes(body)
    with pytest.raises(InvalidAudio, match=message) as caught:
        files.read(tmp_path / "a.wav")
    assert str(caught.value).startswith("a.wav ")
    assert "\n" not in str(caught.value)


def with_external_sound(body, path):
    """An M4A whose index says that its sound is in another file (`dref` without its flag)."""
    damaged = bytearray(body)
    at = damaged.index(b"url ") - 4
    size = int.from_bytes(damaged[at : at + 4], "big")
    location = str(path).encode() + b"\0"
    entry = b"url " + bytes(4) + location
    damaged[at : at + size] = (4 + len(entry)).to_bytes(4, "big") + entry
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        box = damaged.index(name) - 4
        grown = int.from_bytes(damaged[box : box + 4], "big") + 4 + len(entry) - size
        damaged[box : box + 4] = grown.to_bytes(4, "big")
    return bytes(damaged)


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_sound_in_another_file_is_never_fetched(tmp_path, scheme):
    body = encoded("m4a", tmp_path, Audio.silence(1.0, 24_000))
    (tmp_path / "secret.m4a").write_bytes(encoded("m4a", tmp_path, tone()))
    outer = with_external_sound(body, f"{scheme}{tmp_path}/secret.m4a")
    (tmp_path / "a.m4a").write_bytes(outer)
    try:
        heard = files.read(tmp_path / "a.m4a")
    except InvalidAudio:
        return
    assert np.abs(heard.samples).max() < 0.01


# M4A has its index at the end; a byte in a hundred changed is more than these can be read through.
REFUSED = {"cut": ["m4a"], "scrambled": ["mp3", "ogg", "opus", "m4a", "aac"]}


@pytest.mark.parametrize("text", ["wav", "flac", "mp3", "ogg", "opus", "m4a", "aac"])
@pytest.mark.parametrize("harm", ["cut", "scrambled", "trailing"])
def test_damaged_files_end_well(tmp_path, text, harm):
    """Read as far as they go, or refused in one line; never more sound than there was."""
    body = encoded(text, tmp_path, noise(4))
    damaged = {
        "cut": body[: len(body) * 2 // 3],
        "scrambled": scrambled(body),
        "trailing": body + b"\1trailing" * 100,
    }[harm]
    (tmp_path / "a").write_bytes(damaged)
    if harm != "trailing" and text in REFUSED[harm]:
        with pytest.raises(InvalidAudio, match=r"damaged|holds no sound|memory|change"):
            files.read(tmp_path / "a")
        return
    result = files.read(tmp_path / "a")
    assert 1 < result.duration_s < 4.2
    assert np.isfinite(result.samples).all()


def test_forged_flac(tmp_path):
    (tmp_path / "rate").write_bytes(forged_flac(tmp_path, rate=655_350))
    (tmp_path / "total").write_bytes(forged_flac(tmp_path, total=2**36 - 1))
    # The frames of a FLAC file repeat the rate, and those are what FFmpeg goes by.
    assert files.probe(tmp_path / "rate").rate == 24_000
    with pytest.raises(InvalidAudio, match="longer than the 14400 s allowed"):
        files.read(tmp_path / "total")


def test_a_large_picture_is_skipped(tmp_path):
    size = 20_000_000
    picture = b"APIC" + synchsafe(size) + b"\0\0" + b"\0image/png\0\3\0" + bytes(size - 13)
    body = b"ID3\4\0\0" + synchsafe(len(picture)) + picture + encoded("mp3", tmp_path)
    (tmp_path / "a.mp3").write_bytes(body)
    assert files.read(tmp_path / "a.mp3").frames == 24_000
    with pytest.raises(InvalidAudio, match="memory"):
        files.read(tmp_path / "a.mp3", Limits(memory_bytes=64 * 1024**2))


LIMITS = {
    "bytes": (Limits(max_bytes=1_000), "more than the 1000 allowed"),
    "seconds": (Limits(max_s=3.0), "longer than the 3 s allowed"),
    "decoded bytes": (Limits(max_decoded_bytes=100_000), "more than the 100000 bytes allowed"),
    "channels": (Limits(max_channels=1), "2 channels"),
    "rate": (Limits(max_rate=16_000), "rate of"),
    "memory": (Limits(memory_bytes=8 * 1024**2), "broke the decoder|memory"),
}


@pytest.mark.parametrize(("limits", "message"), LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("text", ["wav", "opus"])
def test_limits(tmp_path, limits, message, text):
    path = tmp_path / "a"
    path.write_bytes(encoded(text, tmp_path, tone(channels=2, duration_s=4)))
    with pytest.raises(InvalidAudio, match=message):
        files.read(path, limits)


def retimed(body, duration_s):
    """An Ogg Opus file whose last page is said to end after `duration_s`."""
    at = body.rindex(b"OggS")
    granule = struct.pack("<q", round(duration_s * 48_000))
    page = body[at : at + 6] + granule + body[at + 14 : at + 22] + bytes(4) + body[at + 26 :]
    return body[:at] + page[:22] + struct.pack("<I", checksum(page)) + page[26:]


def live_webm(tmp_path, duration_s):
    """A WebM file as browsers record it: it cannot be gone back in, and states no length."""
    file = io.BytesIO()
    file.seekable = lambda: False
    opened = av.open(file, "w", format="webm", options={"live": "1"})
    stream = opened.add_stream("libopus", rate=48_000, layout="mono")
    for start in range(0, duration_s * 48_000, 960):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), "s16", "mono")
        frame.sample_rate, frame.pts = 48_000, start
        opened.mux(stream.encode(frame))
    opened.mux(stream.encode(None))
    opened.close()
    return file.getvalue()


# Each lasts longer than 30 s, or says so: that is read or counted, and costs no decoding.
TOO_LONG = {
    "an Ogg file's last page": lambda t: retimed(encoded("opus", t), 24 * 3600),
    "chained Ogg": lambda t: encoded("opus_48000_6", t, Audio.silence(20, 48_000)) * 3,
    "Vorbis": lambda t: encoded("vorbis", t, Audio.silence(60, 48_000)),
    "WebM without a length": lambda t: live_webm(t, 60),
    "MP3": lambda t: encoded("mp3", t, Audio.silence(60, 44_100)),
    "MP3 joined to MP3": lambda t: encoded("mp3", t, Audio.silence(20, 44_100)) * 3,
    "ADTS": lambda t: encoded("aac", t, Audio.silence(60, 48_000)),
    "MP4": lambda t: encoded("m4a", t, Audio.silence(60, 48_000)),
    "FLAC": lambda t: encoded("flac", t, Audio.silence(60, 48_000)),
    "WAV": lambda t: encoded("wav", t, Audio.silence(60, 8_000)),
}


@pytest.mark.parametrize("make", TOO_LONG.values(), ids=TOO_LONG)
def test_what_is_too_long_is_refused_before_it_is_decoded(tmp_path, make):
    (tmp_path / "a").write_bytes(make(tmp_path))
    with (tmp_path / "a").open("rb") as file, pytest.raises(InvalidAudio, match="longer than"):
        Decoder(file, Limits(max_s=30), "a")


@pytest.mark.parametrize("text", ["opus", "vorbis", "mp3", "aac", "m4a"])
def test_what_is_just_as_long_as_allowed_is_taken(tmp_path, text):
    """Packets hold a little more than the sound: an encoder's delay, and a last packet's rest."""
    (tmp_path / "a").write_bytes(encoded(text, tmp_path, Audio.silence(30, 48_000)))
    assert files.read(tmp_path / "a", Limits(max_s=30.2)).duration_s == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("limits", [Limits(max_s=30), Limits(max_decoded_bytes=6_000_000)])
def test_what_says_that_it_is_short_is_stopped_while_it_decodes(tmp_path, limits):
    sound = Audio.silence(60, 48_000)
    (tmp_path / "a").write_bytes(forged_flac(tmp_path, rate=48_000, total=1_000, sound=sound))
    given = []
    with pytest.raises(InvalidAudio, match="allowed"):
        given.extend(block.frames for block in files.blocks(tmp_path / "a", limits))
    assert 25 * 48_000 <= sum(given) <= 32 * 48_000


@pytest.mark.parametrize("values", [{"max_s": 0}, {"max_bytes": -1}, {"max_rate": float("nan")}])
def test_limits_are_checked(values):
    with pytest.raises(InvalidInput, match="must be a positive number"):
        Limits(**values)


@pytest.mark.parametrize("block_frames", [1_000, 65_536, 10**6])
def test_blocks_are_of_the_length_asked(tmp_path, block_frames):
    sound = noise(5)
    files.write(tmp_path / "a.wav", [sound], Format.parse("wav_float"), {})
    blocks = list(files.blocks(tmp_path / "a.wav", None, block_frames))
    assert all(block.frames == block_frames for block in blocks[:-1])
    np.testing.assert_array_equal(joined(blocks).samples, sound.samples)


def test_regrouped_leaves_out_nothing():
    sound = noise(1)
    for frames in (1, 7, 999):
        small = sound.slice(0, 5_000)
        again = joined(regrouped(cut(small, 123), frames))
        np.testing.assert_array_equal(again.samples, small.samples)


@pytest.mark.parametrize(
    ("text", "codec"), [("wav", "pcm_s16le"), ("opus", "opus"), ("flac", "flac")]
)
def test_probe(tmp_path, text, codec):
    (tmp_path / "a").write_bytes(encoded(text, tmp_path))
    header = files.probe(tmp_path / "a")
    assert header.codec.endswith(codec)
    assert header.channels == 1
    assert header.duration_s == pytest.approx(1.0, abs=0.01)


@pytest.fixture
def decoder(tmp_path):
    """A decoder in the middle of a file much longer than a pipe."""
    files.write(tmp_path / "a.wav", [noise(60)], WAV, {})
    with (tmp_path / "a.wav").open("rb") as file:
        decoder = Decoder(file, Limits(stall_s=6.0), "a.wav")
        yield decoder
        decoder.close()
        assert decoder._process.returncode is not None


@pytest.mark.parametrize("sign", ["SIGKILL", "SIGSEGV", "SIGSTOP"])
def test_a_worker_that_dies_or_hangs_is_an_error(decoder, sign):
    iterator = iter(decoder)
    next(iterator)
    os.kill(decoder._process.pid, getattr(signal, sign))
    with pytest.raises(InvalidAudio, match=r"a\.wav broke the decoder, or took too long"):
        list(iterator)
    decoder.close()
    with pytest.raises(ProcessLookupError):
        os.kill(decoder._process.pid, 0)


def test_a_reader_who_leaves_ends_the_worker(tmp_path):
    files.write(tmp_path / "a.wav", [noise(60)], WAV, {})
    before = children()
    iterator = files.blocks(tmp_path / "a.wav")
    next(iterator)
    assert len(children()) == len(before) + 1
    iterator.close()
    assert children() == before


def children():
    """Processes of ours, zombies too."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listing.exists():
        pytest.skip("this system does not list child processes")
    return listing.read_text().split()


@pytest.mark.parametrize(
    ("container", "text"),
    [
        ("hls", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"),
        ("concat", "ffconcat version 1.0\nfile '{}'\n"),
    ],
)
def test_nothing_else_is_opened_even_if_a_playlist_got_through(tmp_path, container, text):
    """A pipe stands where the playlist points: opening it would block, and time the test out."""
    os.mkfifo(tmp_path / "other.wav")
    (tmp_path / "list").write_text(text.format(tmp_path / "other.wav"))
    with (tmp_path / "list").open("rb") as file, pytest.raises(decoder_worker.Refused):
        list(decoder_worker.av_messages(file, container))


def test_the_worker_cannot_write_files_or_take_memory():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import decoder_worker as w\n"
        "w.limit(2**28, 5)\n"
        "import resource as r\n"
        "kinds = r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE\n"
        "print(*(r.getrlimit(kind)[1] for kind in kinds))"
    )
    folder = str(Path(decoder_worker.__file__).parent)
    command = [sys.executable, "-I", "-c", code, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(2**28), "5", "0", "0"]


class Broken(RuntimeError):
    pass


def failing(error):
    yield tone()
    raise error


@pytest.mark.parametrize("error", [Broken(), KeyboardInterrupt(), MemoryError(), OSError("engine")])
@pytest.mark.parametrize("old", [None, b"the old file"])
def test_a_failure_leaves_everything_as_it_was(tmp_path, error, old):
    path = tmp_path / "a.wav"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises((type(error), StorageFailed)):
        files.write(path, failing(error), WAV, {})
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([] if old is None else [old])


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, small_files):
    with pytest.raises(StorageFailed, match="the disk is full; nothing was kept"):
        files.write(tmp_path / "a.wav", [noise(3)], WAV, {})
    assert list(tmp_path.iterdir()) == []


def test_atomic_replaces_at_the_end_only(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with files.atomic(path) as temporary:
        assert temporary.parent == tmp_path
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    files.write(tmp_path / "a.wav", [tone()], WAV, {})
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "target.wav").write_bytes(b"mine")
    (tmp_path / "soft.wav").symlink_to("target.wav")
    (tmp_path / "dangling.wav").symlink_to("nowhere.wav")
    (tmp_path / "hard.wav").hardlink_to(tmp_path / "target.wav")
    for name in ("soft.wav", "dangling.wav", "hard.wav"):
        files.write(tmp_path / name, [tone()], WAV, {})
        assert not (tmp_path / name).is_symlink()
        assert frequency(files.read(tmp_path / name)) == pytest.approx(440, abs=1)
    assert (tmp_path / "target.wav").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere.wav").exists()


GOOD_NAMES = [
    "-i.wav",
    "a;id.wav",
    "$(id).wav",
    "|x.wav",
    "\u202egnp.wav",
    "🎵.wav",
    "CON.wav",
    "C:x.wav",
]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_names_are_only_names(tmp_path, name):
    files.write(tmp_path / name, [tone()], WAV, {"title": name})
    assert files.read(tmp_path / name).frames == 24_000
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "none" / "a.wav", "folder does not exist"),
        (lambda p: p / "plain" / "a.wav", "folder does not exist"),
        (lambda p: p, "it is a folder"),
        (lambda p: p / "link", "it is a folder"),
        (lambda p: p / "pipe", "a device or a pipe"),
        (lambda _: Path("/dev/null"), "a device or a pipe"),
        (lambda _: Path(), "names no file|it is a folder"),
        (lambda p: p / "a\0.wav", "names no file"),
        (lambda p: p / ("x" * 4_096), "too long"),
        (lambda p: p / "loop", "symbolic links"),
    ],
)
def test_paths_that_cannot_be_written(tmp_path, make, message):
    (tmp_path / "plain").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InvalidInput, match=message) as caught:
        files.write(make(tmp_path), [tone()], WAV, {})
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda p: p / "none.wav", NotFound, "there is no file"),
        (lambda p: p, InvalidInput, "not a plain file|directory"),
        (lambda p: p / "pipe", InvalidInput, "not a plain file"),
        (lambda _: Path("/dev/zero"), InvalidInput, "not a plain file"),
        (lambda p: p / "a\0.wav", InvalidInput, "NUL"),
        (lambda p: p / ("x" * 4_096), InvalidInput, "too long"),
        (lambda p: p / "loop", InvalidInput, "symbolic links"),
        (lambda _: Path("file:///etc/passwd"), NotFound, "there is no file"),
        (lambda _: Path("http://169.254.169.254/a.wav"), NotFound, "there is no file"),
    ],
)
@pytest.mark.parametrize("function", [files.read, files.probe, lambda p: next(files.blocks(p))])
def test_paths_that_cannot_be_read(tmp_path, make, kind, message, function):
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(kind, match=message):
        function(make(tmp_path))


def test_a_folder_that_may_not_be_written(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(StorageFailed, match="Permission denied"):
        files.write(folder / "a.wav", [tone()], WAV, {})


@pytest.mark.parametrize("failure", [13, 30, 5])
def test_what_the_system_refuses_is_said(tmp_path, monkeypatch, failure):
    """EACCES, EROFS and EIO, whoever runs the tests."""

    def refuse(*_args, **_kwargs):
        raise OSError(failure, os.strerror(failure))

    monkeypatch.setattr("menura.audio.files.os.open", refuse)
    with pytest.raises(StorageFailed, match=os.strerror(failure)):
        files.write(tmp_path / "a.wav", [tone()], WAV, {})


def test_no_sound_is_no_file(tmp_path):
    with pytest.raises(InvalidInput, match="no sound to write"):
        files.write(tmp_path / "a.wav", [], WAV, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["wav", "flac", "mp3", "ogg", "opus", "m4a", "aac", "pcm", "ulaw"])
def test_a_sound_of_no_frames_is_a_file_without_sound(tmp_path, text):
    """Nothing to hear, but a clear end: no crash of an encoder that was never fed."""
    path = tmp_path / "a"
    files.write(path, [Audio.silence(0, 24_000)], Format.parse(text), {"title": "none"})
    with pytest.raises(InvalidAudio):
        files.read(path)


def test_two_writers_never_mix(tmp_path):
    """The last to finish wins, whole."""
    path = tmp_path / "a.wav"
    with files.atomic(path) as first, files.atomic(path) as second:
        first.write_bytes(b"first")
        second.write_bytes(b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_noise_behind_a_good_start_is_refused(tmp_path):
    rng = np.random.default_rng(7)
    heads = [
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead",
        b"\xff\xfb\x90\0",
    ]
    for k in range(9):
        (tmp_path / "a").write_bytes(heads[k % 3] + rng.bytes(5_000))
        with pytest.raises(InvalidAudio):
            files.read(tmp_path / "a")
