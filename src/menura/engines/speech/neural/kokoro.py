"""Kokoro: StyleTTS 2 in one graph, with a table of styles for each voice.

Inputs and files as onnx-community/Kokoro-82M-v1.0-ONNX has them: `input_ids` int64 [1, n] with a 0
at both ends and at most 510 tokens between, `style` float32 [1, 256], `speed` float32 [1]; older
exports (thewh1teagle/kokoro-onnx) call the first one `tokens`. The sound comes first; the
"timestamped" exports also give a duration for each token.
"""

from __future__ import annotations

import functools
import re
import tomllib
import zipfile
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.catalog.installed import again
from menura.engines.speech.neural.blending import Blendable, is_blend, weights
from menura.engines.speech.neural.network import find_file, read_config
from menura.engines.speech.neural.symbols import NOWHERE, Symbol, Tokens, number, spell
from menura.errors import EngineFailed
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed
    from menura.espeak.utterance import Rendering
    from menura.runtime.speech_graph import SpeechGraph

RATE = 24_000
LIMIT = 510
STYLE_WIDTH = 256
PAD = 0


class Kokoro:
    """A Kokoro with its voices.

    Args:
        installed: its files.
    """

    def __init__(self, installed: Installed) -> None:
        self._name = installed.name
        self.rate, self.limit = RATE, LIMIT
        self.path = installed.path(".onnx")
        self._tables = _tables(installed)
        own = {name: _voice(name, installed.name) for name in self._tables}
        if not own:
            raise ValueError("there are no voices")
        self.voices: Mapping[str, Voice] = Blendable(own)
        self._vocabulary = _vocabulary(installed)
        self._styles: dict[str, NDArray[np.float32]] = {}

    def default(self, language: str | None) -> str:
        """Returns the voice of a language: the best known one where it is there."""
        family = (language or _facts()["languages"]["a"]).partition("-")[0]
        fitting = [v.name for v in self.voices.values() if v.language.partition("-")[0] == family]
        exact = [n for n in fitting if self.voices[n].language == language]
        known = _facts()["default"]
        return (
            known if known in (exact or fitting) else next(iter([*exact, *fitting, *self.voices]))
        )

    def check(self, graph: SpeechGraph) -> tuple[float, float]:
        """Returns the range of speed; a graph that takes whole numbers only has one speed."""
        graph.expect({_ids(graph.inputs), "style", "speed"}, "Kokoro")
        if "int" in graph.inputs["speed"]:
            return 1.0, 1.0
        low, high = _facts()["speeds"]
        return low, high

    def spell(self, rendering: Rendering, text: str, language: str) -> list[Symbol]:
        """Returns the phonemes as Kokoro was taught them."""
        pattern, table = _taught(language)
        return [
            symbol
            if symbol.kind != "sound"
            else Symbol(pattern.sub(lambda found: table[found[0]], symbol.text), symbol.event)
            for symbol in spell(rendering, text, _facts()["signs"])
        ]

    def size(self, symbol: Symbol) -> int:
        """Returns the number of its characters that have a number."""
        return len(number(symbol.text, self._vocabulary, {}))

    def tokens(self, symbols: Sequence[Symbol]) -> Tokens:
        """Returns the tokens between two pads."""
        tokens = Tokens()
        tokens.add([PAD], NOWHERE)
        for symbol in symbols:
            tokens.add(number(symbol.text, self._vocabulary, tokens.missing), symbol.event)
        tokens.add([PAD], NOWHERE)
        return tokens

    def feeds(
        self, tokens: Tokens, voice: Voice, speed: float, inputs: Collection[str]
    ) -> Mapping[str, NDArray[Any]]:
        """Returns tokens, style and speed; the row of the style goes by the number of tokens.

        hexgrad/kokoro, kokoro/pipeline.py, `infer`: `pack[len(ps) - 1]`.
        """
        style = self._style(voice.name)
        row = min(max(len(tokens.ids) - 3, 0), len(style) - 1)
        return {
            _ids(inputs): np.array([tokens.ids]),
            "style": style[row : row + 1],
            "speed": np.array([speed]),
        }

    def lacking(self, language: str) -> str:
        """Returns what the front end does not tell of a language."""
        return str(_facts()["lacking"].get(language, ""))

    def _style(self, name: str) -> NDArray[np.float32]:
        """Returns the styles of a voice or a blend, shape (rows, 256)."""
        if name not in self._styles:
            if name not in self._tables and is_blend(name):
                shares = weights(name)
                whole = sum(shares.values())
                parts = [np.multiply(self._style(part), w / whole) for part, w in shares.items()]
                rows = min(len(part) for part in parts)
                blended: NDArray[np.float32] = np.stack([part[:rows] for part in parts]).sum(axis=0)
                return blended
            self._styles[name] = self._read(name)
        return self._styles[name]

    def _read(self, name: str) -> NDArray[np.float32]:
        path = self._tables[name]
        try:
            if zipfile.is_zipfile(path):
                with np.load(path, allow_pickle=False) as arrays:
                    table = np.asarray(arrays[name], np.float32)
            else:
                table = np.fromfile(path, "<f4")
            table = table.reshape(-1, STYLE_WIDTH)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise EngineFailed(
                f"the voice {name} of {self._name} is damaged; {again(self._name)}"
            ) from error
        if not len(table) or not np.isfinite(table).all():
            raise EngineFailed(f"the voice {name} of {self._name} is damaged; {again(self._name)}")
        return table


def _ids(inputs: Collection[str]) -> str:
    return "tokens" if "tokens" in inputs else "input_ids"


def _tables(installed: Installed) -> dict[str, Path]:
    """Returns which file each voice is in: one of its own, or an archive of all."""
    found: dict[str, Path] = {}
    for name in sorted(installed.files):
        path = installed.folder / name
        if path.suffix not in {".bin", ".npz"}:
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found |= {n.removesuffix(".npy"): path for n in sorted(archive.namelist())}
        elif "/voices/" in f"/{name}" or not path.stem.startswith("voices"):
            found[path.stem] = path
    return {name: found[name] for name in found if re.fullmatch(r"[\w.-]{1,40}", name)}


def _voice(name: str, engine: str) -> Voice:
    facts = _facts()
    shaped = re.fullmatch(r"([a-z])([fm])_(\w+)", name)
    language = facts["languages"].get(shaped[1] if shaped else "", facts["languages"]["a"])
    return Voice(
        name=name,
        engine=engine,
        language=language,
        description=f"Kokoro's {(shaped[3] if shaped else name).capitalize()}",
        gender=facts["genders"].get(shaped[2] if shaped else "", "neutral"),
        origin="trained",
        timbre={"rate_wpm": 175},
    )


def _vocabulary(installed: Installed) -> dict[str, list[int]]:
    """Returns the tokens of each symbol: as the model's files say, else as they are known here."""
    path = find_file(installed, "tokenizer.json", "config.json")
    config = {} if path is None else read_config(path)
    model = config.get("model")
    table = config.get("vocab") or (model.get("vocab") if isinstance(model, dict) else None)
    if not isinstance(table, dict) or not table:
        table = _facts()["vocabulary"]
    return {str(symbol): [int(token)] for symbol, token in table.items() if len(symbol) == 1}


@functools.cache
def _taught(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    tables = _facts()["phonemes"]
    if language.partition("-")[0] != "en":
        key = "other"
    else:
        key = "en-us" if language.startswith("en-us") else "en-gb"
    table = tables[key]
    longest = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest))), table


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "kokoro.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
