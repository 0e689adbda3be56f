"""What all synthesisers have in common."""

import itertools
import tomllib
from importlib import resources

import numpy as np
import pytest
from instrument_measures import (
    RATE,
    apart_db,
    bands_db,
    centroid_hz,
    hertz,
    level_dbfs,
    levels_db,
    peak_hz,
)
from synth_measures import mono, note, synth

from menura.engines.music.instruments.base import REFERENCE_DBFS
from menura.engines.music.instruments.synths import NAMES, bank, create
from menura.engines.music.score import ARTICULATIONS, Event
from menura.errors import NotFound

WIDE = {"supersaw", "pad", "sweep"}


def test_every_name_has_its_patch() -> None:
    path = resources.files("menura.engines.music.instruments.synths") / "patches.toml"
    assert tuple(tomllib.loads(path.read_text())) == NAMES


@pytest.mark.parametrize("name", ["", "theremin", "Pad", "x" * 10_000])
def test_an_unknown_instrument_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(NotFound, match="no synthesiser is called") as caught:
        create(name, RATE)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", NAMES)
def test_level_is_the_reference_and_even_over_the_range(name: str) -> None:
    # Oscillators that run on meet in any phase: a note may be louder or softer, notes are not.
    assert np.mean([level_dbfs(note(name, seed=s)) for s in range(10)]) == pytest.approx(
        REFERENCE_DBFS, abs=1.5
    )
    pitches = np.linspace(synth(name).low, synth(name).high, 5)
    levels = [np.mean([level_dbfs(note(name, p, seed=s)) for s in range(6)]) for p in pitches]
    assert max(levels) - min(levels) <= 3.5


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_ends(name: str) -> None:
    for length_s in (0.02, 1.0):
        sound = note(name, velocity=0.8, length_s=length_s)
        assert sound.dtype == np.float32
        assert sound.ndim == (2 if name in WIDE else 1)
        assert np.isfinite(sound).all()
        assert np.abs(sound[..., 0]).max() == 0
        assert np.abs(sound[..., -1]).max() < 1e-6
        steps = mono(sound)[: sound.shape[-1] // 441 * 441].reshape(-1, 441)
        rms = np.sqrt((steps**2).mean(axis=1))
        # A chip's last level is one of sixteen, then there is nothing.
        assert rms[-1] < 10 ** (-(14 if name == "chip" else 50) / 20) * rms.max()
        assert sound.shape[-1] >= length_s * RATE


@pytest.mark.parametrize("name", NAMES)
def test_it_plays_in_tune(name: str) -> None:
    pitch = 60.5
    expected = hertz(pitch)
    held = mono(note(name, pitch, 0.5, 2.0))[RATE // 3 : RATE * 2]
    if name in WIDE or name == "lead":
        # Unison: its oscillators lie around the note, which is where their power is in the mean.
        spectrum = np.abs(np.fft.rfft(held * np.hanning(held.size))) ** 2
        hz = np.fft.rfftfreq(held.size, 1 / RATE)
        near = np.abs(hz / expected - 1) < 0.035
        centre = float((hz * spectrum)[near].sum() / spectrum[near].sum())
        assert abs(1200 * np.log2(centre / expected)) < 15
    else:
        assert abs(1200 * np.log2(peak_hz(held, expected, 0.03)[0] / expected)) < 9


@pytest.mark.parametrize("name", NAMES)
def test_velocity_opens_the_filter(name: str) -> None:
    # Where unison beats, one note more or less bright says nothing.
    soft, mid, loud = (
        np.mean([centroid_hz(mono(note(name, velocity=v, seed=s))) for s in range(4)])
        for v in (0.2, 0.5, 0.95)
    )
    assert soft < mid < loud
    assert loud > 1.15 * soft
    levels = [level_dbfs(note(name, velocity=v)) for v in (0.2, 0.5, 0.95)]
    assert levels[0] + 3 < levels[1] < levels[2] - 2


@pytest.mark.parametrize("name", NAMES)
def test_no_two_notes_are_identical_and_each_can_be_made_again(name: str) -> None:
    first, again, other = (note(name, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    size = min(first.shape[-1], other.shape[-1])
    assert level_dbfs(first[..., :size] - other[..., :size]) > level_dbfs(first) - 40


@pytest.mark.parametrize("name", ["synth bass", "pad", "chip", "lead"])
def test_what_is_remembered_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event(start_s=0.0, length_s=0.6, pitch=55, velocity=0.5)
    fresh = create(name, RATE).play(event, np.random.default_rng(3))
    monkeypatch.setattr(bank, "CACHE_BYTES", 1)
    forgetful = create(name, RATE)
    for pitch in (43, 67, 55.2):
        other = Event(start_s=0, length_s=0.2, pitch=pitch, velocity=0.9)
        forgetful.play(other, np.random.default_rng(0))
    assert np.array_equal(forgetful.play(event, np.random.default_rng(3)), fresh)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "CACHE_BYTES", 6_000_000)
    tones = bank.Bank(create("pluck", RATE)._patch, RATE)
    for pitch in range(40, 50):
        tones.tone(pitch, pitch)
    held = sum(tone.nbytes for tone in tones._tones.values())
    assert 4_000_000 < held <= 6_000_000
    assert held == tones.nbytes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pitch", [60.0, 107.2])
def test_nothing_folds_back(name: str, pitch: float) -> None:
    """Nothing at -60 dB of the strongest partial that is not there at four times the rate."""
    spectra = []
    for times in (1, 4):
        sound = note(name, pitch, 1.0, 1.0, seed=4, rate=RATE * times)
        piece = mono(sound)[RATE * times // 3 : RATE * times // 3 + RATE * times // 2]
        window = np.blackman(piece.size)
        spectra.append(np.abs(np.fft.rfft(piece * window))[:9900] / times)
    # Curves move in steps of so many frames, so that the feet of partials differ a little.
    there = np.lib.stride_tricks.sliding_window_view(np.pad(spectra[1], 12, mode="edge"), 25)
    assert (spectra[0] - 1.2 * there.max(axis=1)).max() < 1e-3 * spectra[1].max()
    assert spectra[0].max() == pytest.approx(spectra[1].max(), rel=0.1)


@pytest.mark.parametrize("articulation", sorted(ARTICULATIONS))
def test_every_articulation_sounds(articulation: str) -> None:
    for name in NAMES:
        for from_pitch in (None, 50.0, 90.0):
            sound = note(name, 60, 0.63, 0.25, articulation, from_pitch=from_pitch)
            assert np.isfinite(sound).all()
            assert -45 < level_dbfs(sound) < -8


@pytest.mark.parametrize("velocity", [0.0, 1.0, 7.0, -1.0])
@pytest.mark.parametrize("length_s", [0.0, 1e-4, 0.5])
@pytest.mark.parametrize("pitch", [0.0, 12.5, 127.0])
def test_whatever_is_asked_for_sounds(velocity: float, length_s: float, pitch: float) -> None:
    for name in NAMES:
        sound = note(name, pitch, velocity, length_s)
        assert 0 < sound.shape[-1] < 4 * RATE
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() < 2


@pytest.mark.parametrize(
    ("name", "least_ms", "most_ms"),
    [("808 bass", 60, 120), ("lead", 50, 100), ("synth bass", 45, 95), ("square lead", 30, 70)],
)
def test_a_slide_begins_at_the_other_pitch_and_arrives(
    name: str, least_ms: float, most_ms: float
) -> None:
    start, end = hertz(71), hertz(64)
    sound = note(name, 64, 0.63, 1.0, "slide", from_pitch=71, seed=1)
    # Between the fundamental and its second harmonic there is room for the whole slide.
    hz = np.fft.fftfreq(sound.size, 1 / RATE)
    band = np.fft.ifft(np.where((hz > 0.8 * end) & (hz < 1.12 * start), np.fft.fft(sound), 0))
    moving = np.gradient(np.unwrap(np.angle(band))) * RATE / (2 * np.pi)
    early = slice(round(0.006 * RATE), round(0.016 * RATE))
    assert np.median(moving[early]) > 0.5 * (start + end)
    assert np.median(moving[RATE // 4 : RATE // 2]) == pytest.approx(end, rel=0.01)
    arrived = np.flatnonzero(moving[early.stop :] < 1.02 * end)[0] + early.stop
    assert least_ms <= 1000 * arrived / RATE <= most_ms


def test_a_bound_note_has_no_new_attack_of_its_filter() -> None:
    struck, bound = (
        note("synth bass", 40, 0.8, 0.5, how, from_pitch=origin, seed=2)[: RATE // 12]
        for how, origin in (("", None), ("legato", 40.0))
    )
    assert centroid_hz(bound) < 0.8 * centroid_hz(struck)


def test_a_trill_goes_to_the_note_above() -> None:
    sound = note("square lead", 60, 0.63, 1.5, "trill")
    lower, upper = (levels_db(sound, hertz(pitch), 0.04)[2:30] for pitch in (60, 62))
    ahead = np.sign(lower - upper)
    assert 4 <= np.count_nonzero(np.diff(ahead)) <= 28
    assert -0.5 < ahead.mean() < 0.5


def test_a_gate_opens_and_closes() -> None:
    sound = note("supersaw", 60, 0.63, 1.5, "tremolo")[0]
    pieces = sound[: RATE * 3 // 2].reshape(-1, RATE // 50)
    rms = np.sqrt((pieces**2).mean(axis=1))
    assert np.percentile(rms, 10) < 0.35 * np.percentile(rms, 90)


def test_muted_notes_are_short_and_dark() -> None:
    for name in ("pluck", "arp", "lead", "pad"):
        open_, muted = (note(name, 55, 0.63, 1.0, how) for how in ("", "mute"))
        late = slice(RATE // 2, RATE)
        muted = np.pad(mono(muted), (0, RATE))
        assert level_dbfs(muted[late]) < level_dbfs(open_[..., late]) - 12
        onset = slice(0, RATE // 8)
        assert centroid_hz(muted[onset]) < centroid_hz(mono(open_)[onset])


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_rates(rate: int) -> None:
    for name in ("square lead", "chip", "808 bass"):
        sound = mono(note(name, 57, 0.63, 0.6, rate=rate))[rate // 10 : rate // 2]
        hz = np.arange((1 << 16) + 1) * rate / (1 << 17)
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 17)) * (hz < 330)
        assert hz[np.argmax(spectrum)] == pytest.approx(220, rel=0.004)


def test_instruments_differ() -> None:
    def look(name: str, first: int) -> np.ndarray:
        sounds = [mono(note(name, 55, 0.63, 1.0, seed=s)) for s in range(first, first + 4)]
        return np.mean([bands_db(sound) for sound in sounds], axis=0)

    looks = {name: look(name, 0) for name in NAMES}
    pairs = {(a, b): apart_db(looks[a], looks[b]) for a, b in itertools.combinations(NAMES, 2)}
    nearest = min(pairs, key=pairs.__getitem__)
    assert pairs[nearest] > 5, (nearest, pairs[nearest])
    # The filters of two pads sway out of step, yet no pad is taken for something else.
    for name in NAMES:
        others = min(distance for pair, distance in pairs.items() if name in pair)
        assert apart_db(looks[name], look(name, 4)) < min(6.5, 0.4 * others), name
