"""Whole prompts: what a listener would check, on the plan, in the MIDI file and in the sound."""

from __future__ import annotations

import functools
import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from menura.audio import Audio
from menura.engines.crew import Crew
from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.engine import CREW
from menura.engines.music.arranger.staging import stage
from menura.engines.music.arranger.writing import rules
from menura.engines.music.chords import Chord
from menura.engines.music.midi import to_midi
from menura.metrics.tempo import estimate_tempo
from menura.tasks import Music

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from menura.engines.music.arranger.arranging import Arranged

RATE = 44_100
KICKS = {35, 36}
PROMPTS = {
    "sunday": ("Sad solo piano for a wet, slow Sunday", 24.0),
    "climax": (
        """Huge orchestral film climax: strings swell, brass answers in triumph, tension grows and
        then lets go into a hopeful tune""",
        30.0,
    ),
    "lofi": (
        """Lofi hip hop, 85 BPM, soft Rhodes chords, dusty vinyl noise, brushed jazz drums and a
        lazy bass, music to code by""",
        30.0,
    ),
    "house": (
        """Progressive house at 128 BPM: kick on every beat, synth arpeggios, a breakdown full of
        euphoria, then a drop with wide pads""",
        30.0,
    ),
    "rain": ("slow sad piano with rain falling behind it", 16.0),
    "violin": ("a calm violin tune over drums that push forward", 24.0),
    "jingle": ("cheerful podcast jingle in D major, 8 seconds, with a clean ending", 8.0),
    "bossa": ("bossa nova in 4/4 at 132 bpm with nylon guitar, flute and shaker", 16.0),
    "waltz": ("waltz for string quartet in A minor", 24.0),
}


@dataclass(frozen=True)
class Piece:
    """What a prompt became."""

    arranged: Arranged
    midi: mido.MidiFile

    @property
    def plan(self) -> Any:
        return self.arranged.plan

    def player(self, role: str) -> Any:
        return next(part for part in self.plan.parts if part.role == role)

    def notes(self, name: str) -> list[tuple[float, float, int, int]]:
        """Returns (beat, beats, key, velocity) of a track of the MIDI file, by beat."""
        track = next(track for track in self.midi.tracks if track.name == name)
        per_beat, at = self.midi.ticks_per_beat, 0
        sounding: dict[int, tuple[int, int]] = {}
        found = []
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.note] = (at, message.velocity)
            elif message.type in {"note_on", "note_off"} and message.note in sounding:
                start, velocity = sounding.pop(message.note)
                lasts = (at - start) / per_beat
                found.append((start / per_beat, lasts, message.note, velocity))
        return sorted(found)

    def messages(self, kind: str) -> list[Any]:
        return [m for track in self.midi.tracks for m in track if m.type == kind]


@functools.cache
def piece(name: str, seed: int = 1) -> Piece:
    prompt, duration_s = PROMPTS[name]
    arranged = arrange(Music(" ".join(prompt.split()), duration_s=duration_s, seed=seed))
    written = to_midi(arranged.score, arranged.events, arranged.plan)
    return Piece(arranged, mido.MidiFile(file=io.BytesIO(written)))


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    players = Crew(CREW, 1)
    yield players
    players.close()


@pytest.fixture(scope="session")
def sound(crew: Crew) -> Any:
    """Returns what renders a prompt: float32, (2, frames)."""

    @functools.cache
    def render(name: str) -> NDArray[np.float32]:
        found = piece(name)
        rendition = stage(found.plan, found.arranged.events, RATE)
        blocks = rendition.blocks(crew, lambda share: None, None)
        return np.concatenate([block.samples for block in blocks], axis=1)

    return render


def level_db(samples: NDArray[np.float32], start_s: float, end_s: float) -> float:
    inside = samples[:, round(start_s * RATE) : round(end_s * RATE)].astype(float)
    return float(10 * np.log10(np.mean(inside**2) + 1e-14))


def below(samples: NDArray[np.float32], hz: float) -> NDArray[np.float32]:
    """Returns what of a sound lies under a frequency."""
    spectrum = np.fft.rfft(samples, axis=1)
    spectrum[:, np.fft.rfftfreq(samples.shape[1], 1 / RATE) > hz] = 0
    return np.fft.irfft(spectrum, samples.shape[1], axis=1).astype(np.float32)


def section_levels(found: Piece, samples: NDArray[np.float32]) -> dict[str, float]:
    """Returns the loudest level of each section by name, dB: of its first four bars."""
    score, starts = found.arranged.score, [*found.arranged.score.sections, (0.0, "")]
    levels: dict[str, float] = {}
    for (beat, name), (after, _) in itertools.pairwise(starts):
        end = min(after or score.beats, beat + 4 * found.plan.bar_beats)
        level = level_db(samples, score.seconds(beat), score.seconds(end))
        levels[name] = max(levels.get(name, -200.0), level)
    return levels


