"""`Format`: which container and codec a sound is written in, and what that can carry.

A format is written as words joined by underscores: the codec, then any of a rate (1,000 or more),
a bit rate in kbit/s or a bit depth, or `float`:

    wav   wav_24   wav_float   wav_44100_24   flac   mp3   mp3_44100_128   ogg   opus_48000_64
    m4a   m4b   aac   pcm_24000   ulaw_8000   alaw_8000   wav_ulaw_8000   wav_alaw_8000
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from menura.errors import InvalidInput, shown

_FLOAT_DEPTH = 32
_SMALLEST_RATE_HZ = 1_000
_MPEG1_MIN_RATE_HZ = 32_000
_MPEG2_MAX_KBPS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """The facts of one row of `formats.toml`, where each field is explained."""

    names: tuple[str, ...]
    suffixes: tuple[str, ...]
    mime: str
    rates: tuple[int, ...]
    min_rate: int
    max_rate: int
    default_rate: int
    bitrates: tuple[int, ...]
    default_bitrate: int
    encoder_gains: tuple[float, ...]
    depths: tuple[int, ...]
    max_channels: int
    embeds_manifest: bool
    carries_tags: bool
    carries_chapters: bool
    law: str


@cache
def codecs() -> dict[str, Codec]:
    """Returns every codec menura writes, by its name."""
    text = resources.files(__package__).joinpath("formats.toml").read_text(encoding="utf-8")
    return {
        name: Codec(**{key: _frozen(value) for key, value in row.items()})
        for name, row in tomllib.loads(text).items()
    }


@dataclass(frozen=True, slots=True)
class Format:
    """How a sound is written.

    Attributes:
        codec: a name in `codecs()`.
        rate: frames per second, Hz; None = the rate of the sound, or the nearest the codec has.
        bitrate_kbps: kilobits per second; None = the codec's default, or it has none.
        bit_depth: bits per sample of WAV, FLAC and PCM, where 32 is IEEE float; None = 16.

    Raises:
        InvalidInput: if the codec does not exist or cannot carry one of the others.
    """

    codec: str
    rate: int | None = None
    bitrate_kbps: int | None = None
    bit_depth: int | None = None

    def __post_init__(self) -> None:
        if self.codec not in codecs():
            raise InvalidInput(f"no such format: {self.codec[:40]!r}; there are {_known()}")
        facts = self._facts
        if self.rate is not None and not _carries(facts, self.rate):
            raise InvalidInput(
                f"{self.codec} cannot carry {self.rate} Hz; it takes {_rates_text(facts)}"
            )
        if self.bitrate_kbps is not None and self.bitrate_kbps not in facts.bitrates:
            allowed = ", ".join(map(str, facts.bitrates)) or "no bit rate"
            raise InvalidInput(
                f"{self.codec} has no bit rate of {self.bitrate_kbps} kbit/s; it takes {allowed}"
            )
        if self.bit_depth is not None and self.bit_depth not in facts.depths:
            allowed = ", ".join(map(str, facts.depths)) or "no bit depth"
            raise InvalidInput(
                f"{self.codec} cannot have {self.bit_depth} bits per sample; it takes {allowed}"
            )

    @classmethod
    def parse(cls, text: str) -> Format:
        """Returns the format that `text` names, such as `wav_24` or `mp3_44100_128`.

        Raises:
            InvalidInput: if there is no such format.
        """
        if not isinstance(text, str):
            raise InvalidInput(f"a format is named by text such as wav_24, not {shown(text)}")
        codec, words = _named(text.strip().lower().split("_"))
        if codec is None:
            raise InvalidInput(f"no such format: {text[:40]!r}; there are {_known()}")
        rate, bitrate_kbps, bit_depth = None, None, None
        for word in words:
            number = _number(word)
            if number is None:
                raise InvalidInput(f"cannot read {word[:20]!r} in the format {text[:40]!r}")
            if number >= _SMALLEST_RATE_HZ and rate is bitrate_kbps is bit_depth is None:
                rate = number
            elif codecs()[codec].bitrates and bitrate_kbps is None and word != "float":
                bitrate_kbps = number
            elif bit_depth is None:
                bit_depth = number
            else:
                raise InvalidInput(f"too many numbers in the format {text[:40]!r}")
        return cls(codec, rate, bitrate_kbps, bit_depth)

    @classmethod
    def of_path(cls, path: Path | str) -> Format:
        """Returns the format that the suffix of `path` stands for.

        Raises:
            InvalidInput: if the suffix is missing or unknown.
        """
        suffix = Path(path).suffix.lower()
        for name, facts in codecs().items():
            if suffix in facts.suffixes:
                return cls(name)
        known = " ".join(dict.fromkeys(facts.suffixes[0] for facts in codecs().values()))
        what = f"the suffix {suffix[:20]!r} is unknown" if suffix else "the file name has no suffix"
        raise InvalidInput(f"{what}: end it in one of {known}")

    @property
    def mime(self) -> str:
        """The media type, such as `audio/wav`."""
        return self._facts.mime

    @property
    def suffix(self) -> str:
        """The usual ending of a file name, with its dot."""
        return self._facts.suffixes[0]

    @property
    def embeds_manifest(self) -> bool:
        """Whether a signed manifest can be written into the file."""
        return self._facts.embeds_manifest

    @property
    def carries_tags(self) -> bool:
        """Whether text tags can be written into the file."""
        return self._facts.carries_tags

    @property
    def carries_chapters(self) -> bool:
        """Whether chapters can be written into the file; a stream of it may carry none."""
        return self._facts.carries_chapters

    @property
    def law(self) -> str:
        """The law of G.711, `ulaw` or `alaw`, if this is a format of the telephone; else ""."""
        return self._facts.law

    @property
    def max_channels(self) -> int:
        """The most channels of a sound that is written so; the telephone mixes them to one."""
        return self._facts.max_channels

    @property
    def effective_bitrate_kbps(self) -> int:
        """The bit rate to encode with, in kbit/s; 0 if the codec has none."""
        return self.bitrate_kbps or self._facts.default_bitrate

    def encoder_gain(self, rate: int) -> float:
        """Returns the linear gain that the encoder applies of itself at `rate` Hz."""
        facts = self._facts
        if not facts.encoder_gains:
            return 1.0
        highest = _MPEG2_MAX_KBPS if rate < _MPEG1_MIN_RATE_HZ else facts.bitrates[-1]
        used = min(self.effective_bitrate_kbps, highest)
        return facts.encoder_gains[facts.bitrates.index(used)]

    def encoded_rate(self, rate: int) -> int:
        """Returns the rate that a sound of `rate` Hz is written at, in Hz."""
        facts = self._facts
        if self.rate is not None:
            return self.rate
        if facts.default_rate:
            return facts.default_rate
        if facts.rates:
            return next((r for r in facts.rates if r >= rate), facts.rates[-1])
        return min(max(rate, facts.min_rate), facts.max_rate)

    @property
    def _facts(self) -> Codec:
        return codecs()[self.codec]


def check_suffix(path: Path, chosen: Format | None) -> Format:
    """Returns the format a file is written in: the chosen one, else that of its suffix.

    Raises:
        InvalidInput: if there is none, or the suffix stands for another codec than the chosen.
    """
    if chosen is None:
        return Format.of_path(path)
    suffix = path.suffix.lower()
    if suffix not in codecs()[chosen.codec].suffixes and any(
        suffix in facts.suffixes for facts in codecs().values()
    ):
        raise InvalidInput(
            f"a file that ends in {suffix} should not hold {chosen.codec}: change one of them"
        )
    return chosen


def _named(words: list[str]) -> tuple[str | None, list[str]]:
    """Returns the codec that the first words name, two before one, and the words after them."""
    for count in (2, 1):
        name = "_".join(words[:count])
        for codec, facts in codecs().items():
            if name in facts.names:
                return codec, words[count:]
    return None, words


def _number(word: str) -> int | None:
    """Reads a word of a format as a plain decimal number, `float` as 32."""
    if word == "float":
        return _FLOAT_DEPTH
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= 7 else None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _known() -> str:
    return ", ".join(facts.names[0] for facts in codecs().values())


def _carries(facts: Codec, rate: int) -> bool:
    if facts.rates:
        return rate in facts.rates
    return facts.min_rate <= rate <= facts.max_rate


def _rates_text(facts: Codec) -> str:
    if facts.rates:
        return ", ".join(map(str, facts.rates)) + " Hz"
    return f"{facts.min_rate} to {facts.max_rate} Hz"
