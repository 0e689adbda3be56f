"""Holds music against what was asked of it, over prompts drawn by seed; prints one JSON object.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/music.py [--count 200] [--seconds 480]
    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/music.py --memory [--minutes 10]
    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/music.py --speed

Every piece is composed and its MIDI file parsed back: tempo, meter, key, length, and the rules of
melody. Then as many as fit into `--seconds` are rendered at 20 s and measured. Tempo and key are
heard by librosa where it is installed (`pip install librosa`), an estimator that nobody here tuned:
its beat tracker, and its chroma against the profiles of Krumhansl and Kessler (1982); else by
`menura.metrics`. At last, the rules of part-writing over a hundred chorales.

With `--memory` one piece of eight parts is rendered with its stems, and saved with them, while the
memory of this process and its workers together is watched: what is resident, and what no other
process shares. With `--speed` 60 s of the same are rendered with and without stems, on one core
(the process and its worker share it) and on two.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import itertools
import json
import math
import os
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.genres import genre_names, read_genre
from menura.engines.music.arranger.players import find_player
from menura.engines.music.arranger.writing import rules
from menura.engines.music.chords import SILENCE, Chord
from menura.engines.music.midi import to_midi
from menura.engines.music.midi.writing import signature
from menura.metrics import estimate_key, estimate_tempo
from menura.metrics.windows import RATE, mono
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Music
from menura.text.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from menura.audio import Audio
    from menura.engines.music.arranger.arranging import Arranged
    from menura.engines.music.score import Note

LIMITS = {
    "midi_tempo_exact": 1.0,
    "midi_meter_exact": 1.0,
    "midi_key_exact": 1.0,
    "duration_exact": 1.0,
    "heard_tempo": 0.90,
    "heard_key": 0.85,
    "loudness_within_half_lu": 1.0,
    "no_clipped_sample": 1.0,
    "strong_beats_borne": 0.85,
    "leaps_recovered": 0.85,
    "sections_with_the_motif": 1.0,
    "chorales_without_parallels": 1.0,
    "chorales_in_range": 1.0,
    "chorales_close_on_the_tonic": 1.0,
    "leading_tones_resolved": 1.0,
}
"""Least share of the pieces."""
MEMORY_LIMITS = {
    "making_resident_mb": ("<=", 700.0),
    "making_own_mb": ("<=", 700.0),
    "saving_resident_mb": ("<=", 700.0),
    "saving_own_mb": ("<=", 700.0),
}
SPEED_LIMITS = {"with_stems_1_cores_x_real_time": (">=", 20.0)}
EIGHT_PARTS = (
    "Progressive house at 128 BPM: kick on every beat, synth arpeggios, a breakdown full of "
    "euphoria, then a drop with wide pads"
)
TARGET_LUFS = -14.0
AUDIO_S = 20.0
TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
METERS = ("4/4", "3/4", "6/8", "12/8", "5/4", "7/8", "2/4")
MOODS = ("calm", "happy", "sad", "dark", "dreamy", "energetic", "epic", "warm", "tense", "hopeful")
FREE = frozenset({"ambient", "indian", "arabic", "horror", "cinematic", "lullaby", "solo piano"})
"""Genres whose beat is not struck: no tempo is to be heard in them."""
TRADITIONS = frozenset({"indian", "arabic"})
"""Genres whose scales are neither major nor minor."""
WORDINGS = (
    "{mood} {genre} in {key}, {bpm} BPM, {meter}",
    "{genre} at {bpm} bpm in {meter}, key of {key}",
    "a {mood} piece of {genre}, {meter}, {key}, tempo {bpm}",
)
VOICES = ("violin 1", "violin 2", "viola", "cello")
CHORALES = 100
# Krumhansl and Kessler's probe-tone ratings, 1982.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
LIBROSA = importlib.util.find_spec("librosa") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a prompt asks: a genre, beats per minute, a key, a meter, seconds."""

    prompt: str
    genre: str
    bpm: int
    key: Key
    meter: tuple[int, int]
    duration_s: float
    seed: int

    @classmethod
    def draw(cls, seed: int) -> Wish:
        """Returns the wish of a seed; the genres take turns."""
        rng = np.random.default_rng([seed, 41])
        names = genre_names()
        genre = read_genre(names[seed % len(names)])
        low, high, _ = genre.tempo
        meter = "/".join(map(str, genre.meter))
        if rng.random() < 0.2 and genre.name != "waltz":
            meter = str(rng.choice(METERS))
        mode = str(rng.choice(["major", "minor"]))
        if genre.name in TRADITIONS:
            mode = str(rng.choice(list(genre.modes)))
        key = Key(str(rng.choice(TONICS)), mode)
        bpm = int(rng.integers(math.ceil(low), math.floor(high) + 1))
        wording = WORDINGS[int(rng.integers(len(WORDINGS)))]
        mood = str(rng.choice(MOODS))
        return cls(
            prompt=wording.format(mood=mood, genre=genre.name, key=key, bpm=bpm, meter=meter),
            genre=genre.name,
            bpm=bpm,
            key=key,
            meter=(int(meter.split("/")[0]), int(meter.split("/")[1])),
            duration_s=round(float(rng.uniform(10, 240)), 3),
            seed=seed,
        )

    @property
    def quarter_bpm(self) -> float:
        """Quarter notes per minute."""
        return self.bpm * 1.5 if self.meter[1] == 8 and self.meter[0] % 3 == 0 else self.bpm

    def task(self, duration_s: float) -> Music:
        """Returns the task: all but the length is in the prompt."""
        return Music(self.prompt, duration_s=duration_s, seed=self.seed)


