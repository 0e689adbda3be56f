"""Keys: made once, kept as digests, ended in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from menura.errors import InvalidInput, NotFound
from menura.server import keys as keys_module
from menura.server.keys import Keys, Ring
from menura.server.ledger import DATABASE, Ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(Ledger(tmp_path / DATABASE).database)


def owner(keys: Keys, secret: str) -> str | None:
    caller = asyncio.run(Ring(keys, always=True).caller(secret))
    return None if caller is None else caller.id


def test_a_key_is_random_and_only_its_digest_is_kept(keys: Keys, tmp_path: Path) -> None:
    key, secret = keys.add("ann")
    assert secret.startswith("mk_")
    assert len(secret) == 3 + 43  # 256 bits
    assert owner(keys, secret) == key.id
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
        assert secret[3:].encode() not in file.read_bytes()


def test_keys_differ(keys: Keys) -> None:
    made = [keys.add(f"k{i}") for i in range(20)]
    assert len({secret for _, secret in made}) == len({key.id for key, _ in made}) == 20


def test_rotation_keeps_the_owner_and_ends_the_old_key(keys: Keys) -> None:
    key, old = keys.add("ann")
    again, new = keys.rotate("ann")
    assert again.id == key.id
    assert owner(keys, old) is None
    assert owner(keys, new) == key.id
    assert [each.ended_at for each in keys.all()] == [None]


def test_rotation_with_grace_keeps_both_for_a_while(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, old = keys.add("ann")
    _, new = keys.rotate("ann", grace_s=3600.0)
    assert owner(keys, old) == owner(keys, new) == key.id
    monkeypatch.setattr(keys_module, "now", lambda: "2999-01-01T00:00:00.000+00:00")
    assert owner(keys, old) is None
    assert owner(keys, new) == key.id


def test_a_second_rotation_does_not_prolong_the_first(keys: Keys) -> None:
    _, old = keys.add("ann")
    keys.rotate("ann", grace_s=60.0)
    first = keys.all()[0].ended_at
    keys.rotate("ann", grace_s=3600.0)
    assert keys.all()[0].ended_at == first
    keys.rotate("ann")
    assert owner(keys, old) is None


def test_a_removed_name_comes_back_as_another(keys: Keys) -> None:
    first, old = keys.add("ann")
    keys.remove("ann")
    assert keys.all() == []
    second, _ = keys.add("ann")
    assert second.id != first.id
    assert owner(keys, old) is None


@pytest.mark.parametrize(
    "name", ["", " ann", "ann ", "a" * 65, "a\nb", "a/b", "\u202eann", "a;id", "a\0b"]
)
def test_names_that_are_none(keys: Keys, name: str) -> None:
    with pytest.raises(InvalidInput):
        keys.add(name)


def test_errors(keys: Keys) -> None:
    with pytest.raises(NotFound):
        keys.remove("ann")
    with pytest.raises(NotFound):
        keys.rotate("ann")
    keys.add("ann")
    with pytest.raises(InvalidInput):
        keys.add("ann")
    for grace_s in (-1.0, float("nan"), float("inf"), 1e9):
        with pytest.raises(InvalidInput):
            keys.rotate("ann", grace_s)


def test_the_ring_asks_once_there_is_a_key_and_goes_on_asking(keys: Keys) -> None:
    async def watch() -> None:
        ring = Ring(keys, always=False)
        assert not await ring.asked()
        keys.add("ann")
        ring._read_at = float("-inf")
        assert await ring.asked()
        keys.remove("ann")
        ring._read_at = float("-inf")
        assert await ring.asked()  # a removed key must not open the door

    asyncio.run(watch())


def test_the_ring_asks_always_where_it_should(keys: Keys) -> None:
    assert asyncio.run(Ring(keys, always=True).asked())


def test_a_removed_key_opens_nothing_any_more(keys: Keys) -> None:
    async def watch() -> None:
        ring = Ring(keys, always=True)
        _, secret = keys.add("ann")
        assert await ring.caller(secret) is not None
        keys.remove("ann")
        ring._read_at -= keys_module.FRESH_S
        assert await ring.caller(secret) is None

    asyncio.run(watch())


@pytest.mark.parametrize("secret", ["", "x" * 10**6, "mk_\ud800", "mk_" + "A" * 43])
def test_what_is_no_key_opens_nothing(keys: Keys, secret: str) -> None:
    keys.add("ann")
    assert owner(keys, secret) is None
