"""The mark on little sound: short sounds, steady tones, and what is said of it beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attacks
import numpy as np
import pytest
import sounds

from menura.audio import Audio
from menura.safeguards.watermark import PUBLIC_KEY, Embedder, detect, embed, has_room, outlook
from menura.safeguards.watermark.layout import LAYOUT, expand
from menura.safeguards.watermark.origin import origin_hit

if TYPE_CHECKING:
    from collections.abc import Callable

    from menura.safeguards.watermark import Profile

PAYLOAD = bytes.fromhex("00a1b2c3d4ff")
KEY = b"a deployment's own key, 32 bytes"
RATE = 44_100


def tone(duration_s: float, pitch_hz: float = 1000.0) -> Audio:
    time_s = np.arange(round(duration_s * RATE)) / RATE
    return Audio((0.2 * np.sin(2 * np.pi * pitch_hz * time_s)).astype(np.float32)[None], RATE)


def morse(duration_s: float, pitch_hz: float = 600.0) -> Audio:
    """Dots and dashes of 67 and 200 ms with silence between them."""
    rng = np.random.default_rng(5)
    dot = RATE // 15
    keyed = np.concatenate([np.r_[np.ones(dot * n), np.zeros(dot)] for n in rng.choice([1, 3], 99)])
    ramp = np.convolve(keyed, np.hanning(440) / np.hanning(440).sum(), "same")
    steady = tone(duration_s, pitch_hz)
    return Audio((steady.samples * ramp[: steady.frames]).astype(np.float32), RATE)


def bell(duration_s: float) -> Audio:
    time_s = np.arange(round(duration_s * RATE)) / RATE
    partials = ((0.5, 1.0), (1.0, 2.0), (1.2, 3.0), (1.5, 4.0), (2.0, 5.0), (2.7, 7.0))
    sound = sum(
        np.exp(-fall * time_s) * np.sin(6.28 * 520 * ratio * time_s) / ratio
        for ratio, fall in partials
    )
    return Audio((0.1 * sound).astype(np.float32)[None], RATE)


def clip(maker: str, length_s: float) -> Audio:
    """The beginning of a sound."""
    whole = TONES[maker](6) if maker in TONES else getattr(sounds, maker)(6, seed=0)
    return whole.slice(0, round(length_s * whole.rate))


def sixteen_bits(audio: Audio) -> Audio:
    return Audio((np.round(audio.samples * 32767) / 32767).astype(np.float32), audio.rate)


TONES: dict[str, Callable[[float], Audio]] = {
    "low tone": lambda length_s: tone(length_s, 220),
    "tone": tone,
    "high tone": lambda length_s: tone(length_s, 3000),
    "morse": morse,
    "bell": bell,
}


@pytest.mark.parametrize("profile", ["speech", "music"])
@pytest.mark.parametrize("kind", TONES)
def test_the_mark_is_found_in_steady_tones(kind: str, profile: Profile) -> None:
    marked = embed(TONES[kind](8), PAYLOAD, profile=profile)
    for heard in (sixteen_bits(marked), attacks.mp3(marked, 128)):
        answer = detect(heard)
        assert answer.found is True
        assert answer.payload == PAYLOAD


@pytest.mark.parametrize("pitch_hz", [100, 440, 1000, 3000])
def test_the_noise_lies_60_db_below_a_tone(pitch_hz: float) -> None:
    audio = tone(8, pitch_hz)
    change = embed(audio, PAYLOAD, profile="music").samples[0] - audio.samples[0]
    window = np.hanning(audio.frames)
    spectrum = np.square(np.abs(np.fft.rfft(change * window))) / np.square(window).mean()
    frequency_hz = np.fft.rfftfreq(audio.frames, 1 / RATE)
    apart = np.abs(frequency_hz - pitch_hz) > 400  # nearer it is the tone that is turned
    levels = 2 * spectrum / audio.frames**2 / 0.02
    assert 10 * np.log10(levels[apart].sum()) == pytest.approx(-60.7, abs=1.0)
    for edge_hz in 300 * 2 ** np.arange(0, 4.5, 1 / 3):
        within = (frequency_hz >= edge_hz) & (frequency_hz < 1.26 * edge_hz)
        assert levels[apart & within].sum() < 10**-6.5


def test_the_noise_of_a_tone_falls_silent_with_it() -> None:
    audio = morse(4)
    marked = embed(audio, PAYLOAD)
    assert not marked.samples[audio.samples == 0].any()
    assert np.abs(marked.samples - audio.samples).max() > 1e-4


@pytest.mark.parametrize("maker", ["speech", "music", "rain"])
def test_full_sounds_get_no_noise(maker: str) -> None:
    audio = getattr(sounds, maker)(4, seed=2)
    change = embed(audio, PAYLOAD, profile="music").samples - audio.samples
    # Gains of at most 4 dB can change no band by more than half of what is in it.
    for part, whole in zip(_third_octaves(change), _third_octaves(audio.samples), strict=True):
        assert part < 0.4 * whole


def _third_octaves(samples: np.ndarray) -> list[float]:
    spectrum = np.square(np.abs(np.fft.rfft(samples[0])))
    edges = len(spectrum) * 2.0 ** -np.arange(1.8, 6, 1 / 3)
    return [float(spectrum[round(a / 1.26) : round(a)].sum()) for a in edges]


def test_noise_of_stereo_tones_keeps_to_its_channels_and_stems() -> None:
    left, right = tone(3, 500).samples[0], tone(3, 1700).samples[0]
    zero = np.zeros_like(left)
    stems = np.stack([left, zero, zero, right, 0.5 * left, -0.5 * left])
    stems[4:, :RATE] = 0
    buses = np.concatenate([stems[:2] + stems[2:4] + stems[4:], stems])
    out = {}
    for complete in (False, True):
        embedder = Embedder(RATE, 8, PAYLOAD, profile="music", control=2, complete=complete)
        pieces = [embedder.process(Audio(buses.astype(np.float32), RATE)), embedder.finish()]
        out[complete] = np.concatenate([piece.samples for piece in pieces], axis=1)
        mix, *rest = np.split(out[complete], 4)
        assert np.abs(mix - sum(rest)).max() < 1e-6
        assert not out[complete][3].any()
        assert not out[complete][4].any()
        assert np.abs(out[complete][6:, : RATE - RATE // 20]).max() < 1e-7
    np.testing.assert_allclose(out[False], out[True], atol=1e-6)


@pytest.mark.parametrize("sizes", [[480] * 150, [1] * 200 + [777] * 90])
@pytest.mark.parametrize("profile", ["speech", "music"])
def test_noise_does_not_depend_on_the_blocks(sizes: list[int], profile: Profile) -> None:
    mono = morse(1.5)
    audio = Audio(np.concatenate([mono.samples, 0.3 * tone(1.5, 2000).samples]), RATE)
    embedder, pieces, taken = Embedder(RATE, 2, PAYLOAD, profile=profile), [], 0
    for size in sizes:
        pieces.append(embedder.process(audio.slice(taken, taken + size)).samples)
        taken += size
    pieces.append(embedder.finish().samples)
    whole = embed(audio, PAYLOAD, profile=profile).samples
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)


@pytest.mark.parametrize(
    ("maker", "length_s"),
    [("speech", 1.0), ("music", 0.5), ("rain", 1.0), ("tone", 0.5), ("morse", 1.0), ("bell", 0.5)],
)
def test_short_sounds_without_payload_are_found(maker: str, length_s: float) -> None:
    profile: Profile = "speech" if maker in {"speech", "morse"} else "music"
    marked = embed(clip(maker, length_s), b"", profile=profile)
    for heard in (sixteen_bits(marked), attacks.mp3(marked, 128)):
        answer = detect(heard)
        assert answer.found is True
        assert answer.payload is None
        assert answer.spans
        assert (answer.speed, answer.shift_octaves) == (1, 0)


def test_a_mark_without_payload_is_twice_as_much_evidence() -> None:
    audio = sounds.speech(3, seed=6)
    with_p, without_p = (detect(embed(audio, payload)).p for payload in (PAYLOAD, b""))
    assert with_p is not None
    assert without_p is not None
    assert np.log10(without_p) < 1.5 * np.log10(with_p)


@pytest.mark.parametrize("length_s", [2.0, 9.0])
def test_a_mark_without_payload_names_none(length_s: float) -> None:
    marked = embed(sounds.speech(length_s, seed=7), b"")
    answer = detect(marked)
    assert answer.found is True
    assert answer.payload is None
    later = detect(attacks.cropped(marked, 0.5 * length_s, 0.4 * length_s))
    assert later.found is (True if length_s > 4 else later.found)


def test_all_chips_of_a_mark_without_payload_are_pilot() -> None:
    keyed = expand(PUBLIC_KEY)
    ones = np.ones(LAYOUT.payload_chips, np.float32)
    assert (keyed.pattern(ones)[keyed.pilot() != 0] == keyed.pilot()[keyed.pilot() != 0]).all()


@pytest.mark.parametrize("seed", range(3))
def test_unrelated_keys_keep_to_the_bound_at_the_beginning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    circle = rng.normal(0, 1, (LAYOUT.bands, 4 * LAYOUT.cells)).astype(np.float32)
    keys = [expand(b"unrelated key %06d" % number) for number in range(200)]
    # Two tests of each place: the pilot, and all chips.
    chances = np.array([2 * origin_hit(circle, key).p for key in keys])
    assert (chances < 0.1).sum() <= 20 + 3 * np.sqrt(20)
    assert chances.min() > 1e-5


@pytest.mark.parametrize("maker", ["speech", "music", "rain", "tone", "morse", "bell"])
def test_nothing_is_found_in_short_sounds_without_a_mark(maker: str) -> None:
    for length_s in (0.3, 0.7, 1.5, 5.0):
        audio = clip(maker, length_s)
        assert detect(audio).found is not True
        assert detect(embed(audio, b"", KEY)).found is not True


@pytest.mark.parametrize(
    ("maker", "length_s", "told"),
    [
        ("speech", 6.0, {"found"}),
        ("tone", 2.0, {"found"}),
        ("morse", 2.0, {"found"}),
        ("music", 0.5, {"found"}),
        ("rain", 0.3, {"faint", "not found"}),
        ("speech", 0.1, {"not found"}),
        ("rain", 0.05, {"not found"}),
    ],
)
def test_the_outlook_tells_what_the_detector_will(
    maker: str, length_s: float, told: set[str]
) -> None:
    audio = clip(maker, length_s)
    marked = embed(audio, PAYLOAD if has_room([audio], length_s) else b"", KEY)
    outcome = outlook([marked], KEY)
    assert outcome in told
    assert (detect(marked, [KEY]).found is True) is (outcome != "not found")
    assert outlook([audio], KEY) == "not found"


def test_silence_and_nothing_have_no_outlook() -> None:
    assert outlook([Audio.silence(5, RATE)], KEY) == "not found"
    assert outlook([], KEY) == "not found"


@pytest.mark.parametrize(
    ("length_s", "sounding_s", "room"),
    [(4.0, 4.0, False), (4.1, 4.1, True), (10.0, 0.5, False), (10.0, 2.0, True), (90.0, 0.5, True)],
)
def test_a_sound_has_room_for_a_payload_if_enough_of_it_sounds(
    length_s: float, sounding_s: float, room: bool
) -> None:
    samples = np.zeros((1, round(length_s * 8_000)), np.float32)
    samples[:, 4_000 : 4_000 + round(sounding_s * 8_000)] = 0.1
    audio = Audio(samples, 8_000)
    blocks = [audio.slice(at, at + 5_000) for at in range(0, audio.frames, 5_000)]
    assert has_room(blocks, length_s) is room
