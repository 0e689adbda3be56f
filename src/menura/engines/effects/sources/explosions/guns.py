"""Guns: muzzle blast, a bullet's shock, an action that cycles, and bullets that glance off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.blasts import friedlander, n_wave, rumble, travelled
from menura.dsp.sweeps import scaled_noise, sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.explosions.blast import SOUND_M_S
from menura.engines.effects.sources.impacts.edges import finished, overlay
from menura.engines.effects.sources.impacts.sequence import Manner, play, read_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_BANK = 5


def fire_gun(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one shot and the gun's action after it, shape (frames,)."""
    pieces = [(0.0, shot(table, wish, rng)), (float(table["action_s"]), action(table, wish, rng))]
    return finished(overlay(pieces, RATE))


def fire_machine_gun(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a burst, shape (frames,): rounds at the rate of the action, no two alike."""
    per_minute = float(np.interp(wish.intensity, (0, 0.5, 1), table["rounds_per_minute"]))
    per_minute *= float(rng.uniform(0.96, 1.04))
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    count = max(3, round(length_s * per_minute / 60))
    shots = [shot(table, wish, rng) for _ in range(min(count, _BANK))]
    actions = [action(table, wish, rng) for _ in range(min(count, 3))]
    late = np.cumsum(60 / per_minute * rng.normal(1, 0.02, count))
    late -= late[0]
    size = 10 ** (rng.normal(0, 0.8, count) / 20)
    pieces = [
        (float(at_s), shots[k % len(shots)] * np.float32(gain))
        for k, (at_s, gain) in enumerate(zip(late, size, strict=True))
    ]
    clatter = float(table["action_s"])
    pieces += [(float(s) + clatter, actions[k % len(actions)]) for k, s in enumerate(late)]
    return finished(overlay(pieces, RATE))


def shot(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what a muzzle and a bullet send out, shape (frames,), peak near 1.

    R. Maher, "Modeling and signal processing of acoustic gunshot recordings", IEEE DSP Workshop
    (2006): a blast of 3 to 5 ms; the bullet's N-wave, 0.2 ms long, that comes sooner the farther
    the gun is, and the ground's reflection.
    """
    positive_s = float(table["positive_s"]) * 1.6 ** (2 * (wish.size - 0.5))
    positive_s *= float(rng.uniform(0.92, 1.1))
    blast = friedlander(positive_s, round(14 * positive_s * RATE) + 32, RATE)
    away_m = float(table["away_m"]) * 4 ** (0.5 - wish.intensity)
    pieces = [(0.0, blast)]
    ground_s = (np.hypot(away_m, 3.2) - away_m) / SOUND_M_S
    soft = travelled(blast, 1.0, RATE, float(table["ground_hz"]))
    pieces.append((float(ground_s), soft * np.float32(0.6)))
    mach = float(table.get("mach", 0.0))
    if mach > 1:
        # The shock of its path comes before the blast of the muzzle.
        lead_s = float(table["lead_s"]) * (away_m / float(table["away_m"]))
        wave = n_wave(float(table["n_wave_s"]) * rng.uniform(0.9, 1.1), 1e-5, RATE)
        wave *= np.float32(10 ** (float(table["n_wave_db"]) / 20))
        pieces = [(at_s + lead_s, sound) for at_s, sound in pieces]
        pieces += [(0.0, wave), (float(ground_s) * 1.3, wave * np.float32(-0.5))]
    bands = [
        (low, high, db + float(rng.normal(0, 1)), t60_s * 1.3 ** (2 * wish.size - 1))
        for low, high, db, t60_s in table["gas"]
    ]
    gas = rumble(bands, float(table["gas_s"]), 0.0006, RATE, rng)
    gas *= np.float32(10 ** (float(table["gas_db"]) / 20))
    pieces.append((pieces[0][0] + 0.0004, gas))
    corner_hz = float(table.get("corner_hz", 0.0)) * 2 ** (2 * (wish.intensity - 0.5))
    return travelled(overlay(pieces, RATE), away_m, RATE, corner_hz)


def action(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the parts that move after a shot, or are worked by hand, shape (frames,)."""
    things = table["things"]
    sound = play(read_steps(table["steps"]), things, Manner.of(wish, table), rng)
    # Levels are peaks against the blast's.
    peak = float(np.abs(sound).max()) or 1.0
    return sound * np.float32(10 ** (float(table.get("action_db", 0.0)) / 20) / peak)


def reload_gun(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a slide that is drawn back and let go, shape (frames,)."""
    return finished(action(table, wish, rng))


def glance(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a bullet that strikes stone and whines away, shape (frames,).

    Bent, it tumbles: its vortices sound at St v / d twice each turn, louder and higher broadside;
    drag takes its speed, v = v0 / (1 + t / T), and Doppler lowers what flies away.
    """
    length_s = float(rng.uniform(*table["usual_s"])) * 1.3 ** (wish.size - 0.5)
    frames = round(length_s * RATE)
    t = np.arange(frames) / RATE
    start_hz = float(rng.uniform(*table["hz"])) * 2 ** (0.5 - wish.size)
    start_hz *= 2 ** (0.5 * (wish.intensity - 0.5))
    hz = start_hz / (1 + t / (float(table["drag_s"]) * float(rng.uniform(0.8, 1.3))))
    tumble_hz = float(rng.uniform(*table["tumble_hz"])) / (1 + 0.6 * t / length_s)
    turn = np.cumsum(tumble_hz) / RATE + rng.random()
    wobble = np.sin(2 * np.pi * turn)
    hz = hz * 2 ** (float(table["wobble_semitones"]) / 12 * wobble)
    tone = sweep_tone(hz, np.array([1.0, 0.35, 0.2, 0.08]), RATE)
    band = [(0.7, -12.0), (0.97, 0.0), (1.03, 0.0), (1.5, -12.0)]
    tone += 0.45 * scaled_noise(band, hz, RATE, rng)
    level = np.exp(-t * (4.5 / length_s)) * (0.55 + 0.45 * wobble) * np.minimum(t / 0.012, 1)
    tone *= level.astype(np.float32)
    things = table["things"]
    hit = play(read_steps(table["steps"]), things, Manner.of(wish, table), rng)
    hit *= np.float32(10 ** (float(table["hit_db"]) / 20) / (np.abs(hit).max() or 1.0))
    return finished(overlay([(0.0, hit), (0.001, tone)], RATE))
