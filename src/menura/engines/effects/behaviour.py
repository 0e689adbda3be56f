"""How sounds behave in a scene, where a prompt leaves it open."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@functools.cache
def behaviour() -> Mapping[str, Any]:
    """Returns the tables of `behaviour.toml`."""
    file = resources.files("menura.engines.effects") / "behaviour.toml"
    return tomllib.loads(file.read_text("utf-8"))
