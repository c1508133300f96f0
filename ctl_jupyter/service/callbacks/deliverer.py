"""Delivers: which message goes to which receiver when, on a few threads of its own.

A receiver is a scheme, host and port. It gets one message at a time, so that a slow one holds one thread, and slow ones
together never hold all of them. An execution's events reach a callback in their order: the next is sent when the one
before was taken or given up. An answer that may change delays that execution's callback alone; a receiver that cannot
be reached is left alone as a whole.
"""

import heapq
import itertools
import logging
import random
import threading
import time
from collections import deque
from contextlib import suppress

import msgspec

from ctl_jupyter.documents import DocumentError, StatusEvent
from ctl_jupyter.service.callbacks.addresses import Target, parse_target
from ctl_jupyter.service.callbacks.courier import Answer, Courier
from ctl_jupyter.service.callbacks.signature import signing_key, webhook_headers
from ctl_jupyter.service.store.deliveries import Deliveries, Delivery

__all__ = ["Deliverer"]

logger = logging.getLogger(__name__)

#: Messages in flight (a thread that waits costs little), and how many of them may be to receivers that were slow the
#: last time, or are new.
MOST_WORKERS = 64
MOST_TO_SLOW = 56
#: Seconds that a thread waits for work before it ends.
IDLE = 30.0
#: Seconds from which on an answer is slow.
SLOW = 1.0
#: Events read at a time; what is delivered is noted in the database after so many, or so many seconds. A service that
#: is killed sends those again.
BATCH = 100
TURN = 0.5
#: Pauses between attempts, in seconds: doubled each time, and up to half of one left out by chance.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 600.0
#: Seconds after which an event that cannot be delivered is given up.
PATIENCE = 24 * 3600.0
#: Seconds after which work is taken up again that failed here (a full disk, a locked database).
RETRY = 5.0
#: Seconds that messages in flight are waited for at the end; they are sent again at the next start.
FAREWELL = 1.0
#: So many events given up are noted one by one; of more, every thousandth.
NOTED_SINGLY = 20