class Tally:
    """Shares of pieces that pass, and those that do not."""

    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {}
        self.misses: dict[str, list[str]] = {}

    def count(self, what: str, share: float, miss: str) -> None:
        """Takes note of a piece; what is below the limit is a miss."""
        self.shares.setdefault(what, []).append(float(share))
        if share < LIMITS[what]:
            self.misses.setdefault(what, []).append(miss)

    def figures(self) -> dict[str, float]:
        """Returns the mean of each figure."""
        return {name: round(float(np.mean(all_)), 4) for name, all_ in self.shares.items()}


def parse_back(piece: Arranged, wish: Wish, tally: Tally) -> None:
    """Compares the MIDI file with the wish."""
    import mido

    data = to_midi(piece.score, piece.events, piece.plan)
    first = mido.MidiFile(file=io.BytesIO(data)).tracks[0]
    found: dict[str, Any] = {}
    for message in first:
        found.setdefault(message.type, message)
    tempo, meter = found["set_tempo"].tempo, found["time_signature"]
    said = f"{wish.seed} {wish.prompt!r}"
    tally.count("midi_tempo_exact", tempo == round(6e7 / wish.quarter_bpm), f"{said}: {tempo}")
    good = (meter.numerator, meter.denominator) == wish.meter
    tally.count("midi_meter_exact", good, f"{said}: {meter.numerator}/{meter.denominator}")
    named = next(m.text for m in first if m.type == "text" and m.text.startswith("key: "))
    good = found["key_signature"].key == signature(wish.key) and named == f"key: {wish.key}"
    tally.count("midi_key_exact", good, f"{said}: {named}")


def judge_tunes(piece: Arranged, wish: Wish, tally: Tally) -> None:
    """Holds the tunes of a piece against the rules of melody."""
    plan = piece.plan
    if plan.key.mode.startswith(("maqam", "raga")):
        return
    for part in plan.parts:
        notes = rules.notes_of(piece.score, part.name) if part.role == "melody" else ()
        if len(notes) < 8:
            continue
        said = f"{wish.seed} {wish.genre} {part.name} ({part.style})"
        borne, turned = rules.share_consonant(plan, notes), rules.share_recovered(notes)
        tally.count("strong_beats_borne", borne, f"{said}: {borne:.2f}")
        tally.count("leaps_recovered", turned, f"{said}: {turned:.2f}")
        without = rules.sections_without_motif(plan, part, notes)
        playing = sum(part.name in section.parts for section in plan.sections)
        tally.count("sections_with_the_motif", 1 - len(without) / playing, f"{said}: {without}")


