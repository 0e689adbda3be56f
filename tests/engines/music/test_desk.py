import tomllib
from importlib import resources

import numpy as np
import pytest

from menura.engines.music import arranger
from menura.engines.music.arranger.genres import genre_names
from menura.engines.music.instruments.registry import names
from menura.engines.music.mixing import (
    BLOCK_FRAMES,
    Desk,
    Space,
    Strip,
    beat_delay_s,
    roles,
    rooms,
    trim_db,
)
from menura.engines.music.plan import ROLES
from menura.engines.music.textures import TEXTURES, Texture

RATE = 44_100


def space(**changes: float | str) -> Space:
    values: dict[str, float | str] = {
        "room": "hall",
        "room_amount": 0.5,
        "delay_amount": 0.3,
        "delay_s": 0.3,
        "sidechain": 0.0,
        "saturation": 0.0,
        "width": 0.5,
        "brightness": 0.5,
        "beat_s": 0.5,
    }
    return Space(**(values | changes))  # type: ignore[arg-type]


def mixed(
    strips: list[Strip], space: Space, sounds: list[np.ndarray], kicks_s: list[float] | None = None
) -> np.ndarray:
    """Returns what each contributes, (strips + 1, 2, frames)."""
    desk = Desk(strips, space, RATE, np.random.default_rng(0))
    kicks = np.array(kicks_s or [], float)
    blocks = [
        desk.mix([sound[:, i : i + BLOCK_FRAMES] for sound in sounds], kicks)
        for i in range(0, sounds[0].shape[1], BLOCK_FRAMES)
    ]
    return np.concatenate([np.stack(block) for block in blocks], axis=2)


def noise(frames: int, seed: int = 0, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal((1, frames))).astype(np.float32)


def rms_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) + 1e-20))


def test_every_role_of_a_plan_has_a_place_on_the_desk() -> None:
    assert set(ROLES) == set(roles())
    assert {"room", "chamber", "hall", "church", "plate", "spring"} == set(rooms())


def test_a_pan_moves_a_strip_and_its_reverb_stays_wide() -> None:
    sound = noise(3 * BLOCK_FRAMES)
    left = Strip(name="a", role="melody", pan=-1.0, reverb=0.5)
    dry, wet = mixed([left], space(), [sound])
    assert rms_db(dry[0]) > rms_db(dry[1]) + 30
    assert rms_db(wet[0]) == pytest.approx(rms_db(wet[1]), abs=2)
    assert rms_db(wet) < rms_db(dry)


def test_contributions_add_up_and_silence_stays_silent() -> None:
    strips = [Strip(name="a", role="bass"), Strip(name="b", role="pad")]
    silent = np.zeros((1, 2 * BLOCK_FRAMES), np.float32)
    result = mixed(strips, space(saturation=0.5), [silent, silent])
    assert not result.any()


def test_what_one_strip_adds_does_not_depend_on_the_others_but_for_the_glue() -> None:
    strips = [Strip(name="a", role="bass", reverb=0.0), Strip(name="b", role="pad", reverb=0.0)]
    sound, silent = noise(2 * BLOCK_FRAMES, level=0.02), np.zeros((1, 2 * BLOCK_FRAMES), np.float32)
    alone = mixed(strips, space(), [sound, silent])[0]
    together = mixed(strips, space(), [sound, 0.2 * sound])[0]
    assert np.allclose(alone, together, atol=1e-6)


def test_a_kick_pumps_what_should_be_pumped() -> None:
    strips = [Strip(name="d", role="drums", reverb=0.0), Strip(name="p", role="pad", reverb=0.0)]
    sound = noise(4 * BLOCK_FRAMES, level=0.02)
    drums, pad, _ = mixed(strips, space(sidechain=0.8), [sound, sound], [0.0, 0.5, 1.0])
    just_after, before_next = slice(500, 2500), slice(18_000, 21_000)
    assert rms_db(pad[:, just_after]) < rms_db(pad[:, before_next]) - 8
    assert abs(rms_db(drums[:, just_after]) - rms_db(drums[:, before_next])) < 1.5


