"""Every format, there and back: level, pitch, length, tags; streamed as filed."""

import io

import numpy as np
import pytest
import soundfile
from tones import cut, frequency, noise, rms_db, tone

from menura.audio import Audio, files
from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.audio.ogg import checksum
from menura.audio.pcm import alaw, mulaw, quantised
from menura.audio.tags import canonical, id3
from menura.audio.telephone import STREAM_GAIN_DB
from menura.audio.wav import WavEncoder
from menura.errors import InvalidAudio, InvalidInput

HEADED = ["wav", "wav_24", "wav_float", "flac", "flac_24", "mp3", "mp3_44100_128", "mp3_192"]
HEADED += ["ogg", "opus", "opus_48000_32", "m4a", "m4b", "aac"]
TAGGED = ["wav", "wav_alaw_8000", "flac", "mp3", "ogg", "opus", "m4a", "m4b"]
TAGS = {
    "title": "Lied der Vögel 鳥の歌 🎵",
    "artist": "formant",
    "encoder": "menura 0.1",
    "comment": 'AI-generated; "quoted" = yes',
    "AI_GENERATED": "yes",
    "MENURA_RECIPE": '{"text": "\u202eé\\n", "seed": 1}',
}


def save(path, sound, text, tags=None, block_frames=5_000):
    path = path.with_suffix(Format.parse(text).suffix)
    files.write(path, cut(sound, block_frames), Format.parse(text), tags or {})
    return path


def streamed(sound, text, tags=None, block_frames=5_000):
    encoding = encoder(Format.parse(text), sound.rate, sound.channels, tags or {})
    body = b"".join(encoding.encode(block) for block in cut(sound, block_frames))
    return body + encoding.finish()


