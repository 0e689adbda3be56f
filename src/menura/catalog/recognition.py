"""What a folder of files is: the layout it follows, and the card that can be made of that."""

from __future__ import annotations

import json
import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.catalog.entries import layout, layout_card, layout_names
from menura.catalog.formats import MAX_TEXT_BYTES, PICKLES, is_pickle, refuse_pickle
from menura.catalog.model import Model, check_name
from menura.errors import InvalidInput, NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog.card import Card

MAX_FILES = 10_000
MAX_DEPTH = 6


def survey(folder: Path) -> dict[str, Path]:
    """Returns the plain files below a folder, by name with `/`; hidden ones are left out.

    A link counts if it stays inside the folder, or leads into the blobs of the hub's own cache,
    whose snapshots are folders of such links.

    Raises:
        NotFound: if there is no such folder.
        InvalidInput: if it is no folder, or holds too much to be a model.
    """
    if not folder.exists():
        raise NotFound(f"there is no folder {str(folder)!r:.120}")
    if not folder.is_dir():
        raise InvalidInput(f"{str(folder)!r:.120} is no folder; name the one the files are in")
    root = folder.resolve()
    homes = (root, root.parent.parent / "blobs") if root.parent.name == "snapshots" else (root,)
    found: dict[str, Path] = {}
    for here, folders, files in os.walk(root):
        depth = len(Path(here).relative_to(root).parts)
        folders[:] = [] if depth >= MAX_DEPTH else [f for f in folders if not f.startswith(".")]
        for file in files:
            path = root.joinpath(here, file)
            name = path.relative_to(root).as_posix()
            target = path.resolve()
            if _usable(name) and stat.S_ISREG(_mode(target)):
                if not any(target.is_relative_to(home) for home in homes):
                    raise InvalidInput(f"{name:.120} is a link that leads out of the folder")
                found[name] = target
        if len(found) > MAX_FILES:
            raise InvalidInput(f"{str(folder)!r:.120} holds more files than a model has")
    return found


def choose(model: Model, found: Mapping[str, Path]) -> dict[str, Path]:
    """Returns which of the files of a folder belong to a model, by the names it knows them by.

    Raises:
        Refused: if one is missing and there are pickles instead.
        InvalidInput: if one is missing.
    """
    try:
        return {name: found[there] for name, there in model.choose(found, flat=True).items()}
    except InvalidInput:
        for name, path in found.items():
            if path.suffix in PICKLES and is_pickle(path):
                raise refuse_pickle(name) from None
        raise


def recognise(name: str, found: Mapping[str, Path]) -> tuple[Card, dict[str, Any]]:
    """Returns the card of a model that menura has none for, and what it says beyond its layout.

    Raises:
        Refused: if there are only pickles.
        InvalidInput: if the files follow no layout that menura knows.
    """
    for each in layout_names():
        facts = _fitting(each, name, found)
        if facts is not None:
            return layout_card(facts, name), facts
    for file, path in found.items():
        if path.suffix in PICKLES and is_pickle(path):
            raise refuse_pickle(file)
    raise InvalidInput(
        "the folder holds no model that menura knows how to run; it knows the layouts "
        f"{', '.join(layout_names())} (docs/models.md)"
    )


def _fitting(each: str, name: str, found: Mapping[str, Path]) -> dict[str, Any] | None:
    """Returns the facts of a card if the files follow a layout."""
    base = layout(each)
    rules = base.get("recognise")
    if rules is None:
        return None
    model = Model.of({"layout": each, **base["model"]})
    if any(fnmatchcase(file, p) for p in rules.get("without", ()) for file in found):
        return None
    try:
        chosen = choose(model, found)
    except (InvalidInput, Refused):
        return None
    config = _config(rules.get("config", ""), found)
    if "model_type" in rules and config.get("model_type") not in rules["model_type"]:
        return None
    size_mb = round(sum(path.stat().st_size for path in chosen.values()) / 1e6)
    facts: dict[str, Any] = {
        "title": f"{base['title']}, imported as {name}",
        "memory_mb": max(50, round(1.5 * size_mb)),
        "model": {"layout": each, "size_mb": size_mb},
    }
    rate = _at(config, rules.get("rate", []))
    if type(rate) is int and 8000 <= rate <= 192_000:
        facts["rate"] = rate
    return facts


def _config(pattern: str, found: Mapping[str, Path]) -> dict[str, Any]:
    for name, path in found.items():
        if fnmatchcase(name, pattern) and path.stat().st_size <= MAX_TEXT_BYTES:
            try:
                config = json.loads(path.read_bytes())
            except (ValueError, RecursionError):
                continue
            return config if isinstance(config, dict) else {}
    return {}


def _at(config: Any, keys: list[str]) -> object:
    for key in keys:
        config = config.get(key) if isinstance(config, dict) else None
    return config if keys else None


def _usable(name: str) -> bool:
    try:
        return bool(check_name(name))
    except InvalidInput:
        return False


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
