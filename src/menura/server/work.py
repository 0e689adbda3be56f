"""What workers do: each kind of work takes plain JSON values, and yields messages as it goes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from menura.audio.encode import encoder
from menura.audio.formats import Format
from menura.server.aligning import align as aligned
from menura.server.pacing import paced
from menura.server.parting import in_parts
from menura.tasks import Speech, dump, load
from menura.text.captions import WRITERS, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from menura.studio import Studio
    from menura.take import Take
    from menura.tasks import Task

    Messages: TypeAlias = Generator[tuple[dict[str, Any], bytes], None, None]


class Stopped(Exception):
    """Nobody waits for a job any more."""


class Watched(Protocol):
    """What work sees of its job."""

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""

    @property
    def ending(self) -> bool:
        """Whether it is to come to its end, though it would go on for ever."""

    def check(self) -> None:
        """Raises `Stopped` if nobody waits for it any more."""

    def progress(self, share: float) -> None:
        """Tells how much is done, 0 to 1; raises `Stopped` as `check` does."""


def prepare(studio: Studio) -> None:
    """Starts what speech needs, so that the first request does not wait for it."""
    studio.prepare(Speech("Ready."))


def stream(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Streams a task.

    Asks: `task` (as `dump` gives it), `format`, `lenient` (whether `paced` may change its speed;
    may be missing).
    Yields: {"take", "rate", "channels", "mime", "ignored"}; then the sound, each piece with
    {"seconds", "words"}: how much has been given with it, and the words newly known; then
    {"facts"}, as `facts` gives them.
    """
    format_ = Format.parse(ask["format"])
    task, notes = _task(studio, ask)
    playing = studio.stream(task)
    try:
        encoding = encoder(format_, playing.rate, playing.channels, playing.origin.tags())
        yield (
            {
                "take": playing.origin.take_id,
                "rate": format_.encoded_rate(playing.rate),
                "channels": 1 if format_.law else playing.channels,
                "mime": format_.mime,
                "ignored": [*notes, *playing.ignored],
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
            if job.ending:
                break
        words = playing.words[told:]
        header = {"seconds": frames / playing.rate, "words": [word_facts(w) for w in words]}
        yield header, encoding.finish()
        playing.close()
        yield {"facts": facts(playing.take)}, b""
    finally:
        playing.close()


def render(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Renders a task into a folder of its own.

    Asks: `task`, `format`, `folder` (exists, empty), `stems` (whether they are wanted), `lenient`
    as `stream`.
    Yields: {"facts"}, whose `files` name what lies in the folder: `audio`, `captions` (format ->
    file), `stems` (name -> file), `score`, each if there is one.
    """
    task, notes = _task(studio, ask)
    take = studio.render(task, progress=job.progress, stems=ask["stems"])
    told = _saved(take, ask, job)
    told["report"]["ignored"] = [*notes, *told["report"]["ignored"]]
    yield {"facts": told}, b""


def _task(studio: Studio, ask: dict[str, Any]) -> tuple[Task, list[str]]:
    """Returns the task that is asked for, and what is changed of it."""
    task = load(ask["task"])
    return paced(studio, task) if ask.get("lenient") else (task, [])


def again(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Makes a take again as it was delivered, `delivery`: stream or render; else as `render`.

    A stream has no stems: where they are wanted it is rendered.
    """
    if ask["delivery"] != "stream" or ask["stems"]:
        yield from render(studio, ask, job)
        return
    playing = studio.stream(load(ask["task"]))
    try:
        for _ in playing:
            job.progress(0.0)  # how much is left is not known; that it goes on is
    finally:
        playing.close()
    yield {"facts": _saved(playing.take, ask, job)}, b""


def _saved(take: Take, ask: dict[str, Any], job: Watched) -> dict[str, Any]:
    """Writes a take into the folder, and returns its facts with `files`."""
    folder = Path(ask["folder"])
    format_ = Format.parse(ask["format"])
    audio = take.save(
        folder / f"audio{format_.suffix}", ask["format"], progress=lambda _: job.check()
    )
    files: dict[str, Any] = {"audio": audio.name}
    if take.captions:
        files["captions"] = {suffix[1:]: f"captions{suffix}" for suffix in WRITERS}
        for suffix, written in WRITERS.items():
            (folder / f"captions{suffix}").write_text(written(take.captions), encoding="utf-8")
    if take.stems and ask["stems"]:
        (folder / "stems").mkdir()
        paths = take.save_stems(folder / "stems", progress=lambda _: job.check())
        files["stems"] = dict(zip(take.stems, (f"stems/{p.name}" for p in paths), strict=True))
    if take.score is not None:
        files["score"] = take.save_score(folder / "score.mid").name
    return facts(take) | {"files": files, "mime": format_.mime}


def plan(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Plans a task; asks `task`, yields {"plan"}."""
    yield {"plan": studio.plan(load(ask["task"]))}, b""


def plans(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Plans several tasks; asks `tasks`, yields {"plans"} in their order."""
    found = []
    for task in ask["tasks"]:
        job.check()
        found.append(studio.plan(load(task)))
    yield {"plans": found}, b""


def parts(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Makes a take again in some parts, each the sum of stems.

    Asks: `task`, `format`, `folder` (exists, empty), `parts` (part -> names of stems), `rest` (the
    part of all other stems).
    Yields: {"files"}: part -> its file in the folder, without parts that have no stem.
    """
    take = studio.render(load(ask["task"]), progress=job.progress, stems=True)
    job.check()
    summed = in_parts(take, ask["parts"], ask["rest"])
    folder = Path(ask["folder"])
    paths = summed.save_stems(folder, ask["format"], progress=lambda _: job.check())
    yield {"files": dict(zip(summed.stems, (path.name for path in paths), strict=True))}, b""


def verify(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Verifies a file; asks `path`, `thorough`, yields {"verification"}."""
    found = studio.verify(Path(ask["path"]), thorough=ask["thorough"], progress=job.progress)
    yield {"verification": found.to_dict()}, b""


def align(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Finds when words are said; asks `path`, `text`, yields {"words"}: see `aligning.Aligned`."""
    found = aligned(Path(ask["path"]), ask["text"], studio.settings, job.progress)
    yield {"words": [dataclasses.asdict(word) for word in found]}, b""


def transcribe(studio: Studio, ask: dict[str, Any], job: Watched) -> Messages:
    """Writes down what is said; asks `path`, `language`, `model` (or None), `translate`, `stream`.

    Yields: {"transcript"}; if it is streamed, {"ignored"} before, then {"segment"} for each as it
    comes: see `text.transcript`.
    """
    heard = studio.listen(
        Path(ask["path"]),
        language=ask["language"],
        model=ask["model"],
        translate=ask["translate"],
        progress=job.progress,
    )
    if ask["stream"]:
        yield {"ignored": list(heard.ignored)}, b""
    for segment in heard:
        job.progress(segment.end_s / heard.duration_s)
        if ask["stream"]:
            yield {"segment": dataclasses.asdict(segment)}, b""
    yield {"transcript": dataclasses.asdict(heard.transcript)}, b""


def tune(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Reads a tune; asks `path`, `bpm`, yields {"melody"}."""
    yield {"melody": studio.tune(Path(ask["path"]), ask["bpm"])}, b""


def keep(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Keeps a recording; asks `path`, yields {"sha256"}."""
    yield {"sha256": studio.keep(Path(ask["path"]))}, b""


def save_voice(studio: Studio, ask: dict[str, Any], _: Watched) -> Messages:
    """Keeps the voice of a design; asks `take` (id), `name`, yields {"voice", "id"}."""
    voice = studio.save_voice(ask["take"], ask["name"])
    yield {"voice": voice.name, "id": voice.id}, b""


def facts(take: Take) -> dict[str, Any]:
    """Returns what the server tells of a take, as plain JSON values.

    Not its words: those of a long text would hold up the server's loop for seconds.
    """
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
        "task": dump(take.task),
        "captions": bool(take.captions),
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
    "again": again,
    "plan": plan,
    "plans": plans,
    "parts": parts,
    "verify": verify,
    "align": align,
    "transcribe": transcribe,
    "tune": tune,
    "keep": keep,
    "save_voice": save_voice,
}
"""By name. What is done twice does no harm: a job whose worker is lost begins again."""
