"""Emotions as they are heard in the finished file, and the speech texts that must be right."""

import itertools

import numpy as np
import pytest

import menura
from menura.dsp.vocoder.pitch import track_pitch
from menura.studio import Studio

TEXT = "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow."


def heard(take: menura.Take) -> tuple[float, float]:
    """Returns median pitch in semitones, and loudness."""
    hz = track_pitch(take.audio.samples[0], take.audio.rate)
    semitones = 12 * np.log2(np.median(hz[hz > 0]))
    return float(semitones), float(take.report.measured["loudness_lufs"])


@pytest.mark.parametrize(
    ("emotion", "semitones", "energy"),
    [("happy", 2.0, 1.3), ("sad", -3.0, 0.7), ("excited", 4.0, 1.5), ("calm", -1.0, 0.85)],
)
def test_an_emotion_moves_pitch_and_energy_of_the_finished_sound(
    studio: Studio, emotion: str, semitones: float, energy: float
) -> None:
    plain, felt = (
        heard(studio.render(menura.Speech(TEXT, emotion=name, stability=1.0)))
        for name in ("neutral", emotion)
    )
    assert felt[0] - plain[0] == pytest.approx(semitones, abs=0.4)
    assert felt[1] - plain[1] == pytest.approx(20 * np.log10(energy), abs=0.5)
    assert plain[1] == pytest.approx(-16.0, abs=0.2)


def test_half_the_style_is_half_the_emotion(studio: Studio) -> None:
    plain, felt = (
        heard(studio.render(menura.Speech(TEXT, emotion="sad", style=style, stability=1.0)))
        for style in (0.0, 0.5)
    )
    assert felt[0] - plain[0] == pytest.approx(-1.5, abs=0.3)
    assert felt[1] - plain[1] == pytest.approx(10 * np.log10(0.7), abs=0.3)


def test_a_podcast_opening_is_said_word_by_word(studio: Studio) -> None:
    text = (
        "Hello and welcome back! This week we look at machines that learned to speak, and at the "
        "people who taught them."
    )
    task = menura.Speech(text, emotion="excited", stability=0.45, speed=0.95)
    take = studio.render(task)
    assert [word.text for word in take.captions] == text.split()
    assert all(word.said == word.text.strip("!,.") for word in take.captions)


def test_numbers_dates_and_addresses_are_said_and_none_is_skipped(studio: Studio) -> None:
    take = studio.render(
        menura.Speech(
            "Dr. Smith paid $12.50 on 3/4/2026 at 5:30 pm; call 555-0199 or write to "
            "info@example.com."
        )
    )
    assert [(word.text, word.said) for word in take.captions] == [
        ("Dr.", "Doctor"),
        ("Smith", "Smith"),
        ("paid", "paid"),
        ("$12.50", "twelve dollars and fifty cents"),
        ("on", "on"),
        ("3/4/2026", "March fourth twenty twenty-six"),
        ("at", "at"),
        ("5:30 pm;", "five thirty P M"),
        ("call", "call"),
        ("555-0199", "five five five zero one nine nine"),
        ("or", "or"),
        ("write", "write"),
        ("to", "to"),
        ("info@example.com.", "info at example dot com"),
    ]
    times = [(word.start_s, word.end_s) for word in take.captions]
    assert all(start < end for start, end in times)
    assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(times))
