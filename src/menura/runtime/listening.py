"""Models that write down what is said: the package onnx-asr runs them, from a folder of the store.

Nothing else imports it. It gets sound that our own decoder has read, and fetches nothing: a model
is loaded by its type and its folder, never by the name of a repository.
"""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import EngineFailed, InvalidInput, NotInstalled
from menura.runtime.session import MAX_THREADS, Machine
from menura.settings import cores
from menura.text.transcript import HeardWord, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.catalog.installed import Installed

LAYOUT = "onnx-asr"
RATE = 16_000
LONGEST_S = 28.0
"""Of what is heard at once: Whisper hears 30 s."""
SHORTEST_S = 0.5
TOKEN_S = 0.08
"""How long the last token of a word is taken to last: one step of most encoders."""
_KINDS = {  # model_type of config.json -> whether it can be told the language, and to translate
    "whisper": True,
    "nemo-conformer-aed": True,
    "nemo-conformer-ctc": False,
    "nemo-conformer-rnnt": False,
    "nemo-conformer-tdt": False,
}
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")
_QUANTIZED = re.compile(r"[._](int8|uint8|fp16|q4|q4f16|bnb4|quantized)\.onnx$")
_OTHER = {"pnc", "itn"}
"""Tokens of the vocabularies that look like languages."""


def is_installed() -> bool:
    """Returns whether the extra `asr` is there."""
    return importlib.util.find_spec("onnx_asr") is not None


