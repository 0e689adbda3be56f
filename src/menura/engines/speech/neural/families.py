"""Which family of networks a model is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.catalog.installed import again
from menura.engines.speech.neural.kokoro import Kokoro
from menura.engines.speech.neural.piper import Piper
from menura.engines.speech.neural.vits import Vits
from menura.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from menura.catalog.installed import Installed
    from menura.engines.speech.neural.network import Network

FAMILIES: Mapping[str, Callable[[Installed], Network]] = {
    "kokoro-onnx": Kokoro,
    "piper": Piper,
    "vits-onnx": Vits,
}
"""By layout."""


def read_network(installed: Installed) -> Network:
    """Returns the network that a model holds.

    Raises:
        EngineFailed: if its files cannot be used.
    """
    model = installed.card.model
    family = None if model is None else FAMILIES.get(model.layout)
    if family is None:
        raise EngineFailed(f"{installed.name} is no model for speech that menura knows how to run")
    try:
        return family(installed)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EngineFailed(
            f"the files of {installed.name} are not as they should be "
            f"({type(error).__name__}: {error!s:.120}); {again(installed.name)}"
        ) from error
