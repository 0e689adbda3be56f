"""Curves of markup over a rendering that is made by hand."""

import numpy as np
import pytest

from menura.engines.speech.expressive.inflection import GLIDE_S, SWELL_S, Inflection, Shade, inflect
from menura.engines.speech.expressive.phones import read_phones
from menura.espeak import Event, Rendering

RATE = 22_050


def rendering() -> Rendering:
    """Four words of half a second, the stress 0.1 s after the start of each."""
    events = []
    for i, word in enumerate(("one", "two", "three", "four")):
        frame, char = round(i * 0.5 * RATE), 6 * i
        events.append(
            Event(kind="word", frame=frame, text=word, start_char=char, length_chars=len(word))
        )
        events.append(Event(kind="phoneme", frame=frame, ipa="t"))
        events.append(Event(kind="phoneme", frame=frame + round(0.1 * RATE), ipa="ˈa"))
    return Rendering(np.full(2 * RATE, 0.1, np.float32), RATE, tuple(events))


def bend(*shades: Shade) -> Inflection:
    sound = rendering()
    return inflect(sound, read_phones(sound), shades)


def frames(*seconds: float) -> np.ndarray:
    return np.array(seconds) * RATE


def test_a_manner_lasts_from_its_first_word_to_the_next_ones() -> None:
    curve = bend(
        Shade(),
        Shade(start_char=6, semitones=3, range_factor=2, gain=0.5, rate=0.8),
        Shade(start_char=12),
    )
    inside, outside = frames(0.6, 0.75, 0.9), frames(0.0, 0.4, 1.1, 1.9)
    assert curve.semitones(inside) == pytest.approx(3)
    assert curve.semitones(outside) == pytest.approx(0)
    assert curve.range_factor(inside) == pytest.approx(2)
    assert curve.gain(inside) == pytest.approx(0.5)
    assert curve.gain(outside) == pytest.approx(1)
    assert curve.pace(frames(0.5, 0.6, 1.0).astype(int)).tolist() == [0.8, 0.8, 1.0]


def test_no_markup_changes_nothing() -> None:
    every = np.arange(2 * RATE, dtype=np.float64)
    for curve in (bend(), bend(Shade()), bend(Shade(), Shade(start_char=12))):
        assert not curve.semitones(every).any()
        assert (curve.gain(every) == 1).all()
        assert (curve.pace(every.astype(int)) == 1).all()


def test_markup_from_the_first_word_on_has_no_step() -> None:
    every = np.arange(2 * RATE, dtype=np.float64)
    assert np.ptp(bend(Shade(), Shade(start_char=0, semitones=2)).semitones(every)) == 0


@pytest.mark.parametrize("last", [0.0, 0.1, 4.0])
def test_steps_are_smooth(last: float) -> None:
    curve = bend(Shade(semitones=-6), Shade(start_char=6, semitones=6, gain=last))
    every = np.arange(2 * RATE, dtype=np.float64)
    pitch, gain = curve.semitones(every), curve.gain(every)
    # A smooth step is 1.5 times as steep in its middle as a straight one.
    assert np.abs(np.diff(pitch)).max() == pytest.approx(1.5 * 12 / (GLIDE_S * RATE), rel=0.01)
    assert np.abs(np.diff(gain)).max() < 1.6 * abs(last - 1) / (SWELL_S * RATE)
    tone = np.sin(2 * np.pi * 1000 * every / RATE) * gain
    power = np.abs(np.fft.rfft(tone * np.hanning(tone.size))) ** 2
    hz = np.fft.rfftfreq(tone.size, 1 / RATE)
    splash = power[np.abs(hz - 1000) > 500].sum() / power.sum()
    assert 10 * np.log10(splash) < -55


def test_turns_closer_than_a_glide_stay_whole() -> None:
    sound = rendering()
    words = [
        Event(kind="word", frame=f, text="x", start_char=i, length_chars=1)
        for i, f in enumerate((0, 4000, 4200, 4400))
    ]
    close = Rendering(sound.samples, RATE, tuple(words))
    shades = [
        Shade(start_char=i, semitones=s, gain=g)
        for i, s, g in ((0, 0, 1), (1, 5, 0.1), (2, -5, 2), (3, 1, 1))
    ]
    curve = inflect(close, read_phones(close), shades)
    every = np.arange(2 * RATE, dtype=np.float64)
    assert np.abs(np.diff(curve.semitones(every))).max() < 0.2
    assert curve.semitones(frames(0.0, 1.0)).tolist() == [0, 1]
    assert np.isfinite(curve.gain(every)).all()


@pytest.mark.parametrize("semitones", [2.0, -0.7])
def test_an_accent_stands_on_the_stressed_syllable(semitones: float) -> None:
    curve = bend(Shade(), Shade(start_char=6, accent_semitones=semitones), Shade(start_char=12))
    every = np.arange(2 * RATE, dtype=np.float64)
    line = curve.semitones(every)
    peak = int(np.argmax(np.abs(line)))
    assert line[peak] == pytest.approx(semitones, abs=0.01)
    assert peak / RATE == pytest.approx(0.69, abs=0.01)
    assert np.abs(line[: round(0.25 * RATE)]).max() < 0.01
