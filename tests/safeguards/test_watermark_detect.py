from __future__ import annotations

from typing import TYPE_CHECKING

import attacks
import numpy as np
import pytest
import sounds

from menura.audio import Audio
from menura.errors import InvalidAudio, InvalidInput
from menura.safeguards.watermark import PUBLIC_KEY, detect, embed

if TYPE_CHECKING:
    from collections.abc import Callable

PAYLOAD = bytes.fromhex("00a1b2c3d4ff")
KEY = b"a deployment's own key, 32 bytes"


@pytest.fixture(scope="module")
def speech() -> Audio:
    mono = sounds.speech(12, seed=0)
    return Audio(np.concatenate([mono.samples, 0.5 * mono.samples]), mono.rate)


@pytest.fixture(scope="module")
def marked(speech: Audio) -> Audio:
    return embed(speech, PAYLOAD)


@pytest.fixture(scope="module")
def marked_music() -> Audio:
    return embed(sounds.music(12, seed=0), PAYLOAD, profile="music")


@pytest.fixture(scope="module")
def marked_rain() -> Audio:
    return embed(sounds.rain(24, seed=0), PAYLOAD, profile="music")


# attack, speed, shift in octaves, whether the payload has to come through as well
ATTACKS: dict[str, tuple[Callable[[Audio], Audio], float, float, bool]] = {
    "clean": (lambda audio: audio, 1, 0, True),
    "mp3 128k": (lambda audio: attacks.mp3(audio, 128), 1, 0, True),
    "mp3 64k": (lambda audio: attacks.mp3(audio, 64), 1, 0, True),
    "mp3 32k": (lambda audio: attacks.mp3(audio, 32), 1, 0, False),
    "opus 24k": (lambda audio: attacks.opus(audio, 24), 1, 0, False),
    "gain": (lambda audio: audio.scaled(-20), 1, 0, True),
    "polarity": (lambda audio: Audio(-audio.samples, audio.rate), 1, 0, True),
    "high-pass": (lambda audio: attacks.high_passed(audio, 1500), 1, 0, True),
    "low-pass": (lambda audio: attacks.low_passed(audio, 1000), 1, 0, False),
    "mono sum": (lambda audio: audio.mono(), 1, 0, True),
    "one channel": (lambda audio: Audio(audio.samples[-1:], audio.rate), 1, 0, True),
    "8 kHz": (lambda audio: attacks.resampled(audio, 8_000), 1, 0, False),
    "crop 3 s": (lambda audio: attacks.cropped(audio, 2.345, 3), 1, 0, False),
    "speed 0.9": (lambda audio: attacks.sped(audio, 0.9), 0.9, np.log2(0.9), True),
    "speed 1.1": (lambda audio: attacks.sped(audio, 1.1), 1.1, np.log2(1.1), True),
    "pitch +50": (lambda audio: attacks.pitched(audio, 50), 1, 1 / 24, False),
    "pitch -50": (lambda audio: attacks.pitched(audio, -50), 1, -1 / 24, False),
}


