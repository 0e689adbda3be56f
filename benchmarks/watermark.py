"""What the watermark survives, what it costs and how often it is wrong, as one JSON object.

Run `python benchmarks/watermark.py [--quick]`. Sounds are made from nothing (see
`tests/safeguards/sounds.py`) or spoken by the built-in voices; attacks are in
`tests/safeguards/attacks.py`. Speeds are given in multiples of real time on one core beside one
soxr resampling of the same sound in the same run.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # noqa: TID251 - before NumPy loads: one core

import numpy as np

from menura.audio import Audio
from menura.audio.resample import resample
from menura.espeak import Pool, Utterance
from menura.safeguards.watermark import PUBLIC_KEY, Profile, detect, embed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "safeguards"))
attacks: Any = importlib.import_module("attacks")
sounds: Any = importlib.import_module("sounds")

PAYLOAD = bytes.fromhex("0123456789ab")
OTHER_KEY = b"a key that nobody looks for, 32 B"
VOICES = (
    ("en-us", "f2"),
    ("en-gb", "m3"),
    ("de", "f5"),
    ("fr-fr", "m7"),
    ("es", "f3"),
    ("ru", "m1"),
)
SAID = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20."


def voice(length_s: float, *, seed: int = 0) -> Audio:
    """Returns what the built-in voices say, counting in six languages, mono at 22,050 Hz."""
    language, variant = VOICES[seed % len(VOICES)]
    utterance = Utterance(text=SAID, language=language, variant=variant, rate_wpm=150 + seed % 40)
    with Pool(1) as pool:
        spoken = pool.speak(utterance)
    frames = round(length_s * spoken.rate)
    samples = np.resize(spoken.samples, seed % 7 * spoken.rate // 3 + frames)[-frames:]
    return Audio(0.9 * samples[np.newaxis], spoken.rate)


KINDS: dict[str, tuple[Callable[..., Audio], Profile]] = {
    "voice": (voice, "speech"),
    "speech": (sounds.speech, "speech"),
    "music": (sounds.music, "music"),
    "rain": (sounds.rain, "music"),
}
ATTACKS: dict[str, Callable[[Audio], Audio]] = {
    "clean": lambda audio: audio,
    "mp3 128k": lambda audio: attacks.mp3(audio, 128),
    "mp3 64k": lambda audio: attacks.mp3(audio, 64),
    "mp3 32k": lambda audio: attacks.mp3(audio, 32),
    "opus 24k": lambda audio: attacks.opus(audio, 24),
    "gain -20 dB": lambda audio: audio.scaled(-20),
    "polarity": lambda audio: Audio(-audio.samples, audio.rate),
    "high-pass 1.5 kHz": lambda audio: attacks.high_passed(audio, 1500),
    "low-pass 1 kHz": lambda audio: attacks.low_passed(audio, 1000),
    "mono sum": lambda audio: audio.mono(),
    "one channel": lambda audio: Audio(audio.samples[:1], audio.rate),
    "resample 8 kHz": lambda audio: attacks.resampled(audio, 8000),
    "crop 3 s": lambda audio: attacks.cropped(audio, 2.3, 3),
    "crop 5 s": lambda audio: attacks.cropped(audio, 2.3, 5),
    "speed 0.8": lambda audio: attacks.sped(audio, 0.8),
    "speed 0.9": lambda audio: attacks.sped(audio, 0.9),
    "speed 1.1": lambda audio: attacks.sped(audio, 1.1),
    "speed 1.25": lambda audio: attacks.sped(audio, 1.25),
    "pitch +50 cents": lambda audio: attacks.pitched(audio, 50),
    "pitch -50 cents": lambda audio: attacks.pitched(audio, -50),
    "pitch +100 cents": lambda audio: attacks.pitched(audio, 100),
    "stretch 0.8": lambda audio: attacks.stretched(audio, 0.8),
    "stretch 1.25": lambda audio: attacks.stretched(audio, 1.25),
    "white noise 20 dB": lambda audio: attacks.noisy(audio, 20),
    "white noise 10 dB": lambda audio: attacks.noisy(audio, 10),
    "white noise 0 dB": lambda audio: attacks.noisy(audio, 0),
}


def main() -> None:
    """Prints the results."""
    quick = "--quick" in sys.argv[1:]
    result = {
        "robustness": {
            f"{length_s} s": _robustness(length_s, 2 if quick else 6)
            for length_s in ((10,) if quick else (10, 20))
        },
        "false_alarms": _false_alarms(40 if quick else 520),
        "speed": _speeds(),
    }
    json.dump(result, sys.stdout, indent=1)
    print()


def _robustness(length_s: float, count: int) -> dict[str, Any]:
    """Found and payload counts per attack, and the SNR, for each kind of sound, in stereo."""
    table: dict[str, Any] = {}
    for kind, (maker, profile) in KINDS.items():
        snr_db, marked = [], []
        for seed in range(count):
            mono = maker(length_s, seed=seed)
            stereo = Audio(np.concatenate([mono.samples, 0.6 * mono.samples]), mono.rate)
            marked.append(embed(stereo, PAYLOAD, profile=profile))
            difference = marked[-1].samples - stereo.samples
            ratio = np.square(stereo.samples).sum() / np.square(difference).sum()
            snr_db.append(round(10 * float(np.log10(ratio)), 2))
        rows = {}
        for name, attack in ATTACKS.items():
            answers = [detect(attack(audio)) for audio in marked]
            rows[name] = {
                "found": sum(answer.found is True for answer in answers) / count,
                "payload": sum(answer.payload == PAYLOAD for answer in answers) / count,
                "median_log10_p": round(
                    float(np.median([np.log10(max(answer.p or 1, 1e-99)) for answer in answers])), 1
                ),
            }
        table[kind] = {"clips": count, "min_snr_db": min(snr_db), "attacks": rows}
    return table


def _unmarked(count: int) -> Iterator[tuple[str, Audio]]:
    """Sounds without a mark of the public key; every fourth has that of another key."""
    makers = list(KINDS.values())
    for seed in range(count):
        maker, profile = makers[seed % len(makers)]
        audio = maker((3.0, 6.0, 10.0, 24.0)[seed // 4 % 4], seed=10_000 + seed)
        if seed % 4 == 3:
            yield "another key", embed(audio, PAYLOAD, OTHER_KEY, profile=profile)
        else:
            yield "unmarked", audio


def _false_alarms(count: int) -> dict[str, Any]:
    """How often p falls below a level where there is no mark: at most that share should."""
    chances: dict[str, list[float]] = {"unmarked": [], "another key": []}
    wrong = 0
    for kind, audio in _unmarked(count):
        answer = detect(audio, [PUBLIC_KEY])
        wrong += answer.found is True
        chances[kind].append(1.0 if answer.p is None else answer.p)
    return {
        "clips": count,
        "found": wrong,
        **{
            kind: {
                "clips": len(values),
                "lowest_p": min(values, default=1.0),
                **{f"p < {level:g}": sum(p < level for p in values) for level in (0.1, 0.01, 1e-3)},
            }
            for kind, values in chances.items()
        },
    }


def _speeds() -> dict[str, Any]:
    """Multiples of real time on 60 s of sound, the best of three."""
    speeds: dict[str, Any] = {}
    for rate in (22_050, 44_100):
        audio = sounds.speech(60.0, rate, seed=1)
        marked = embed(audio, PAYLOAD)
        work: dict[str, Callable[[], object]] = {
            "embed": lambda audio=audio: embed(audio, PAYLOAD),  # type: ignore[misc]
            "detect marked": lambda marked=marked: detect(marked),  # type: ignore[misc]
            "detect unmarked": lambda audio=audio: detect(audio),  # type: ignore[misc]
            "soxr resample": lambda audio=audio: resample(audio, 16_000),  # type: ignore[misc]
        }
        if rate == 22_050:
            work["detect unmarked, thorough"] = lambda audio=audio: detect(audio, thorough=True)  # type: ignore[misc]
        speeds[f"{rate} Hz"] = {name: round(60 / _fastest(task), 1) for name, task in work.items()}
    return speeds


def _fastest(task: Callable[[], object]) -> float:
    times_s = []
    for _ in range(3):
        start_s = time.perf_counter()
        task()
        times_s.append(time.perf_counter() - start_s)
    return min(times_s)


if __name__ == "__main__":
    main()
