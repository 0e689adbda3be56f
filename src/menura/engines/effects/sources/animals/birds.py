"""Birds of a garden, a forest or a jungle, frogs of a pond: each sings songs of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import MovingNoise, make_shapes
from menura.dsp.noise import Wander
from menura.engines.effects.sources.animals.chorus import Chorus, Member
from menura.engines.effects.sources.animals.songs import sing
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


class Singer:
    """One bird or frog: a few motifs, one of which it sings at a time.

    Args:
        species: its table, see `songs.sing`; `repertoire` is how many motifs it has.
        far: its distance as a share of the farthest: leaves take high notes away.
        wish: what was wished of all of them.
        rng: draws the motifs, and how each song differs.
    """

    def __init__(
        self, species: Mapping[str, Any], far: float, wish: Wish, rng: np.random.Generator
    ) -> None:
        self._species, self._rng, self._zeal = species, rng, wish.intensity
        self._motifs = rng.integers(0, 1 << 31, int(species.get("repertoire", 4))).tolist()
        self._pitch = float(2 ** (rng.normal(0, 0.08) - 0.6 * (wish.size - 0.5)))
        self._dull = far

    def call(self) -> NDArray[np.float32]:
        """Returns its next song, shape (frames,), float32."""
        motif = np.random.default_rng(self._motifs[int(self._rng.integers(len(self._motifs)))])
        sound = sing(self._species, motif, self._rng, pitch=self._pitch, zeal=self._zeal)
        if self._dull > 0.3:  # the mean of neighbours: -3 dB at 12 kHz, -1 dB at 7 kHz
            sound = sound * np.float32(0.5)
            sound[1:] += sound[:-1]
        return sound


def gather_singers(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Chorus:
    """Returns the singers of a place: at intensity 0 some, at 1 as many as at dawn."""
    place = table[wish.variant]
    few, many = place["members"]
    count = round(few * (many / few) ** wish.intensity)
    near_m, far_m = place["distance_m"]
    names = list(place["species"])
    weights = np.array([float(table["species"][name].get("often", 1.0)) for name in names])
    kinds = rng.choice(len(names), count, p=weights / weights.sum())
    kinds[: min(3, count)] = rng.permutation(len(names))[: min(3, count)]
    angles = (rng.permutation(count) + rng.random(count)) / count * np.pi / 2
    members = []
    for kind, angle in zip(kinds.tolist(), angles.tolist(), strict=True):
        species = table["species"][names[kind]]
        # As many at each distance as in a plane of trees.
        distance_m = float(np.sqrt(rng.uniform(near_m**2, far_m**2)))
        singer = Singer(species, distance_m / far_m, wish, rng.spawn(1)[0])
        pace = 1.25 - 0.5 * wish.intensity
        members.append(
            Member(
                call=singer.call,
                period_s=float(species["period_s"]) * pace * float(np.exp(rng.normal(0, 0.2))),
                jitter=0.3,
                gain=10 ** (float(species.get("level_db", 0.0)) / 20) / (distance_m + near_m),
                angle=angle,
            )
        )
    return Chorus(members, make_distance(place["far"], rng), float(place["far_db"]), rng)


def make_distance(
    table: Mapping[str, Any], rng: np.random.Generator
) -> Callable[[], NDArray[np.float32]]:
    """Returns what gives blocks of all that sounds too far away to be told apart, rms near 1.

    Bands of noise, whose levels go up and down on their own, as of many voices each.
    """
    bands = [[tuple(point) for point in band] for band in table["bands"]]
    noise = MovingNoise(make_shapes(bands, RATE), BLOCK_FRAMES, 2, rng)
    depth = float(table["depth"])
    paces = [Wander(float(table["per_s"]), RATE // 1024, noise.hops, rng) for _ in bands]
    share = np.sqrt(1 / (len(bands) * (1 + (0.85 * depth) ** 2)))

    def give() -> NDArray[np.float32]:
        levels = np.stack([np.abs(1 + depth * pace.next()) for pace in paces], axis=1)
        return noise.next(levels.astype(np.float64) * share)

    return give