def test_brightness_tilts_and_width_spreads() -> None:
    sound = noise(3 * BLOCK_FRAMES)
    strip = [Strip(name="a", role="drone", pan=0.5, reverb=0.0)]
    dark, bright = (mixed(strip, space(brightness=b), [sound])[0] for b in (0.0, 1.0))
    shares = []
    for result in (dark, bright):
        power = np.abs(np.fft.rfft(result[0])) ** 2
        shares.append(
            10 * np.log10(power[power.size // 3 :].sum() / power[: power.size // 30].sum())
        )
    assert shares[1] - shares[0] == pytest.approx(8, abs=4)
    narrow, wide = (mixed(strip, space(width=w), [sound])[0] for w in (0.0, 1.0))
    sides = [rms_db(r[0] - r[1]) - rms_db(r[0] + r[1]) for r in (narrow, wide)]
    assert sides[1] > sides[0] + 6


def test_saturation_gives_loud_sound_overtones_and_soft_sound_none() -> None:
    strip = [Strip(name="a", role="drone", reverb=0.0)]
    time_s = np.arange(4 * BLOCK_FRAMES) / RATE
    thirds_db = []
    for level in (0.003, 0.3):
        sine = (level * np.sin(2 * np.pi * 500 * time_s))[None].astype(np.float32)
        bent = mixed(strip, space(saturation=1.0), [sine])[0].mean(axis=0)[BLOCK_FRAMES:]
        power = np.abs(np.fft.rfft(bent * np.hanning(bent.size))) ** 2
        hz = np.fft.rfftfreq(bent.size, 1 / RATE)
        first, third = (power[np.abs(hz - at) < 20].sum() for at in (500, 1500))
        thirds_db.append(10 * np.log10(third / first))
    assert thirds_db[0] < -80
    assert -50 < thirds_db[1] < -15


def test_one_channel_is_spread_and_its_sum_is_left_alone() -> None:
    sound = noise(4 * BLOCK_FRAMES, level=0.05)
    strip = [Strip(name="a", role="pad", reverb=0.0)]
    wide, narrow = (mixed(strip, space(width=w), [sound])[0] for w in (0.5, -0.5))
    assert 0.2 < np.corrcoef(wide)[0, 1] < 0.8
    assert rms_db(narrow[0] - narrow[1]) < -120
    changed = wide.mean(axis=0) - narrow.mean(axis=0)
    assert rms_db(changed) < rms_db(narrow) - 30  # the glue hears a little more
    side = np.abs(np.fft.rfft(wide[0] - wide[1]))
    hz = np.fft.rfftfreq(wide.shape[1], 1 / RATE)
    assert rms_db(side[hz < 100]) < rms_db(side[(hz > 500) & (hz < 5000)]) - 20
    bass = mixed([Strip(name="a", role="bass", reverb=0.0)], space(), [sound])[0]
    assert rms_db(bass[0] - bass[1]) < rms_db(bass) - 60


def test_short_hits_are_kept_under_the_ceiling_of_their_strip() -> None:
    rng = np.random.default_rng(3)
    hits = np.zeros((1, 4 * BLOCK_FRAMES), np.float32)
    for start in range(1000, hits.shape[1] - 3000, 9000):
        hits[0, start : start + 2000] += rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    strip = [Strip(name="a", role="drums", reverb=0.0)]
    loud, soft = (mixed(strip, space(), [level * hits])[0] for level in (1.0, 0.02))
    crest = [20 * np.log10(np.abs(each).max()) - rms_db(each) for each in (loud, soft)]
    assert np.abs(loud).max() < 0.64
    assert crest[0] < crest[1] - 3


def test_an_echo_is_in_tempo() -> None:
    for bpm in (60, 85, 128, 174, 240):
        step_s = beat_delay_s(60 / bpm)
        assert 0.1 < step_s <= 0.45
        assert np.log2(step_s / (0.75 * 60 / bpm)) == pytest.approx(
            round(np.log2(step_s / (0.75 * 60 / bpm)))
        )


@pytest.mark.parametrize("name", TEXTURES)
def test_textures_are_quiet_never_repeat_and_have_the_same_samples_again(name: str) -> None:
    def made(seed: int) -> np.ndarray:
        texture = Texture(name, RATE, np.random.default_rng(seed))
        return np.concatenate([texture.next(BLOCK_FRAMES) for _ in range(12)], axis=1)

    sound = made(1)
    assert np.array_equal(sound, made(1))
    assert -66 < rms_db(sound) < -42
    turn = round(1.8 * RATE)
    alike = np.corrcoef(sound[0, :turn], sound[0, turn : 2 * turn])[0, 1]
    assert alike < 0.3
    assert abs(sound.mean()) < 1e-3


def test_every_genre_has_the_loudness_that_its_mixes_measured() -> None:
    text = (resources.files(arranger) / "loudness.toml").read_text(encoding="utf-8")
    figures = tomllib.loads(text)
    assert set(figures["genres"]) - {"other"} == set(genre_names())
    assert all(-36 < figure < -8 for figure in figures["genres"].values())
    assert set(figures["slopes"]) == {"velocity", "parts"}


def test_trims_are_of_instruments_that_exist_and_small() -> None:
    trims = {name: trim_db(name) for name in names()}
    assert sum(trim != 0 for trim in trims.values()) >= 10
    assert all(abs(trim) <= 4 for trim in trims.values())
