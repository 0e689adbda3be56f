from pathlib import Path

import pytest

from menura.audio.formats import Format, check_suffix, codecs
from menura.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wav", Format("wav")),
        ("WAV", Format("wav")),
        ("wav_24", Format("wav", bit_depth=24)),
        ("wav_float", Format("wav", bit_depth=32)),
        ("wav_44100", Format("wav", 44_100)),
        ("wav_44100_24", Format("wav", 44_100, bit_depth=24)),
        ("flac_24", Format("flac", bit_depth=24)),
        ("mp3_44100_128", Format("mp3", 44_100, 128)),
        ("mp3_22050_32", Format("mp3", 22_050, 32)),
        ("mp3_64", Format("mp3", bitrate_kbps=64)),
        ("ogg", Format("vorbis")),
        ("vorbis", Format("vorbis")),
        ("opus_48000_192", Format("opus", 48_000, 192)),
        ("m4a", Format("m4a")),
        ("aac", Format("aac")),
        ("pcm_24000", Format("pcm", 24_000)),
        ("ulaw_8000", Format("ulaw", 8_000)),
        ("alaw_8000", Format("alaw", 8_000)),
        ("mulaw", Format("ulaw")),
        ("wav_ulaw_8000", Format("wav_ulaw", 8_000)),
        ("wav_mulaw", Format("wav_ulaw")),
        ("WAV_ALAW_8000", Format("wav_alaw", 8_000)),
        ("m4b_44100_64", Format("m4b", 44_100, 64)),
    ],
)
def test_parse(text, expected):
    assert Format.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no such format"),
        ("wav;rm", "no such format"),
        ("wav_;rm", "cannot read"),
        ("exe", "there are wav, flac, mp3, ogg"),
        ("mp3_44101", "cannot carry 44101 Hz"),
        ("mp3_96000_128", "cannot carry"),
        ("opus_44100", "cannot carry 44100 Hz; it takes 48000 Hz"),
        ("mp3_44100_127", "no bit rate of 127"),
        ("wav_8", "cannot have 8 bits"),
        ("flac_float", "cannot have 32 bits"),
        ("mp3_float", "no bit depth"),  # and not 32 kbit/s
        ("wav_655350", "cannot carry"),
        ("wav_99999999999999999999", "cannot read"),
        ("wav_-1", "cannot read"),
        ("wav_١٦", "cannot read"),
        ("wav__", "cannot read"),
        ("wav_xlaw", "cannot read"),
        ("ulaw_16000", "cannot carry 16000 Hz; it takes 8000 Hz"),
        ("wav_alaw_44100", "cannot carry 44100 Hz"),
        ("wav_ulaw_8000_16", "cannot have 16 bits"),
        ("pcm_24000_16_16", "too many"),
        ("../wav", "no such format"),
        ("wav\0", "no such format"),
        ("x" * 5_000, "no such format"),
    ],
)
def test_parse_refuses(text, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Format.parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("path", "codec"),
    [
        ("a.wav", "wav"),
        ("a.b.FLAC", "flac"),
        ("/x/a.mp3", "mp3"),
        ("a.ogg", "vorbis"),
        ("a.opus", "opus"),
        ("a.m4a", "m4a"),
        ("a.aac", "aac"),
        ("a.raw", "pcm"),
        ("a.ul", "ulaw"),
        ("a.alaw", "alaw"),
        ("a.M4B", "m4b"),
        ("a;id.wav", "wav"),
        ("🎵\u202e.wav", "wav"),
    ],
)
def test_of_path(path, codec):
    assert Format.of_path(path).codec == codec


@pytest.mark.parametrize("path", ["a", "a.", ".wav", "a.exe", "", "a.wav/b", "a.wav "])
def test_of_path_refuses(path):
    with pytest.raises(InvalidInput, match=r"end it in one of \.wav"):
        Format.of_path(path)


@pytest.mark.parametrize(
    ("text", "rate", "expected"),
    [
        ("wav", 22_050, 22_050),
        ("wav_8000", 22_050, 8_000),
        ("opus", 22_050, 48_000),
        ("mp3", 22_050, 22_050),
        ("mp3", 23_000, 24_000),
        ("mp3", 96_000, 48_000),
        ("ulaw", 44_100, 8_000),
        ("wav_ulaw", 4_000, 8_000),
        ("ogg", 4_000, 8_000),
    ],
)
def test_encoded_rate(text, rate, expected):
    assert Format.parse(text).encoded_rate(rate) == expected


def test_every_codec_is_found_by_its_own_names_and_suffixes():
    for name, facts in codecs().items():
        assert {Format.parse(word).codec for word in facts.names} == {name}
        # A suffix says nothing of what is inside WAV: it stands for the plain one.
        plain = "wav" if name.startswith("wav_") else name
        assert {Format.of_path(f"x{suffix}").codec for suffix in facts.suffixes} == {plain}
        assert "/" in Format(name).mime
    embedding = {name for name, facts in codecs().items() if facts.embeds_manifest}
    assert embedding == {"wav", "wav_ulaw", "wav_alaw", "flac", "mp3", "m4a", "m4b"}


@pytest.mark.parametrize("text", ["wav_ulaw", "wav_alaw_8000", "wav_24"])
def test_what_is_inside_wav_is_chosen_by_its_format(text):
    assert check_suffix(Path("a.wav"), Format.parse(text)) == Format.parse(text)
    assert Format.parse(text).suffix == ".wav"
    with pytest.raises(InvalidInput, match="should not hold"):
        check_suffix(Path("a.ul"), Format.parse(text))
