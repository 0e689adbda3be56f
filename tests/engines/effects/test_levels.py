"""How loud a scene will be, known before it is made."""

import dataclasses
import tomllib
from importlib import resources

import numpy as np
import pytest

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.engines.effects.balance import level_db
from menura.engines.effects.levels import (
    SILENCE_DB,
    expected_lufs,
    expected_peak_db,
    expected_shortfall_db,
)
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import MUSIC, Layer, Scene
from menura.engines.effects.sources import LEVEL_DBFS, RATE, sources

RAIN = Layer(name="rain", source="rain", variant="soil", distance_m=3.0, seed=1)
KNOCK = Layer(name="knock", source="knock", times_s=(0.0, 1.0), distance_m=3.0, seed=2)


def scene(*layers: Layer, duration_s: float = 4.0) -> Scene:
    return Scene(title="x", duration_s=duration_s, layers=layers)


def test_every_variant_has_a_level_for_streams() -> None:
    file = resources.files("menura.engines.effects") / "levels.toml"
    levels = tomllib.loads(file.read_text("utf-8"))
    has = {name: set(rows) for name, rows in levels.items()}
    assert has == {source.name: set(source.variants) for source in sources().values()}


@pytest.mark.parametrize(
    ("source", "variant"), [("rain", "soil"), ("fan", "desk"), ("applause", "cheers")]
)
def test_a_bed_is_as_loud_as_expected(source: str, variant: str) -> None:
    whole = scene(dataclasses.replace(RAIN, source=source, variant=variant), duration_s=6.0)
    made = np.concatenate(list(perform(whole, stems=False)), axis=1)
    heard = measure(Audio(made, RATE)).integrated_lufs
    assert heard == pytest.approx(expected_lufs(whole), abs=2.5)


def test_a_peak_is_about_as_high_as_expected() -> None:
    whole = scene(KNOCK)
    made = np.concatenate(list(perform(whole, stems=False)), axis=1)
    peak_db = 20 * np.log10(np.abs(made).max())
    assert peak_db == pytest.approx(expected_peak_db(whole), abs=4.0)


def test_powers_add() -> None:
    one = scene(RAIN)
    two = scene(RAIN, dataclasses.replace(RAIN, name="other"))
    assert expected_lufs(two) - expected_lufs(one) == pytest.approx(3.01, abs=0.01)


def test_what_sounds_half_of_the_time_has_half_the_power() -> None:
    half = scene(dataclasses.replace(RAIN, stop_s=2.0))
    assert expected_lufs(scene(RAIN)) - expected_lufs(half) == pytest.approx(3.01, abs=0.01)


def test_more_strokes_have_more_power_and_no_more_than_a_bed() -> None:
    few = expected_lufs(scene(KNOCK))
    more = expected_lufs(scene(dataclasses.replace(KNOCK, times_s=(0.0, 0.5, 1.0, 1.5))))
    assert more - few == pytest.approx(3.01, abs=0.01)
    endless = dataclasses.replace(KNOCK, times_s=(), every_s=0.05)
    assert expected_lufs(scene(endless, duration_s=0.0)) >= more


def test_what_others_play_is_their_affair() -> None:
    music = Layer(name="m", source=MUSIC, text="jazz", distance_m=1000.0)
    assert expected_lufs(scene(music)) == SILENCE_DB
    assert expected_lufs(scene(RAIN, music)) == expected_lufs(scene(RAIN))
    assert expected_peak_db(scene(music)) == LEVEL_DBFS


@pytest.mark.parametrize(
    ("layers", "low_db", "high_db"),
    [
        ((RAIN,), 0.0, 0.0),
        ((dataclasses.replace(RAIN, source="clock_tick", variant="watch"),), 4.0, 14.0),
        ((RAIN, KNOCK), 0.0, 3.0),
    ],
)
def test_what_is_all_peaks_is_not_brought_to_the_loudness_of_the_rest(
    layers: tuple[Layer, ...], low_db: float, high_db: float
) -> None:
    assert low_db <= expected_shortfall_db(scene(*layers), -23.0) <= high_db


def test_a_happening_has_the_level_of_its_peak_alone() -> None:
    happening = dataclasses.replace(scene(KNOCK), one_shot=True)
    assert expected_shortfall_db(happening, -23.0) == 0.0


def test_a_variant_may_have_a_level_of_its_own() -> None:
    idle, under_way = (
        dataclasses.replace(RAIN, source="car", variant=variant, distance_m=5.0)
        for variant in ("idle", "accelerate")
    )
    assert level_db(under_way) > level_db(idle) + 12
