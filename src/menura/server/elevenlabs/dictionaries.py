"""Pronunciation dictionaries: each change makes a version, and each version stays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import Field
from starlette.responses import JSONResponse, Response

from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.manner import DICTIONARY
from menura.server.elevenlabs.portraits import unix
from menura.server.elevenlabs.rules import Rule, checked, entry_of, rules_of
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.ledger import new_id, now
from menura.server.problems import Problem
from menura.text.lexicon import Lexicon
from menura.text.markup import MAX_XML_BYTES
from menura.text.pls import read_pls, to_pls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

router = APIRouter(prefix="/v1/pronunciation-dictionaries")

MAX_RULES = 10_000
MAX_VERSIONS = 100
"""Of one dictionary; the oldest go first."""
MAX_DICTIONARIES = 500
LANGUAGE = "en"
"""Of a dictionary made from rules, which do not say: it decides where words end."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
Rules = Annotated[list[Rule], Field(max_length=MAX_RULES)]


class Adding(Body):
    """A dictionary that is wanted."""

    name: Name
    rules: Rules
    description: Annotated[str, Field(max_length=1000)] | None = None
    workspace_access: str | None = None


class Changing(Body):
    """Rules to be set or added."""

    rules: Rules


class Removing(Body):
    """What is no longer to be replaced."""

    rule_strings: Annotated[
        list[Annotated[str, Field(max_length=128)]], Field(max_length=MAX_RULES)
    ]


class Renaming(Body):
    """What is to be different about a dictionary."""

    name: Name | None = None
    archived: bool | None = None


class Listed(Body):
    """What is asked for in the query of a list."""

    cursor: Annotated[str, Field(max_length=32, pattern="^[0-9]{1,9}$")] | None = None
    page_size: Annotated[int, Field(strict=False, ge=1, le=100)] = 30
    sort: Annotated[str, Field(max_length=40)] | None = None
    sort_direction: Annotated[str, Field(max_length=10)] | None = None
    include_archived: Annotated[bool, Field(strict=False)] = False


@router.post("/add-from-rules")
async def add_from_rules(body: Adding, house: HouseDep, caller: CallerDep) -> Response:
    """Make a dictionary from rules."""
    rules = await asyncio.to_thread(checked, body.rules)
    return await _added(house, caller, body.name, body.description, rules, LANGUAGE)


@router.post("/add-from-file")
async def add_from_file(
    house: HouseDep,
    caller: CallerDep,
    name: Annotated[str, Form(min_length=1, max_length=200)],
    file: Annotated[UploadFile | None, File()] = None,
    description: Annotated[str | None, Form(max_length=1000)] = None,
) -> Response:
    """Make a dictionary from a file of W3C's Pronunciation Lexicon Specification (PLS)."""
    rules: list[dict[str, Any]] = []
    language = LANGUAGE
    if file is not None:
        lexicon = await asyncio.to_thread(read_pls, await file.read(MAX_XML_BYTES + 1))
        rules, language = rules_of(lexicon), lexicon.language
    return await _added(house, caller, name, description, rules, language)


@router.get("")
async def list_all(
    house: HouseDep, caller: CallerDep, listed: Annotated[Listed, Query()]
) -> Response:
    """List your dictionaries, the latest first."""
    kept = await asyncio.to_thread(house.ledger.all, caller.id, DICTIONARY)
    told = [
        _told(caller, name, facts)
        for name, facts in kept.items()
        if listed.include_archived or not facts["archived"]
    ]
    if listed.sort == "name":
        told.sort(key=lambda each: str(each["name"]).casefold())
    if (listed.sort_direction or "DESC").upper() == "DESC":
        told.reverse()
    start = int(listed.cursor or 0)
    page = told[start : start + listed.page_size]
    more = start + len(page) < len(told)
    return JSONResponse(
        {
            "pronunciation_dictionaries": page,
            "next_cursor": str(start + len(page)) if more else None,
            "has_more": more,
        }
    )


@router.get("/{dictionary_id}")
async def get(dictionary_id: str, house: HouseDep, caller: CallerDep) -> Response:
    """Tell what is in a dictionary: the rules of its latest version."""
    facts = await _facts(house, caller, dictionary_id)
    rules = facts["versions"][-1]["rules"]
    return JSONResponse(_told(caller, dictionary_id, facts) | {"rules": rules})


@router.patch("/{dictionary_id}")
async def update(
    dictionary_id: str, body: Renaming, house: HouseDep, caller: CallerDep
) -> Response:
    """Call a dictionary something else, or put it away."""
    facts = await _facts(house, caller, dictionary_id)
    changed = dict(facts) | body.model_dump(exclude_none=True)
    await _keep(house, caller, dictionary_id, changed)
    return JSONResponse(_told(caller, dictionary_id, changed))


