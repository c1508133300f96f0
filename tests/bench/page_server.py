"""A Runner that only answers pages of executions, out of memory: ``python -m tests.bench.page_server EXECUTIONS``.

It costs as little as a server in Python can, because it shares the machine with what is measured. It prints one port
for each of the latencies given, and serves until it is killed.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import uuid
from functools import partial
from typing import Any

__all__ = ["ALIAS", "PAGE_SIZE", "execution_document"]

ALIAS = "ACME"
PAGE_SIZE = 100
JOBS = 50
#: 2025-01-01 in epoch milliseconds; an execution starts every 5 minutes.
FIRST, STEP = 1_735_689_600_000, 300_000
AUTHORS = ("Ada Lovelace", "Grace Hopper", "Barbara Liskov", "Frances Allen", "Jürgen Müller")
MESSAGES = (
    "Raise the limits of the web servers",
    "Deploy the shop with the new certificate\n\nThe old one ends in March.",
    "Merge branch 'release' into main",
    "Fix the order of handlers",
)
PAGE = re.compile(rb"GET /jobs/[^ ]*/executions\?page=(\d+)&size=(\d+)")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def execution_document(position: int, chance: random.Random) -> dict[str, Any]:
    """Return an execution as the embedded service answers it.

    Every second one ran a repository, one of ten failed on one to three hosts, and a few were restarted.
    """
    start = FIRST + position * STEP
    length = chance.randrange(20_000, 900_000)
    has_failed = chance.random() < 0.1
    timers = [{"start": start, "end": start + length}]
    if chance.random() < 0.02:
        timers.append({"start": start + 2 * length, "end": start + 3 * length})
    commit = {
        "commit": f"{chance.getrandbits(160):040x}",
        "author": chance.choice(AUTHORS),
        "author_email": "somebody@example.org",
        "date": "Wed Sep 16 16:27:20 2015 -0500",
        "message": chance.choice(MESSAGES),
    }
    return {
        "execution_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "job_id": str(uuid.UUID(int=1_000_003 * (1 + chance.randrange(JOBS)), version=4)),
        "account_alias": ALIAS,
        "status": "FAILURE" if has_failed else "SUCCESS",
        "repository_log": {"recent_commit": [commit], "tags": []} if position % 2 else None,
        "failed_hosts": [f"web{chance.randrange(40)}.example.org" for _ in range(chance.randrange(1, 4))]
        if has_failed
        else [],
        "is_vpn_established": False,
        "timers": timers,
        "start": timers[0]["start"],
        "end": timers[-1]["end"],
        "events_expected": 40,
        "events_complete": True,
        "schedule": None,
    }


def _answers(executions: int) -> list[bytes]:
    """Return the whole answer to each page, newest first."""
    chance = random.Random(5)
    rows = [execution_document(position, chance) for position in range(executions)][::-1]
    answers = []
    for first in range(0, executions, PAGE_SIZE):
        page = {"totalSize": executions, "page": first // PAGE_SIZE, "size": PAGE_SIZE}
        answers.append(_answer({**page, "results": rows[first : first + PAGE_SIZE]}))
    return answers


def _answer(document: Any) -> bytes:
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """One connection that stays open: each whole request gets its answer."""

    def __init__(self, answers: list[bytes], latency: float) -> None:
        self._answers, self._latency = answers, latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._answer_to(head))
            else:
                self._transport.write(self._answer_to(head))

    def _answer_to(self, head: bytes) -> bytes:
        asked = PAGE.match(head)
        if asked and int(asked[2]) == PAGE_SIZE and int(asked[1]) < len(self._answers):
            return self._answers[int(asked[1])]
        if head.startswith(b"GET"):
            return _answer({"totalSize": 0, "page": 0, "size": PAGE_SIZE, "results": []})
        return _answer({"userName": "ada", "accountAlias": ALIAS, "bearerToken": "token"})


async def _serve(executions: int, latencies: list[int]) -> None:
    answers = _answers(executions)
    loop = asyncio.get_running_loop()
    for latency in latencies:
        server = await loop.create_server(partial(_Connection, answers, latency / 1000), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executions", type=int)
    parser.add_argument("latencies", type=int, nargs="+", help="in milliseconds")
    given = parser.parse_args()
    asyncio.run(_serve(given.executions, given.latencies))
