"""Settings: the only place that reads the environment and the config file.

`Settings.load()` looks a setting up in this order: `MENURA_<NAME>` in the environment,
`config.toml` in the data folder, the default below. `Settings(...)` takes exactly what it is given,
and the defaults.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from menura.errors import InvalidInput, StorageFailed, shown

VERSION = "0.1.0"
"""The version of menura: the one place where it is written."""

MAX_CONFIG_BYTES = 1024**2

Record = Literal["full", "hash"]
Weights = Literal["int8", "int4", "fp32"]
Provider = Literal["cpu", "cuda", "coreml", "directml"]


_CHOICES = {"record": Record, "model_weights": Weights, "model_provider": Provider}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an install may be told.

    Attributes:
        home: the data folder: archive of takes, signing authority, caches; by default the
            platform's place for data. `MENURA_HOME`.
        marking: embed the watermark. Switch it off only for local, air-gapped use: every record
            then says so.
        record: `full` writes the prompt into the recipe of a file, `hash` only its SHA-256.
        workers: speech worker processes at most; 0 = one per core.
        watermark_key: file with 16 to 1024 secret bytes; takes are marked with it instead of
            the public key, and `verify` looks for both.
        signing_cert: PEM chain (leaf first) that signs manifests instead of this install's own.
        signing_key: PEM (PKCS8) private key of that leaf.
        trust_anchors: PEM file of authorities whose manifests count as trusted, besides our own.
        blocked_terms: text file, one term a line, that no task may contain.
        soundfont: SoundFont file (.sf2) whose instruments play music's acoustic parts.
        commercial_only: refuse models whose licences exclude commercial use.
        offline: never open the network; models come from folders (`menura models import`).
        model_memory_mb: what loaded models may take up together, MB; those used least recently
            go first.
        model_idle_s: a model that nobody has used for so long is let go, seconds.
        model_weights: how models converted here keep their weights: `int8`, `int4` or `fp32`.
        model_provider: where networks run: `cpu`, or `cuda`, `coreml`, `directml` where there is
            one.
        hints: say on a terminal, once, what could be added.
        server_host: address the server listens on; any but this machine's own needs a key.
        server_port: it listens on; 0 = any that is free.
        server_auth: ask for a key on this machine too, even before there is one.
        server_workers: processes that make sound for the server; 0 = one per core, at most 8.
        server_queue: requests that may wait for one of them; more are told to come again.
        server_concurrency: requests of one key under way at a time.
        server_keep_mb: room for the files of rendered takes, MB; what goes is made again if asked.
        server_body_mb: largest request that is read, MB.
        server_timeout_s: a request that is neither sent nor read for so long is given up, seconds.
        server_grace_s: what is under way when the server is stopped may take so long, seconds.
        server_origins: other origins whose pages may use the server, such as
            `https://app.example`, set apart by commas.
        server_hosts: names besides its address and `localhost` that the server answers to, set
            apart by commas.
        openai_voices: (theirs, ours) pairs, or a table: voices of OpenAI's API, besides or instead
            of the built-in ones.
        max_text_chars: longest text of one task.
        max_input_bytes: largest sound file that is read.
        max_input_s: longest sound that is decoded, in seconds.
    """

    home: Path = field(default_factory=lambda: _default_home(os.environ))  # noqa: TID251
    marking: bool = True
    record: Record = "full"
    workers: int = 0
    watermark_key: Path | None = None
    signing_cert: Path | None = None
    signing_key: Path | None = None
    trust_anchors: Path | None = None
    blocked_terms: Path | None = None
    soundfont: Path | None = None
    commercial_only: bool = False
    offline: bool = False
    model_memory_mb: int = 4096
    model_idle_s: float = 600.0
    model_weights: Weights = "int8"
    model_provider: Provider = "cpu"
    hints: bool = True
    server_host: str = "127.0.0.1"
    server_port: int = 8666
    server_auth: bool = False
    server_workers: int = 0
    server_queue: int = 128
    server_concurrency: int = 64
    server_keep_mb: int = 2000
    server_body_mb: int = 64
    server_timeout_s: float = 60.0
    server_grace_s: float = 30.0
    server_origins: str = ""
    server_hosts: str = ""
    openai_voices: tuple[tuple[str, str], ...] = ()
    max_text_chars: int = 1_000_000
    max_input_bytes: int = 2 * 1024**3
    max_input_s: float = 4 * 3600.0

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            value, choices = getattr(self, name), get_args(kind)
            if not isinstance(value, str) or value not in choices:
                allowed = f"{', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}"
                raise InvalidInput(f"{name} is {allowed}, not {shown(value)}")
        if (self.signing_cert is None) != (self.signing_key is None):
            raise InvalidInput("signing_cert and signing_key belong together: set both or neither")
        object.__setattr__(self, "openai_voices", _pairs("openai_voices", self.openai_voices))
        for spec in fields(self):
            name, value = spec.name, getattr(self, spec.name)
            if spec.type == "Path" or (spec.type == "Path | None" and value is not None):
                object.__setattr__(self, name, _path(name, value))
            elif spec.type == "bool" and not isinstance(value, bool):
                raise InvalidInput(f"{name} is True or False, not {shown(value)}")
            elif spec.type in {"int", "float"}:
                low = 0 if name in {"workers", "server_workers", "server_port"} else 1
                kinds = (int,) if spec.type == "int" else (int, float)
                if type(value) not in kinds or not low <= value < 2**53:
                    raise InvalidInput(f"{name} is a number from {low} on, not {shown(value)}")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Returns the settings of this machine's user.

        Args:
            environ: stands in for the process environment (tests).

        Raises:
            InvalidInput: if a setting does not exist or its value does not fit.
            StorageFailed: if the config file cannot be read.
        """
        if environ is None:
            environ = os.environ  # noqa: TID251 - the one place
        if not isinstance(environ, Mapping) or not all(map(_is_text, environ.items())):
            raise InvalidInput("an environment maps names to values, all of them text")
        home = _path("home", _default_home(environ))
        values: dict[str, Any] = {**_config_file(home / "config.toml")}
        for name, text in environ.items():
            if name.startswith("MENURA_") and name != "MENURA_HOME":
                values[name.removeprefix("MENURA_").lower()] = text
        hints = get_type_hints(cls)
        unknown = values.keys() - hints.keys()
        if unknown:
            raise InvalidInput(f"no such setting: {', '.join(sorted(unknown))}")
        parsed: dict[str, Any] = {
            name: _parse(name, hints[name], value) for name, value in values.items()
        }
        return cls(**(parsed | {"home": home}))


def _is_text(pair: tuple[object, object]) -> bool:
    return all(isinstance(each, str) for each in pair)


def _default_home(environ: Mapping[str, str]) -> Path:
    """MENURA_HOME, else the platform's place: XDG_DATA_HOME, Application Support, LOCALAPPDATA."""
    if environ.get("MENURA_HOME"):
        return Path(environ["MENURA_HOME"])
    if environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"]) / "menura"
    if environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"]) / "menura"
    mac = Path("~/Library/Application Support").expanduser()
    return (mac if mac.is_dir() else Path("~/.local/share").expanduser()) / "menura"


