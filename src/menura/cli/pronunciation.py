"""The options that say how words are said: lexicons in, single words, and the rules in use out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from menura.tasks import Pronunciation, Task


def gather(pairs: list[str], files: list[Path]) -> tuple[Pronunciation, ...]:
    """Returns the pronunciations of the options; a single word goes before what a file says.

    Args:
        pairs: such as `W3C=World Wide Web Consortium` or `menura=/mɛˈnjʊərə/`.
        files: lexicons in PLS.

    Raises:
        InvalidInput, NotFound, StorageFailed: if one cannot be read.
    """
    if not pairs and not files:
        return ()
    from menura.tasks import Pronunciation
    from menura.text.lexicon import to_rules
    from menura.text.pls import read_pls

    rules: list[Pronunciation] = []
    for pair in pairs:
        written, _, said = (part.strip() for part in pair.partition("="))
        if not written or not said:
            raise InvalidInput(
                "--pronounce takes a word and how it is said, such as W3C=World Wide Web "
                "Consortium or menura=/mɛˈnjʊərə/"
            )
        rules.append(Pronunciation(written=written, said=said))
    for file in files:
        rules += to_rules(read_pls(file))
    return tuple(rules)


def check_target(path: Path | None) -> None:
    """Refuses a file for the rules in use that could not be written in the end.

    Raises:
        InvalidInput: if it is no name of a PLS file, or its folder is not there.
    """
    if path is None:
        return
    from menura.audio.files import check_target as check_file

    if path.suffix.lower() not in {".pls", ".xml"}:
        raise InvalidInput(f"a lexicon ends in .pls or .xml, not {path.name!r:.80}")
    check_file(path)


def save(path: Path | None, task: Task) -> None:
    """Writes the rules that a settled, spoken task uses, if they are wanted.

    A file in PLS is of one language: the task's, or else that of the first rule which names one.

    Raises:
        InvalidText: if a rule holds what no XML can.
        StorageFailed: if the disk does not take it.
    """
    from menura.tasks import Dialogue, Speech

    if path is None or not isinstance(task, Speech | Dialogue):
        return
    from menura.text.lexicon import to_lexicon
    from menura.text.pls import write_pls

    named = [rule.language for rule in task.lexicon if rule.language is not None]
    write_pls(path, to_lexicon(task.lexicon, task.language or next(iter(named), "en-US")))
