"""Chapters in every container, read back by FFmpeg's demuxers and, in WAV, byte by byte."""

import struct

import av
import pytest
from tones import cut, tone

from menura.audio import files
from menura.audio.chapters import id3_frames, settled, vorbis_tags
from menura.audio.encode import encoder
from menura.audio.formats import Format, codecs
from menura.audio.tags import chunk, id3

CHAPTERED = ["wav", "wav_24", "wav_ulaw_8000", "flac", "mp3", "ogg", "opus", "m4a", "m4b"]
THREE = [("One", 0.0, 0.5), ("Zwei: Vögel 鳥", 0.5, 1.25), ("=;\\#3", 1.25, 3.0)]
TAGS = {"title": "Birds", "MENURA_RECIPE": '{"seed": 1}'}


def save(path, sound, text, chapters):
    path = path.with_suffix(Format.parse(text).suffix)
    with files.atomic(path) as temporary:
        files.fill(temporary, cut(sound, 5_000), Format.parse(text), TAGS, chapters=chapters)
    return path


def read_back(path):
    """(title, start_s, end_s) as FFmpeg sees them."""
    with av.open(str(path)) as container:
        return sorted(
            (
                (
                    chapter["metadata"]["title"],
                    float(chapter["start"] * chapter["time_base"]),
                    float(chapter["end"] * chapter["time_base"]),
                )
                for chapter in container.chapters()
            ),
            key=lambda chapter: chapter[1],
        )


def test_formats_say_whether_they_hold_chapters():
    holding = {name for name in codecs() if Format(name).carries_chapters}
    assert holding == {Format.parse(text).codec for text in CHAPTERED} | {"wav_alaw"}


@pytest.mark.parametrize("text", CHAPTERED)
@pytest.mark.parametrize("rate", [24_000, 22_050])
def test_chapters_are_read_back(tmp_path, text, rate):
    sound = tone(440, 3.0, rate)
    path = save(tmp_path / "a", sound, text, settled(THREE, sound.duration_s))
    found = read_back(path)
    assert [title for title, _, _ in found] == [title for title, _, _ in THREE]
    for (_, start_s, end_s), (_, start, end) in zip(found, THREE, strict=True):
        assert start_s == pytest.approx(start, abs=1.1e-3)
        assert end_s == pytest.approx(end, abs=0.05)
    # The sound and the tags are what they are without chapters.
    assert files.probe(path).tags == TAGS
    assert files.read(path).duration_s == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize("text", [*CHAPTERED, "aac", "ulaw_8000", "pcm"])
def test_no_chapters_change_no_byte(tmp_path, text):
    sound = tone(440, 1.0)
    plain = tmp_path / f"b{Format.parse(text).suffix}"
    files.write(plain, cut(sound, 5_000), Format.parse(text), TAGS)
    assert save(tmp_path / "a", sound, text, ()).read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("text", ["aac", "ulaw_8000", "pcm"])
def test_formats_without_chapters_drop_them(tmp_path, text):
    sound = tone(440, 1.0)
    without = save(tmp_path / "a", sound, text, ()).read_bytes()
    assert save(tmp_path / "b", sound, text, settled(THREE, 1.0)).read_bytes() == without


def test_m4b_is_branded_as_a_book(tmp_path):
    body = save(tmp_path / "a", tone(), "m4b", settled(THREE, 1.0)).read_bytes()
    assert body[4:12] == b"ftypM4B "
    assert body.count(b"chpl") == 1
    assert save(tmp_path / "a", tone(), "m4a", ()).read_bytes()[4:12] == b"ftypM4A "


@pytest.mark.parametrize("rate", [24_000, 44_100])
def test_wav_cues(tmp_path, rate):
    body = save(tmp_path / "a", tone(440, 3.0, rate), "wav", settled(THREE, 3.0)).read_bytes()
    at = body.index(b"cue ")
    size, count = struct.unpack("<II", body[at + 4 : at + 12])
    assert (size, count) == (4 + 24 * 3, 3)
    points = list(struct.iter_unpack("<II4sIII", body[at + 12 : at + 8 + size]))
    starts = [round(start_s * rate) for _, start_s, _ in THREE]
    assert points == [(i, f, b"data", 0, 0, f) for i, f in enumerate(starts, 1)]
    at = body.index(b"adtl") + 4
    for i, (title, _, _) in enumerate(THREE, 1):
        label = chunk(b"labl", struct.pack("<I", i) + title.encode() + b"\0")
        assert body[at : at + len(label)] == label
        at += len(label)
    assert at == len(body)
    assert struct.unpack("<I", body[4:8])[0] == len(body) - 8