@router.get(
    "/{dictionary_id}/{version_id}/download",
    responses={200: {"content": {"application/pls+xml": {}}}},
)
async def download(
    dictionary_id: str, version_id: str, house: HouseDep, caller: CallerDep
) -> Response:
    """Return a version of a dictionary as a PLS file."""
    facts = await _facts(house, caller, dictionary_id)
    rules = next((v["rules"] for v in facts["versions"] if v["id"] == version_id), None)
    if rules is None:
        raise _not_found(f"{dictionary_id} with the version {version_id}")
    data = await asyncio.to_thread(_pls, facts.get("language", LANGUAGE), rules)
    named = {"content-disposition": f'attachment; filename="{dictionary_id:.40}.pls"'}
    return Response(data, media_type="application/pls+xml", headers=named)


@router.post("/{dictionary_id}/set-rules")
async def set_rules(
    dictionary_id: str, body: Changing, house: HouseDep, caller: CallerDep
) -> Response:
    """Replace all rules of a dictionary: its next version."""
    facts = await _facts(house, caller, dictionary_id)
    return await _versioned(
        house, caller, dictionary_id, facts, await asyncio.to_thread(checked, body.rules)
    )


@router.post("/{dictionary_id}/add-rules")
async def add_rules(
    dictionary_id: str, body: Changing, house: HouseDep, caller: CallerDep
) -> Response:
    """Add rules to a dictionary; one for the same string is replaced: its next version."""
    facts = await _facts(house, caller, dictionary_id)
    added = await asyncio.to_thread(checked, body.rules)
    new = {rule["string_to_replace"] for rule in added}
    kept = [r for r in facts["versions"][-1]["rules"] if r["string_to_replace"] not in new]
    return await _versioned(house, caller, dictionary_id, facts, [*kept, *added])


@router.post("/{dictionary_id}/remove-rules")
async def remove_rules(
    dictionary_id: str, body: Removing, house: HouseDep, caller: CallerDep
) -> Response:
    """Take rules out of a dictionary, by the strings they replace: its next version."""
    facts = await _facts(house, caller, dictionary_id)
    out = set(body.rule_strings)
    kept = [r for r in facts["versions"][-1]["rules"] if r["string_to_replace"] not in out]
    return await _versioned(house, caller, dictionary_id, facts, kept)


async def _added(
    house: House,
    caller: Caller,
    name: str,
    description: str | None,
    rules: Sequence[Mapping[str, Any]],
    language: str,
) -> Response:
    """Keeps a new dictionary, and returns what is told of it."""
    kept = await asyncio.to_thread(house.ledger.all, caller.id, DICTIONARY)
    if len(kept) >= MAX_DICTIONARIES:
        message = f"you have {len(kept)} pronunciation dictionaries: more are not kept"
        raise Problem(status=400, code="too_many_dictionaries", message=message)
    facts = {
        "name": name,
        "description": description,
        "language": language,
        "versions": [_version(rules)],
        "archived": False,
    }
    dictionary_id = new_id()
    await _keep(house, caller, dictionary_id, facts)
    told = _told(caller, dictionary_id, facts | {"made_at": now()})
    version = {"version_id": told["latest_version_id"], "version_rules_num": len(rules)}
    return JSONResponse(told | version)


async def _versioned(
    house: House,
    caller: Caller,
    dictionary_id: str,
    facts: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]],
) -> Response:
    """Keeps the next version of a dictionary, and returns what is told of it."""
    version = _version(rules)
    versions = [*facts["versions"], version][-MAX_VERSIONS:]
    await _keep(house, caller, dictionary_id, dict(facts) | {"versions": versions})
    told = {"version_id": version["id"], "version_rules_num": len(rules)}
    return JSONResponse({"id": dictionary_id} | told)


def _version(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if len(rules) > MAX_RULES:
        message = f"a dictionary has at most {MAX_RULES} rules, not {len(rules)}"
        raise Problem(status=400, code="too_many_rules", message=message, param="rules")
    return {"id": new_id(), "rules": [dict(rule) for rule in rules]}


async def _facts(house: House, caller: Caller, dictionary_id: str) -> dict[str, Any]:
    facts = await asyncio.to_thread(house.ledger.get, caller.id, DICTIONARY, dictionary_id)
    if facts is None:
        raise _not_found(dictionary_id)
    return facts


async def _keep(house: House, caller: Caller, dictionary_id: str, facts: Mapping[str, Any]) -> None:
    kept = {key: value for key, value in facts.items() if key != "made_at"}
    await asyncio.to_thread(house.ledger.put, caller.id, DICTIONARY, dictionary_id, kept)


def _told(caller: Caller, dictionary_id: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a dictionary as their API tells of it, without its rules."""
    latest = facts["versions"][-1]
    return {
        "id": dictionary_id,
        "latest_version_id": latest["id"],
        "latest_version_rules_num": len(latest["rules"]),
        "name": facts["name"],
        "description": facts["description"],
        "permission_on_resource": "admin",
        "created_by": caller.id,
        "creation_time_unix": unix(facts.get("made_at")),
        "archived_time_unix": unix(facts.get("made_at")) if facts["archived"] else None,
    }


def _pls(language: str, rules: Sequence[Mapping[str, Any]]) -> bytes:
    return to_pls(Lexicon(language, tuple(entry_of(rule) for rule in rules)))


def _not_found(name: str) -> Problem:
    return Problem(
        status=404,
        code="pronunciation_dictionary_not_found",
        message=f"there is no pronunciation dictionary {name:.80}",
    )
