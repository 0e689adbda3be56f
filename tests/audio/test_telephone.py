"""The telephone: level, band, containers, and headerless files read by their suffix."""

import io
import math
import struct

import numpy as np
import pytest
import soundfile
from tones import cut, frequency, noise, rms_db, tone

from menura.audio import Audio, files
from menura.audio.active_level import ActiveMeter
from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.audio.telephone import STREAM_GAIN_DB, Line, gain_to_line, zero_dbm0_db
from menura.errors import InvalidAudio, InvalidInput

# ITU-T G.711, tables 5 and 6: 1 kHz at 0 dBm0, as characters.
MILLIWATT = {
    "alaw": [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4],
    "ulaw": [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E],
}
LAWS = sorted(MILLIWATT)


def lined(audio, frames=5_000, gain_db=0.0):
    line = Line(audio.rate, audio.channels, gain_db)
    blocks = [line.process(block) for block in cut(audio, frames)]
    samples = np.concatenate([b.samples for b in [*blocks, line.finish()]], axis=1)
    return Audio(samples, 8_000)


def written(path, audio, text):
    chosen = Format.parse(text)
    path = path.with_suffix(chosen.suffix)
    gain_db = gain_to_line([audio], chosen.law)
    with files.atomic(path) as temporary:
        files.fill(temporary, cut(audio, 5_000), chosen, {"title": "t"}, line_gain_db=gain_db)
    return path


def speech(duration_s=8.0, rate=24_000, level=0.05, channels=1):
    """Noise in syllables and pauses: to a level meter, speech."""
    sound = noise(duration_s, rate, channels=channels)
    t = np.arange(sound.frames) / rate
    envelope = (np.sin(2 * np.pi * 4 * t) ** 2) * (t % 2.5 < 1.6) * level * 10
    return Audio((sound.samples * envelope).astype(np.float32), rate)


@pytest.mark.parametrize("law", LAWS)
def test_zero_dbm0_is_the_digital_milliwatt(law):
    heard, _ = soundfile.read(
        io.BytesIO(bytes(MILLIWATT[law]) * 200),
        samplerate=8_000,
        channels=1,
        format="RAW",
        subtype=law.upper(),
        dtype="float32",
    )
    assert zero_dbm0_db(law) == pytest.approx(rms_db(Audio(heard[None], 8_000)), abs=0.005)


@pytest.mark.parametrize("text", ["ulaw_8000", "alaw_8000", "wav_ulaw_8000", "wav_alaw_8000"])
@pytest.mark.parametrize(
    "sound", [speech(), speech(level=0.002), speech(4.0, 44_100, channels=2), speech(3.0, 8_000)]
)
def test_a_file_has_its_speech_at_minus_20_dbm0(tmp_path, text, sound):
    result = files.read(written(tmp_path / "a", sound, text))
    assert (result.rate, result.channels) == (8_000, 1)
    assert result.duration_s == pytest.approx(sound.duration_s, abs=1 / 8_000)
    meter = ActiveMeter(8_000)
    meter.process(result)
    level_dbm0 = meter.level().active_db - zero_dbm0_db(Format.parse(text).law)
    assert level_dbm0 == pytest.approx(-20.0, abs=0.1)


@pytest.mark.parametrize("law", LAWS)
def test_silence_stays_and_a_crack_is_not_clipped(law):
    assert gain_to_line([Audio.silence(2.0, 24_000)], law) == 0
    assert gain_to_line([], law) == 0
    crack = speech(level=0.0005).samples.copy()
    crack[0, 40_000:40_003] = 0.9
    crack = Audio(crack, 24_000)
    peak = np.abs(lined(crack, gain_db=gain_to_line([crack], law)).samples).max()
    assert 20 * math.log10(peak) == pytest.approx(0.0, abs=0.04)


def test_a_stream_gets_the_fixed_gain_and_no_delay():
    sound = tone(1_000, 2.0, 24_000, 0.25)
    encoding = encoder(Format.parse("alaw_8000"), 24_000, 1, {})
    body = b"".join(encoding.encode(block) for block in cut(sound, 4_096)) + encoding.finish()
    heard, _ = soundfile.read(
        io.BytesIO(body), samplerate=8_000, channels=1, format="RAW", subtype="ALAW"
    )
    assert len(body) == 16_000
    assert rms_db(Audio(heard[None, 800:-800].astype(np.float32), 8_000)) == pytest.approx(
        rms_db(sound) + STREAM_GAIN_DB, abs=0.1
    )
    expected = sound.samples[0, ::3] * 10 ** (STREAM_GAIN_DB / 20)
    np.testing.assert_allclose(heard[800:-800], expected[800:-800], atol=0.005)