def check_installed(models: Sequence[Installed]) -> None:
    """Refuses where the extra `asr` or a model is not there.

    Raises:
        NotInstalled: then; both commands are in its message.
    """
    missing = [] if is_installed() else ["the extra `asr`"]
    missing += [] if models else ["a model that recognises speech"]
    if missing:
        raise NotInstalled(
            f"to write down what is said needs {' and '.join(missing)}: "
            "`pip install 'menura[asr]'`, then `menura models add whisper-base`"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What a model's files say about it.

    Attributes:
        installed: the model.
        kind: its type, as onnx-asr names it.
        languages: that it can be told; none if it finds them itself.
        quantization: what its graphs are called after, or "".
        translates: whether it can write in English what is said in another language.
    """

    installed: Installed
    kind: str
    languages: frozenset[str]
    quantization: str
    translates: bool

    @classmethod
    def of(cls, installed: Installed) -> Ear:
        """Returns what the files of a model say.

        Raises:
            InvalidInput: if they are of no kind that is known here.
            StorageFailed: if a file is missing.
        """
        config = _read(installed, "config.json")
        kind = config.get("model_type") if isinstance(config, dict) else None
        if not isinstance(kind, str) or kind not in _KINDS:
            raise InvalidInput(
                f"{installed.name} is no model that recognises speech here: its config.json has "
                f"the model_type {kind!r:.60}, not {', '.join(_KINDS)}"
            )
        languages = frozenset(_languages(installed, kind) if _KINDS[kind] else ())
        graphs = [name for name in installed.files if name.endswith(".onnx")]
        marks = {match[1] if (match := _QUANTIZED.search(name)) else "" for name in graphs}
        return cls(
            installed=installed,
            kind=kind,
            languages=languages,
            quantization=marks.pop() if len(marks) == 1 else "",
            translates="en" in languages,
        )

    def told(self, language: str | None) -> str | None:
        """Returns a language as the model can be told it: `en` for `en-GB`.

        Raises:
            InvalidInput: if it does not know it.
        """
        if language is None or not self.languages:
            return None
        code = re.split(r"[-_]", language)[0].lower()
        if code not in self.languages:
            raise InvalidInput(
                f"language: {self.installed.name} does not know {language!r:.40}; it knows "
                f"{', '.join(sorted(self.languages))}"
            )
        return code

    def open(self, machine: Machine) -> Listener:
        """Loads it.

        Raises:
            InvalidInput: if its files cannot be loaded.
        """
        import onnx_asr
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = machine.threads or min(cores(), MAX_THREADS)
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            # Whatever `model_provider` says: onnx-asr places its inputs itself.
            model = onnx_asr.load_model(
                self.kind,
                path=self.installed.folder,
                quantization=self.quantization or None,
                sess_options=options,
                providers=["CPUExecutionProvider"],
            )
        except Exception as error:
            raise InvalidInput(
                f"{self.installed.name} cannot be loaded: {_brief(error)}"
            ) from error
        return Listener(self, model)


class Listener:
    """A model that is loaded. Safe for several threads, which take turns.

    Args:
        ear: what it is.
        model: of onnx-asr.
    """

    def __init__(self, ear: Ear, model: Any) -> None:
        self._ear = ear
        self._model = model.with_timestamps()
        self._lock = threading.Lock()

    def hear(
        self, samples: NDArray[np.float32], at_s: float, language: str | None, *, translate: bool
    ) -> Segment:
        """Returns what is said in a stretch of a recording.

        Args:
            samples: shape (frames,), float32, 16 kHz, 28 s at most.
            at_s: when it begins in the recording.
            language: as `Ear.told` gives it; None = the model finds it.
            translate: whether to write it in English, of a model that does.

        Raises:
            EngineFailed: if the network fails, or makes no sense.
        """
        short = max(0, round(SHORTEST_S * RATE) - samples.size)
        asked: dict[str, Any] = {}
        if language is not None:
            asked["language"] = language
        if translate and self._ear.kind != "whisper":
            asked["target_language"] = "en"
        with self._lock:
            if self._ear.kind == "whisper":
                self._turn(translate=translate)
            try:
                found = self._model.recognize(
                    np.pad(samples, (0, short)), sample_rate=RATE, **asked
                )
            except Exception as error:
                raise EngineFailed(f"{self._ear.installed.name} failed: {_brief(error)}") from error
        end_s = at_s + samples.size / RATE
        words = _words(found.tokens or [], found.timestamps or [], at_s, end_s)
        text = " ".join(str(found.text).split())
        return Segment(text=text, start_s=at_s, end_s=end_s, words=words)

    def _turn(self, *, translate: bool) -> None:
        """Tells Whisper its task: the third token of its prompt, which onnx-asr leaves constant.

        Raises:
            EngineFailed: if this onnx-asr has it elsewhere, and a translation is wanted.
        """
        inner = vars(self._model.asr)
        prompt, tokens = inner.get("_transcribe_input"), inner.get("_tokens", {})
        known = isinstance(prompt, np.ndarray) and prompt.shape == (1, 4)
        if known and "<|translate|>" in tokens:
            prompt[0, 2] = tokens["<|translate|>" if translate else "<|transcribe|>"]
        elif translate:
            raise EngineFailed("this onnx-asr cannot be told to translate: install onnx-asr 0.12")


def _words(
    tokens: Sequence[str], times_s: Sequence[float], at_s: float, end_s: float
) -> tuple[HeardWord, ...]:
    """Returns words of tokens: one that begins with a blank begins a word."""
    found: list[tuple[str, float, float]] = []
    for token, time_s in zip(tokens, times_s, strict=False):
        text, start_s, _ = found[-1] if found else ("", 0.0, 0.0)
        if text.strip() and not token.startswith(" "):
            found[-1] = (text + token, start_s, time_s)
        elif found and not text.strip():
            found[-1] = (token, time_s, time_s)
        else:
            found.append((token, time_s, time_s))
    if not found:
        return ()
    starts = [min(at_s + start_s, end_s) for _, start_s, _ in found]
    ends = [
        max(start, min(at_s + last_s + TOKEN_S, following))
        for (_, _, last_s), start, following in zip(
            found, starts, [*starts[1:], end_s], strict=True
        )
    ]
    return tuple(
        HeardWord(text=text.strip(), start_s=start, end_s=end)
        for (text, _, _), start, end in zip(found, starts, ends, strict=True)
        if text.strip()
    )


def _languages(installed: Installed, kind: str) -> set[str]:
    """Returns the languages that the vocabulary of a model has tokens for."""
    if kind == "whisper":
        added = _read(installed, "added_tokens.json")
        names = list(added) if isinstance(added, dict) else []
    else:
        names = _text(installed, "vocab.txt").split()
    return {match[1] for each in names if (match := _LANGUAGE.fullmatch(str(each)))} - _OTHER


def _read(installed: Installed, name: str) -> Any:
    try:
        return json.loads(_text(installed, name))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} of the model {installed.name} is no JSON") from error


def _text(installed: Installed, name: str) -> str:
    try:
        return installed.path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name} of the model {installed.name} cannot be read") from error


def _brief(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
