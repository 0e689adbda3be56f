"""How a text is to be said: styles, and what the values of SSML's `<prosody>` make of them."""

from __future__ import annotations

import functools
import math
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NUMBER = re.compile(
    r"([+-]?)([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\s*(%|st|Hz|dB|ms|s|)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceWish:
    """The voice a text asks for; None = open.

    Attributes:
        name: what it is called; several names in order of preference, divided by blanks.
        gender: "male", "female" or "neutral".
        age_years: 0 to 150.
        variant: which one of those that fit, from 1.
        language: a BCP 47 tag that it should speak.
    """

    name: str | None = None
    gender: str | None = None
    age_years: int | None = None
    variant: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SayAs:
    """How a text is to be understood.

    Attributes:
        kind: "cardinal", "ordinal", "characters", "digits", "date", "time", "telephone",
            "currency", "unit", "fraction" or "expletive".
        format: such as "dmy" for a date or the country's code for a telephone number, or "".
    """

    kind: str
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text is to be said, all elements around it taken together.

    Attributes:
        language: BCP 47 tag; None = the voice's own.
        voice: None = the one that was asked for outside the text.
        rate: factor on the voice's pace, 0.1 to 10.
        pitch_semitones: on the voice's pitch, or on `pitch_hz`.
        pitch_hz: base pitch in place of the voice's own, or None.
        pitch_shift_hz: added to the base pitch before the semitones.
        pitch_range: factor on how far the melody moves, 0 to 4.
        volume_db: level change; -inf is silence.
        emphasis: "strong", "moderate", "none" or "reduced"; None = as it comes.
        say_as: how the text is to be understood, or None.
        phonemes: how it sounds, in IPA, whatever is written; or None.
    """

    language: str | None = None
    voice: VoiceWish | None = None
    rate: float = 1.0
    pitch_semitones: float = 0.0
    pitch_hz: float | None = None
    pitch_shift_hz: float = 0.0
    pitch_range: float = 1.0
    volume_db: float = 0.0
    emphasis: str | None = None
    say_as: SayAs | None = None
    phonemes: str | None = None

    def base_hz(self, voice_hz: float) -> float:
        """Returns the base pitch for a voice whose own is `voice_hz`, never under 20 Hz."""
        base_hz = (self.pitch_hz or voice_hz) + self.pitch_shift_hz
        return max(20.0, base_hz * math.pow(2.0, self.pitch_semitones / 12.0))


def change(style: Style, attributes: Mapping[str, str]) -> Style:
    """Returns a style as the attributes of a `<prosody>` in it change it.

    Percentages, semitones, Hz and dB with a sign change what the style has, so nested ones
    multiply or add up; labels such as "slow", and "100Hz", are levels of the voice whatever the
    style has.

    Args:
        style: that of the text around.
        attributes: `rate`, `pitch`, `range` and `volume`, one at least.

    Raises:
        InvalidText: if a value is none, or comes to one out of the limits.
    """
    if not attributes:
        raise InvalidText("<prosody> changes nothing: give it a rate, pitch, range or volume")
    for name, value in attributes.items():
        style = _CHANGES[name](style, value.strip())
    checked = {
        "rate": style.rate,
        "pitch": style.pitch_semitones,
        "range": style.pitch_range,
        "volume": 0.0 if style.volume_db == -math.inf else style.volume_db,
        "pitch_hz": style.pitch_hz,
    }
    for name, value_now in checked.items():
        low, high = _facts()["limits"][name]
        if value_now is not None and not low <= value_now <= high:
            what, unit = _UNITS[name]
            raise InvalidText(
                f"the {what} comes to {value_now:g}{unit} here: keep it from {low:g} to {high:g}"
            )
    return style


def _rate(style: Style, value: str) -> Style:
    if value in _facts()["rate"]:
        return replace(style, rate=_facts()["rate"][value])
    sign, number, unit = read_number(value, "rate", "slow, 80%, +20% or 1.2", {"%", ""})
    if sign and not unit:
        raise InvalidText(f"a rate is written as slow, 80%, +20% or 1.2, not {value!r:.40}")
    factor = number / 100.0 if unit else number
    return replace(style, rate=style.rate * (1.0 + sign * factor if sign else factor))


def _pitch(style: Style, value: str) -> Style:
    if value in _facts()["pitch"]:
        return replace(
            style, pitch_semitones=_facts()["pitch"][value], pitch_hz=None, pitch_shift_hz=0.0
        )
    form = "low, +2st, -10%, +20Hz or 180Hz"
    sign, number, unit = read_number(value, "pitch", form, {"%", "st", "hz"})
    if unit == "hz" and not sign:
        return replace(style, pitch_hz=number, pitch_semitones=0.0, pitch_shift_hz=0.0)
    if not sign:
        raise InvalidText(f"a pitch is written as {form}, not {value!r:.40}")
    if unit == "hz":
        shift_hz = style.pitch_shift_hz + sign * number
        if abs(shift_hz) > _facts()["limits"]["pitch_hz"][1]:
            raise InvalidText(f"a pitch moves by at most 1000 Hz, not {shift_hz:g} Hz")
        return replace(style, pitch_shift_hz=shift_hz)
    semitones = sign * number if unit == "st" else 12.0 * _log2(1.0 + sign * number / 100.0)
    return replace(style, pitch_semitones=style.pitch_semitones + semitones)


def _range(style: Style, value: str) -> Style:
    if value in _facts()["range"]:
        return replace(style, pitch_range=_facts()["range"][value])
    form = "low, 80%, +20% or -2st"
    sign, number, unit = read_number(value, "range", form, {"%", "st"})
    if unit == "st":
        if not sign or number > 36:
            raise InvalidText(f"a range is written as {form}, not {value!r:.40}")
        factor = 2.0 ** (sign * number / 12.0)
    else:
        factor = 1.0 + sign * number / 100.0 if sign else number / 100.0
    return replace(style, pitch_range=style.pitch_range * factor)


def _volume(style: Style, value: str) -> Style:
    if value in _facts()["volume"]:
        return replace(style, volume_db=_facts()["volume"][value])
    form = "soft, +6dB, -20% or, from 0 to 100, 80"
    sign, number, unit = read_number(value, "volume", form, {"%", "db", ""})
    if unit == "db":
        return replace(style, volume_db=style.volume_db + (sign or 1) * number)
    if not unit and not sign and number <= 100:
        return replace(style, volume_db=20.0 * math.log10(number / 100.0) if number else -math.inf)
    if unit and sign:
        change_db = 20.0 * math.log10(2.0) * _log2(1.0 + sign * number / 100.0)
        return replace(style, volume_db=style.volume_db + change_db)
    raise InvalidText(f"a volume is written as {form}, not {value!r:.40}")


_CHANGES: Mapping[str, Callable[[Style, str], Style]] = {
    "rate": _rate,
    "pitch": _pitch,
    "range": _range,
    "volume": _volume,
}
_UNITS = {
    "rate": ("rate", " times the voice's own"),
    "pitch": ("pitch", " semitones"),
    "range": ("pitch range", " times the voice's own"),
    "volume": ("volume", " dB"),
    "pitch_hz": ("pitch", " Hz"),
}


def read_number(value: str, what: str, form: str, units: set[str]) -> tuple[int, float, str]:
    """Returns a number with its sign and unit, as (1, -1 or 0 for none, number, lower-case unit).

    Args:
        value: such as "+2st".
        what: what it should be, for the message.
        form: how that is written, for the message.
        units: those that are taken, in lower case; "" for none.

    Raises:
        InvalidText: if it is no number, or in another unit.
    """
    found = _NUMBER.fullmatch(value)
    if not found or found[3].lower() not in units:
        raise InvalidText(f"a {what} is written as {form}, not {value!r:.40}")
    return {"+": 1, "-": -1, "": 0}[found[1]], float(found[2]), found[3].lower()


def _log2(factor: float) -> float:
    return math.log2(factor) if factor > 0.0 else -math.inf


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("prosody.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
