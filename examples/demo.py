"""Makes one file of each kind in out/, verifies each, and prints what came of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import menura

TEXT = (
    "The lyrebird sings every song it has ever heard. "
    "This voice was made on your own machine, and this file can prove it."
)
GREETINGS = (
    ("de", "Guten Morgen! Dieser Satz wurde auf Ihrem eigenen Rechner gesprochen."),
    ("fr", "Bonjour ! Cette phrase a été prononcée sur votre propre ordinateur."),
    ("es", "¡Buenos días! Esta frase se ha pronunciado en su propio ordenador."),
    ("hi", "नमस्ते! यह वाक्य आपके अपने कंप्यूटर पर बोला गया है।"),
    ("ar", "صباح الخير! قيلت هذه الجملة على حاسوبك الخاص."),
    ("zh", "早上好！这句话是在您自己的电脑上说的。"),
)


def tasks(text: str) -> dict[str, menura.Task]:
    """Returns what is made: file name -> task."""
    speech = {
        "speech.wav": menura.Speech(text, voice="nora", seed=1),
        "speech.flac": menura.Speech(text, voice="otto", seed=1),
        "speech.mp3": menura.Speech(text, voice="maeve", seed=1),
        "speech.m4a": menura.Speech(text, voice="hugo", seed=1),
        "speech.ogg": menura.Speech(text, voice="edda", seed=1),
        "speech.opus": menura.Speech(text, voice="pip", seed=1),
    }
    languages = {
        f"speech-{tag}.mp3": menura.Speech(said, language=tag, seed=1) for tag, said in GREETINGS
    }
    expressive = {
        "speech-happy.mp3": menura.Speech(
            "We found the lyrebird! Listen!", emotion="happy", seed=1
        ),
        "speech-whisper.mp3": menura.Speech(
            "Quiet now, or it will hear us and fly away.", voice="isla", emotion="whisper", seed=1
        ),
        "dialogue.mp3": menura.Dialogue(
            "Maeve: Did you hear that?\nOtto: Hear what?\nMaeve: The bird that laughed.", seed=1
        ),
    }
    work = menura.Work(
        (
            menura.Part(menura.Speech("Did you hear that bird?", voice="maeve"), pan=-0.4),
            menura.Part(
                menura.Speech("Which one? It sounded like a camera.", voice="otto"),
                start_s=1.8,
                pan=0.4,
            ),
        ),
        seed=1,
    )
    music = {
        "music-lofi.mp3": menura.Music(
            "lofi hip hop, 85 BPM, soft Rhodes chords, dusty vinyl", duration_s=12, seed=1
        ),
        "music-waltz.flac": menura.Music(
            "waltz for string quartet in A minor", duration_s=12, seed=1
        ),
    }
    effects = {
        "effect-cafe-loop.flac": menura.Effect(
            "quiet cafe, soft talk, a cup now and then, jazz you can hardly hear",
            duration_s=12,
            loop=True,
            seed=1,
        ),
        "effect-door.wav": menura.Effect(
            "three knocks, then a big wooden door creaks open slowly in a stone hall", seed=1
        ),
    }
    return {**speech, **languages, **expressive, "work.wav": work, **music, **effects}


def main() -> int:
    """Makes and verifies the files; returns how many were not found to be marked and trusted."""
    out = Path("out")
    out.mkdir(exist_ok=True)
    table = Table("file", "length", "speed", "mark", "manifest")
    failed = 0
    with menura.Studio() as studio:
        for name, task in tasks(sys.argv[1] if len(sys.argv) > 1 else TEXT).items():
            print(f"making {name}", file=sys.stderr)
            started = time.perf_counter()
            take = studio.render(task)
            captions = (out / name).with_suffix(".vtt") if take.captions else None
            take.save(out / name, captions=captions)
            speed = take.audio.duration_s / (time.perf_counter() - started)
            found = studio.verify(out / name)
            mark = {True: "found", False: "NOT FOUND", None: "too short to tell"}[found.mark.found]
            good = found.mark.found is not False and found.manifest.state == "trusted"
            failed += not good
            length = f"{take.audio.duration_s:.1f} s"
            table.add_row(name, length, f"{speed:.0f}x", mark, found.manifest.state)
    Console().print(table)
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except menura.MenuraError as error:
        sys.exit(f"menura: {error}")