@pytest.mark.parametrize("sound", ["marked", "marked_music", "marked_rain"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_mark_survives(sound: str, attack: str, request: pytest.FixtureRequest) -> None:
    change, speed, shift_octaves, payload = ATTACKS[attack]
    audio = change(request.getfixturevalue(sound))
    answer = detect(audio)
    assert answer.found is True
    assert answer.key_index == 0
    assert answer.p is not None
    assert answer.p < 1e-6
    assert answer.speed == pytest.approx(speed, rel=0.007)
    assert answer.shift_octaves == pytest.approx(shift_octaves, abs=0.03)
    assert answer.payload in ((PAYLOAD,) if payload else (PAYLOAD, None))
    assert sum(stop_s - start_s for start_s, stop_s in answer.spans) > 0.7 * audio.duration_s


@pytest.mark.parametrize("maker", ["speech", "music", "rain"])
@pytest.mark.parametrize("key", [None, KEY])
def test_nothing_is_found_where_nothing_is(maker: str, key: bytes | None) -> None:
    for seed in range(2):
        audio = getattr(sounds, maker)(8, seed=100 + seed)
        if key is not None:
            audio = embed(audio, PAYLOAD, key)
        answer = detect(audio)
        assert answer.found is False
        assert answer.payload is None
        assert answer.spans == ()
        assert answer.p is not None
        assert answer.p > 1e-3


def test_the_key_says_who_may_find_it(speech: Audio) -> None:
    marked = embed(speech, PAYLOAD, KEY)
    answer = detect(marked, [PUBLIC_KEY, KEY])
    assert (answer.found, answer.key_index, answer.payload) == (True, 1, PAYLOAD)
    assert detect(marked).found is False


def test_two_marks_over_each_other_are_both_there(speech: Audio) -> None:
    twice = embed(embed(speech, PAYLOAD), b"second", KEY)
    assert detect(twice, [PUBLIC_KEY]).payload == PAYLOAD
    assert detect(twice, [KEY]).payload == b"second"


def test_a_splice_is_found_where_it_is() -> None:
    rate = 22_050
    clip = embed(sounds.speech(9, rate, seed=1), PAYLOAD).samples
    pieces = [sounds.rain(60, rate, seed=2).samples, clip, sounds.speech(51, rate, 3).samples]
    answer = detect(Audio(np.concatenate(pieces, axis=1), rate))
    assert answer.found is True
    assert answer.payload == PAYLOAD
    ((start_s, stop_s),) = answer.spans
    assert start_s == pytest.approx(60, abs=1.2)
    assert stop_s == pytest.approx(69, abs=1.2)


def test_of_two_payloads_the_stronger_is_reported() -> None:
    rate = 22_050
    long, short = sounds.speech(24, rate, seed=1), sounds.speech(12, rate, seed=2)
    both = [embed(short, b"second").samples, embed(long, PAYLOAD).samples]
    assert detect(Audio(np.concatenate(both, axis=1), rate)).payload == PAYLOAD


def test_blocks_are_heard_as_one_sound(marked: Audio) -> None:
    blocks = (marked.slice(at, at + 5_000) for at in range(0, marked.frames, 5_000))
    whole, cut = detect(marked), detect(blocks)
    assert cut.payload == whole.payload == PAYLOAD
    assert cut.spans == whole.spans
    assert np.log10(cut.p or 1) == pytest.approx(np.log10(whole.p or 1), abs=1)


def test_weak_evidence_adds_up_over_time() -> None:
    rate = 22_050
    noisy = attacks.noisy(embed(sounds.speech(60, rate, seed=7), PAYLOAD), 4)
    assert detect(noisy.slice(0, 8 * rate)).found is not True
    assert detect(noisy).found is True


@pytest.mark.parametrize(
    ("duration_s", "found"), [(0.0, None), (0.01, None), (0.5, None), (2.0, None), (8.0, False)]
)
def test_too_short_is_not_the_same_as_unmarked(duration_s: float, found: bool | None) -> None:
    audio = sounds.speech(10, seed=9)
    assert detect(audio.slice(0, round(duration_s * audio.rate))).found is found


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_too_quiet_is_not_the_same_as_unmarked(level: float) -> None:
    noise = np.random.default_rng(0).normal(0, level, (1, 160_000)).astype(np.float32)
    answer = detect(Audio(noise, 16_000))
    assert answer.found is None
    assert answer.p is None


def test_less_than_a_period_carries_no_payload(marked: Audio) -> None:
    answer = detect(attacks.cropped(marked, 1, 3.9))
    assert answer.found is True
    assert answer.payload is None


@pytest.mark.parametrize("length_s", [0.7, 1.0, 1.5, 2.2])
def test_short_pieces_are_found_or_left_open(marked: Audio, length_s: float) -> None:
    pieces = [attacks.cropped(marked, start_s, length_s) for start_s in (0.5, 3.2, 6.1, 8.8)]
    answers = [detect(piece) for piece in pieces]
    assert False not in [answer.found for answer in answers]
    assert sum((answer.p or 1) < 1e-3 for answer in answers) >= (2 if length_s < 1 else 3)
    assert all(0 <= stop_s <= length_s for answer in answers for _, stop_s in answer.spans)


def test_a_thorough_search_finds_any_speed_with_any_pitch(marked_music: Audio) -> None:
    changed = attacks.sped(attacks.stretched(marked_music, 0.85), 0.92)
    assert detect(changed).found is False
    answer = detect(changed, thorough=True)
    assert answer.found is True
    assert answer.speed == pytest.approx(0.92 / 0.85, rel=0.007)
    assert answer.shift_octaves == pytest.approx(np.log2(0.92), abs=0.03)


@pytest.mark.parametrize(
    ("noise_db", "found", "lowest_p", "highest_p"),
    [(9, True, 0, 1e-6), (4.5, None, 1e-6, 1e-3), (-20, False, 1e-3, 1.01)],
)
def test_between_found_and_not_found_nothing_is_said(
    noise_db: float, found: bool | None, lowest_p: float, highest_p: float
) -> None:
    answer = detect(attacks.noisy(embed(sounds.speech(10, seed=0), PAYLOAD), noise_db))
    assert answer.found is found
    assert answer.p is not None
    assert lowest_p <= answer.p < highest_p


@pytest.mark.parametrize(
    ("blocks", "keys", "error"),
    [
        ([], [], InvalidInput),
        ([], [b"short"], InvalidInput),
        ([Audio.silence(1, 8_000), Audio.silence(1, 16_000)], [KEY], InvalidAudio),
        ([Audio.silence(1, 8_000), Audio.silence(1, 8_000, 2)], [KEY], InvalidAudio),
        ([Audio(np.full((1, 9), np.nan, np.float32), 8_000)], [KEY], InvalidAudio),
    ],
)
def test_what_cannot_be_searched_is_refused(
    blocks: list[Audio], keys: list[bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        detect(blocks, keys)


def test_no_sound_at_all_tells_nothing() -> None:
    assert detect([]).found is None
