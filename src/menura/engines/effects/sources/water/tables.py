"""What `facts.toml` says of this family's sources."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@functools.cache
def tables() -> Mapping[str, Mapping[str, Any]]:
    """Returns the table of each source by its name."""
    facts = resources.files("menura.engines.effects.sources.water") / "facts.toml"
    return tomllib.loads(facts.read_text("utf-8"))
