"""What a designed voice says to be heard, where no text is given."""

from __future__ import annotations

import tomllib
from importlib import resources

from menura.errors import InvalidText


def find_preview(language: str) -> str:
    """Returns the text of a preview in a language.

    Args:
        language: tag of espeak-ng.

    Raises:
        InvalidText: if there is none in this language.
    """
    written = (resources.files(__package__) / "previews.toml").read_text(encoding="utf-8")
    texts: dict[str, str] = tomllib.loads(written)
    family = language.partition("-")[0]
    if family not in texts:
        raise InvalidText(f"there is no text for a preview in the language {language}: give one")
    return texts[family]
