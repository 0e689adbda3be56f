"""Plans made by seed, for tests of what is written from them."""

from __future__ import annotations

import numpy as np

from menura.engines.music.plan import MusicPlan, Part, Section
from menura.text.keys import Key, spell

MAJOR = ("I ii IV V", "I vi IV V", "I IV ii V", "vi IV I V", "I V vi IV", "I iii IV V")
MINOR = ("i iv v V", "i VI III VII", "i VI iv V", "i VII VI V", "i iv VII III")
DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
METERS = ((4, 4), (3, 4), (6, 8), (5, 4), (7, 8), (12, 8), (2, 4))

BANDS = {
    "pop": (
        Part(name="drums", role="drums", instrument="acoustic kit"),
        Part(name="bass", role="bass", instrument="finger bass"),
        Part(name="keys", role="chords", instrument="piano"),
        Part(name="pad", role="pad", instrument="strings"),
        Part(name="lead", role="melody", instrument="flute"),
        Part(name="second", role="counter", instrument="clarinet"),
    ),
    "jazz swing": (
        Part(name="drums", role="drums", instrument="brush kit"),
        Part(name="bass", role="bass", instrument="upright bass", style="walking"),
        Part(name="keys", role="chords", instrument="piano"),
        Part(name="lead", role="melody", instrument="saxophone"),
    ),
    "progressive house": (
        Part(name="drums", role="drums", instrument="909 kit"),
        Part(name="bass", role="bass", instrument="synth bass"),
        Part(name="arp", role="arp", instrument="arp"),
        Part(name="pad", role="pad", instrument="pad"),
        Part(name="lead", role="melody", instrument="lead"),
    ),
    "string quartet": (
        Part(name="violin 1", role="melody", instrument="violin", style="chorale"),
        Part(name="violin 2", role="counter", instrument="violin", style="chorale"),
        Part(name="viola", role="counter", instrument="viola", style="chorale"),
        Part(name="cello", role="bass", instrument="cello", style="chorale"),
    ),
    "orchestral": (
        Part(name="timpani", role="percussion", instrument="timpani"),
        Part(name="low", role="bass", instrument="contrabass"),
        Part(name="strings", role="pad", instrument="strings", style="tremolo"),
        Part(name="violins", role="melody", instrument="violin"),
        Part(name="trumpet", role="melody", instrument="trumpet"),
        Part(name="horns", role="counter", instrument="french horn", style="thirds"),
    ),
    "arabic": (
        Part(name="darbuka", role="percussion", instrument="darbuka"),
        Part(name="drone", role="drone", instrument="strings"),
        Part(name="oud", role="melody", instrument="oud"),
    ),
}
SHAPES = (
    (("verse", 8, 0.5), ("chorus", 8, 0.9), ("verse", 8, 0.55), ("outro", 4, 0.4)),
    (("intro", 4, 0.3), ("theme", 8, 0.6), ("climax", 8, 0.9), ("release", 8, 0.5)),
    (("a", 8, 0.4), ("b", 6, 0.7), ("a", 5, 0.5)),
)


def make_plan(seed, *, band="pop", meter=(4, 4), bpm=100.0, mode=None, tonic=None, **changes):
    """Returns a plan of three or four sections whose last one closes on the tonic."""
    rng = np.random.default_rng([seed, 7])
    tonic = tonic or str(rng.choice(["C", "D", "Eb", "F", "F#", "G", "A", "Bb"]))
    key = Key(tonic, mode or str(rng.choice(["major", "minor"])))
    shape = SHAPES[int(rng.integers(len(SHAPES)))]
    parts = BANDS[band]
    names = tuple(part.name for part in parts)
    sections = []
    lines = MINOR if key.is_minor else MAJOR
    for at, (name, bars, energy) in enumerate(shape):
        line = lines[int(rng.integers(len(lines)))].split()
        chords = [symbol_of(line[i % len(line)], key) for i in range(bars)]
        if at == len(shape) - 1:
            chords[-2:] = [symbol_of("V", key), symbol_of("i" if key.is_minor else "I", key)]
        if not chords_of(key):
            chords = ["N.C."] * bars
        sections.append(
            Section(
                name=name,
                bars=bars,
                energy=energy,
                chords=tuple(chords),
                parts=names,
                seed=int(rng.integers(2**31)),
            )
        )
    facts = {
        "title": "A plan",
        "genre": band,
        "key": key,
        "meter": meter,
        "bpm": bpm,
        "swing": 0.5,
        "duration_s": 0.0,
        "loop": False,
        "ending": "cadence",
        "moods": (),
        "parts": parts,
        "sections": tuple(sections),
        "seed": seed,
        **changes,
    }
    plan = MusicPlan(**facts)
    if not plan.duration_s:
        seconds = plan.bars * plan.bar_beats * 60 / plan.quarter_bpm + 3.0
        plan = MusicPlan(**{**facts, "duration_s": seconds})
    return plan


def chords_of(key):
    return not key.mode.startswith(("maqam", "raga"))


def symbol_of(numeral, key):
    """Returns the triad of a numeral: from the major scale, or the natural minor for III VI VII."""
    lower = numeral.lower()
    step = DEGREES[lower]
    if key.is_minor and numeral in {"III", "VI", "VII"}:
        step -= 1
    name = spell(key.pitch_class + step, key)
    return name + ("m" if numeral == lower else "")