def last_chord(found: Piece) -> Chord:
    return Chord.parse(found.plan.sections[-1].chords[-1].split()[-1])


@pytest.mark.parametrize("name", PROMPTS)
def test_the_sound_is_as_long_as_asked_and_dies_away(name: str, sound: Any) -> None:
    samples = sound(name)
    assert samples.shape == (2, round(PROMPTS[name][1] * RATE))
    assert np.isfinite(samples).all()
    duration_s = PROMPTS[name][1]
    body = level_db(samples, 0.1 * duration_s, 0.7 * duration_s)
    assert -35 < body < -8
    assert level_db(samples, duration_s - 0.02, duration_s) < body - 35


@pytest.mark.parametrize("name", PROMPTS)
def test_the_midi_file_has_the_tempo_the_meter_and_every_player(name: str) -> None:
    found = piece(name)
    meter = found.messages("time_signature")[0]
    assert (meter.numerator, meter.denominator) == found.plan.meter
    assert mido.tempo2bpm(found.messages("set_tempo")[0].tempo) == pytest.approx(
        found.plan.quarter_bpm, rel=1e-4
    )
    for part in found.plan.parts:
        assert found.notes(part.name), part.name


@pytest.mark.parametrize("name", ["lofi", "house", "bossa"])
def test_the_sound_has_the_tempo(name: str, sound: Any) -> None:
    estimate = estimate_tempo(Audio(sound(name), RATE))
    assert estimate is not None
    ratio = estimate.bpm / piece(name).plan.bpm
    assert min(abs(ratio / octave - 1) for octave in (0.5, 1, 2)) < 0.01


