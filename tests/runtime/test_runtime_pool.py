"""The pool: loading once, letting go by time and memory, waiting, errors."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from menura.errors import EngineFailed, InvalidInput
from menura.runtime.pool import Pool


class _Model:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    def close(self) -> None:
        self.closed = True


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _pool(clock: _Clock, budget_mb: float = 1000.0) -> Pool:
    return Pool(budget_mb, 60.0, wait_s=0.0, clock=clock)


def test_a_model_is_loaded_once_and_stays(clock: _Clock) -> None:
    pool, opened = _pool(clock), []

    def opener() -> _Model:
        opened.append(_Model("a"))
        return opened[-1]

    for _ in range(3):
        with pool.lease("a", opener, 400) as model:
            assert model is opened[0]
            assert not model.closed
    assert len(opened) == 1
    assert pool.used_mb == 400


def test_the_longest_unused_makes_room(clock: _Clock) -> None:
    pool = _pool(clock)
    models = {name: _Model(name) for name in "abc"}
    for name in "aba":
        clock.now += 1
        with pool.lease(name, lambda n=name: models[n], 400):
            pass
    with pool.lease("c", lambda: models["c"], 400):
        assert models["b"].closed
        assert not models["a"].closed
        assert pool.used_mb == 800


def test_unused_models_go_after_a_while_and_used_ones_never(clock: _Clock) -> None:
    pool, used, unused = _pool(clock), _Model("used"), _Model("unused")
    with pool.lease("used", lambda: used, 100):
        with pool.lease("unused", lambda: unused, 100):
            pass
        clock.now = 59.0
        pool.sweep()
        assert not unused.closed
        clock.now = 61.0
        pool.sweep()
        assert unused.closed
        assert not used.closed
        pool.close()
        assert not used.closed
    pool.close()
    assert used.closed
    assert pool.used_mb == 0


def test_what_is_in_use_is_not_let_go_for_another(clock: _Clock) -> None:
    pool, model = _pool(clock), _Model("a")
    with (
        pool.lease("a", lambda: model, 700),
        pytest.raises(EngineFailed, match="no room for 400 MB"),
        pool.lease("b", lambda: _Model("b"), 400),
    ):
        pass
    assert not model.closed
    with pool.lease("b", lambda: _Model("b"), 400):
        assert model.closed


def test_a_model_larger_than_the_budget_has_the_pool_for_itself(clock: _Clock) -> None:
    pool, small = _pool(clock), _Model("small")
    with pool.lease("small", lambda: small, 100):
        pass
    with pool.lease("large", lambda: _Model("large"), 5000):
        assert small.closed
    with pool.lease("small", lambda: _Model("small"), 100):
        assert pool.used_mb == 100


def test_who_waits_gets_the_memory_when_it_comes_back() -> None:
    pool, started, release = Pool(1000.0, 60.0, wait_s=60.0), threading.Event(), threading.Event()

    def hold() -> None:
        with pool.lease("a", lambda: _Model("a"), 800):
            started.set()
            release.wait(60)

    def want() -> str:
        with pool.lease("b", lambda: _Model("b"), 800) as model:
            return model.name

    with ThreadPoolExecutor(2) as threads:
        holding = threads.submit(hold)
        started.wait(60)
        wanting = threads.submit(want)
        assert not wanting.done()
        release.set()
        assert wanting.result(60) == "b"
        holding.result(60)


def test_many_at_once_load_it_once(clock: _Clock) -> None:
    pool, opened, gate = _pool(clock), [], threading.Barrier(8)

    def opener() -> _Model:
        opened.append(_Model("a"))
        return opened[-1]

    def use(_: int) -> _Model:
        gate.wait(60)
        with pool.lease("a", opener, 400) as model:
            return model

    with ThreadPoolExecutor(8) as threads:
        models = set(threads.map(use, range(8)))
    assert len(opened) == len(models) == 1


def test_a_model_that_cannot_be_loaded_is_tried_again(clock: _Clock) -> None:
    pool = _pool(clock)

    def broken() -> _Model:
        raise InvalidInput("half a file")

    for _ in range(2):
        with pytest.raises(InvalidInput, match="half a file"), pool.lease("a", broken, 400):
            pass
        assert pool.used_mb == 0
    with pool.lease("a", lambda: _Model("a"), 400) as model:
        assert model.name == "a"


def test_an_error_while_it_is_used_gives_it_back(clock: _Clock) -> None:
    pool = _pool(clock)
    with pytest.raises(KeyError), pool.lease("a", lambda: _Model("a"), 400):
        raise KeyError
    clock.now = 100.0
    pool.sweep()
    assert pool.used_mb == 0
