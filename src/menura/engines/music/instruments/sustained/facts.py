"""`Facts`: what is known of a sustained instrument, from the TOML files beside this one.

Pairs of numbers are always (at pianissimo, at fortissimo); between them lies a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from menura.engines.music.instruments.tables import find_table, frozen

FAMILIES: dict[str, tuple[str, ...]] = {
    "bowed": ("violin", "viola", "cello", "contrabass", "strings"),
    "brasses": ("trumpet", "trombone", "french horn", "tuba", "brass"),
    "winds": (
        "flute", "piccolo", "clarinet", "oboe", "bassoon", "saxophone", "pan flute", "tin whistle",
    ),
    "bellows": ("organ", "church organ", "accordion", "harmonica", "bagpipe"),
    "voices": ("choir",),
}  # fmt: skip
"""Which file describes which instruments, so that only one is read for each."""

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What vibrates: string, lips, reed, jet or tone wheel.

    Attributes:
        soft_db: levels of the first harmonics at pianissimo.
        loud_db: and at fortissimo.
        slope_db: per octave beyond the last of those.
        even_db: on even harmonics, of a tube that is closed at one end.
        even_hz: above this that no longer holds.
        comb: place of the bow, as a share of the string; 0 = none.
        comb_floor: what is left of a harmonic that has a node there.
        phase: of the harmonics: `saw` (a bowed string's), `pulse` (a lip's) or `mixed`.
        top_hz: no harmonic lies above this.
    """

    soft_db: tuple[float, ...] = (0.0,)
    loud_db: tuple[float, ...] = (0.0,)
    slope_db: Pair = (-6.0, -6.0)
    even_db: float = 0.0
    even_hz: float = 1500.0
    comb: float = 0.0
    comb_floor: float = 0.2
    phase: str = "mixed"
    top_hz: float = 18_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What radiates: at fixed frequencies, whatever the pitch.

    Attributes:
        low_hz: below, it falls by 12 dB per octave; 0 = not at all.
        high_hz: above, it falls.
        high_slope_db: by so much per octave.
        formants: resonances: (Hz, dB, octaves to 1/e).
        soft_formants: those at pianissimo, where they are others.
        shift: octaves by which resonances move for each octave of pitch away from middle C, where
            players of several sizes share the range.
        ripple_db: spread of the many resonances that are not named, from 400 Hz on.
        mute: what the mute does to the spectrum: (Hz, dB), straight over the logarithm.
        mute_db: and to the level.
    """

    low_hz: float = 0.0
    high_hz: Pair = (20_000.0, 20_000.0)
    high_slope_db: Pair = (-6.0, -6.0)
    formants: tuple[tuple[float, float, float], ...] = ()
    soft_formants: tuple[tuple[float, float, float], ...] = ()
    shift: float = 0.0
    ripple_db: float = 0.0
    mute: tuple[tuple[float, float], ...] = ((200.0, 0.0), (1000.0, -6.0), (4000.0, -14.0))
    mute_db: float = -4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """How a note begins, and how one is bound to the next.

    Attributes:
        ms: rise at middle C: at pianissimo, at fortissimo.
        per_octave: factor of the rise for each octave up.
        bound_ms: rise of a note that is bound to the one before.
        scoop_cents: how far below its pitch a note begins.
        scoop_ms: time constant of its way up.
        glide_ms: how long a bound note takes from the pitch before to its own.
        slide_ms: how long a slide takes.
    """

    ms: Pair
    per_octave: float = 0.85
    bound_ms: float = 25.0
    scoop_cents: float = 0.0
    scoop_ms: float = 30.0
    glide_ms: float = 12.0
    slide_ms: float = 130.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sustain:
    """What happens while a note lasts, and when it ends.

    Attributes:
        dynamics: exponent of amplitude over velocity.
        swell: by how much of its amplitude a long note swells.
        drift_cents: rms of the slow wandering of the pitch.
        shimmer_db: and of the level.
        release_s: time in which the sound falls by 60 dB at its end, at middle C.
        release_per_octave: factor for each octave up.
        shake_hz: strokes per second of a tremolo: least, most.
        shake_depth: how deep the level dips between them.
    """

    dynamics: float = 1.25
    swell: float = 0.0
    drift_cents: float = 1.0
    shimmer_db: float = 0.3
    release_s: float = 0.15
    release_per_octave: float = 0.8
    shake_hz: Pair = (10.0, 14.0)
    shake_depth: float = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Vibrato:
    """Slow modulation that begins late.

    Attributes:
        hz: rate; 0 = none.
        spread_hz: between notes and players.
        cents: depth of the pitch, to each side.
        am_db: depth of the level, to each side.
        delay_s: when it begins.
        rise_s: how long it grows.
    """

    hz: float = 0.0
    spread_hz: float = 0.3
    cents: float = 0.0
    am_db: float = 0.0
    delay_s: float = 0.25
    rise_s: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Breath, bow hair or wind.

    Attributes:
        colour: its spectrum: (Hz, dB), straight over the logarithm.
        level_db: of the steady noise over the tone: at pianissimo, at fortissimo.
        roughness: rms by which noise modulates the tone, which puts it around the harmonics.
        rough_hz: bandwidth of that modulation.
        onset_db: of the noise of the attack over the tone.
        onset_ms: time constant of its decay.
        onset_hz: centre of its band.
        onset_octaves: from there to 1/e of the amplitude.
    """

    colour: tuple[tuple[float, float], ...] = ((200.0, -6.0), (2000.0, 0.0), (12_000.0, -18.0))
    level_db: Pair = (-50.0, -50.0)
    roughness: float = 0.0
    rough_hz: float = 120.0
    onset_db: float = -90.0
    onset_ms: float = 20.0
    onset_hz: float = 2000.0
    onset_octaves: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A reed, a rank of pipes or a set of tone wheels that sounds with every note.

    Attributes:
        ratio: over the pitch.
        cents: out of tune.
        beat_hz: out of tune, by a frequency.
        gain_db: over the other voices.
        stops: (ratio over the voice's, dB at pianissimo, dB at fortissimo): each a source.
        late_ms: how much later it speaks.
    """

    ratio: float = 1.0
    cents: float = 0.0
    beat_hz: float = 0.0
    gain_db: float = 0.0
    stops: tuple[tuple[int, float, float], ...] = ((1, 0.0, 0.0),)
    late_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotor:
    """A rotating loudspeaker: a horn for what lies above the crossover, a drum for the rest.

    Attributes:
        crossover_hz: between them.
        horn_hz: turns per second of the horn: slow, fast.
        drum_hz: and of the drum.
        horn_ms: swing of the horn's distance, as travel time.
        drum_ms: of the drum.
        horn_depth: swing of the level.
        drum_depth: of the drum.
    """

    crossover_hz: float = 800.0
    horn_hz: Pair = (0.8, 6.7)
    drum_hz: Pair = (0.67, 5.7)
    horn_ms: float = 0.5
    drum_ms: float = 0.18
    horn_depth: float = 0.4
    drum_depth: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Players who sound as one.

    Attributes:
        players: how many.
        cents: the most by which one is out of tune.
        width: how wide they sit, 0 to 1.
        plucked: how many are heard apart in a pizzicato.
        spread_ms: within which all have begun.
    """

    players: int
    cents: float
    width: float = 0.7
    plucked: int = 4
    spread_ms: float = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pluck:
    """A bowed string under a finger.

    Attributes:
        t60_s: time in which the lowest partial of middle C falls by 60 dB.
        per_octave: factor for each octave up.
        loss: what the k-th partial loses more, as a share for each k.
        slope_db: of the partials per octave: at pianissimo, at fortissimo.
    """

    t60_s: float
    per_octave: float = 0.6
    loss: float = 0.3
    slope_db: Pair = (-16.0, -9.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An instrument.

    Attributes:
        name: its id.
        low: lowest MIDI pitch.
        high: highest MIDI pitch.
    """

    name: str
    low: float
    high: float
    source: Source
    onset: Onset
    body: Body = Body()
    sustain: Sustain = Sustain()
    vibrato: Vibrato = Vibrato()
    noise: Noise = Noise()
    voices: tuple[Voice, ...] = (Voice(),)
    rotor: Rotor | None = None
    section: Ensemble | None = None
    pluck: Pluck | None = None


def read_facts(name: str) -> Facts:
    """Returns what is known of an instrument.

    Raises:
        NotFound: if there is no such instrument.
    """
    return _facts(name, find_table(str(__package__), FAMILIES, name))


def _facts(name: str, table: dict[str, Any]) -> Facts:
    parts: dict[str, Any] = {"name": name}
    kinds = {
        "source": Source,
        "body": Body,
        "onset": Onset,
        "sustain": Sustain,
        "vibrato": Vibrato,
        "noise": Noise,
        "rotor": Rotor,
        "section": Ensemble,
        "pluck": Pluck,
    }
    for key, value in table.items():
        if key == "voices":
            parts[key] = tuple(Voice(**frozen(voice)) for voice in value)
        else:
            parts[key] = kinds[key](**frozen(value)) if key in kinds else value
    return Facts(**parts)
