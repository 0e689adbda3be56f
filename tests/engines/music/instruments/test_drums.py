"""What all kits have in common."""

import itertools

import numpy as np
import pytest
from drum_measures import centroid_hz, heard, hit, kit, level_dbfs
from instrument_measures import RATE, apart_db, bands_db

from menura.engines.music.arranger.writing.grooves import facts, grooves
from menura.engines.music.instruments.drums import NAMES, create
from menura.engines.music.instruments.drums.kit import _drums, find_drum
from menura.engines.music.score import ARTICULATIONS, Event
from menura.errors import NotFound

KICK, SNARE, CLOSED, OPEN, CRASH, RIDE, CLAP = 36, 38, 42, 46, 49, 51, 39
PLAYED = {
    "tabla": {"indian"},
    "darbuka": {"arabic"},
    "hand percussion": {"hand", "latin", "folk", "soft"},
    "chip kit": {"electronic"},
    "808 kit": {"trap", "beats", "electronic"},
    "909 kit": {"electronic", "breaks"},
    "brush kit": {"jazz", "soft", "folk", "latin", "beats"},
    "rock kit": {"rock", "march"},
    "orchestral percussion": {"orchestral", "march", "soft"},
    "acoustic kit": {"rock", "funk", "beats", "soft", "jazz", "reggae", "march", "latin", "folk"},
}
"""Families of grooves that the genres give to each kit."""
OWN = [(name, key) for name in NAMES for key in sorted(_drums(name))]
TUNED = [(n, k) for n, k in OWN if {layer.kind for layer in _drums(n)[k].layers} == {"modes"}]
BARE = {(name, key) for name in ("808 kit", "909 kit") for key in (63, 75)}
"""One resonator, set off by a pulse: the machine's accent makes it louder, and that is all."""


@pytest.mark.parametrize("name", ["", "bongos", "Tabla", "x" * 10_000])
def test_an_unknown_kit_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(NotFound, match="no kit is called") as caught:
        create(name, RATE)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", NAMES)
def test_every_key_sounds(name: str) -> None:
    for key in range(27, 88):
        sound = hit(name, key, length_s=0.3)
        assert sound.dtype == np.float32
        assert sound.ndim == 2
        assert sound.shape[0] == 2
        assert np.isfinite(sound).all()
        assert -40 < level_dbfs(sound) < -7, key
        assert np.abs(sound[:, -1]).max() < 1e-3
        assert np.abs(sound[:, 0]).max() < 0.1


@pytest.mark.parametrize("key", [0, 26, 88, 127])
def test_a_key_outside_the_map_is_silent(key: int) -> None:
    assert not hit("acoustic kit", key).any()


@pytest.mark.parametrize("name", NAMES)
def test_kits_have_what_their_grooves_ask_for(name: str) -> None:
    """What stands in for a sound is its own kind, not the snare at the end of the search."""
    keys = facts()["keys"]
    wanted = {
        keys[sound]
        for groove in grooves().values()
        if groove.family in PLAYED[name]
        for level in (groove.voices, groove.calm, groove.full)
        for sound in level
    }
    assert len(wanted) >= 3
    last = find_drum(name, SNARE)
    for key in wanted - {SNARE, 40, CLAP}:
        assert find_drum(name, key) is not last, key


@pytest.mark.parametrize("name", NAMES)
def test_kick_and_snare_are_at_the_reference(name: str) -> None:
    kick, snare = (
        np.mean([level_dbfs(hit(name, key, seed=s)) for s in range(4)]) for key in (KICK, SNARE)
    )
    assert (kick + snare) / 2 == pytest.approx(-14, abs=1)
    assert kick == pytest.approx(-14, abs=3.2)
    assert snare == pytest.approx(-14, abs=3.2)


@pytest.mark.parametrize("name", NAMES)
def test_no_hit_peaks_over_six_decibels(name: str) -> None:
    for key in range(27, 88):
        for seed in range(3):
            assert np.abs(hit(name, key, 1.0, seed=seed)).max() < 10 ** (6 / 20), key


