"""The languages and timbres of espeak-ng, and what it can read in them."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, NotFound, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG = re.compile(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})*")
MAX_NAME_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language, or one way to speak it.

    Attributes:
        tag: what to ask for it by: "en-us", "de", "cmn".
        name: in English.
        tags: every tag that leads here exactly, `tag` first.
        file: the voice file, relative to the folder `lang` of espeak-ng's data. A voice is
            selected by it, with "+" and a variant where one is asked for. Selection by name fails
            for en-gb, fr-fr and zh, and by properties takes no variant but f2 (as the gender
            female); where they work, all three give the same samples.
    """

    tag: str
    name: str
    tags: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that not every language's voice reads.

    Attributes:
        name: in English.
        main: the language it is read in inside a text of another one; None = none can.
        read_by: tags of the languages that read it.
        ranges: (first, last) code points of its letters.
    """

    name: str
    main: str | None
    read_by: frozenset[str]
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latin:
    """Latin letters in texts of other scripts.

    Attributes:
        main: the language they are read in there.
        spelled_by: tags of the languages whose voices name the letters one by one.
    """

    main: str
    spelled_by: frozenset[str]


@functools.cache
def languages() -> tuple[Language, ...]:
    """Returns every language that has a pronunciation dictionary, by tag.

    Raises:
        NotInstalled: if espeak-ng's data is not there.
    """
    data = _data_folder()
    headers = [
        _header(path, path.relative_to(data / "lang").as_posix())
        for path in sorted(data.glob("lang/**/*"))
        if path.is_file()
    ]
    dictionaries = {path.name.removesuffix("_dict") for path in data.glob("*_dict")}
    # A file named like its first tag goes first, so that no dialect takes the tag away.
    headers.sort(key=lambda header: header["tags"][0][1] != header["stem"])
    taken: set[str] = set()
    found = []
    for header in headers:
        if header["dictionary"] not in dictionaries:
            continue
        tag = header["tags"][0][1]
        tag = header["stem"] if tag in taken else tag
        taken.add(tag)
        found.append((tag, header))
    # Each other tag goes to the file that ranks it best (a low number).
    ranked = sorted(
        (rank, tag, mine)
        for mine, header in found
        for rank, tag in [*header["tags"], (99, header["stem"])]
    )
    owners: dict[str, str] = {mine: mine for mine, _ in found}
    for _, tag, mine in ranked:
        owners.setdefault(tag, mine)
    return tuple(
        Language(
            tag=mine,
            name=header["name"],
            tags=(mine, *sorted(t for t, owner in owners.items() if owner == mine != t)),
            file=header["file"],
        )
        for mine, header in sorted(found, key=lambda pair: pair[0])
    )


def find(tag: str) -> Language:
    """Returns the language for a tag, an English name, or the nearest wider tag.

    `de-AT` falls back to `de`; `en`, `zh` and regions without a file of their own follow the
    preferences in languages.toml.

    Raises:
        InvalidInput: if `tag` is no language tag or name at all.
        NotFound: if espeak-ng does not speak it.
    """
    return _find(tag)


@functools.lru_cache(maxsize=256)
def _find(tag: str) -> Language:
    if not 0 < len(tag) <= MAX_NAME_CHARS or not tag.isprintable() or set(tag) & set("/\\"):
        raise InvalidInput("a language is a tag such as 'en-us', 'de' or 'pt-BR', or its name")
    wanted = tag.strip().lower().replace("_", "-")
    for language in languages():
        if language.name.lower() == wanted:
            return language
    exact = {key: language for language in languages() for key in language.tags}
    preferred = _facts()["preferred"]
    parts = wanted.split("-") if _TAG.fullmatch(wanted) else []
    for count in range(len(parts), 0, -1):
        key = "-".join(parts[:count])
        key = preferred.get(key, key)
        if key in exact:
            return exact[key]
    names = [*exact, *(language.name.lower() for language in languages())]
    raise NotFound(f"no language goes by {tag!r}{_nearest(wanted, names)}")


@functools.cache
def variants() -> tuple[str, ...]:
    """Returns the timbres that any language can be spoken with, such as "f3" and "whisper"."""
    return tuple(sorted(path.name for path in (_data_folder() / "voices" / "!v").iterdir()))


def find_variant(name: str) -> str:
    """Returns the variant as espeak-ng spells it; it ignores one that it does not know.

    Raises:
        NotFound: if there is none of that name.
    """
    spelled = {variant.lower(): variant for variant in variants()}
    if name in variants():
        return name
    if name.lower() in spelled:
        return spelled[name.lower()]
    raise NotFound(f"no variant goes by {name[:MAX_NAME_CHARS]!r}{_nearest(name, variants())}")


def unreadable(text: str, language: str) -> str:
    """Returns the characters that espeak-ng cannot read in a language, each once, in order.

    It spells them out in English ("Chinese letter"), one by one, or says nothing. Letters of
    scripts that it reads by switching to their own language are readable.

    Raises:
        InvalidInput, NotFound: as `find`.
    """
    own = find(language).tag
    foreign = [span for script in scripts() if own not in script.read_by for span in script.ranges]
    return "".join(
        char
        for char in dict.fromkeys(text)
        if any(low <= ord(char) <= high for low, high in foreign)
    )


@functools.cache
def scripts() -> tuple[Script, ...]:
    """Returns the scripts that only some languages read."""
    return tuple(
        Script(
            name=script["name"],
            main=script.get("main"),
            read_by=frozenset(script["read_by"]),
            ranges=tuple((low, high) for low, high in script["ranges"]),
        )
        for script in _facts()["script"]
    )


@functools.cache
def latin() -> Latin:
    """Returns what is known of Latin letters in texts of other scripts."""
    facts = _facts()["latin"]
    return Latin(main=facts["main"], spelled_by=frozenset(facts["spelled_by"]))


@functools.cache
def _facts() -> dict[str, Any]:
    text = Path(__file__).with_name("languages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _header(path: Path, file: str) -> dict[str, Any]:
    """Reads `name`, `language` and `dictionary` lines of a voice file."""
    stem = path.name.lower()
    header: dict[str, Any] = {"file": file, "stem": stem, "name": path.name, "tags": []}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition("//")[0].strip().partition(" ")
        words = value.split()
        if key == "name" and words:
            header["name"] = value.strip()
        elif key == "language" and words:
            rank = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
            header["tags"].append((rank, words[0].lower()))
        elif key == "dictionary" and words:
            header["dictionary"] = words[0]
    header["tags"] = header["tags"] or [(1, stem)]
    header.setdefault("dictionary", header["tags"][0][1].partition("-")[0])
    return header


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name[:MAX_NAME_CHARS], names, n=3)
    return f": did you mean {', '.join(near)}?" if near else ""


def _data_folder() -> Path:
    try:
        import espeakng_loader

        return Path(espeakng_loader.get_data_path())
    except (ImportError, RuntimeError) as error:
        raise NotInstalled("espeak-ng is not there: install espeakng-loader") from error
