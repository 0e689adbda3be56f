"""Every instrument by name, whichever family makes it."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING

from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from menura.engines.music.instruments.base import Instrument

FAMILIES = ("struck_and_plucked", "sustained", "synths", "drums")
"""Packages beside this module: each has its `NAMES`, and `create(name, rate)`."""


def create(name: str, rate: int) -> Instrument:
    """Returns an instrument.

    Raises:
        NotFound: if none goes by that name.
    """
    family = _families().get(name)
    if family is None:
        raise NotFound(f"no instrument is called {name!r:.60}")
    instrument: Instrument = _module(family).create(name, rate)
    return instrument


def names() -> tuple[str, ...]:
    """Returns the names of all instruments."""
    return tuple(_families())


@functools.cache
def _families() -> Mapping[str, str]:
    return {name: family for family in FAMILIES for name in _module(family).NAMES}


def _module(family: str) -> ModuleType:
    return import_module(f"menura.engines.music.instruments.{family}")