@pytest.mark.parametrize(("name", "key"), OWN)
def test_no_two_hits_are_identical_and_each_can_be_made_again(name: str, key: int) -> None:
    first, again, other = (hit(name, key, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    size = min(first.shape[1], other.shape[1])
    one, two = first[0, :size], other[0, :size]
    assert np.corrcoef(one, two)[0, 1] < 0.9999
    difference = one - two * np.dot(one, two) / np.dot(two, two)
    assert np.sqrt((difference**2).sum() / (one**2).sum()) > 0.01


def test_what_was_played_before_changes_nothing() -> None:
    event = Event(start_s=0.0, length_s=1.0, pitch=CRASH, velocity=0.7)
    fresh = create("acoustic kit", RATE).play(event, np.random.default_rng(3))
    busy = create("acoustic kit", RATE)
    for key in (36, 38, 49, 49, 46, 39):
        other = Event(start_s=0.0, length_s=0.1, pitch=key, velocity=0.9)
        busy.play(other, np.random.default_rng(0))
    assert np.array_equal(busy.play(event, np.random.default_rng(3)), fresh)


@pytest.mark.parametrize("name", NAMES)
def test_velocity_is_heard(name: str) -> None:
    for key in (KICK, SNARE, CLOSED):
        levels = [level_dbfs(hit(name, key, v)) for v in (0.25, 0.5, 0.9)]
        assert levels[0] + 5 < levels[1] < levels[2] - 3


@pytest.mark.parametrize(("name", "key"), OWN)
def test_a_harder_hit_is_brighter(name: str, key: int) -> None:
    soft, hard = (
        np.mean([centroid_hz(hit(name, key, v, seed=s).mean(axis=0)) for s in range(6)])
        for v in (0.25, 0.95)
    )
    if (name, key) in BARE:
        assert hard == pytest.approx(soft, rel=0.03)
    else:
        assert hard > 1.03 * soft


@pytest.mark.parametrize(("name", "key"), TUNED)
def test_nothing_folds_back(name: str, key: int) -> None:
    """A drum made of modes has nothing that it has not at four times the rate.

    At -55 dB of its strongest mode, for a blow sets it off within one frame.
    """
    spectra = []
    for times in (1, 4):
        rate = RATE * times
        event = Event(start_s=0.0, length_s=4.0, pitch=key, velocity=1.0)
        sound = create(name, rate).play(event, np.random.default_rng(1)).mean(axis=0)
        sound = np.pad(sound.astype(np.float64), (0, 4 * rate))[: 4 * rate]
        spectra.append(np.abs(np.fft.rfft(sound))[: 4 * 22_000] / times)
    there = np.lib.stride_tricks.sliding_window_view(np.pad(spectra[1], 60, mode="edge"), 121)
    assert (spectra[0] - 1.3 * there.max(axis=1)).max() < 10 ** (-55 / 20) * spectra[1].max()


@pytest.mark.parametrize("name", NAMES)
def test_ghost_notes_are_quiet(name: str) -> None:
    plain, ghost = (level_dbfs(hit(name, SNARE, 0.3, articulation=how)) for how in ("", "ghost"))
    assert ghost < plain - 2
    assert ghost < level_dbfs(hit(name, SNARE, 0.74)) - 12


@pytest.mark.parametrize("name", ["acoustic kit", "rock kit", "808 kit", "909 kit"])
def test_the_pedal_closes_an_open_hat(name: str) -> None:
    rings, closed = (hit(name, OPEN, length_s=length) for length in (4.0, 0.12))
    assert rings.shape[1] > 0.45 * RATE
    assert closed.shape[1] == pytest.approx(0.18 * RATE, abs=3)
    assert np.array_equal(rings[:, : RATE // 10], closed[:, : RATE // 10])
    assert np.abs(closed[:, -1]).max() < 1e-6


def test_other_cymbals_ring_on_however_short_they_are_written() -> None:
    for key in (CRASH, RIDE, 53, 57):
        assert hit("acoustic kit", key, length_s=0.1).shape[1] > 0.8 * RATE


@pytest.mark.parametrize("key", [CRASH, RIDE, KICK, 81])
def test_a_hand_damps(key: int) -> None:
    rings, damped = (hit("orchestral percussion", key, 0.7, 4.0, how) for how in ("", "mute"))
    assert damped.shape[1] < 0.12 * RATE < rings.shape[1]


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_rates(rate: int) -> None:
    for key, least_s, most_s in ((KICK, 0.4, 0.55), (SNARE, 0.2, 0.35), (CRASH, 3, 5)):
        event = Event(start_s=0.0, length_s=1.0, pitch=key, velocity=0.63)
        sound = create("acoustic kit", rate).play(event, np.random.default_rng(0))
        assert np.isfinite(sound).all()
        assert least_s < sound.shape[1] / rate < most_s


@pytest.mark.parametrize("key", [KICK, SNARE, CLOSED])
def test_kits_differ(key: int) -> None:
    def look(name: str, first: int) -> np.ndarray:
        sounds = [hit(name, key, seed=s).mean(axis=0) for s in range(first, first + 3)]
        return np.mean([bands_db(sound) for sound in sounds], axis=0)

    looks = {name: look(name, 0) for name in NAMES}
    pairs = {(a, b): apart_db(looks[a], looks[b]) for a, b in itertools.combinations(NAMES, 2)}
    nearest = min(pairs, key=pairs.__getitem__)
    assert pairs[nearest] > 3.5, (nearest, pairs[nearest])
    for name in NAMES:
        others = min(distance for pair, distance in pairs.items() if name in pair)
        assert apart_db(looks[name], look(name, 3)) < 0.6 * others, name


@pytest.mark.parametrize("articulation", sorted(ARTICULATIONS))
@pytest.mark.parametrize(("velocity", "length_s"), [(0.63, 0.2), (0.0, 0.0), (7.0, 1e-4), (-1, 9)])
def test_whatever_is_asked_for_sounds(articulation: str, velocity: float, length_s: float) -> None:
    for name in NAMES:
        for key in (KICK, OPEN, 81):
            sound = hit(name, key, velocity, length_s, articulation)
            assert 0 < sound.shape[1] < 12 * RATE
            assert np.isfinite(sound).all()
            assert 0 < np.abs(sound).max() < 2


def test_a_kit_remembers_no_hits() -> None:
    played = create("808 kit", RATE)
    for seed in range(20):
        event = Event(start_s=0.0, length_s=1.0, pitch=KICK, velocity=0.05 * seed)
        played.play(event, np.random.default_rng(seed))
    assert set(played._strokes) == {KICK}


def test_both_sides_are_heard() -> None:
    hats, toms = (hit("acoustic kit", key) for key in (CLOSED, 41))
    left, right = np.sqrt((hats**2).mean(axis=1))
    assert left > 1.2 * right
    left, right = np.sqrt((toms**2).mean(axis=1))
    assert right > 1.2 * left
    assert kit("acoustic kit").low == 27
    assert heard("acoustic kit", KICK).ndim == 1