def judge_sound(studio: Studio, wish: Wish, tally: Tally) -> None:
    """Renders a piece and measures what is heard."""
    take = studio.render(wish.task(AUDIO_S), stems=False)
    said = f"{wish.seed} {wish.prompt!r}"
    frames = take.audio.frames
    tally.count("duration_exact", frames == round(AUDIO_S * take.audio.rate), f"{said}: {frames}")
    level = take.report.measured["loudness_lufs"]
    off = abs(level - TARGET_LUFS)
    tally.count("loudness_within_half_lu", off <= 0.5, f"{said}: {level:.2f} LUFS")
    peak = float(np.abs(take.audio.samples).max())
    tally.count("no_clipped_sample", peak < 1.0, f"{said}: {peak:.3f}")
    bpm, key = listen(take.audio)
    if wish.genre not in FREE:
        good = is_octave(bpm, wish.bpm, wish.meter)
        tally.count("heard_tempo", good, f"{said}: {bpm:.1f}")
    if wish.key.mode in {"major", "minor"}:
        good = key.split()[1:] == [wish.key.mode]
        good = good and Key.parse(key).pitch_class == wish.key.pitch_class
        tally.count("heard_key", good, f"{said}: {key}")


def listen(audio: Audio) -> tuple[float, str]:
    """Returns the tempo and key of a sound as an estimator hears them."""
    if not LIBROSA:
        tempo, heard = estimate_tempo(audio), estimate_key(audio)
        return tempo.bpm if tempo else 0.0, str(heard) if heard else "none"
    import librosa  # type: ignore[import-not-found, unused-ignore]

    samples = mono(audio)
    _, beats = librosa.beat.beat_track(y=samples, sr=RATE, units="time")
    bpm = steady_bpm(np.asarray(beats, np.float64))
    return bpm, krumhansl(librosa.feature.chroma_cqt(y=samples, sr=RATE).mean(axis=1))


def steady_bpm(beats_s: NDArray[np.float64]) -> float:
    """Returns the tempo of beats by a line through them, each at its nearest place; 0 if too few.

    The tracker's own figure comes in steps of some per cent.
    """
    if beats_s.size < 4:
        return 0.0
    steps = np.diff(beats_s)
    places = np.cumsum([0, *np.maximum(np.round(steps / np.median(steps)), 1)])
    return float(60 / np.polyfit(places, beats_s, 1)[0])


def krumhansl(chroma: NDArray[np.float32]) -> str:
    """Returns the key whose profile correlates best with a chroma."""
    fits = {
        f"{tonic} {mode}": float(np.corrcoef(np.roll(profile, i), chroma)[0, 1])
        for mode, profile in (("major", MAJOR), ("minor", MINOR))
        for i, tonic in enumerate(TONICS)
    }
    return max(fits, key=lambda name: fits[name])


def is_octave(heard: float, bpm: float, meter: tuple[int, int]) -> bool:
    """Whether a tempo is the asked one within 2 %, or its double or half.

    Where beats or their parts go in threes, a third and three times count as well.
    """
    if meter[1] == 8 and meter[0] % 3 == 0:
        factors = [0.5, 1.0, 2.0, 3.0, 1.5]
    else:
        factors = [0.5, 1.0, 2.0] + [1 / 3] * (meter[0] == 3)
    return any(abs(heard / (factor * bpm) - 1) <= 0.02 for factor in factors)


