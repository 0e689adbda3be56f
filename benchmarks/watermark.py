"""What the watermark survives, what it costs and how often it is wrong, as one JSON object.

Run `python benchmarks/watermark.py [--quick]`. Sounds are made from nothing (see
`tests/safeguards/sounds.py`) or spoken by the built-in voices; attacks are in
`tests/safeguards/attacks.py`. Speeds are given in multiples of real time on one core beside one
soxr resampling of the same sound in the same run.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # noqa: TID251 - before NumPy loads: one core

import numpy as np

from menura.audio import Audio
from menura.audio.resample import resample
from menura.safeguards.watermark import PUBLIC_KEY, Profile, detect, embed
from menura.settings import Settings
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "safeguards"))
attacks: Any = importlib.import_module("attacks")
sounds: Any = importlib.import_module("sounds")

PAYLOAD = bytes.fromhex("0123456789ab")
OTHER_KEY = b"a key that nobody looks for, 32 B"


@cache
def studio() -> Studio:
    """Returns a studio of its own that leaves the mark out."""
    home = tempfile.TemporaryDirectory()
    atexit.register(home.cleanup)
    opened = Studio(Settings(home=Path(home.name), marking=False, workers=1))
    atexit.register(opened.close)
    return opened


@cache
def _said(voice: str, text: int) -> Audio:
    said: Audio = sounds.spoken(studio(), voice, text)
    return said


def voice(length_s: float, *, seed: int = 0) -> Audio:
    """Returns finished takes of the built-in voices, a text each 10 s, mono at 22,050 Hz.

    The first 18 seeds are every voice with every text; later ones begin elsewhere in it.
    """
    name = sounds.VOICES[seed % len(sounds.VOICES)]
    first = seed // len(sounds.VOICES)
    if length_s in (10, 20) and seed < 18:
        texts = [(first + k) % len(sounds.TEXTS) for k in range(round(length_s / 10))]
        samples = np.concatenate([_said(name, text).samples for text in texts], axis=1)
        return Audio(samples, _said(name, 0).rate)
    samples = np.concatenate([_said(name, k).samples for k in range(len(sounds.TEXTS))], axis=1)
    rate = _said(name, 0).rate
    start = seed * 7919 % (samples.shape[1] - round(length_s * rate))
    return Audio(samples[:, start : start + round(length_s * rate)], rate)


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
    "crop 3 s, early": lambda audio: attacks.cropped(audio, 0.6, 3),
    "crop 3 s": lambda audio: attacks.cropped(audio, 3.1, 3),
    "crop 3 s, late": lambda audio: attacks.cropped(audio, 6.2, 3),
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
            f"{length_s} s": _robustness(length_s, quick=quick)
            for length_s in ((10,) if quick else (10, 20))
        },
        "false_alarms": _false_alarms(40 if quick else 520),
        "speed": _speeds(),
    }
    json.dump(result, sys.stdout, indent=1)
    print()


def _robustness(length_s: float, *, quick: bool) -> dict[str, Any]:
    """Found and payload counts per attack, and the SNR, for each kind of sound, in stereo."""
    table: dict[str, Any] = {}
    for kind, (maker, profile) in KINDS.items():
        count = 2 if quick else 18 if kind == "voice" else 6
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
            chances = [1.0 if answer.p is None else answer.p for answer in answers]
            rows[name] = {
                "found": sum(answer.found is True for answer in answers) / count,
                "payload": sum(answer.payload == PAYLOAD for answer in answers) / count,
                "median_log10_p": round(float(np.median(np.log10(chances))), 1),
                "worst_log10_p": round(float(np.log10(max(chances))), 1),
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
                **{f"p < {level:g}": sum(p < level for p in values) for level in (0.1, 1e-3, 1e-6)},
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