@pytest.mark.parametrize("text", HEADED)
@pytest.mark.parametrize("channels", [1, 2])
def test_round_trip_keeps_pitch_level_and_length(tmp_path, text, channels):
    sound = tone(440, 1.317, 22_050, channels=channels)
    result = files.read(save(tmp_path / "a", sound, text))
    assert result.rate == Format.parse(text).encoded_rate(22_050)
    assert result.channels == channels
    # ADTS has nowhere to say how much of the first and last frame is padding.
    slack_s = 3 * 1024 / 22_050 if text == "aac" else 1.5 / result.rate
    assert result.duration_s == pytest.approx(sound.duration_s, abs=slack_s)
    middle = result.slice(result.rate // 4, result.rate)
    for channel in range(channels):
        assert frequency(middle, channel) == pytest.approx(440 * 2**channel, abs=0.3)
    assert rms_db(middle) == pytest.approx(rms_db(sound), abs=0.15)


@pytest.mark.parametrize("text", [t for t in HEADED if t != "aac"])
def test_files_are_not_delayed(tmp_path, text):
    sound = noise(1.0, 24_000, level=0.2)
    loud = Audio(sound.samples * (np.arange(24_000) % 6_000 < 600), 24_000)
    loud = Audio(loud.samples.astype(np.float32), 24_000)
    result = files.read(save(tmp_path / "a", loud, text))
    from menura.audio.resample import resample

    back = resample(result, 24_000).samples[0]
    count = min(len(back), 24_000)
    product = np.fft.irfft(
        np.fft.rfft(back[:count], 65_536) * np.conj(np.fft.rfft(loud.samples[0, :count], 65_536))
    )
    lag = int(product.argmax())
    assert (lag if lag < 32_768 else lag - 65_536) == 0


@pytest.mark.parametrize(
    ("text", "bits"), [("wav", 16), ("flac", 16), ("wav_24", 24), ("flac_24", 24), ("wav_float", 0)]
)
@pytest.mark.parametrize("channels", [1, 6])
def test_lossless_formats_are_exact(tmp_path, text, bits, channels):
    samples = noise(0.5, channels=channels, level=0.5).samples.clip(-1, 0.99)
    if bits:
        samples = (quantised(samples, bits) / 2.0 ** (bits - 1)).astype(np.float32)
    path = save(tmp_path / "a", Audio(samples, 24_000), text)
    np.testing.assert_array_equal(files.read(path).samples, samples)
    stated = soundfile.info(path)
    assert (stated.frames, stated.channels) == (12_000, channels)


@pytest.mark.parametrize(
    "subtype",
    ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"],
)
def test_reads_every_kind_of_wav(tmp_path, subtype):
    sound = tone(440, 1.0)
    soundfile.write(tmp_path / "a.wav", sound.samples.T, sound.rate, subtype)
    result = files.read(tmp_path / "a.wav")
    assert abs(result.frames - sound.frames) < 1_100
    assert frequency(result) == pytest.approx(440, abs=0.3)
    assert rms_db(result) == pytest.approx(rms_db(sound), abs=0.2)


@pytest.mark.parametrize(
    ("format_", "subtype"), [("AIFF", "PCM_16"), ("RF64", "PCM_16"), ("WAVEX", "PCM_24")]
)
def test_reads_relatives_of_wav(tmp_path, format_, subtype):
    sound = tone(440, 0.5, channels=6)
    soundfile.write(tmp_path / "a", sound.samples.T, sound.rate, subtype, format=format_)
    np.testing.assert_allclose(files.read(tmp_path / "a").samples, sound.samples, atol=1e-4)


@pytest.mark.parametrize("text", HEADED)
def test_a_stream_holds_the_samples_of_the_file(tmp_path, text):
    sound = tone(440, 2.2, 24_000)
    filed = files.read(save(tmp_path / "file", sound, text, TAGS)).samples[0]
    path = tmp_path / "stream"
    path.write_bytes(streamed(sound, text, TAGS))
    heard = files.read(path).samples[0]
    # Only a file can say afterwards how much of MP3 and M4A is padding: LAME's delay is 1105.
    skip = 1_105 if text.startswith("mp3") else 0
    assert len(heard) - skip - len(filed) in range(2_000 if text.startswith(("mp3", "m4")) else 1)
    np.testing.assert_array_equal(heard[skip : skip + len(filed) - 1_200], filed[:-1_200])


@pytest.mark.parametrize("text", HEADED)
def test_block_length_does_not_change_a_byte(text):
    sound = noise(1.0, 48_000 if "opus" in text else 44_100)
    assert streamed(sound, text, TAGS, 3_000) == streamed(sound, text, TAGS, 3_000)
    longer = streamed(sound, text, TAGS, 20_001)
    # Pages and fragments end where the blocks do; the rest is the same to the byte.
    if not text.startswith(("m4", "ogg", "opus")):
        assert streamed(sound, text, TAGS, 3_000) == longer


@pytest.mark.parametrize(
    "text", ["mp3", "ogg", "opus", "m4a", "flac", "wav", "ulaw_8000", "wav_ulaw_8000"]
)
def test_a_stream_gives_bytes_as_it_goes(text):
    sound = noise(10.0, 24_000)
    encoding = encoder(Format.parse(text), sound.rate, 1, TAGS)
    given = np.cumsum([len(encoding.encode(block)) for block in cut(sound, 2_400)])
    whole = given[-1] + len(encoding.finish())
    assert given[49] > 0.35 * whole
    assert encoding.patches in ((), [])


@pytest.mark.parametrize(("text", "law"), [("ulaw_8000", "ULAW"), ("alaw_8000", "ALAW")])
def test_g711_streams(text, law):
    sound = tone(440, 1.0, 24_000)
    body = streamed(sound, text)
    assert len(body) == 8_000
    heard, rate = soundfile.read(
        io.BytesIO(body), samplerate=8_000, channels=1, format="RAW", subtype=law, dtype="float32"
    )
    result = Audio(heard[None, :], rate)
    assert frequency(result) == pytest.approx(440, abs=0.3)
    assert rms_db(result) == pytest.approx(rms_db(sound) + STREAM_GAIN_DB, abs=0.1)


@pytest.mark.parametrize("text", ["wav_ulaw_8000", "wav_alaw_8000", "wav_24"])
def test_a_stream_of_unknown_size_ends_with_its_last_sample(text):
    """A pad byte behind it would be played: in a telephone law it is full scale."""
    chosen = Format.parse(text)
    sound = noise(0.3, chosen.encoded_rate(24_000)).slice(0, 1_601)
    encoding = encoder(chosen, sound.rate, 1, {})
    body = encoding.encode(sound) + encoding.finish()
    data = body[body.index(b"data") + 8 :]
    assert len(data) == 1_601 * (3 if text == "wav_24" else 1)
    assert len(data) % 2 == 1


@pytest.mark.parametrize(("function", "law", "codes"), [(mulaw, "ULAW", 255), (alaw, "ALAW", 256)])
def test_g711_is_within_half_a_step_of_every_sample(function, law, codes):
    every = np.arange(-32_768, 32_768).astype(np.int16)
    raw = io.BytesIO(function(every).tobytes())
    back, _ = soundfile.read(
        raw, samplerate=8_000, channels=1, format="RAW", subtype=law, dtype="int16"
    )
    error = np.abs(back.astype(int) - every)
    # A segment is as wide as its lower end (mu-law: plus the bias of 132) and has 16 steps; the
    # laws clip at 32,124 and 32,256.
    magnitude = np.abs(every.astype(int))
    assert (error <= (magnitude + 132) / 32 + 4)[magnitude <= 32_124].all()
    assert len(set(function(every).tolist())) in {codes, 256}


@pytest.mark.parametrize("rate", [24_000, 22_050])
def test_raw_pcm(rate):
    body = streamed(tone(440, 1.0, rate), "pcm_24000")
    pcm = np.frombuffer(body, "<i2")
    assert len(pcm) == 24_000
    assert frequency(Audio((pcm / 32_768).astype(np.float32)[None], 24_000)) == pytest.approx(
        440, abs=0.3
    )


def test_integers_are_clipped_not_wrapped(tmp_path):
    loud = Audio(np.array([[1.5, -1.5, 1.0, -1.0]], np.float32), 24_000)
    samples = files.read(save(tmp_path / "a", loud, "wav")).samples
    np.testing.assert_allclose(samples, [[32_767 / 32_768, -1, 32_767 / 32_768, -1]])
    np.testing.assert_array_equal(
        files.read(save(tmp_path / "b", loud, "wav_float")).samples, loud.samples
    )


@pytest.mark.parametrize("text", TAGGED)
@pytest.mark.parametrize("how", ["file", "stream"])
@pytest.mark.parametrize("recipe", ['{"a": 1}', "x" * 200_000], ids=["short", "long"])
def test_tags_round_trip(tmp_path, text, how, recipe):
    tags = TAGS | {"MENURA_RECIPE": recipe}
    if how == "file":
        path = save(tmp_path / "a", tone(), text, tags)
    else:
        path = tmp_path / "a"
        path.write_bytes(streamed(tone(), text, tags))
    assert files.probe(path).tags == tags
    assert frequency(files.read(path)) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 65, "a=b", "a\0", "1a"])
