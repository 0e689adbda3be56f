"""Tables: an instrument's numbers, read from the TOML file of its kin."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def find_table(package: str, families: Mapping[str, Sequence[str]], name: str) -> dict[str, Any]:
    """Returns the table of an instrument.

    Args:
        package: where the files lie.
        families: name of a file, without `.toml` -> the instruments it describes.
        name: of the instrument.

    Raises:
        NotFound: if no file describes it.
    """
    for family, names in families.items():
        if name in names:
            text = (resources.files(package) / f"{family}.toml").read_text(encoding="utf-8")
            return dict(tomllib.loads(text)[name])
    known = ", ".join(name for names in families.values() for name in names)
    raise NotFound(f"no instrument here is called {name!r:.60}: {known}")


def frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a table with its lists, and theirs, as tuples."""
    return {key: _frozen(value) for key, value in table.items()}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
