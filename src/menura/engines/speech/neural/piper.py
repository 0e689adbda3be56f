"""Piper: VITS in one graph, beside a config that says how phonemes are numbered.

Graph as rhasspy/piper, piper_train/export_onnx.py writes it: `input` int64 [1, n], `input_lengths`
int64 [1], `scales` float32 [3] (noise, length, noise of the durations), `sid` int64 [1] where there
are several speakers; the sound comes first. A voice that was patched for alignment (piper1-gpl,
docs/ALIGNMENTS.md) also gives the length of each token.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.speech.neural.network import read_config
from menura.engines.speech.neural.symbols import (
    NOWHERE,
    Symbol,
    Tokens,
    letters,
    number,
    spell,
)
from menura.errors import EngineFailed, NotFound
from menura.espeak import languages
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed
    from menura.espeak.utterance import Rendering
    from menura.runtime.speech_graph import SpeechGraph

PAD, BEGIN, END = "_", "^", "$"
LIMIT = 2_000
"""Tokens at once: with pads, about a thousand phonemes, more than one chunk of text has."""
SPEEDS = 0.25, 4.0
MAX_SPEAKERS = 10_000
SIGNS = {sign: sign for sign in ".,:;!?"} | dict(zip("。，：；！？、", ".,:;!?,", strict=True))
"""What piper-phonemize keeps of the text: the signs that end clauses (src/phonemize.cpp)."""
DEFAULTS = {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8}
"""rhasspy/piper, python_run/piper/config.py, for a config that has none."""


class Piper:
    """A Piper voice, with one speaker or many.

    Args:
        installed: its files.
    """

    def __init__(self, installed: Installed) -> None:
        config = read_config(installed.path(".onnx.json"))
        self.path = installed.path(".onnx")
        self.limit = LIMIT
        self.rate = int(config["audio"]["sample_rate"])
        if not 8_000 <= self.rate <= 192_000:
            raise ValueError(f"audio.sample_rate is {self.rate}")
        kind = str(config.get("phoneme_type", "espeak")).rpartition(".")[2].lower()
        if kind not in {"espeak", "text"}:
            raise EngineFailed(
                f"{installed.name} reads phonemes of {kind}, which menura does not make: it reads "
                "those of espeak-ng, or letters"
            )
        self._lettered = kind == "text"
        self._numbers = {str(k): _numbers(v) for k, v in config["phoneme_id_map"].items()}
        self._begin, self._end = self._numbers.get(BEGIN, []), self._numbers.get(END, [])
        self._pad = self._numbers[PAD]
        scales = DEFAULTS | config.get("inference", {})
        self._scales = [float(scales[name]) for name in ("noise_scale", "length_scale", "noise_w")]
        self._speakers = _speakers(config)
        self.voices: Mapping[str, Voice] = _voices(installed.name, config, list(self._speakers))
        self._speaker = dict(zip(self.voices, self._speakers.values(), strict=True))

    def default(self, _language: str | None) -> str:
        """Returns the first speaker."""
        return next(iter(self.voices))

    def check(self, graph: SpeechGraph) -> tuple[float, float]:
        """Returns the range of speed."""
        several = {"sid"} if len(self._speakers) > 1 else set()
        graph.expect({"input", "input_lengths", "scales", *several}, "Piper", {"sid"})
        return SPEEDS

    def spell(self, rendering: Rendering, text: str, _language: str) -> list[Symbol]:
        """Returns phonemes of espeak-ng, or letters, as the voice was trained."""
        if not self._lettered:
            return spell(rendering, text, SIGNS)
        return [
            Symbol(unicodedata.normalize("NFD", s.text.casefold()), s.event, s.kind)
            for s in letters(rendering, text)
        ]

    def size(self, symbol: Symbol) -> int:
        """Returns its tokens, each with its pad."""
        return 2 * len(number(symbol.text, self._numbers, {}))

    def tokens(self, symbols: Sequence[Symbol]) -> Tokens:
        """Returns begin, tokens and end with pads between.

        As piper-phonemize, src/phoneme_ids.cpp, which the training used: a pad follows the begin,
        too, though rhasspy/piper's own runtime in Python left that one out.
        """
        tokens = Tokens()
        tokens.add([*self._begin, *self._pad], NOWHERE)
        for symbol in symbols:
            for char in unicodedata.normalize("NFD", symbol.text):
                for each in number(char, self._numbers, tokens.missing):
                    tokens.add([each, *self._pad], symbol.event)
        tokens.add(self._end, NOWHERE)
        return tokens

    def feeds(
        self, tokens: Tokens, voice: Voice, speed: float, inputs: Collection[str]
    ) -> Mapping[str, NDArray[Any]]:
        """Returns tokens, their number, the scales and the speaker."""
        noise, length, noise_w = self._scales
        feeds: dict[str, NDArray[Any]] = {
            "input": np.array([tokens.ids]),
            "input_lengths": np.array([len(tokens.ids)]),
            "scales": np.array([noise, length / speed, noise_w]),
        }
        if "sid" in inputs:
            feeds["sid"] = np.array([self._speaker[voice.name]])
        return feeds

    def lacking(self, _language: str) -> str:
        """Returns nothing: it was trained with this very front end."""
        return ""


def _numbers(value: Any) -> list[int]:
    return [int(each) for each in value]


def _speakers(config: Mapping[str, Any]) -> dict[str, int]:
    """Returns the number of each speaker by name; one without a name if there is one alone."""
    count = int(config.get("num_speakers", 1))
    if not 0 <= count <= MAX_SPEAKERS:
        raise ValueError(f"num_speakers is {count}")
    if count <= 1:
        return {"": 0}
    named = {str(name): int(n) for name, n in (config.get("speaker_id_map") or {}).items()}
    names = {n: name for name, n in sorted(named.items(), reverse=True)}
    return {names.get(n, str(n)): n for n in range(count)}


def _voices(model: str, config: Mapping[str, Any], speakers: Sequence[str]) -> dict[str, Voice]:
    asked = str(config["espeak"]["voice"])
    try:
        language = languages.find(asked).tag
    except NotFound:
        language = asked
    base = model.removeprefix("piper-").lower()
    voices: dict[str, Voice] = {}
    for speaker in speakers:
        tail = re.sub(r"[^a-z0-9_.]+", "-", speaker.lower()).strip("-.")
        name = f"{base}-{tail}" if speaker else base
        while name in voices:
            name += "-2"
        voices[name] = Voice(
            name=name,
            engine=model,
            language=language,
            description=f"speaker {speaker} of {model}" if speaker else f"the voice of {model}",
            origin="trained",
            timbre={"rate_wpm": 175},
        )
    return voices
