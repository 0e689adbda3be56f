"""`Network`: what the engine asks of a family of networks; reading the files of a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from menura.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed
    from menura.engines.speech.neural.symbols import Symbol, Tokens
    from menura.espeak.utterance import Rendering
    from menura.runtime.speech_graph import SpeechGraph
    from menura.voice import Voice

MAX_CONFIG_BYTES = 16 * 1024**2


class Network(Protocol):
    """One model: how it reads, who speaks in it, and what its graph is fed.

    Attributes:
        voices: by name.
        rate: of its sound, Hz.
        path: of its graph.
        limit: tokens that it takes at once.
    """

    voices: Mapping[str, Voice]
    rate: int
    path: Path
    limit: int

    def default(self, language: str | None, /) -> str:
        """Returns who speaks if nobody is named, in a language or in any."""

    def check(self, graph: SpeechGraph) -> tuple[float, float]:
        """Returns the slowest and the fastest speed of a graph.

        Raises:
            InvalidInput: if it is not one of this family, or reads what menura cannot write.
        """

    def spell(self, rendering: Rendering, text: str, language: str, /) -> list[Symbol]:
        """Returns what the front end says as symbols of this family."""

    def tokens(self, symbols: Sequence[Symbol]) -> Tokens:
        """Returns the tokens of one part, pads included."""

    def size(self, symbol: Symbol) -> int:
        """Returns how many tokens a symbol takes."""

    def feeds(
        self, tokens: Tokens, voice: Voice, speed: float, inputs: Collection[str], /
    ) -> Mapping[str, NDArray[Any]]:
        """Returns what a graph with these inputs is fed."""

    def lacking(self, language: str, /) -> str:
        """Returns what it should know of a language and is not told, or nothing."""


def read_config(path: Path) -> dict[str, Any]:
    """Returns what a JSON file of a model says.

    Raises:
        EngineFailed: if it cannot be read.
        ValueError: if it is no object of JSON.
    """
    try:
        with path.open("rb") as file:
            config = json.loads(file.read(MAX_CONFIG_BYTES))
    except OSError as error:
        raise EngineFailed(f"cannot read {path.name}: {error.strerror}") from error
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deep") from error
    if not isinstance(config, dict):
        raise TypeError(f"{path.name} holds no object")
    return config


def find_file(installed: Installed, *endings: str) -> Path | None:
    """Returns the first file that ends like one of these, the first ending first; None = none."""
    for ending in endings:
        for name in sorted(installed.files):
            if name.endswith(ending):
                return installed.folder / name
    return None
