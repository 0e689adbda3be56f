"""Pronunciation dictionaries, by ElevenLabs' own client and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from elevenlabs import ElevenLabs, PronunciationDictionaryVersionLocator
from elevenlabs.core.api_error import ApiError

from menura.text.pls import read_pls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Locked, Running

URL = "/v1/pronunciation-dictionaries"
UN = {"type": "alias", "string_to_replace": "UN", "alias": "United Nations"}
TOMATO = {
    "type": "phoneme",
    "string_to_replace": "tomato",
    "phoneme": "T AH0 M AA1 T OW0",
    "alphabet": "cmu-arpabet",
}
PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa"
  xml:lang="en-GB"><lexeme><grapheme>tomato</grapheme><phoneme>təmˈɑːtəʊ</phoneme></lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>the consortium</alias></lexeme></lexicon>"""
BOMB = """<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<lexicon version="1.0" xml:lang="en"><lexeme><grapheme>&b;</grapheme></lexeme></lexicon>"""
OUTSIDE = """<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<lexicon version="1.0" xml:lang="en"><lexeme><grapheme>&a;</grapheme></lexeme></lexicon>"""


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        yield ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)


def _made(client: ElevenLabs, *rules: dict[str, Any], name: str = "d") -> Any:
    return client.pronunciation_dictionaries.create_from_rules(name=name, rules=list(rules))  # type: ignore[arg-type]


def test_a_dictionary_has_versions(client: ElevenLabs) -> None:
    made = _made(client, UN, TOMATO)
    dictionaries = client.pronunciation_dictionaries
    told = dictionaries.get(made.id)
    assert [rule.string_to_replace for rule in told.rules] == ["UN", "tomato"]
    assert told.latest_version_id == made.version_id
    added = dictionaries.rules.add(made.id, rules=[UN | {"alias": "the UN"}])  # type: ignore[list-item]
    assert added.version_rules_num == 2
    assert added.version_id != made.version_id
    removed = dictionaries.rules.remove(made.id, rule_strings=["tomato", "not there"])
    assert removed.version_rules_num == 1
    assert dictionaries.get(made.id).rules[0].alias == "the UN"
    dictionaries.rules.set(made.id, rules=[TOMATO])  # type: ignore[list-item]
    assert [rule.type for rule in dictionaries.get(made.id).rules] == ["phoneme"]
    old = read_pls(b"".join(dictionaries.download(made.id, made.version_id)))
    assert [(e.grapheme, e.alias, e.phonemes) for e in old.entries] == [
        ("UN", "United Nations", None),
        ("tomato", None, "təmˈɑːtoʊ"),
    ]


def test_a_dictionary_changes_what_is_said(client: ElevenLabs) -> None:
    made = _made(client, {**TOMATO, "string_to_replace": "qat", "phoneme": "B OW1 L"})
    locator = PronunciationDictionaryVersionLocator(
        pronunciation_dictionary_id=made.id, version_id=made.version_id
    )

    def said(**more: Any) -> bytes:
        asked: Any = {"text": "The qat sat.", "output_format": "pcm_16000", "seed": 1}
        return b"".join(client.text_to_speech.convert("nora", **asked, **more))

    assert said(pronunciation_dictionary_locators=[locator]) != said()


def test_dictionaries_are_listed_put_away_and_renamed(client: ElevenLabs) -> None:
    ids = [_made(client, UN, name=f"list {at}").id for at in range(3)]
    dictionaries = client.pronunciation_dictionaries
    told = dictionaries.update(ids[1], name="other", archived=True)
    assert told.name == "other"
    assert told.archived_time_unix
    first = dictionaries.list(page_size=1)
    assert first.pronunciation_dictionaries[0].id == ids[2]
    assert first.has_more
    second = dictionaries.list(page_size=1, cursor=first.next_cursor)
    assert second.pronunciation_dictionaries[0].id == ids[0]
    everything = dictionaries.list(page_size=100, include_archived=True).pronunciation_dictionaries
    assert set(ids) <= {each.id for each in everything}


def test_a_file_becomes_a_dictionary(client: ElevenLabs) -> None:
    made = client.pronunciation_dictionaries.create_from_file(
        name="file", file=("a.pls", PLS.encode()), description="of W3C"
    )
    assert made.version_rules_num == 2
    assert made.description == "of W3C"
    rules = client.pronunciation_dictionaries.get(made.id).rules
    assert {rule.type for rule in rules} == {"phoneme", "alias"}
    again = read_pls(b"".join(client.pronunciation_dictionaries.download(made.id, made.version_id)))
    assert again.language == "en-GB"
    assert again.entries == read_pls(PLS.encode()).entries


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", BOMB.encode(), OUTSIDE.encode(), b"<lexicon>" * 50_000, b"\xff\xfe" * 100],
    ids=["empty", "json", "bomb", "outside", "deep", "bytes"],
)
def test_hostile_files_are_refused(server: Running, data: bytes) -> None:
    sent = {"file": ("a.pls", data)}
    answer = httpx.post(
        f"{server.url}{URL}/add-from-file", files=sent, data={"name": "x"}, timeout=60
    )
    assert answer.status_code in {400, 422}, answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "", "rules": []},
        {"name": "x", "rules": [{"type": "alias", "string_to_replace": "a"}]},
        {"name": "x", "rules": [{"type": "alias", "string_to_replace": "", "alias": "b"}]},
        {"name": "x", "rules": [UN | {"type": "spell"}]},
        {"name": "x", "rules": [TOMATO | {"phoneme": "QQ"}]},
        {"name": "x", "rules": [TOMATO | {"alphabet": "klingon"}]},
        {"name": "x", "rules": [TOMATO | {"phoneme": "x7$", "alphabet": "ipa"}]},
        {"name": "x", "rules": [UN | {"alias": "x" * 513}]},
    ],
)
def test_what_is_no_dictionary_is_refused(server: Running, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}{URL}/add-from-rules", json=body, timeout=60)
    assert answer.status_code in {400, 422}, answer.text


def test_dictionaries_of_one_caller_are_nothing_to_another(locked: Locked) -> None:
    with httpx.Client(timeout=60) as http:
        ann, bob = (
            ElevenLabs(base_url=locked.url, api_key=locked.keys[name], httpx_client=http)
            for name in ("ann", "bob")
        )
        made = _made(ann, UN)
        theirs = bob.pronunciation_dictionaries
        locator = PronunciationDictionaryVersionLocator(pronunciation_dictionary_id=made.id)
        for use in (
            lambda: theirs.get(made.id),
            lambda: theirs.update(made.id, name="x"),
            lambda: theirs.rules.set(made.id, rules=[]),
            lambda: theirs.rules.remove(made.id, rule_strings=["UN"]),
            lambda: b"".join(theirs.download(made.id, made.version_id)),
            lambda: b"".join(
                bob.text_to_speech.convert(
                    "nora", text="UN", pronunciation_dictionary_locators=[locator]
                )
            ),
        ):
            with pytest.raises(ApiError) as told:
                use()
            assert told.value.status_code == 404
        assert theirs.list().pronunciation_dictionaries == []
