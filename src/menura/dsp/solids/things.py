"""`Material` and `Thing`: what objects are made of, and what tables say of them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a thing is made of.

    Attributes:
        modulus_pa: Young's modulus, along the grain.
        density_kg_m3: density.
        poisson: Poisson's ratio.
        loss: internal loss factor.
        across_pa: Young's modulus across the grain; 0 = as along it.
    """

    modulus_pa: float
    density_kg_m3: float
    poisson: float
    loss: float
    across_pa: float = 0.0

    @property
    def bar_speed(self) -> float:
        """Longitudinal waves in a bar, m/s."""
        return float(np.sqrt(self.modulus_pa / self.density_kg_m3))

    @property
    def plate_speeds(self) -> tuple[float, float]:
        """Longitudinal waves in a plate, along and across the grain, m/s."""
        along = self.bar_speed / np.sqrt(1 - self.poisson**2)
        share = (self.across_pa or self.modulus_pa) / self.modulus_pa
        return float(along), float(along * np.sqrt(share))

    @property
    def solid_speeds(self) -> tuple[float, float]:
        """Longitudinal and transverse waves inside, m/s."""
        nu = self.poisson
        stiff = (1 - nu) / ((1 + nu) * (1 - 2 * nu))
        return self.bar_speed * float(np.sqrt(stiff)), self.bar_speed / float(np.sqrt(2 * (1 + nu)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object as tables describe it.

    Attributes:
        shape: `bar`, `rod`, `reed` (a bar clamped at one end), `plate`, `disc`, `shell`, `hoop`,
            `block`, `sheet`, `membrane`, or `given`.
        size_m: its measures: bar and reed (length, thickness), rod (length, radius), plate
            (length, width, thickness), disc (radius, thickness), shell (radius, height,
            thickness), hoop (radius, wire's radius), block (three sides), sheet (two sides,
            thickness); the first also says how well it radiates.
        material: a name in `materials.toml`; "" for a `membrane` or `given` modes.
        loss: loss factor of the whole with its joints; 0 = the material's.
        support_s: T60 that its support or its filling alone would give it.
        partials: no more modes than this; of more, some are drawn.
        order: how its radiation rises under the frequency at which waves in air are as long as
            it is (of a plate: as those that bend it): 1 as a baffled surface, 2 as a free one.
        spread: how far modes of one make lie apart, standard deviation as a share.
        split: of a shell's pairs, as a share.
        clack_db: level of the air that it pushes as a whole when it starts or stops, against one
            of its modes: what is heard of stones, balls and all that is small and stiff.
        hz: frequencies of `given` modes; the first one of a `membrane`.
        t60_s: their decays; one stands for all.
        gains_db: their levels; one stands for all.
    """

    shape: str
    size_m: tuple[float, ...] = (0.1,)
    material: str = ""
    loss: float = 0.0
    support_s: float = 10.0
    partials: int = 40
    order: float = 1.0
    spread: float = 0.02
    split: float = 0.004
    clack_db: float = -100.0
    hz: tuple[float, ...] = ()
    t60_s: tuple[float, ...] = (0.1,)
    gains_db: tuple[float, ...] = (0.0,)


@functools.cache
def materials() -> Mapping[str, Material]:
    """Returns every material by name."""
    text = (resources.files("menura.dsp.solids") / "materials.toml").read_text("utf-8")
    return {name: Material(**table) for name, table in tomllib.loads(text).items()}


def read_things(text: str) -> dict[str, Thing]:
    """Returns the objects that a TOML text describes, by name: one table each."""
    known = {field.name for field in fields(Thing)}
    things = {}
    for name, table in tomllib.loads(text).items():
        values = {key: value for key, value in table.items() if key in known}
        for key in ("size_m", "hz", "t60_s", "gains_db"):
            if key in values:
                values[key] = tuple(float(number) for number in values[key])
        things[name] = Thing(**values)
    return things