def judge_chorale(seed: int, tally: Tally) -> None:
    """Holds a piece for four voices against the rules of part-writing."""
    rng = np.random.default_rng([seed, 43])
    key = f"{rng.choice(TONICS)} {rng.choice(['major', 'minor'])}"
    meter = str(rng.choice(["3/4", "4/4"]))
    task = Music(f"chorale for string quartet in {key}, {meter}", duration_s=45, seed=seed)
    piece = arrange(task)
    lines = [rules.notes_of(piece.score, voice) for voice in VOICES]
    said = f"{seed} {task.prompt!r}"
    faults = rules.parallel_faults(piece.score, VOICES)
    tally.count("chorales_without_parallels", not faults, f"{said}: {faults}")
    ranges = [find_player(part.instrument) for part in piece.plan.parts]
    out = sum(
        not player.low <= note.pitch <= player.high
        for player, line in zip(ranges, lines, strict=True)
        for note in line
    )
    tally.count("chorales_in_range", not out, f"{said}: {out} notes")
    last = [line[-1].pitch % 12 == piece.plan.key.pitch_class for line in (lines[0], lines[-1])]
    tally.count("chorales_close_on_the_tonic", all(last), said)
    resolved = [
        good
        for at, line in enumerate(lines)
        for good in resolutions(line, piece, outer=at in {0, len(lines) - 1})
    ]
    share = float(np.mean(resolved)) if resolved else 1.0
    tally.count("leading_tones_resolved", share, f"{said}: {share:.2f}")


def resolutions(line: Iterable[Note], piece: Arranged, *, outer: bool) -> list[bool]:
    """Returns for each leading tone that goes from the dominant to the tonic whether it resolves.

    It rises; in an inner voice it may fall to the fifth: E. Aldwell, C. Schachter, "Harmony and
    Voice Leading", 2003, chapter 7.
    """
    tonic = piece.plan.key.pitch_class
    chords = sorted(piece.score.chords)
    allowed = {1.0} if outer else {1.0, -4.0}
    results = []
    for note, after in itertools.pairwise(line):
        under, coming = (
            next(root(name) for at, name in reversed(chords) if at <= beat + 1e-6)
            for beat in (note.beat, after.beat)
        )
        if note.pitch % 12 == (tonic - 1) % 12 and (under, coming) == ((tonic + 7) % 12, tonic):
            results.append(after.pitch - note.pitch in allowed)
    return results


def root(symbol: str) -> int:
    """Returns the pitch class of a chord's root, -1 for silence."""
    return -1 if symbol == SILENCE else Chord.parse(symbol).root


class Watch(threading.Thread):
    """Looks at the memory of this process and its children until it is stopped.

    Attributes:
        resident_mb: the most that was resident, all processes added up.
        own_mb: the most that no other process shares: anonymous, or private.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.resident_mb = self.own_mb = 0.0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Looks ten times a second."""
        while not self._stopped.wait(0.1):
            resident, own = self._look()
            self.resident_mb = max(self.resident_mb, resident)
            self.own_mb = max(self.own_mb, own)

    def stop(self) -> None:
        """Ends the watch."""
        self._stopped.set()
        self.join()

    @staticmethod
    def _look() -> tuple[float, float]:
        pids = [os.getpid()]
        for pid in pids:
            for thread in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    pids += [int(child) for child in thread.read_text().split()]
        kb: Counter[str] = Counter()
        for pid in pids:
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
                kb.update({line.split(":")[0]: int(line.split()[1]) for line in lines})
        shared_anonymous = max(kb["Pss_Anon"] - kb["Anonymous"], 0)
        private = kb["Private_Clean"] + kb["Private_Dirty"] + shared_anonymous
        return kb["Rss"] / 1024, max(private, kb["Pss_Anon"]) / 1024


