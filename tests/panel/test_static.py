import re
from collections.abc import Iterator

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output

from ctl_jupyter.panel import panel, static
from ctl_jupyter.panel.static import StaticSummary, Summary, summary_html, summary_text
from tests.live.stub_runner import StubRunner, status
from tests.panel.parts import parts
from tests.service.waiting import until

RUN = ("deploy-web", "5f0c1b2a", "SUCCESS")
WHEN = "2026-11-28 03:16 UTC"


def test_the_summary_in_words() -> None:
    summary = Summary("ada, account ACME at prod", 1234, (RUN,))

    assert summary_text(summary, WHEN) == (
        "Runner panel: ada, account ACME at prod, 1,234 jobs.\n"
        "deploy-web: SUCCESS (5f0c1b2a)\n"
        "As of 2026-11-28 03:16 UTC. Run this cell to use the panel."
    )


@pytest.mark.parametrize(
    ("summary", "head"),
    [
        (Summary(), "Runner panel: nobody was logged in."),
        (Summary("ada", 1), "Runner panel: ada, 1 job."),
        (Summary("ada"), "Runner panel: ada."),
    ],
)
def test_what_is_not_known_is_left_out(summary: Summary, head: str) -> None:
    assert summary_text(summary, WHEN).splitlines()[0] == head


def test_names_are_escaped() -> None:
    html = summary_html(Summary("<b>", 1, (("<script>", "id", "?"),)), WHEN, "ctl-panel-1")

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'id="ctl-panel-1"' in html


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    yield shell
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()


def shown_by(shell: InteractiveShell, code: str, **names: object) -> list[RichOutput]:
    shell.user_ns.update(names)
    with capture_output() as shown:
        shell.run_cell(code).raise_error()
    outputs: list[RichOutput] = shown.outputs
    return outputs


def test_a_panel_leaves_a_summary_that_the_live_panel_hides(shell: InteractiveShell, runner: StubRunner) -> None:
    summary, live = shown_by(shell, "box = panel(session)\nbox", panel=panel, session=runner.session)

    assert "account ACME at stub" in summary.data["text/plain"]
    (css_id,) = re.findall(r'id="(ctl-panel-\w+)"', summary.data["text/html"])
    box = shell.user_ns["box"]
    assert live.data["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    styles = "".join(one.value for one in parts(box) if isinstance(one, ipywidgets.HTML))
    assert f"#{css_id}, .jp-OutputArea-child:has(#{css_id}) {{ display: none !important; }}" in styles


def test_the_summary_follows_what_happens(
    shell: InteractiveShell, runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "FIRST", 0.0)
    monkeypatch.setattr(static, "BETWEEN", 0.0)
    updates: list[str] = []
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, *_, update=False, **__: updates.append(data["text/plain"])
    )
    summary = StaticSummary("ctl-panel-1")
    summary.show()
    summary.tell("ada, account ACME at stub", 3)
    runner.add_job("deploy-web")
    handle = runner.handle()
    summary.note(handle)
    runner.tell(status("RUNNING"), status("SUCCESS", 2))

    until(lambda: "deploy-web: SUCCESS" in updates[-1], "the end is told")

    assert updates[0].startswith("Runner panel: nobody was logged in.")
    assert "3 jobs" in updates[-1]
    assert len(updates) == len(set(updates))