class _Line:
    """The events of one execution on their way to one callback."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.target = parse_target(delivery.callback.url)
        self.looked_at = delivery.cursor
        self.is_queued = False
        self.is_served = False
        self.has_news = False

    @property
    def name(self) -> str:
        """What the log calls it; no path and no query, which may hold a secret."""
        return f"callback {self.delivery.place} ({self.target.origin}) of execution {self.delivery.execution_id}"

    def give_up(self, event: StatusEvent, why: str) -> None:
        self.delivery.cursor = event.seq or 0
        self.delivery.given_up += 1
        count = self.delivery.given_up
        if count <= NOTED_SINGLY or count % 1000 == 0:
            logger.warning("%s: event %s (%s) is given up: %s", self.name, event.id, event.event_type, why)


class _Receiver:
    """One place that messages go to, and the lines that wait for it."""

    def __init__(self, target: Target, *, public: bool) -> None:
        self.origin = target.origin
        self.courier = Courier(target, public=public)
        self.lines: set[_Line] = set()
        self.ready: deque[_Line] = deque()
        self.resting: list[tuple[float, int, _Line]] = []
        self.is_busy = False
        self.is_slow = True  # until it has shown otherwise
        self.failures = 0
        self.not_before = 0.0
        self.last_served = 0.0

    def due(self) -> float:
        """Return when it has something to do next, infinity for never; `time.monotonic` seconds."""
        if self.ready:
            return self.not_before
        return max(self.not_before, self.resting[0][0]) if self.resting else float("inf")

    def take(self) -> _Line | None:
        """Return the line that has waited longest."""
        while self.resting and self.resting[0][0] <= time.monotonic():
            self.ready.append(heapq.heappop(self.resting)[2])
        return self.ready.popleft() if self.ready else None


class Deliverer:
    """Sends what callbacks have still to get, also what the last process left.

    Parameters
    ----------
    deliveries
        What there is to send.
    public
        Whether receivers must be on the public internet.
    """

    def __init__(self, deliveries: Deliveries, *, public: bool) -> None:
        self._deliveries = deliveries
        self._public = public
        self._receivers: dict[str, _Receiver] = {}
        self._lines: dict[str, dict[int, _Line]] = {}
        self._unread: set[str] = set()
        self._numbers = itertools.count()
        self._condition = threading.Condition()
        self._workers = self._idle = self._busy = 0
        self._stopping = False

    def start(self) -> None:
        """Begin; threads are made when there is something to send."""
        self._told(self._deliveries.listen(self._told), set())

    def stop(self) -> None:
        """Send no more; what is left is sent by the next process."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._busy == 0, FAREWELL)

    def _told(self, begun: set[str], noted: set[str]) -> None:
        """Learn of new deliveries and events; called by threads that write to the database, which must not wait."""
        with self._condition:
            self._unread |= begun
            for execution_id in noted:
                for line in self._lines.get(execution_id, {}).values():
                    self._queue(line)
            self._call_worker()

    # --- who does what; all of these hold the condition --------------------------------------------------------

    def _queue(self, line: _Line, not_before: float = 0.0) -> None:
        """Have a line served, at once or later, unless it will be anyway."""
        if line.is_served:
            line.has_news = True
        elif not line.is_queued:
            line.is_queued = True
            receiver = self._receivers[line.target.origin]
            if not_before > time.monotonic():
                heapq.heappush(receiver.resting, (not_before, next(self._numbers), line))
            else:
                receiver.ready.append(line)

    def _call_worker(self) -> None:
        """Wake a worker, or make one, when there is work or will be."""
        if self._stopping or not (self._unread or self._next_receiver() != (None, None)):
            return
        if self._idle:
            self._condition.notify()
        elif self._workers < MOST_WORKERS:
            with suppress(RuntimeError):  # no more threads on this machine: those at work will come to it
                threading.Thread(target=self._work, name=f"callbacks-{self._workers}", daemon=True).start()
                self._workers += 1

    def _next_receiver(self) -> tuple[_Receiver | None, float | None]:
        """Return whom to serve now, or in how many seconds to ask again."""
        now = time.monotonic()
        slow = sum(receiver.is_busy and receiver.is_slow for receiver in self._receivers.values())
        free = [
            receiver
            for receiver in self._receivers.values()
            if not receiver.is_busy and not (receiver.is_slow and slow >= MOST_TO_SLOW)
        ]
        waiting = [receiver for receiver in free if receiver.due() <= now]
        if waiting:
            return min(waiting, key=lambda receiver: receiver.last_served), None
        soonest = min((receiver.due() for receiver in free), default=float("inf"))
        return None, soonest - now if soonest < float("inf") else None

    def _remove(self, line: _Line) -> None:
        receiver = self._receivers[line.target.origin]
        receiver.lines.discard(line)
        lines = self._lines.get(line.delivery.execution_id, {})
        lines.pop(line.delivery.place, None)
        if not lines:
            self._lines.pop(line.delivery.execution_id, None)
        if not receiver.lines:
            del self._receivers[receiver.origin]
            receiver.courier.close()

    # --- the workers -------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._condition:
                while True:
                    if self._stopping:
                        return
                    unread, self._unread = self._unread, set()
                    receiver, pause = (None, None) if unread else self._next_receiver()
                    line = receiver.take() if receiver else None
                    if unread or line is not None:
                        break
                    self._idle += 1
                    was_called = self._condition.wait(IDLE if pause is None else pause)
                    self._idle -= 1
                    if not was_called and pause is None and self._next_receiver() == (None, None) and not self._unread:
                        self._workers -= 1
                        return
                self._busy += 1
                if receiver is not None and line is not None:
                    receiver.is_busy = line.is_served = True
                    line.is_queued = line.has_news = False
                    receiver.last_served = time.monotonic()
                self._call_worker()
            if receiver is not None and line is not None:
                self._serve(receiver, line)
            else:
                self._read(unread)
            with self._condition:
                self._busy -= 1
                self._condition.notify_all()

    def _read(self, execution_ids: set[str]) -> None:
        """Take up deliveries that were begun, or changed by a restart."""
        for execution_id in execution_ids:
            try:
                found = self._deliveries.of_execution(execution_id)
            except Exception:
                logger.exception("callbacks of execution %s could not be read; trying again", execution_id)
                timer = threading.Timer(RETRY, self._told, ({execution_id}, set()))
                timer.daemon = True
                timer.start()
                continue
            for delivery in found:
                try:
                    line = _Line(delivery)
                except DocumentError as error:
                    # In a job that was stored before callbacks were checked.
                    logger.warning("callback %d of execution %s: %s", delivery.place, execution_id, error)
                    self._deliveries.drop(delivery)
                else:
                    with self._condition:
                        self._take_up(line)

    def _take_up(self, line: _Line) -> None:
        delivery = line.delivery
        lines = self._lines.setdefault(delivery.execution_id, {})
        if delivery.place in lines:
            line = lines[delivery.place]
            line.delivery.callback, line.delivery.until = delivery.callback, delivery.until
        else:
            lines[delivery.place] = line
            if line.target.origin not in self._receivers:
                self._receivers[line.target.origin] = _Receiver(line.target, public=self._public)
            self._receivers[line.target.origin].lines.add(line)
        self._queue(line, time.monotonic() + (delivery.not_before - _now()) / 1000)

    def _serve(self, receiver: _Receiver, line: _Line) -> None:
        """Give one line its turn and say when it is to have the next."""
        again: float | None
        try:
            again = self._turn(receiver, line)
        except Exception:
            logger.exception("%s: delivery failed here; trying again", line.name)
            again = time.monotonic() + RETRY
        with self._condition:
            receiver.is_busy = line.is_served = False
            if again == float("inf"):
                self._remove(line)
                if line.has_news:  # the execution was restarted just now
                    self._unread.add(line.delivery.execution_id)
            elif again is not None:
                self._queue(line, again)
            elif line.has_news:
                self._queue(line)

    def _turn(self, receiver: _Receiver, line: _Line) -> float | None:
        """Send a few events of a line.

        Returns
        -------
        float or None
            When to go on (`time.monotonic` seconds), infinity for never; ``None`` when there is nothing for now.
        """
        delivery = line.delivery
        batch = self._deliveries.next_events(delivery, line.looked_at, BATCH)
        began, before = time.monotonic(), delivery.cursor
        for event in batch.events:
            answer = self._send(receiver, line, event)
            if not answer.is_taken and answer.may_change:
                return self._fail(receiver, line, answer)
            if answer.is_taken:
                delivery.cursor = event.seq or 0
            else:
                line.give_up(event, answer.said)
            delivery.attempts, delivery.failing_since, delivery.not_before = 0, None, 0
            line.looked_at = delivery.cursor
            if time.monotonic() - began > TURN or self._stopping:
                self._deliveries.save(delivery)
                return 0.0
        line.looked_at = batch.horizon
        if batch.is_last and self._deliveries.finish(delivery, batch.horizon):
            if delivery.given_up:
                logger.warning("%s: %d events in all were given up", line.name, delivery.given_up)
            return float("inf")
        if delivery.cursor != before:
            self._deliveries.save(delivery)
        return None if batch.is_whole and not batch.is_last else 0.0

    def _send(self, receiver: _Receiver, line: _Line, event: StatusEvent) -> Answer:
        body = msgspec.json.encode(event)
        secret = line.delivery.callback.secret
        key = signing_key(secret) if secret else None
        began = time.monotonic()
        answer = receiver.courier.post(line.target, webhook_headers(key, event.id, int(time.time()), body), body)
        receiver.is_slow = time.monotonic() - began > SLOW
        if answer.status is not None:
            receiver.failures = 0
        return answer

    def _fail(self, receiver: _Receiver, line: _Line, answer: Answer) -> float:
        """Note a failed attempt, and give up what has been tried for long enough."""
        delivery = line.delivery
        if delivery.failing_since is None:
            logger.info("%s: %s; trying again", line.name, answer.said)
        if answer.status is not None:
            delivery.attempts += 1
            pause = max(_pause(delivery.attempts), min(answer.retry_after, PATIENCE))
            delivery.not_before = _now() + int(1000 * pause)
            self._note_failure(line, answer)
            return time.monotonic() + pause
        receiver.failures += 1
        receiver.not_before = time.monotonic() + _pause(receiver.failures)
        with self._condition:
            others = [other for other in receiver.lines if other.is_queued]
        # Nobody else serves them while this receiver is busy; they wait for it, too, as long as it is down.
        for other in [line, *others]:
            self._note_failure(other, answer)
        return 0.0

    def _note_failure(self, line: _Line, answer: Answer) -> None:
        delivery, now = line.delivery, _now()
        is_new = delivery.failing_since is None
        delivery.failing_since = delivery.failing_since or now
        given_up = delivery.given_up
        oldest = now - int(1000 * PATIENCE)
        if delivery.failing_since <= oldest:
            self._give_up_before(line, oldest, f"for a day {answer.said}")
        if is_new or answer.status is not None or delivery.given_up != given_up:
            self._deliveries.save(delivery)

    def _give_up_before(self, line: _Line, oldest: int, why: str) -> None:
        """Give up the events of a line that are older than a time (epoch milliseconds)."""
        while True:
            batch = self._deliveries.next_events(line.delivery, line.looked_at, BATCH)
            for event in batch.events:
                if (event.timestamp or 0) > oldest:
                    return
                line.give_up(event, why)
                line.looked_at = line.delivery.cursor
            line.looked_at = batch.horizon
            if batch.is_whole:
                return


def _pause(attempts: int) -> float:
    longest = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 30), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


def _now() -> int:
    return time.time_ns() // 1_000_000
