"""A Runner on loopback that answers Arrow, as the embedded one does, and meets the troubles of `FakeRunner`."""

import io
import json
from typing import Any

import pyarrow as pa

from ctl_jupyter.client.arrow import ARROW
from tests.fake_runner import Answer, Call, FakeRunner

__all__ = ["ArrowRunner"]

TIME, NAME, TEXT, NUMBER = pa.timestamp("ms", tz="UTC"), pa.dictionary(pa.int32(), pa.string()), pa.string(), pa.int64()
EXECUTIONS = {
    "position": NUMBER,
    "execution_id": TEXT,
    "job_id": NAME,
    "account_alias": NAME,
    "status": NAME,
    "failed_hosts": pa.list_(TEXT),
    "timers": pa.list_(pa.struct([("start", TIME), ("end", TIME)])),
    "repository_log": NAME,
    "events_expected": NUMBER,
    "events_complete": pa.bool_(),
    "schedule": pa.struct([("id", NAME)]),
}
EVENTS = {
    "seq": NUMBER,
    "number": NUMBER,
    "run": NUMBER,
    "timestamp": NUMBER,
    "job_id": TEXT,
    "execution_id": TEXT,
    "event_type": TEXT,
    "message": TEXT,
}


class ArrowRunner(FakeRunner):
    """Answers its lists as Arrow to who asks for that."""

    def __init__(self) -> None:
        super().__init__()
        #: Every event, oldest first.
        self.log: list[dict[str, Any]] = []

    def add_event(self, execution_id: str, event_type: str, message: Any = None) -> None:
        super().add_event(execution_id, event_type, message)
        event = self.events[execution_id][-1]
        self.log.append({**event, "seq": len(self.log) + 1, "number": len(self.events[execution_id]), "run": 1})

    def _answer(self, call: Call) -> Answer:
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        if call.headers.get("Accept") == ARROW and token in self._tokens:
            match call.path.split("/")[1:]:
                case ["jobs", self.alias, *job, "executions"]:
                    return self._stream_of_executions(call, *job)
                case ["status", self.alias]:
                    return self._stream_of_events(call)
        return super()._answer(call)

    def _list_events(self, call: Call, execution_id: str) -> Answer:
        if "after" not in call.query:
            return super()._list_events(call, execution_id)
        rows = [event for event in self.log if event["execution_id"] == execution_id][: int(call.query["size"])]
        return Answer(document={"totalSize": len(rows), "page": 0, "size": len(rows), "results": rows})

    def _stream_of_executions(self, call: Call, job_id: str | None = None) -> Answer:
        every = [each for each in self.executions.values() if job_id in (None, each["job_id"])]
        rows = [
            {**self._execution_document(each["execution_id"]), "position": place} for place, each in enumerate(every)
        ]
        after, size = int(call.query["after"]), int(call.query["size"])
        rows = rows[after : after + size]
        if "changed_after" in call.query:
            changed = {event["execution_id"] for event in self.log if event["seq"] > int(call.query["changed_after"])}
            rows = [row for row in rows if row["execution_id"] in changed]
        for row in rows:
            row["failed_hosts"] = []
            row["events_expected"] = len(self.events[row["execution_id"]])
        told = {"total": str(len(every)), "cursor": str(len(self.log)), "next": str(len(every))}
        return _stream(rows, EXECUTIONS, told)

    def _stream_of_events(self, call: Call) -> Answer:
        after, size = int(call.query["after"]), int(call.query["size"])
        rows = [{**event, "message": json.dumps(event["message"])} for event in self.log[after : after + size]]
        return _stream(rows, EVENTS, {"cursor": str(len(self.log))})


def _stream(rows: list[dict[str, Any]], kinds: dict[str, pa.DataType], told: dict[str, str]) -> Answer:
    arrays = []
    for name, kind in kinds.items():
        values = [row.get(name) for row in rows]
        is_name = pa.types.is_dictionary(kind)
        arrays.append(pa.array(values, TEXT).dictionary_encode() if is_name else pa.array(values, kind))
    schema = pa.schema(list(kinds.items()), metadata=told)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return Answer(body=sink.getvalue(), headers={"Content-Type": ARROW})
