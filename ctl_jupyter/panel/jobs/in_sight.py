"""How jobs in sight fare whose executions are older than those that were looked at for all jobs."""

from collections.abc import Callable, Sequence

from ctl_jupyter.client import Session
from ctl_jupyter.panel.jobs.standing import Standing, standings
from ctl_jupyter.panel.latest import Latest

__all__ = ["EXECUTIONS", "InSight"]

#: How many executions of a job tell how it fares.
EXECUTIONS = 20


class InSight:
    """Asks how the jobs in sight fare, one after the other; jobs that were scrolled past are not asked for.

    Parameters
    ----------
    learn
        Told what came, by the jobs' ids.
    """

    def __init__(self, learn: Callable[[Session, dict[str, Standing]], None]) -> None:
        self._learn = learn
        self._keys: Sequence[str] = ()
        self._asked: set[str] = set()
        # Nobody asked for this in words: a row whose answer did not come stays as it is and is asked for again.
        self._latest = Latest(lambda _sentence, _is_well: None)

    def forget(self) -> None:
        """Take nothing as asked for."""
        self._asked = set()

    def ask(self, session: Session, keys: Sequence[str]) -> None:
        """Ask for those jobs that were not asked for yet, in place of those that were in sight before."""
        self._keys = keys
        asked = self._asked
        wanted = [key for key in keys if key not in asked]
        if wanted:
            self._latest.begin(lambda: self._ask(session, keys, wanted, asked))

    def _ask(self, session: Session, keys: Sequence[str], wanted: Sequence[str], asked: set[str]) -> None:
        found: dict[str, Standing] = {}
        try:
            for key in wanted:
                if self._keys is not keys:
                    break
                found |= standings(session.calls.executions_page(key, size=EXECUTIONS).results)
                asked.add(key)
        finally:
            if found:
                self._learn(session, found)
