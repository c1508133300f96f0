from ctl_jupyter.documents import Job
from ctl_jupyter.panel.jobs import labelled, matching

JOBS = [
    Job(id="aaaa0001-1111", name="Deploy web", description="the shop"),
    Job(id="bbbb0002-2222", name="deploy db"),
    Job(id="cccc0003-3333", name="backup"),
    Job(id="dddd0004-4444", name="backup"),
    Job(id="eeee0005-5555"),
]


def test_a_name_that_two_jobs_have_is_shown_with_the_id() -> None:
    assert [label for label, _ in labelled(JOBS)] == [
        "Deploy web",
        "deploy db",
        "backup (cccc0003…)",
        "backup (dddd0004…)",
        "eeee0005-5555",
    ]


def test_every_word_must_be_found_in_name_description_or_id() -> None:
    assert matching(JOBS, "") == JOBS
    assert matching(JOBS, "DEPLOY") == JOBS[:2]
    assert matching(JOBS, "shop deploy") == JOBS[:1]
    assert matching(JOBS, "dddd") == [JOBS[3]]
    assert matching(JOBS, "deploy backup") == []
