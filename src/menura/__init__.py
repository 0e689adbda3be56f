"""menura: every kind of audio from a prompt, on your own machine, marked as generated.

    >>> import menura
    >>> with menura.Studio() as studio:
    ...     take = studio.render(menura.Speech("Hello", voice="nora"))
    ...     path = take.save("hello.wav")

The public names are loaded when they are first used, so that `import menura` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.audio import Audio
    from menura.errors import (
        EngineFailed,
        InvalidAudio,
        InvalidInput,
        InvalidRecipe,
        InvalidText,
        MenuraError,
        NotFound,
        NotInstalled,
        Refused,
        StorageFailed,
    )
    from menura.safeguards.verify import Verification
    from menura.settings import VERSION as __version__  # noqa: N811
    from menura.settings import Settings
    from menura.studio import Stream, Studio
    from menura.take import Report, Take
    from menura.tasks import (
        Decoding,
        Dialogue,
        Effect,
        Music,
        Part,
        Pronunciation,
        Speech,
        Task,
        VoiceDesign,
        Work,
    )
    from menura.text.captions import Word
    from menura.voice import Voice

_HOME = {
    "Audio": "audio",
    "Decoding": "tasks",
    "Dialogue": "tasks",
    "Effect": "tasks",
    "EngineFailed": "errors",
    "InvalidAudio": "errors",
    "InvalidInput": "errors",
    "InvalidRecipe": "errors",
    "InvalidText": "errors",
    "MenuraError": "errors",
    "Music": "tasks",
    "NotFound": "errors",
    "NotInstalled": "errors",
    "Part": "tasks",
    "Pronunciation": "tasks",
    "Refused": "errors",
    "Report": "take",
    "Settings": "settings",
    "Speech": "tasks",
    "StorageFailed": "errors",
    "Stream": "studio",
    "Studio": "studio",
    "Take": "take",
    "Task": "tasks",
    "Verification": "safeguards.verify",
    "Voice": "voice",
    "VoiceDesign": "tasks",
    "Word": "text.captions",
    "Work": "tasks",
    "__version__": "settings",
}
"""Public name -> the module below `menura` that defines it."""

_NAMES = {"__version__": "VERSION"}
"""Public name -> its name there, where they differ."""

__all__ = [
    "Audio",
    "Decoding",
    "Dialogue",
    "Effect",
    "EngineFailed",
    "InvalidAudio",
    "InvalidInput",
    "InvalidRecipe",
    "InvalidText",
    "MenuraError",
    "Music",
    "NotFound",
    "NotInstalled",
    "Part",
    "Pronunciation",
    "Refused",
    "Report",
    "Settings",
    "Speech",
    "StorageFailed",
    "Stream",
    "Studio",
    "Take",
    "Task",
    "Verification",
    "Voice",
    "VoiceDesign",
    "Word",
    "Work",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'menura' has no attribute {name!r}")
    value = getattr(import_module(f"menura.{_HOME[name]}"), _NAMES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