@pytest.mark.parametrize("text", TAGGED)
def test_tags_refuse_the_key(text, key):
    with pytest.raises(InvalidInput, match="tag's name"):
        encoder(Format.parse(text), 24_000, 1, {key: "x"})


@pytest.mark.parametrize("text", TAGGED)
def test_tags_refuse_a_document(text):
    with pytest.raises(InvalidInput, match="more than 16 MiB"):
        encoder(Format.parse(text), 24_000, 1, {"comment": "x" * (16 * 1024**2 + 1)})


@pytest.mark.parametrize("text", TAGGED)
def test_strange_text_in_tags_is_tamed(tmp_path, text):
    path = save(tmp_path / "a", tone(), text, {"title": "a\0b", "comment": "\ud800x", "artist": ""})
    assert files.probe(path).tags == {"title": "a b", "comment": "?x"}


def test_canonical_tags():
    found = {"TITLE": "a", "Software": "b", "menura_recipe": "c", "major_brand": "M4A", "name": "z"}
    assert canonical(found) == {"title": "a", "encoder": "b", "MENURA_RECIPE": "c"}


def test_id3_layout():
    tag = id3({"title": "a", "comment": "b", "X": "c"})
    assert tag[:6] == b"ID3\x04\x00\x00"
    assert tag[6:10] == bytes([0, 0, 0, len(tag) - 10])
    assert [tag.find(name) for name in (b"TIT2", b"COMM", b"TXXX")] == [10, 23, 40]
    assert id3({}) == b""


def test_ogg_checksum_of_a_known_page():
    """Bit by bit, as RFC 3533 defines it."""
    page = bytes(range(256))
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ (0x104C11DB7 if register & 0x80000000 else 0)
    assert checksum(page) == register


def test_wav_past_4_gib_becomes_rf64(tmp_path):
    encoding = WavEncoder(24_000, 1, 16, {}, seekable=True)
    body = bytearray(encoding.encode(tone().samples))
    encoding._data_bytes = 5 * 1024**3
    for offset, data in encoding.patches:
        body[offset : offset + len(data)] = data
    assert body[:4] == b"RF64"
    assert body[12:16] == b"ds64"
    assert int.from_bytes(body[28:36], "little") == 5 * 1024**3
    (tmp_path / "a.wav").write_bytes(body)
    # Cut short, it is read as far as it goes.
    assert files.read(tmp_path / "a.wav").frames == 24_000


@pytest.mark.parametrize(
    ("text", "channels"),
    [("mp3", 6), ("opus", 3), ("ogg", 6), ("flac", 9), ("wav", 17), ("wav", 0)],
)
def test_refuses_channels(text, channels):
    with pytest.raises(InvalidInput, match="channels"):
        encoder(Format.parse(text), 24_000, channels, {})


@pytest.mark.parametrize("text", ["wav", "mp3", "opus"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_refuses_samples_that_are_not_numbers(tmp_path, text, value):
    samples = tone().samples.copy()
    samples[0, 100] = value
    with pytest.raises(InvalidAudio, match="not numbers"):
        save(tmp_path / "a", Audio(samples, 24_000), text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("block", [tone(rate=48_000), tone(channels=2)])
def test_refuses_another_kind_of_block(block):
    with pytest.raises(InvalidInput, match="expected 1 channels at 24000 Hz"):
        encoder(Format.parse("wav"), 24_000, 1, {}).encode(block)
