"""Measures long speech: speed, latency, cores, memory and joints. Prints one JSON object.

    .venv/bin/python benchmarks/speech.py [--minutes 60] [--words 50000]

Speed is seconds of sound per second of work, on one core (the process and its workers share it) and
on two; the ratio of both is the gain. Memory is the growth of this process and its workers together
while an hour is streamed, and while a book streams to MP3. As a limit of what a joint may change,
the same is measured between words that were said at once.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import menura
from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.settings import Settings
from menura.studio import Studio
from menura.text.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMITS = {
    "one_core_x_real_time": (">=", 15.0),
    "gain_of_two_cores": (">=", 1.7),
    "first_block_ms": ("<=", 150.0),
    "hour_growth_mb": ("<=", 50.0),
    "joint_level_db": ("<=", 0.5),
    "joint_click": ("<=", 1.0),
    "joint_pitch_semitones": ("<=", 1.0),
}
STORY = (
    "The sun rose over the hills, and the birds began to sing, each in a voice of its own. "
    "Nobody in the village had slept well. What would the day bring? At 9:30, Dr. Miller walked "
    "up the road with $12.50 in his pocket and three letters for the mayor. "
)


def story(words: int) -> str:
    """Returns a text of about so many words, in paragraphs."""
    count = len(STORY.split())
    lines = [f"Paragraph {i}. {STORY}" for i in range(max(1, words // count))]
    return "\n\n".join(lines)


def resident_mb() -> float:
    """Returns the memory of this process and its children that is not shared, MB."""
    pids = [os.getpid()]
    for pid in pids:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        if children.exists():
            pids += [int(child) for child in children.read_text().split()]
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return total / 1024


def speeds() -> dict[str, float]:
    """Measures one core against two, and how long the first block takes in a warm process."""
    figures: dict[str, float] = {}
    mask = os.sched_getaffinity(0)
    text = story(1000)
    seconds: dict[int, float] = {}
    for count in (1, 2):
        os.sched_setaffinity(0, sorted(mask)[:count])
        with tempfile.TemporaryDirectory() as home:
            settings = Settings(home=Path(home), workers=count)
            with Studio(settings) as studio:
                for _ in studio.stream(menura.Speech("Warm up, please.", seed=1)):
                    pass
                best, first = np.inf, np.inf
                for seed in range(3):
                    started = time.perf_counter()
                    stream = studio.stream(menura.Speech(text, seed=seed))
                    frames = next(stream).frames
                    first = min(first, time.perf_counter() - started)
                    frames += sum(block.frames for block in stream)
                    best = min(best, (time.perf_counter() - started) * stream.rate / frames)
        seconds[count] = float(best)
        if count == 2:
            figures["first_block_ms"] = 1000 * float(first)
    os.sched_setaffinity(0, mask)
    figures["one_core_x_real_time"] = 1 / seconds[1]
    figures["two_cores_x_real_time"] = 1 / seconds[2]
    figures["gain_of_two_cores"] = seconds[1] / seconds[2]
    return figures


def growth(words: int, minutes: float) -> dict[str, float]:
    """Measures the memory that a long stream to MP3 takes on top of its first minute."""
    with tempfile.TemporaryDirectory() as home, Studio(Settings(home=Path(home))) as studio:
        stream = studio.stream(menura.Speech(story(words), seed=1))
        encoding = encoder(Format.parse("mp3"), stream.rate, stream.channels, stream.origin.tags())
        frames, written, start_mb, most_mb = 0, 0, 0.0, 0.0
        started = time.perf_counter()
        mark = 60 * stream.rate
        for block in stream:
            written += len(encoding.encode(block))
            frames += block.frames
            if frames > mark:
                now_mb = resident_mb()
                start_mb = start_mb or now_mb
                most_mb = max(most_mb, now_mb)
                mark += 60 * stream.rate
            if frames > minutes * 60 * stream.rate:
                break
        taken = time.perf_counter() - started
        stream.close()
        length_s = frames / stream.rate
    return {
        "minutes": length_s / 60,
        "words": float(words),
        "growth_mb": most_mb - start_mb,
        "mp3_mb": written / 2**20,
        "x_real_time": length_s / taken,
    }


def joints() -> dict[str, float]:
    """Measures what changes where one utterance ends and the next begins, in mid-phrase.

    A run of words without a sign is cut after some 400 characters, where one draws breath.
    Level and pitch across the cut are set against those across a written comma inside an utterance;
    a click is the largest step between samples within 20 ms of a cut, against the largest anywhere.
    """
    phrase = "morning mellow lemon valley window yellow "
    run = (phrase * 40).strip()
    marked = ", ".join([(phrase * 2).strip()] * 20)
    with tempfile.TemporaryDirectory() as home, Studio(Settings(home=Path(home))) as studio:
        cut = studio.render(menura.Speech(run, seed=1, stability=1.0, breaths=0.0))
        comma = studio.render(menura.Speech(marked, seed=1, stability=1.0, breaths=0.0))
    places = [i for i, w in enumerate(cut.captions[1:]) if w.start_char in _starts(run)]
    commas = [
        i
        for i, w in enumerate(comma.captions[1:])
        if comma.captions[i].text.endswith(",") and w.start_char not in _starts(marked)
    ]
    level_db, pitch = _steps(cut, places)
    usual_db, usual = _steps(comma, commas)
    sound, rate = cut.audio.samples[0], cut.audio.rate
    steps = np.abs(np.diff(sound))
    near = [
        steps[round((cut.captions[i].end_s - 0.02) * rate) :][: round(0.25 * rate)].max()
        for i in places
    ]
    return {
        "cuts": float(len(places)),
        "joint_level_db": abs(level_db - usual_db),
        "joint_pitch_semitones": abs(pitch - usual),
        "comma_pitch_semitones": abs(usual),
        "joint_click": float(max(near) / steps.max()),
    }


def _starts(text: str) -> set[int]:
    return {chunk.start_char for chunk in chunks(text)}


def _steps(take: menura.Take, places: list[int]) -> tuple[float, float]:
    """Returns the mean change of level (dB) and pitch (semitones) behind some words.

    Words differ by themselves: each is taken against the others in its place of the phrase.
    """
    sound, rate = take.audio.samples[0], take.audio.rate
    spans = [(word.start_s, word.end_s) for word in take.captions]
    level_db = np.array([_level_db(sound, rate, *span) for span in spans])
    pitch = np.array([_pitch(sound, rate, *span) for span in spans])
    position = np.arange(len(spans)) % 6
    level_db -= np.array([np.median(level_db[position == k]) for k in range(6)])[position]
    pitch -= np.array([np.nanmedian(pitch[position == k]) for k in range(6)])[position]
    return float(np.mean(np.diff(level_db)[places])), float(np.nanmean(np.diff(pitch)[places]))


def _level_db(sound: Any, rate: int, start_s: float, stop_s: float) -> float:
    piece = sound[round(start_s * rate) : round(stop_s * rate)].astype(np.float64)
    return 10 * float(np.log10(np.mean(piece**2) + 1e-12))


def _pitch(sound: Any, rate: int, start_s: float, stop_s: float) -> float:
    from menura.dsp.vocoder.pitch import track_pitch

    hz = track_pitch(sound[round(start_s * rate) : round(stop_s * rate)], rate)
    return 12 * float(np.log2(np.median(hz[hz > 0]))) if (hz > 0).any() else float("nan")


def missed(figures: dict[str, float]) -> Iterable[str]:
    """Yields the names of figures beyond their limit."""
    for name, (sign, limit) in LIMITS.items():
        if name in figures and (figures[name] < limit if sign == ">=" else figures[name] > limit):
            yield name


def main() -> None:
    """Runs every measurement and prints the figures, their limits, and which were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--words", type=int, default=50_000)
    options = parser.parse_args()
    figures = speeds() | joints()
    hour = growth(round(options.minutes * 220), options.minutes)
    figures["hour_growth_mb"] = hour["growth_mb"]
    book = growth(options.words, 1e9)
    load = round(os.getloadavg()[0], 2)
    report = {
        "load": load,
        "figures": {name: float(f"{value:.3g}") for name, value in figures.items()},
        "hour": {name: float(f"{value:.3g}") for name, value in hour.items()},
        "book": {name: float(f"{value:.3g}") for name, value in book.items()},
        "limits": {name: f"{sign} {limit:g}" for name, (sign, limit) in LIMITS.items()},
        "missed": list(missed(figures)),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
