"""The least that a call which keeps something can do: a bare Starlette route that inserts one row.

``python -m tests.bench.bare DATABASE`` serves it on a free port, which is printed.
"""

import socket
import sqlite3
import sys
import threading
import uuid

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def application(path: str) -> Starlette:
    """Return the application; its database is as durable as the service's own."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writing = threading.Lock()
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE rows (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL)",
    ):
        connection.execute(statement)

    def insert(body: bytes) -> str:
        row = str(uuid.uuid4())
        with writing:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rows (id, body) VALUES (?, ?)", (row, body.decode()))
            connection.execute("COMMIT")
        return row

    async def endpoint(request: Request) -> JSONResponse:
        return JSONResponse({"id": await run_in_threadpool(insert, await request.body())})

    return Starlette(routes=[Route("/rows", endpoint, methods=["POST"])])


def main() -> None:
    """Serve until SIGTERM."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(application(sys.argv[1]), log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
