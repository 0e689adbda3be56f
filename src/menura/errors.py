"""Everything menura raises on purpose.

::

    MenuraError
    ├── InvalidInput (ValueError)         a value, a text or a file that cannot be used
    │   ├── InvalidText                   empty, too long, not speakable
    │   ├── InvalidAudio                  not decodable, or over a limit
    │   └── InvalidRecipe                 a recipe that is not one of ours, or was altered
    ├── NotFound (LookupError)            a name that nothing here goes by
    ├── NotInstalled (LookupError)        it exists, and has to be installed first
    ├── Refused (PermissionError)         a safeguard said no
    ├── EngineFailed (RuntimeError)       an engine or one of its workers broke
    └── StorageFailed (OSError)           the disk or the data folder would not take or give it

Each message says what happened and, where something can be done, what to do. A caller's own
mistake (the first four) is raised before the first block of audio exists.
"""

from __future__ import annotations


class MenuraError(Exception):
    """The root of every error menura raises on purpose."""


class InvalidInput(MenuraError, ValueError):
    """A value, a text or a file that cannot be used as it is."""


class InvalidText(InvalidInput):
    """A text that is empty, too long, or holds nothing that can be spoken."""


class InvalidAudio(InvalidInput):
    """A sound file that cannot be decoded, or is over a limit."""


class InvalidRecipe(InvalidInput):
    """A recipe that is malformed, altered, or not one of ours."""


class NotFound(MenuraError, LookupError):
    """A voice, model, language, take or file that does not exist here."""


class NotInstalled(MenuraError, LookupError):
    """Something menura knows, but that has to be installed first."""


class Refused(MenuraError, PermissionError):
    """A safeguard refused the task."""


class EngineFailed(MenuraError, RuntimeError):
    """An engine, or one of its worker processes, broke."""


class StorageFailed(MenuraError, OSError):
    """The disk, or menura's data folder, would not take or give the data."""


def shown(value: object) -> str:
    """Returns a value as the one line of an error shows it, shortened.

    Python refuses to write out the longest numbers.
    """
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of hundreds of digits"
    try:
        return " ".join(f"{value!r:.80}".split())
    except ValueError:  # such a number stands inside it
        return f"a {type(value).__name__} with a number of thousands of digits"