@pytest.mark.parametrize("text", ["wav", "flac", "mp3", "ogg", "opus", "m4a"])
def test_two_thousand_chapters(tmp_path, text):
    sound = tone(440, 40.0, 8_000)
    many = [(f"Chapter {i} " + "x" * 300, i * 0.015, (i + 1) * 0.015) for i in range(2_500)]
    chapters = settled(many, sound.duration_s)
    assert len(chapters) == 2_000
    path = save(tmp_path / "a", sound, text, chapters)
    found = read_back(path)
    expected = 999 if text in {"flac", "ogg", "opus"} else 2_000
    assert len(found) == expected
    assert files.read(path).duration_s == pytest.approx(40.0, abs=2e-3)
    assert found[-1][0].startswith(f"Chapter {expected - 1} xxx")
    # Only these say where a chapter ends; elsewhere the last goes on to the end of the sound.
    assert found[-1][2] == pytest.approx(37.5 if text in {"mp3", "m4a"} else 40.0, abs=0.2)


def test_id3_tables_of_contents_are_short():
    def tables(count):
        return id3_frames([("t", i * 1.0, i + 1.0) for i in range(count)]).split(b"CTOC")[1:]

    assert [table[6:10] for table in tables(255)] == [b"toc\0"]
    assert tables(255)[0][10:12] == b"\x03\xff"
    nested = tables(256)
    assert nested[0][10:12] == b"\x03\x02"
    assert [table[6:11] for table in nested[1:]] == [b"toc1\0", b"toc2\0"]
    assert [table[11:13] for table in nested[1:]] == [b"\x01\xff", b"\x01\x01"]


def test_id3_titles_are_cut_between_characters(tmp_path):
    chapters = settled([("é" * 150, 0.0, 0.5), ("b", 0.5, 1.0)], 1.0)
    path = save(tmp_path / "a", tone(), "mp3", chapters)
    assert [title for title, _, _ in read_back(path)] == ["é" * 62, "b"]
    assert id3({}, id3_frames(chapters))[:3] == b"ID3"
    assert id3({}, id3_frames(())) == b""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([("b", 2, 3), ("a", 0, 2)], [("a", 0, 2), ("b", 2, 3)]),
        ([("a", 0, 5), ("b", 2, 3)], [("a", 0, 2), ("b", 2, 3)]),
        ([("a", -1, 99)], [("a", 0, 10)]),
        ([("a", 0, float("inf"))], [("a", 0, 10)]),
        ([("a", 11, 12), ("b", 3, 3), ("c", 4, 2)], []),
        ([("a", 1, 2), ("b", 1.0001, 3)], [("a", 1, 2)]),
        ([("a", float("nan"), 2), ("b", 1, float("nan"))], []),
    ],
)
def test_settled_chapters_are_in_order_and_inside(given, expected):
    assert settled(given, 10.0) == tuple(expected)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("a\0b\r\nc", "a b c"),
        ("  x\t y ", "x y"),
        ("a\u2028b\u202ec", "a b c"),
        ("\ud800x", "x"),
        ("", "-"),
        ("\n\0", "-"),
        ("é" * 201, "é" * 200),
        ("\n" * 10_000_000 + "x", "-"),
        ("CHAPTER002=00:00:00.000", "CHAPTER002=00:00:00.000"),
    ],
)
@pytest.mark.parametrize("text", ["wav", "flac", "mp3", "ogg", "opus", "m4a"])
def test_hostile_titles_are_one_line_of_text(tmp_path, text, title, expected):
    chapters = settled([(title, 0, 0.5), ("next", 0.5, 1)], 1.0)
    assert chapters[0][0] == expected
    found = [name for name, _, _ in read_back(save(tmp_path / "a", tone(), text, chapters))]
    cut_for_id3 = expected.encode()[:125].decode("utf-8", "ignore")
    assert found == [cut_for_id3 if text == "mp3" else expected, "next"]


@pytest.mark.parametrize("text", ["wav", "flac", "mp3", "ogg", "opus", "m4a"])
def test_chapters_that_are_known_before_a_stream_do_it_no_harm(tmp_path, text):
    sound = tone(440, 1.0)
    encoding = encoder(Format.parse(text), 24_000, 1, TAGS, chapters=settled(THREE, 1.0))
    path = tmp_path / "a"
    path.write_bytes(encoding.encode(sound) + encoding.finish())
    expected = [] if text in {"wav", "m4a"} else ["One", "Zwei: Vögel 鳥"]
    assert [title for title, _, _ in read_back(path)] == expected
    assert files.probe(path).tags == TAGS
    assert files.read(path).duration_s == pytest.approx(1.0, abs=0.1)


def test_vorbis_times():
    tags = vorbis_tags([("a", 0.0, 1.0), ("b", 3_725.0625, 9_999.0)])
    assert tags["CHAPTER002"] == "01:02:05.062"
    assert list(tags) == ["CHAPTER001", "CHAPTER001NAME", "CHAPTER002", "CHAPTER002NAME"]