def memory(minutes: float) -> dict[str, float]:
    """Measures the memory of a long piece with stems while it is made, and while it is saved."""
    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as home,
        Studio(Settings(home=Path(home), workers=1)) as studio,
    ):
        making = Watch()
        making.start()
        take = studio.render(Music(EIGHT_PARTS, seed=1, duration_s=60 * minutes))
        making.stop()
        saving = Watch()
        saving.start()
        folder = Path(home) / "stems"
        folder.mkdir()
        take.save(Path(home) / "mix.wav")
        take.save_stems(folder)
        saving.stop()
        figures["stems"] = len(take.stems)
        figures["minutes"] = take.audio.duration_s / 60
        for name, watch in (("making", making), ("saving", saving)):
            figures[f"{name}_resident_mb"] = round(watch.resident_mb, 1)
            figures[f"{name}_own_mb"] = round(watch.own_mb, 1)
    return figures


def speed() -> dict[str, float]:
    """Measures seconds of music per second of work; the best of three."""
    figures: dict[str, float] = {}
    mask = os.sched_getaffinity(0)
    for cores in (1, 2):
        os.sched_setaffinity(0, sorted(mask)[-cores:])
        with (
            tempfile.TemporaryDirectory() as home,
            Studio(Settings(home=Path(home), workers=cores)) as studio,
        ):
            studio.render(Music(EIGHT_PARTS, seed=2, duration_s=10))
            task = Music(EIGHT_PARTS, seed=1, duration_s=60)
            for stems in (True, False):
                best = math.inf
                for _ in range(3):
                    started = time.perf_counter()
                    studio.render(task, stems=stems)
                    best = min(best, time.perf_counter() - started)
                kind = "with_stems" if stems else "without_stems"
                figures[f"{kind}_{cores}_cores_x_real_time"] = round(60 / best, 2)
    os.sched_setaffinity(0, mask)
    return figures | {"load": round(os.getloadavg()[0], 2)}


def missed(figures: dict[str, float], limits: dict[str, tuple[str, float]]) -> list[str]:
    """Returns the names of figures beyond their limit."""
    return [
        name
        for name, (sign, limit) in limits.items()
        if (figures[name] < limit if sign == ">=" else figures[name] > limit)
    ]


def main() -> None:
    """Prints one JSON object: figures, limits, and what missed them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", action="store_true", help="of a long piece with stems, only")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long piece")
    parser.add_argument("--speed", action="store_true", help="of a piece of eight parts, only")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=480.0, help="for rendering")
    options = parser.parse_args()
    if options.memory or options.speed:
        measured = memory(options.minutes) if options.memory else speed()
        limits = MEMORY_LIMITS if options.memory else SPEED_LIMITS
        shown = {name: f"{sign} {limit:g}" for name, (sign, limit) in limits.items()}
        report = {"figures": measured, "limits": shown, "missed": missed(measured, limits)}
        print(json.dumps(report, indent=1))
        return
    tally = Tally()
    wishes = [Wish.draw(seed) for seed in range(options.count)]
    for wish in wishes:
        piece = arrange(wish.task(wish.duration_s))
        parse_back(piece, wish, tally)
        judge_tunes(piece, wish, tally)
        length = piece.plan.duration_s
        tally.count("duration_exact", length == wish.duration_s, f"{wish.seed}: plan {length}")
    for seed in range(CHORALES):
        judge_chorale(seed, tally)
    rendered: Counter[str] = Counter()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as home,
        Studio(Settings(home=Path(home), workers=1)) as studio,
    ):
        for wish in wishes:
            if time.monotonic() - started > options.seconds:
                break
            judge_sound(studio, wish, tally)
            rendered[wish.genre] += 1
    figures = tally.figures()
    report = {
        "pieces": options.count,
        "rendered": sum(rendered.values()),
        "genres_rendered": len(rendered),
        "estimator": "librosa" if LIBROSA else "menura.metrics",
        "figures": figures,
        "limits": LIMITS,
        "missed": sorted(name for name, value in figures.items() if value < LIMITS[name]),
        "misses": tally.misses,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
