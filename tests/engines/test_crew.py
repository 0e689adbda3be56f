import os
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from menura.engines.crew import Crew
from menura.errors import EngineFailed

WORK = """
import os, time
import numpy as np

def work(header, samples):
    if header.get("fail"):
        raise ValueError("no such thing")
    time.sleep(header.get("before_s", 0))
    for i in range(header["count"]):
        if header.get("die") == i and not os.path.exists(header["flag"]):
            open(header["flag"], "w").close()
            os.kill(os.getpid(), 9)
        yield {"i": i, "pid": os.getpid(), "blas": os.environ["OPENBLAS_NUM_THREADS"]}, samples * i
        time.sleep(header.get("sleep_s", 0))
"""


@pytest.fixture
def crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    (tmp_path / "crew_test_work.py").write_text(textwrap.dedent(WORK))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    crew = Crew("crew_test_work", 2)
    yield crew
    crew.close()


def test_messages_come_in_order_from_several_processes(crew: Crew) -> None:
    sound = np.arange(1000, dtype=np.float32)
    crew.prepare()
    answers = [crew.submit({"count": 3, "sleep_s": 0.05}, sound) for _ in range(4)]
    pids = set()
    for answer in answers:
        messages = list(answer)
        assert [told["i"] for told, _ in messages] == [0, 1, 2]
        assert all(np.array_equal(got, sound * i) for i, (_, got) in enumerate(messages))
        assert {told["blas"] for told, _ in messages} == {"1"}
        pids |= {told["pid"] for told, _ in messages}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_killed_worker_is_replaced_and_nothing_is_told_twice(crew: Crew, tmp_path: Path) -> None:
    job = {"count": 4, "die": 2, "flag": str(tmp_path / "died")}
    messages = list(crew.submit(job, np.ones(10, np.float32)))
    assert [told["i"] for told, _ in messages] == [0, 1, 2, 3]
    assert (tmp_path / "died").exists()
    assert messages[0][0]["pid"] != messages[3][0]["pid"]


def test_a_worker_that_dies_again_and_again_is_an_error(crew: Crew) -> None:
    job = {"count": 1, "die": 0, "flag": "/dev/null/never"}
    with pytest.raises(EngineFailed, match="worker process"):
        list(crew.submit(job, np.ones(1, np.float32)))


def test_a_job_that_fails_is_an_error_and_its_worker_goes_on(crew: Crew) -> None:
    [(first, _)] = crew.submit({"count": 1}, np.ones(1, np.float32))
    with pytest.raises(EngineFailed, match="no such thing"):
        list(crew.submit({"fail": True}, np.ones(1, np.float32)))
    [(after, _)] = crew.submit({"count": 1}, np.ones(1, np.float32))
    assert first["pid"] == after["pid"]


def test_an_abandoned_answer_ends_its_job(crew: Crew) -> None:
    answer = crew.submit({"count": 10**6, "sleep_s": 0.01}, np.ones(1, np.float32))
    pid = next(iter(answer))[0]["pid"]
    answer.close()
    deadline = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):  # noqa: PT012 - it ends in its own time
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.02)
    assert [told["i"] for told, _ in crew.submit({"count": 1}, np.ones(1, np.float32))] == [0]


def test_of_many_drawn_from_at_once_few_workers_stay(crew: Crew) -> None:
    drawn = [crew.draw({"count": 2}, np.ones(1, np.float32)) for _ in range(5)]
    assert len({next(each)[0]["pid"] for each in drawn}) == 5
    for each in drawn:
        assert len(list(each)) == 1
    assert len(crew._live) == len(crew._idle) == 2


def test_a_closed_crew_takes_no_jobs_and_leaves_no_process(crew: Crew) -> None:
    answer = crew.submit({"count": 10**6, "sleep_s": 0.01}, np.ones(1, np.float32))
    pid = next(iter(answer))[0]["pid"]
    crew.close()
    with pytest.raises(EngineFailed):
        list(answer)
    with pytest.raises(EngineFailed, match="closed"):
        crew.submit({"count": 1}, np.ones(1, np.float32))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def test_a_worker_that_hangs_is_ended(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("menura.engines.crew.PATIENCE_S", 0.5)
    with pytest.raises(EngineFailed, match=r"silent for more than 0[.]5 s"):
        list(crew.submit({"count": 1, "before_s": 60}, np.ones(1, np.float32)))


def test_a_worker_that_does_not_read_is_ended(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("menura.engines.crew.PATIENCE_S", 0.5)
    monkeypatch.setattr("menura.engines.crew._BOOT", "import time; time.sleep(60)")
    with pytest.raises(EngineFailed, match="worker process"):
        list(crew.submit({"count": 1}, np.ones(500_000, np.float32)))


def test_a_job_nobody_waits_for_is_not_begun(crew: Crew) -> None:
    crew.workers = 1
    busy = crew.submit({"count": 5, "sleep_s": 0.1}, np.ones(1, np.float32))
    waiting = [crew.submit({"count": 10**6}, np.ones(1, np.float32)) for _ in range(20)]
    for answer in waiting:
        answer.close()
    pids = {told["pid"] for told, _ in busy}
    pids |= {told["pid"] for told, _ in crew.submit({"count": 1}, np.ones(1, np.float32))}
    assert len(pids) == 1


def test_a_header_that_is_no_json_leaks_no_worker(crew: Crew) -> None:
    for _ in range(5):
        with pytest.raises(TypeError):
            list(crew.submit({"count": object()}, np.ones(1, np.float32)))
    assert len(crew._live) <= 2


def test_an_answer_that_ended_stays_ended(crew: Crew) -> None:
    answer = crew.submit({"count": 2}, np.ones(1, np.float32))
    assert len(list(answer)) == 2
    assert list(answer) == []


def test_a_drawn_job_waits_for_its_reader(crew: Crew) -> None:
    """What nobody takes is not made: 2 MB messages do not fit into a pipe."""
    job = crew.draw({"count": 10**6}, np.ones(500_000, np.float32))
    assert [next(job)[0]["i"] for _ in range(3)] == [0, 1, 2]
    time.sleep(0.3)
    assert next(job)[0]["i"] == 3
    job.close()
    assert [told["i"] for told, _ in crew.draw({"count": 2}, np.ones(1, np.float32))] == [0, 1]


def test_a_drawn_job_goes_on_after_its_worker_died(crew: Crew, tmp_path: Path) -> None:
    job = {"count": 4, "die": 2, "flag": str(tmp_path / "died")}
    assert [told["i"] for told, _ in crew.draw(job, np.ones(1, np.float32))] == [0, 1, 2, 3]


def test_a_drawn_job_that_fails_is_an_error(crew: Crew) -> None:
    with pytest.raises(EngineFailed, match="no such thing"):
        next(crew.draw({"fail": True}, np.ones(1, np.float32)))
    crew.close()
    with pytest.raises(EngineFailed, match="closed"):
        next(crew.draw({"count": 1}, np.ones(1, np.float32)))