@pytest.mark.parametrize("name", ["sunday", "rain"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sad_piano_is_alone_slow_soft_and_in_minor(name: str, seed: int) -> None:
    found = piece(name, seed)
    assert found.plan.key.is_minor
    assert 50 <= found.plan.bpm <= 80
    assert {part.instrument for part in found.plan.parts} == {"piano"}
    tune = found.notes(found.player("melody").name)
    assert len(tune) / found.plan.duration_s < 1.5
    assert np.mean([velocity for *_, velocity in tune]) < 70
    assert last_chord(found).is_minor


def test_a_piano_alone_is_no_wall_of_notes(sound: Any) -> None:
    found = piece("sunday")
    count = sum(len(found.notes(part.name)) for part in found.plan.parts)
    assert count / found.plan.duration_s < 5
    assert piece("rain").plan.textures == ("rain",)
    assert not any("rain" in note for note in found.arranged.ignored)


def test_a_climax_rises_and_lets_go(sound: Any) -> None:
    found = piece("climax")
    playing = {part.instrument for part in found.plan.parts}
    assert playing >= {"strings", "brass", "timpani"}
    samples, score = sound("climax"), found.arranged.score
    levels = section_levels(found, samples)
    opening = level_db(samples, 0.2, score.seconds(2 * found.plan.bar_beats))
    assert levels["climax"] > levels["tension"] + 2
    assert levels["climax"] > opening + 4
    assert levels["climax"] > levels["release"] + 2
    answer = next(p for p in found.plan.parts if "answer" in p.style)
    assert len(found.notes(answer.name)) > 5


def test_a_climax_ends_in_major(sound: Any) -> None:
    found = piece("climax")
    chord = last_chord(found)
    assert chord.root == found.plan.key.pitch_class
    assert not chord.is_minor
    thirds = {(chord.root + 3) % 12, (chord.root + 4) % 12}
    ending = found.arranged.score.beats - found.plan.bar_beats
    heard = {
        key % 12
        for part in found.plan.parts
        if part.role in {"chords", "pad"}
        for beat, _, key, _ in found.notes(part.name)
        if beat >= ending - 0.1
    }
    assert heard & thirds == {(chord.root + 4) % 12}


def test_lofi_has_its_band_and_swings() -> None:
    found = piece("lofi")
    assert found.plan.bpm == 85
    assert found.plan.textures == ("vinyl",)
    playing = {part.role: part for part in found.plan.parts}
    assert playing["chords"].instrument == "electric piano"
    assert playing["drums"].instrument == "brush kit"
    assert "lazy" in playing["bass"].style
    late = []
    for role in ("drums", "bass"):
        for beat, *_ in found.notes(playing[role].name):
            place = beat * 4 % 2
            if 0.8 < place < 1.7:  # the second sixteenth of a pair; 1 where it is straight
                late.append(place)
    assert len(late) > 10
    assert np.mean(late) == pytest.approx(4 * found.plan.swing / 2, abs=0.12)
    assert np.mean(late) > 1.1


def test_a_lazy_bass_is_behind_the_beat_and_soft_chords_are_soft() -> None:
    found = piece("lofi")
    events, score = found.arranged.events, found.arranged.score
    starts = [score.seconds(bar.start) for bar in bars_of(found.plan)]
    bass = np.array([event.start_s for event in events[found.player("bass").name]])
    first = [bass[np.abs(bass - start).argmin()] - start for start in starts]
    assert 0.008 < np.mean(first) < 0.04
    loud = arrange(Music("Lofi hip hop, 85 BPM, loud Rhodes chords", duration_s=30.0, seed=1))
    means = [
        np.mean([event.velocity for event in found_events[keys.name]])
        for found_events, keys in (
            (events, found.player("chords")),
            (loud.events, next(p for p in loud.plan.parts if p.role == "chords")),
        )
    ]
    assert means[0] < means[1] - 0.08


def test_vinyl_crackles_when_the_music_is_over(sound: Any) -> None:
    duration_s = PROMPTS["lofi"][1]
    samples = sound("lofi")
    assert level_db(samples, duration_s - 0.6, duration_s - 0.3) > -75
    click = np.abs(np.diff(samples[0, -2 * RATE : -RATE // 4].astype(float)))
    assert click.max() > 8 * np.median(click)


def test_house_kicks_on_every_beat_outside_the_breakdown(sound: Any) -> None:
    found = piece("house")
    names = [section.name for section in found.plan.sections]
    assert names.index("breakdown") < names.index("build") < names.index("drop")
    kicks = np.array([b for b, _, key, _ in found.notes("drums") if key in KICKS])
    assert found.plan.ending == "cadence"
    for bar in list(bars_of(found.plan))[:-1]:  # the last one has a single stroke
        near = [np.abs(kicks - bar.start - beat).min() < 0.05 for beat in range(round(bar.beats))]
        assert not any(near) if bar.name == "breakdown" else all(near), (bar.name, bar.index)
    roles = {part.role: part.instrument for part in found.plan.parts}
    assert {"arp", "pad", "bass"} <= roles.keys()
    levels = section_levels(found, sound("house"))
    assert levels["drop"] > levels["breakdown"] + 2
    assert levels["drop"] >= levels["build"]
    deep = section_levels(found, below(sound("house"), 110))
    assert deep["drop"] > deep["breakdown"] + 12


def test_a_violin_has_the_tune_over_drums_that_go_on() -> None:
    for seed in (1, 2, 3):
        found = piece("violin", seed)
        assert found.player("melody").instrument == "violin"
        drums = found.notes(found.player("drums").name)
        beaten = {int(beat // found.plan.bar_beats) for beat, *_ in drums}
        assert len(beaten) > 0.8 * found.plan.bars
        tune = found.notes(found.player("melody").name)
        sung = {int(beat // found.plan.bar_beats) for beat, *_ in tune}
        assert len(sung) > 0.5 * found.plan.bars
        assert any(key in KICKS for *_, key, _ in drums)


def test_a_jingle_ends_on_its_tonic_and_nothing_is_cut(sound: Any) -> None:
    found = piece("jingle")
    assert str(found.plan.key) == "D major"
    assert found.plan.ending == "cadence"
    bass = found.notes(found.player("bass").name)
    assert bass[-1][2] % 12 == 2
    tune = found.notes(found.player("melody").name)
    assert tune[-1][2] % 12 in last_chord(found).tones
    samples = sound("jingle")
    last_s = found.arranged.score.seconds(bass[-1][0])
    struck = level_db(samples, last_s, last_s + 0.5)
    steps = [level_db(samples, at, at + 0.25) for at in np.arange(last_s + 0.5, 7.9, 0.25)]
    heard = [level for level in steps if level > struck - 40]
    assert max(np.diff(steps)) < 3  # it rings out: nothing begins again
    assert min(np.diff(heard)) > -18  # and nothing is cut off
    assert steps[-1] < struck - 30


def test_bossa_has_guitar_flute_shaker_and_bass() -> None:
    found = piece("bossa")
    assert found.plan.bpm == 132
    assert found.plan.meter == (4, 4)
    roles = {part.instrument: part for part in found.plan.parts}
    assert roles["nylon guitar"].role == "chords"
    assert roles["flute"].role == "melody"
    shaker = [key for *_, key, _ in found.notes(roles["hand percussion"].name)]
    assert shaker.count(82) > 0.8 * len(shaker)
    assert found.notes(found.player("bass").name)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_waltz_for_string_quartet_is_led_and_closed(seed: int) -> None:
    found = piece("waltz", seed)
    assert str(found.plan.key) == "A minor"
    assert found.plan.meter == (3, 4)
    assert [part.instrument for part in found.plan.parts] == ["violin", "violin", "viola", "cello"]
    names = [part.name for part in found.plan.parts]
    assert rules.parallel_faults(found.arranged.score, names) == 0
    ending = " ".join(found.plan.sections[-1].chords).split()[-2:]
    dominant, tonic = (Chord.parse(symbol) for symbol in ending)
    assert (dominant.root, tonic.root) == (4, 9)
    assert 4 in dominant.intervals
    assert tonic.is_minor
    assert found.notes(names[-1])[-1][2] % 12 == 9
    assert found.messages("key_signature")[0].key == "Am"
