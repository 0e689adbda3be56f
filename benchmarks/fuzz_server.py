"""Asks a server what its OpenAPI says may be asked, right and wrong, and counts the answers.

    .venv/bin/python benchmarks/fuzz_server.py [--cases 5000] [--seed 1] [--json results.json]

Schemathesis makes the requests, half of them against the description. Much of what names a thing
then names one that exists, or nearly all would end at "there is no such thing"; what would be long
is made short, so that a case takes little time. An answer of sound is read for a while, and left.

A server error is a 5xx that is not a described 501, 503 or 507, an error that is not told in the
API's own words, no answer at all, or none within `ANSWER_S`. Needs the extra `browser`.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import hypothesis
import requests
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    Operation: TypeAlias = Any
    Case: TypeAlias = Any  # of schemathesis, which only --all installs

ANSWER_S = 60.0
READ_S = 1.0
READ_BYTES = 1 << 18
"""How long, and how much of, an answer is read."""
DESCRIBED = frozenset({501, 503, 507})
SHORT = {"duration_s": 2, "duration_seconds": 2, "duration_ms": 3000, "music_length_ms": 3000}
LONGEST = 10**7
"""A length above its SHORT, up to this, is made short; what is above is refused anyway."""
PER_VISIT = 5
"""Cases of an operation in each mode, before the next one has its turn."""
MODES = {GenerationMode.POSITIVE: 0.8, GenerationMode.NEGATIVE: 0.4}
"""How requests keep to the description, and the share of names in them that are known."""
FACTS: dict[str, list[Any]] = {
    "voice": ["nora", "alloy", {"id": "nora"}],
    "voice_id": ["nora"],
    "model": ["tts-1", "gpt-4o-mini-tts"],
    "model_id": ["eleven_multilingual_v2", "eleven_v3", "eleven_flash_v2_5"],
    "format": ["wav", "mp3_44100_128", "opus", "flac", "pcm_16000"],
    "response_format": ["mp3", "opus", "aac", "flac", "wav", "pcm"],
    "output_format": ["mp3_44100_128", "pcm_16000", "ulaw_8000", "opus_48000_64", "wav_44100"],
    "text": ["It rains.", "Hello there, my friend: it is 10:45!"],
    "input": ["It rains.", "Dr. Smith owes $3.50."],
    "prompt": ["calm piano", "three knocks on a wooden door", "rain"],
    "voice_description": ["an old sailor with a gravelly voice, calm and warm"],
    "description": ["an old sailor, gravelly"],
}


@dataclass
class Count:
    """What was asked, and what became of it.

    Attributes:
        cases: requests that were sent.
        statuses: how often each was answered.
        operations: how many cases each had.
        errors: of the server: what was wrong, and the request.
        slowest: seconds until the head of an answer, by operation.
    """

    cases: int = 0
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    operations: collections.Counter[str] = field(default_factory=collections.Counter)
    errors: list[dict[str, str]] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Prints the counts, and writes them if asked; exit code 1 if there is a server error."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the paths that are asked")
    parser.add_argument("--log", type=Path, help="the server's log goes there")
    parser.add_argument("--json", type=Path, help="write the counts there")
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), args.log) as url:
        count = Fuzz(url, seed=args.seed).run(args.cases, only=args.only)
    facts = {
        "cases": count.cases,
        "operations": len(count.operations),
        "statuses": dict(sorted(count.statuses.items())),
        "errors": count.errors,
        "slowest_s": dict(sorted(count.slowest.items(), key=lambda each: -each[1])[:5]),
        "lasted_s": round(time.monotonic() - began, 1),
        "seed": args.seed,
    }
    print(json.dumps(facts, indent=2))
    if args.json:
        args.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    sys.exit(bool(count.errors))


@contextlib.contextmanager
def serving(home: Path, log: Path | None) -> Iterator[str]:
    """Yields the URL of a server with an install of its own."""
    argv = [sys.executable, "-m", "menura", "serve", "--port", "0", "--json"]
    with contextlib.ExitStack() as opened:
        popen = subprocess.Popen(
            argv,
            env=dict(os.environ) | {"MENURA_HOME": str(home)},  # noqa: TID251
            stdout=subprocess.PIPE,
            stderr=opened.enter_context(log.open("w")) if log else subprocess.DEVNULL,
            text=True,
        )
        opened.callback(popen.communicate)
        opened.callback(popen.terminate)
        assert popen.stdout is not None
        yield json.loads(popen.stdout.readline())["url"]
        assert popen.poll() is None, "the server has ended"


class Fuzz:
    """Sends cases to a server.

    Args:
        url: of the server.
        seed: of all that is drawn.
    """

    def __init__(self, url: str, *, seed: int) -> None:
        self._url = url
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311
        self._count = Count()
        self._session = requests.Session()
        self._facts = dict(FACTS)

    def run(self, cases: int, *, only: str = "") -> Count:
        """Returns what became of at least so many cases, spread over the operations.

        Args:
            cases: how many to send.
            only: a part of the paths that are asked.
        """
        schema = schemathesis.openapi.from_url(f"{self._url}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        operations = [each for each in operations if only in each.path]
        visit = 0
        while self._count.cases < cases:
            before = self._count.cases
            self._random.shuffle(operations)
            for operation in operations:
                visit += 1
                self._make_things()
                for mode in MODES:
                    self._visit(operation, mode, visit)
                if self._count.cases >= cases:
                    break
            assert self._count.cases > before, "no case can be made"
        return self._count

    def _make_things(self) -> None:
        """Makes what requests can name: cases delete it."""
        known = self._session.get(f"{self._url}/api/takes/{self._facts.get('name', ['-'])[0]}")
        if known.status_code == 200:
            return
        design = {"kind": "voice-design", "description": "an old sailor", "seed": 1}
        take = self._post("/api/takes", {"task": design})["id"]
        voice = self._post("/api/voices", {"take": take, "name": "Old Tom"})["id"]
        music = {"kind": "music", "prompt": "calm piano", "duration_s": 2, "seed": 1}
        made = self._post("/api/takes", {"task": music, "stems": True})["id"]
        rules = [{"type": "alias", "string_to_replace": "UN", "alias": "United Nations"}]
        words = self._post(
            "/v1/pronunciation-dictionaries/add-from-rules", {"name": "x", "rules": rules}
        )
        self._facts["name"] = [made, take, voice, "nora", "formant"]
        self._facts["history_item_id"] = [made, take]
        self._facts["generated_voice_id"] = self._facts["take"] = [take]
        self._facts["voice_id"] = ["nora", voice]
        self._facts["dictionary_id"] = self._facts["pronunciation_dictionary_id"] = [words["id"]]
        self._facts["version_id"] = [words["version_id"]]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._session.post(self._url + path, json=body, timeout=ANSWER_S)
        assert answer.ok, answer.text
        return answer.json()

    def _visit(self, operation: Operation, mode: GenerationMode, visit: int) -> None:
        """Sends some cases of an operation."""

        @hypothesis.seed(self._seed * 1_000_003 + visit)
        @hypothesis.settings(
            max_examples=PER_VISIT,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case) -> None:
            self._send(case, MODES[mode])

        with contextlib.suppress(Unsatisfiable):  # nothing of it can be wrong
            send()

    def _send(self, case: Case, known: float) -> None:
        """Sends one case, and notes what becomes of it."""
        where = f"{case.method} {case.operation.path}"
        for part in ("path_parameters", "query", "body"):
            with contextlib.suppress(AttributeError):
                setattr(case, part, self._fitted(getattr(case, part), known))
        request = case.as_transport_kwargs(base_url=self._url)
        began = time.monotonic()
        try:
            with self._session.request(stream=True, timeout=ANSWER_S, **request) as answer:
                took_s = time.monotonic() - began
                wrong = self._wrong(case, answer)
                status = answer.status_code
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return  # cannot be sent
        except requests.RequestException as error:
            wrong, status, took_s = f"no answer: {type(error).__name__}", 0, ANSWER_S
        self._count.cases += 1
        self._count.statuses[status] += 1
        self._count.operations[where] += 1
        self._count.slowest[where] = max(self._count.slowest.get(where, 0.0), round(took_s, 2))
        if wrong:
            found = {"wrong": wrong, "request": case.as_curl_command()[:2000]}
            self._count.errors.append(found)
            print(json.dumps(found), file=sys.stderr)

    def _fitted(self, value: Any, known: float, name: str = "") -> Any:
        """Returns a value with what is long made short, and some names of things that exist."""
        if isinstance(value, dict):
            whole = {each: self._fitted(part, known, each) for each, part in value.items()}
            if whole.get("kind") in ("music", "effect") or "force_instrumental" in whole:
                length = "duration_s" if "kind" in whole else "music_length_ms"
                whole.setdefault(length, SHORT[length])
            return whole
        if isinstance(value, list):
            return [self._fitted(each, known, name) for each in value]
        if name in self._facts and self._random.random() < known:
            return self._random.choice(self._facts[name])
        if name in SHORT and isinstance(value, (int, float)) and SHORT[name] < value <= LONGEST:
            return SHORT[name]
        return value

    @staticmethod
    def _wrong(case: Case, answer: requests.Response) -> str:
        """Returns what is wrong with an answer, "" if nothing is."""
        status = answer.status_code
        if status < 400 or case.operation.path == "/readyz":
            ends = time.monotonic() + READ_S
            size = 0
            for part in answer.iter_content(1 << 14):
                size += len(part)
                if size > READ_BYTES or time.monotonic() > ends:
                    break
            return ""
        described = str(status) in case.operation.definition.raw["responses"]
        if status >= 500 and not (status in DESCRIBED and described):
            return f"{status}: {answer.text[:500]}"
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict) or not {"error", "detail"} & set(told):
            return f"{status}, not in the API's words: {answer.text[:500]}"
        return ""


if __name__ == "__main__":
    main()
