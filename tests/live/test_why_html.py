"""The reasons as HTML: well formed, escaped, bounded, and the same as the text says."""

import pytest

from ctl_jupyter.client import Cause, CauseGroup, LastSuccess, Why
from ctl_jupyter.client.comparison import Difference
from ctl_jupyter.client.why import Harmless
from ctl_jupyter.documents import Commit, Status
from ctl_jupyter.live import WhyReport
from ctl_jupyter.live.why_html import why_html
from tests.live.test_html import ATTRIBUTES, NASTY, TAGS, parsed, text_of

TAGS |= {"table"}
ATTRIBUTES |= {"aria-label"}
ID = "5f0c1b2a77e94d3e8f6a90cd"


def why(*groups: CauseGroup, status: str = "FAILURE", **more: object) -> Why:
    hosts = tuple(host for group in groups for host in group.hosts)
    facts: dict[str, object] = {"hosts": hosts, "run": 1, "runs": 1, **more}
    return Why(execution_id=ID, job_id="j", job_name="nightly", status=status, is_final=True, groups=groups, **facts)  # type: ignore[arg-type]


def group(*causes: Cause, number: int = 1) -> CauseGroup:
    return CauseGroup(number, causes)


@pytest.mark.parametrize("text", [*NASTY, "<b>x</b>"])
def test_whatever_comes_from_outside_is_text(text: str) -> None:
    cause = Cause(
        host=text,
        task=text,
        play=text,
        role=text,
        path=text,
        message=text,
        item=text,
        stdout=f"1{text}",
        stderr=f"2{text}",
        led_by=text,
    )
    success = LastSuccess(
        hosts=(text,),
        execution_id=text,
        status=text,
        ended=None,
        before=1,
        commits=(Commit(commit=text, message=text), Commit(commit=f"{text}2", message=text)),
        tags=((text,), ()),
        variables=Difference((text,), (text,)),
        host_variables=({text: (text,)}, {}),
        all_hosts=Difference((text,)),
    )
    told = why(
        group(cause, Cause("other", task=text, message=f"{text} too")),
        status=text,
        reason=text,
        ended_with=(text,),
        ended_by=text,
        not_reached=(text,),
        harmless=(Harmless("ignored", text, (text,)),),
        successes=(success,),
        trouble=text,
    )
    tree = parsed(why_html(told))
    assert "alert(1)" not in {child.tag for child in tree.iter()}
    assert "script" not in {child.tag for child in tree.iter()}
    if text == "<b>x</b>":
        assert "<b>x</b>" in text_of(tree)
        assert "&lt;b&gt;x&lt;/b&gt;" in why_html(told)


@pytest.mark.parametrize("status", [*Status, "REBOOTING", ""])
def test_each_status_is_a_word(status: str) -> None:
    assert (status or "no status") in text_of(parsed(why_html(why(status=status))))


def test_a_word_stands_beside_each_colour() -> None:
    told = why(group(Cause("db1", task="Room", message="full")), group(Cause("gone", True, task="Ping"), number=2))
    text = text_of(parsed(why_html(told)))
    assert "db1 failed in task 'Room'" in text
    assert "gone could not be reached in task 'Ping'" in text


def test_thousands_of_hosts_and_causes_are_bounded() -> None:
    many = [Cause(f"host{number}", task="Room", message=f"{number} % full") for number in range(1000)]
    told = why(group(*many), *(group(Cause(f"h{n}", message="x" * 9000), number=n + 2) for n in range(500)))
    html = why_html(told)
    text = text_of(parsed(html))
    assert "host0, host1, host2 and 997 more failed in task 'Room'" in text
    assert "… and 950 more; .frame has them all" in text
    assert "… and 491 other causes on 491 hosts; .frame has them all" in text
    assert len(html) < 300_000


def test_hosts_that_say_the_same_are_listed_folded() -> None:
    alike = group(*(Cause(f"h{number}", message="full") for number in range(60)))
    (details,) = parsed(why_html(why(alike))).iter("details")
    assert text_of(details).startswith("all 60 hosts")
    assert text_of(details).endswith("h49 and 10 more")


def test_long_messages_and_output_are_folded() -> None:
    cause = Cause(
        "db1", message="\n".join(f"line {n}" for n in range(40)), stderr="\n".join(f"error {n}" for n in range(20))
    )
    summaries = [text_of(summary) for summary in parsed(why_html(why(group(cause)))).iter("summary")]
    assert summaries == ["the whole message", "more of stderr"]


def test_the_report_has_every_form() -> None:
    report = WhyReport.of(why(group(Cause("db1", task="Room", message="full"))))
    assert report._repr_html_() == why_html(report)
    assert "db1 failed in task 'Room'" in repr(report)
    assert report.frame["host"].tolist() == ["db1"]
