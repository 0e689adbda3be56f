"""VITS as transformers exports it: MMS and others that read letters, or phonemes.

Graph as Xenova/mms-tts-* have it: `input_ids` and `attention_mask` int64 [1, n], `speaker_id` where
there are several; the sound comes first. Letters as transformers' VitsTokenizer reads them: in
lower case, those that vocab.json lacks left out, the token 0 before, between and behind
(`add_blank`). Pace and noise are constants of the graph.
"""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.speech.neural.network import find_file, read_config
from menura.engines.speech.neural.symbols import NOWHERE, Tokens, letters, number, spell
from menura.errors import InvalidInput
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed
    from menura.engines.speech.neural.symbols import Symbol
    from menura.espeak.utterance import Rendering
    from menura.runtime.speech_graph import SpeechGraph

LIMIT = 2_000
MAX_SPEAKERS = 10_000
SIGNS = {sign: sign for sign in ".,:;!?"}


class Vits:
    """A VITS with one speaker or many.

    Args:
        installed: its files.
    """

    def __init__(self, installed: Installed) -> None:
        self._name = installed.name
        config = read_config(installed.path("config.json"))
        reading = find_file(installed, "tokenizer_config.json")
        self._reading = {} if reading is None else read_config(reading)
        self.path = installed.path("model.onnx")
        self.limit = LIMIT
        self.rate = int(config["sampling_rate"])
        if not 8_000 <= self.rate <= 192_000:
            raise ValueError(f"sampling_rate is {self.rate}")
        table = read_config(installed.path("vocab.json"))
        self._numbers = {str(k): [int(v)] for k, v in table.items() if len(k) == 1}
        self._blank = [0] if self._reading.get("add_blank", True) else []
        count = int(config.get("num_speakers", 1) or 1)
        if not 0 < count <= MAX_SPEAKERS:
            raise ValueError(f"num_speakers is {count}")
        self.voices: Mapping[str, Voice] = _voices(installed.name, self._language(), count)
        self._speaker = {name: i for i, name in enumerate(self.voices)}

    def default(self, _language: str | None) -> str:
        """Returns the first speaker."""
        return next(iter(self.voices))

    def check(self, graph: SpeechGraph) -> tuple[float, float]:
        """Returns its one speed."""
        if self._reading.get("is_uroman"):
            raise InvalidInput(
                f"{self._name} reads its language in Latin letters as uroman writes them, which "
                "menura cannot: take another model for this language"
            )
        graph.expect({"input_ids", "attention_mask"}, "VITS", {"speaker_id"})
        return 1.0, 1.0

    def spell(self, rendering: Rendering, text: str, _language: str) -> list[Symbol]:
        """Returns letters, or phonemes if it was trained with those."""
        if self._reading.get("phonemize"):
            return spell(rendering, text, SIGNS)
        return letters(rendering, text)

    def size(self, symbol: Symbol) -> int:
        """Returns its tokens, each with a blank."""
        return 2 * len(number(symbol.text, self._numbers, {}))

    def tokens(self, symbols: Sequence[Symbol]) -> Tokens:
        """Returns the tokens with blanks around each."""
        tokens = Tokens()
        tokens.add(self._blank, NOWHERE)
        for symbol in symbols:
            missing = tokens.missing if symbol.kind == "sound" else {}
            for each in number(symbol.text, self._numbers, missing):
                tokens.add([each, *self._blank], symbol.event)
        return tokens

    def feeds(
        self, tokens: Tokens, voice: Voice, _speed: float, inputs: Collection[str]
    ) -> Mapping[str, NDArray[Any]]:
        """Returns tokens, their mask, and the speaker."""
        ids = np.array([tokens.ids])
        feeds: dict[str, NDArray[Any]] = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        if "speaker_id" in inputs:
            feeds["speaker_id"] = np.array([self._speaker[voice.name]])
        return feeds

    def lacking(self, _language: str) -> str:
        """Returns nothing."""
        return ""

    def _language(self) -> str:
        """Returns the language: as its files say, else as its name does; as espeak-ng calls it."""
        code = str(self._reading.get("language") or self._name.removeprefix("mms-tts-"))
        return str(_facts()["languages"].get(code, code))


def _voices(model: str, language: str, count: int) -> dict[str, Voice]:
    names = [model] if count == 1 else [f"{model}-{i}" for i in range(count)]
    return {
        name: Voice(
            name=name,
            engine=model,
            language=language,
            description=f"the voice of {model}" if count == 1 else f"speaker {i} of {model}",
            origin="trained",
            timbre={"rate_wpm": 175},
        )
        for i, name in enumerate(names)
    }


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "vits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
