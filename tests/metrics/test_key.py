import numpy as np
import pytest

from menura.audio import Audio
from menura.metrics import estimate_key

RATE = 44_100
NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def chords(pitches: list[tuple[float, ...]], each_s: float = 0.6, cents: float = 0.0) -> Audio:
    """Chords of tones with eight falling harmonics."""
    t = np.arange(round(each_s * RATE)) / RATE
    shape = np.minimum(1, t / 0.02) * np.exp(-2 * t)
    parts = []
    for chord in pitches:
        sound = np.zeros(t.size)
        for pitch in chord:
            hz = 440 * 2 ** ((pitch - 69 + cents / 100) / 12)
            sound += sum(np.sin(2 * np.pi * k * hz * t) / k**1.3 for k in range(1, 9))
        parts.append(sound * shape)
    joined = 0.1 * np.concatenate(parts)
    return Audio(joined[np.newaxis].astype(np.float32), RATE)


def triads(tonic: int, *, minor: bool) -> list[tuple[float, ...]]:
    """I IV V7 I or i iv V7 i, with a bass."""
    third = 3 if minor else 4
    base = 48 + tonic
    one = (base - 12, base, base + third, base + 7)
    four = (base - 7, base, base + 5, base + 5 + third)
    five = (base - 5, base - 1, base + 2, base + 5, base + 7)
    six = (base - 4, base, base + 3, base + 8) if minor else (base - 3, base, base + 4, base + 9)
    return [one, six, four, five, one, four, five, one]


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("minor", [False, True])
def test_the_key_of_cadences_is_found(tonic: int, minor: bool) -> None:
    found = estimate_key(chords(triads(tonic, minor=minor)))
    assert found is not None
    assert str(found) == f"{NAMES[tonic]} {'minor' if minor else 'major'}"
    assert found.confidence > 0


@pytest.mark.parametrize("cents", [-40.0, 25.0])
def test_the_tuning_is_found_and_does_not_matter(cents: float) -> None:
    found = estimate_key(chords(triads(7, minor=False), cents=cents))
    assert found is not None
    assert str(found) == "G major"
    assert found.tuning_cents == pytest.approx(cents, abs=6)


def test_silence_has_no_key() -> None:
    assert estimate_key(Audio.silence(3, RATE)) is None
