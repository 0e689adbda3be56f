"""Blends: voices mixed by weight, written `af_heart:0.7+am_adam:0.3`."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from menura.errors import InvalidInput, MenuraError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.voice import Voice

MAX_VOICES = 8
_WEIGHT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6}")


class Blendable(Mapping[str, "Voice"]):
    """Voices by name, and every blend of them; blends are found, but not listed.

    Args:
        own: the voices.
    """

    def __init__(self, own: Mapping[str, Voice]) -> None:
        self._own = own

    def __getitem__(self, name: str) -> Voice:
        if name in self._own:
            return self._own[name]
        try:
            return self.blend(name)
        except MenuraError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def blend(self, name: str) -> Voice:
        """Returns the voice that a blend is.

        Raises:
            InvalidInput: if it is written in another way, or has too many voices.
            NotFound: if one of them is not there.
        """
        shares = weights(name)
        for part in shares:
            if part not in self._own:
                raise NotFound(f"no voice is called {part!r:.80} in the blend; see `menura voices`")
        heaviest = self._own[max(shares, key=lambda part: shares[part])]
        parts = [self._own[part] for part in shares]
        alike = len({part.gender for part in parts}) == 1
        strictest = max(parts, key=_strictness)
        return dataclasses.replace(
            heaviest,
            name=written(shares),
            description=f"a blend of {' and '.join(shares)}",
            gender=heaviest.gender if alike else "neutral",
            origin=strictest.origin,
            consent=strictest.consent,
        )


def _strictness(voice: Voice) -> tuple[bool, bool, bool]:
    """Returns what sorts voices by how much is asked for them: a person without consent is last."""
    known = {"synthetic", "trained"}
    return voice.origin not in known, voice.consent is None, voice.origin == "trained"


def is_blend(name: str) -> bool:
    """Returns whether a name is written like a blend."""
    return "+" in name or ":" in name


def weights(name: str) -> dict[str, float]:
    """Returns the weight of each voice of a blend as it is written; a voice alone weighs 1.

    Raises:
        InvalidInput: if it is no blend of at most 8 voices.
    """
    shares: Counter[str] = Counter()
    for part in name.split("+"):
        voice, colon, number = part.strip().partition(":")
        number = number.strip()
        if not voice.strip() or (colon and not _WEIGHT.fullmatch(number)):
            raise InvalidInput(
                f"a blend is written like af_heart:0.7+am_adam:0.3, not {name!r:.120}"
            )
        shares[voice.strip()] += float(number) if colon else 1.0  # type: ignore[assignment]
    if len(shares) > MAX_VOICES:
        raise InvalidInput(f"a blend has at most {MAX_VOICES} voices, not {len(shares)}")
    if not all(math.isfinite(w) and w > 0 for w in shares.values()):
        raise InvalidInput("each voice of a blend has a weight above 0")
    return dict(shares)


def written(shares: Mapping[str, float]) -> str:
    """Returns a blend as it is written in full."""
    return "+".join(f"{name}:{weight:g}" for name, weight in shares.items())
