"""What workers do: each kind of work takes plain JSON values, and yields messages as it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.tasks import Speech, dump, load
from menura.text.captions import Word, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from menura.studio import Studio
    from menura.take import Take

    Messages: TypeAlias = Generator[tuple[dict[str, Any], bytes], None, None]


class Stopped(Exception):
    """Nobody waits for a job any more."""


class Watched(Protocol):
    """What work sees of its job."""

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""

    def check(self) -> None:
        """Raises `Stopped` if nobody waits for it any more."""

    def progress(self, share: float) -> None:
        """Tells how much is done, 0 to 1; raises `Stopped` as `check` does."""


def prepare(studio: Studio) -> None:
    """Starts what speech needs, so that the first request does not wait for it."""
    studio.prepare(Speech("Ready."))


def stream(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Streams a task.

    Asks: `task` (as `dump` gives it), `format`.
    Yields: {"take", "rate", "channels", "mime", "ignored"}; then the sound, each piece with
    {"seconds", "words"}: how much has been given with it, and the words newly known; then
    {"facts"}, as `facts` gives them.
    """
    format_ = Format.parse(ask["format"])
    playing = studio.stream(load(ask["task"]))
    try:
        encoding = encoder(format_, playing.rate, playing.channels, playing.origin.tags())
        yield (
            {
                "take": playing.origin.take_id,
                "rate": format_.encoded_rate(playing.rate),
                "channels": 1 if format_.law else playing.channels,
                "mime": format_.mime,
                "ignored": playing.ignored,
            },
            b"",
        )
        told, frames = 0, 0
        for block in playing:
            job.check()
            frames += block.frames
            words = playing.words[told:]
            told += len(words)
            header = {"seconds": frames / playing.rate, "words": [word_facts(w) for w in words]}
            yield header, encoding.encode(block)
        words = playing.words[told:]
        header = {"seconds": frames / playing.rate, "words": [word_facts(w) for w in words]}
        yield header, encoding.finish()
        yield {"facts": facts(playing.take)}, b""
    finally:
        playing.close()


def render(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Renders a task into a folder of its own.

    Asks: `task`, `format`, `folder` (exists, empty), `stems` (whether they are wanted).
    Yields: {"facts"}, whose `files` name what lies in the folder: `audio`, `captions` (JSON),
    `stems` (name -> file), `score`, each if there is one.
    """
    folder, format_ = Path(ask["folder"]), Format.parse(ask["format"])
    take = studio.render(load(ask["task"]), progress=job.progress, stems=ask["stems"])
    job.check()
    files: dict[str, Any] = {
        "audio": take.save(folder / f"audio{format_.suffix}", ask["format"]).name
    }
    if take.captions:
        (folder / "captions.json").write_text(to_json(take.captions), encoding="utf-8")
        files["captions"] = "captions.json"
    if take.stems and ask["stems"]:
        job.check()
        (folder / "stems").mkdir()
        paths = take.save_stems(folder / "stems")
        files["stems"] = dict(zip(take.stems, (f"stems/{p.name}" for p in paths), strict=True))
    if take.score is not None:
        files["score"] = take.save_score(folder / "score.mid").name
    yield {"facts": facts(take) | {"files": files, "mime": format_.mime}}, b""


def plan(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Plans a task; asks `task`, yields {"plan"}."""
    yield {"plan": studio.plan(load(ask["task"]))}, b""


def verify(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Verifies a file; asks `path`, `thorough`, yields {"verification"}."""
    found = studio.verify(Path(ask["path"]), thorough=ask["thorough"], progress=job.progress)
    yield {"verification": found.to_dict()}, b""


def save_voice(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Keeps the voice of a design; asks `take` (id), `name`, yields {"voice", "id"}."""
    voice = studio.save_voice(ask["take"], ask["name"])
    yield {"voice": voice.name, "id": voice.id}, b""


def facts(take: Take) -> dict[str, Any]:
    """Returns what the server tells of a take, as plain JSON values."""
    return {
        "take": take.id,
        "kind": take.task.kind,
        "engine": take.origin.engine.name,
        "made_at": take.origin.made_at,
        "title": take.origin.title,
        "duration_s": take.audio.duration_s,
        "rate": take.audio.rate,
        "channels": take.audio.channels,
        "report": take.report.to_dict(),
        "recipe": take.recipe,
        "task": dump(take.task),
        "words": [word_facts(word) for word in take.captions],
        "chapters": [chapter._asdict() for chapter in take.chapters],
        "stems": list(take.stems),
        "score": take.score is not None,
    }


def word_facts(word: Word) -> dict[str, Any]:
    """Returns a word as plain JSON values; `sounds` are [ipa, start, end] in seconds."""
    return {
        "text": word.text,
        "start_s": word.start_s,
        "end_s": word.end_s,
        "start_char": word.start_char,
        "end_char": word.end_char,
        "ends_sentence": word.ends_sentence,
        "said": word.said,
        "speaker": word.speaker,
        "sounds": _sounds(word),
    }


def _sounds(word: Word) -> Sequence[list[Any]]:
    return [[sound.ipa, sound.start_s, sound.end_s] for sound in word.sounds]


WORK: dict[str, Callable[[Studio, dict[str, Any], Watched], Messages]] = {
    "stream": stream,
    "render": render,
    "plan": plan,
    "verify": verify,
    "save_voice": save_voice,
}
"""By name. What is done twice does no harm: a job whose worker is lost begins again."""