@pytest.mark.parametrize(
    ("hz", "lowest_db", "highest_db"),
    [
        (50, -200, -50),
        (100, -200, -50),
        (300, -0.1, 0.1),
        (1_000, -0.05, 0.05),
        (3_400, -0.1, 0.1),
        (3_900, -200, -40),
        (5_000, -200, -60),
    ],
)
def test_the_band(hz, lowest_db, highest_db):
    sound = tone(hz, 2.0, 24_000)
    result = lined(sound).slice(2_000, 14_000)
    assert lowest_db <= rms_db(result) - rms_db(sound) <= highest_db


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize("frames", [100, 80 * 512, 799])
def test_the_line_is_the_same_however_cut(rate, frames):
    sound = noise(1.0, rate)
    result = lined(sound, frames)
    np.testing.assert_array_equal(result.samples, lined(sound, 4_096).samples)
    assert result.duration_s == pytest.approx(1.0, abs=1.01 / 8_000)


@pytest.mark.parametrize("frames", [1, 79, 81, 351, 352, 353])
def test_the_shortest_sounds_keep_their_length(frames):
    sound = noise(frames / 8_000, 8_000)
    assert lined(sound).frames == sound.frames == frames


def test_both_channels_are_heard():
    left = tone(440, 1.0, 24_000)
    both = Audio(np.concatenate([left.samples, tone(1_000, 1.0, 24_000).samples]), 24_000)
    level = np.abs(np.fft.rfft(lined(both).samples[0]))
    assert level[440] == pytest.approx(level[1_000], rel=0.05)
    with pytest.raises(InvalidInput, match="expected 2 channels"):
        Line(24_000, 2, 0.0).process(left)


@pytest.mark.parametrize(("text", "tag"), [("wav_ulaw_8000", 7), ("wav_alaw_8000", 6)])
@pytest.mark.parametrize("seconds", [1.0, 1.000125])
def test_wav_of_the_telephone(tmp_path, text, tag, seconds):
    path = written(tmp_path / "a", speech(seconds, 8_000), text)
    body = path.read_bytes()
    at = body.index(b"fmt ")
    assert struct.unpack("<IHHIIHHH", body[at + 4 : at + 26]) == (18, tag, 1, 8_000, 8_000, 1, 8, 0)
    frames = round(seconds * 8_000)
    at = body.index(b"fact")
    assert struct.unpack("<II", body[at + 4 : at + 12]) == (4, frames)
    assert struct.unpack("<I", body[4:8])[0] == len(body) - 8
    assert len(body) % 2 == 0
    facts = soundfile.info(path)
    assert (facts.subtype, facts.frames) == (text[4:8].upper(), frames)
    assert files.probe(path).tags == {"title": "t"}


@pytest.mark.parametrize("name", ["a.ul", "a.ULAW", "b.al", "a;id.alaw"])
def test_headerless_files_are_read_by_their_suffix(tmp_path, name):
    text = "ulaw_8000" if "u" in name.lower() else "alaw_8000"
    path = tmp_path / name
    encoding = encoder(Format.parse(text), 24_000, 1, {}, line_gain_db=0.0)
    path.write_bytes(encoding.encode(tone(440, 1.0, 24_000)) + encoding.finish())
    result = files.read(path)
    assert (result.rate, result.channels, result.frames) == (8_000, 1, 8_000)
    assert frequency(result) == pytest.approx(440, abs=0.3)
    assert rms_db(result) == pytest.approx(rms_db(tone()), abs=0.1)
    facts = files.probe(path)
    assert (facts.container, facts.codec, facts.frames) == ("raw", text[:4], 8_000)


HOSTILE = {
    "another container": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "a stream of MPEG, or silence": b"\xff\xfb\x90\x64" * 100,
    "text": b"<svg xmlns='x'/>",
    "one byte": b"\0",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_any_bytes_are_g711_and_nothing_else(tmp_path, body):
    path = tmp_path / "a.ul"
    path.write_bytes(body)
    assert files.read(path).frames == len(body)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("a.ul", b"", "holds no sound"),
        ("a.raw", b"\xd5" * 100, "not a sound file"),
        ("a.ul.wav", b"\xd5" * 100, "not a sound file"),
        ("ul", b"\xd5" * 100, "not a sound file"),
    ],
)
def test_what_is_no_headerless_g711_is_refused(tmp_path, name, body, message):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(InvalidAudio, match=message):
        files.read(tmp_path / name)


def test_headerless_files_are_under_the_limits(tmp_path):
    (tmp_path / "a.ul").write_bytes(b"\x7f" * 80_000)
    with pytest.raises(InvalidAudio, match="longer than the 5 s"):
        files.read(tmp_path / "a.ul", files.Limits(max_s=5.0))