def _config_file(path: Path) -> dict[str, Any]:
    try:
        if not path.exists():
            return {}
        size = path.stat().st_size if path.is_file() else None
        if size is not None and size <= MAX_CONFIG_BYTES:
            return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidInput(f"{path.name} in the data folder is not valid TOML: {reason}") from error
    except OSError as error:
        raise StorageFailed(f"cannot read {path!s:.200}: {error.strerror}") from error
    raise StorageFailed(f"{path!s:.200} is no plain file of at most {MAX_CONFIG_BYTES} bytes")


_SWITCH = {"1": True, "true": True, "on": True, "yes": True} | {
    "0": False,
    "false": False,
    "off": False,
    "no": False,
}


def _parse(name: str, hint: object, value: object) -> object:
    """Turns a value of the environment (text) or of TOML into the field's type."""
    try:
        text = str(value)
        if hint is bool:
            return _SWITCH[text.lower()]
        if hint is int:
            return int(text)
        if hint is float:
            return float(text)
    except (ValueError, KeyError) as error:
        raise InvalidInput(f"the setting {name} cannot be {shown(value)}") from error
    if hint == Path | None:
        return _path(name, text) if text else None
    return value if name == "openai_voices" else text


def _pairs(name: str, value: object) -> tuple[tuple[str, str], ...]:
    """Returns a table of names, whichever way it was written."""
    pairs = value.items() if isinstance(value, dict) else value
    if isinstance(pairs, Iterable) and not isinstance(pairs, str):
        settled = [tuple(pair) if isinstance(pair, tuple | list) else () for pair in pairs]
        if all(len(p) == 2 and all(isinstance(each, str) for each in p) for p in settled):
            return tuple((theirs, ours) for theirs, ours in settled)
    raise InvalidInput(f"the setting {name} is a table of names to names, not {shown(value)}")


def _path(name: str, value: object) -> Path:
    """Returns a path that a setting names, absolute."""
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise InvalidInput(f"the setting {name} is a path, not {shown(value)}")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as error:
        raise InvalidInput(
            f"the setting {name} names no known home folder: {value!s:.80}"
        ) from error


def cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def single_threaded() -> dict[str, str]:
    """Returns the environment for a worker whose linear algebra uses one thread."""
    return dict(os.environ) | dict.fromkeys(_THREAD_VARIABLES, "1")  # noqa: TID251


def calm() -> None:
    """Has NumPy use one thread, if it is not loaded yet and the user does not say otherwise.

    After a product OpenBLAS lets its others spin for a while, waiting for the next one: of a piece
    of music that took 40 % of the processor time, and made nothing quicker.
    """
    for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")  # noqa: TID251 - read by libraries


_THREAD_VARIABLES = (
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
