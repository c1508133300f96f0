"""The warm engine beside the cold one: the same results, nothing left from one run to the next."""

import json
import os
import signal
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.service.engine.starter import Engine
from tests.service.api import LOCAL, local_hosts
from tests.service.embedded import EmbeddedRunner
from tests.service.engines import EngineRun, Engines, memory_of
from tests.service.git_repository import GitRepository
from tests.service.processes import descendants_of, marked_with
from tests.service.waiting import Gate, until

SAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Say
      ansible.builtin.debug: {msg: "%s"}
"""
FACTS = """
- hosts: all
  tasks:
    - name: Facts
      ansible.builtin.debug:
        msg: "{{ ansible_facts.system }} {{ ansible_facts.python.version.major }} {{ ansible_play_hosts }}"
"""
LOOPS = """
- hosts: all
  gather_facts: false
  vars:
    numbers: "{{ range(3) | list }}"
  tasks:
    - name: Loop
      ansible.builtin.command: echo {{ item }}
      loop: "{{ numbers }}"
      loop_control: {label: "number {{ item }}"}
      changed_when: item == 1
      register: said
    - name: Nested
      ansible.builtin.debug: {msg: "{{ item.0 }}{{ item.1 }}"}
      with_nested: [[a, b], [c, d]]
    - name: Until
      ansible.builtin.shell: test -e tried || { touch tried; exit 3; }
      args: {chdir: "{{ playbook_dir }}"}
      register: tried
      until: tried is succeeded
      retries: 3
      delay: 0
    - name: Never
      ansible.builtin.debug: {msg: never}
      when: said.results | length > 3
    - name: Sum
      ansible.builtin.debug: {msg: "{{ said.results | map(attribute='stdout') | map('int') | sum }}"}
"""
LOOKUPS = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Look up
      ansible.builtin.debug:
        msg:
          - "{{ lookup('env', 'HOME') }} {{ lookup('env', 'ANSIBLE_LOCAL_TEMP') | basename }}"
          - "{{ lookup('file', '/proc/version') | length > 0 }}"
          - "{{ query('sequence', 'count=3') }} {{ lookup('config', 'DEFAULT_FORKS', 'DEFAULT_LOCAL_TMP') }}"
          - "{{ 'text' | hash('sha256') | b64encode }} {{ 'x' is match('x') }} {{ '10.0.0.1' | regex_replace('.0') }}"
          - "{{ [1, 2] | combinations(2) | list }} {{ {'a': 1} | combine({'b': 2}) | to_nice_yaml }}"
          - "{{ undefined_one | default('nothing') }} {{ (now(utc=true)).year > 2000 }} {{ ansible_version.full }}"
          - "{{ ansible_playbook_python }} {{ ansible_config_file | default('none') }} {{ ansible_forks }}"
"""
PROCESS = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Process
      ansible.builtin.debug:
        msg:
          - "{{ lookup('pipe', 'umask; pwd; ulimit -a; locale 2>&1; env | sort') }}"
          - "{{ lookup('pipe', 'grep -e ^Sig[BIC] -e ^NoNewPrivs -e ^Cap /proc/$PPID/status') }}"
          - "{{ lookup('pipe', 'ls -l /proc/self/fd | sed s/.*-..// | sed s/[0-9].*// | sort') }}"
          - "{{ lookup('pipe', 'cat /proc/$PPID/oom_score_adj; cat /proc/$PPID/cwd/playbook.yml | wc -l') }}"
    - name: Module
      ansible.builtin.shell: umask; pwd; env | sort | grep -v ^_=; cat <&0 | wc -c
"""
FREE = """
- hosts: all
  gather_facts: false
  strategy: free
  tasks:
    - name: First
      ansible.builtin.command: echo {{ inventory_hostname }}
    - name: Second
      ansible.builtin.debug: {msg: "{{ hostvars[inventory_hostname].number }}"}
"""
SERIAL = """
- hosts: all
  gather_facts: false
  serial: 2
  tasks:
    - name: Batch
      ansible.builtin.debug: {msg: "{{ ansible_play_batch }}"}
    - name: Once
      ansible.builtin.set_fact: {chosen: "{{ inventory_hostname }}"}
      run_once: true
    - name: Elsewhere
      ansible.builtin.command: echo {{ chosen }}
      delegate_to: localhost
"""
ASYNC = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Wait for it
      ansible.builtin.command: echo done
      async: 30
      poll: 1
    - name: Begin
      ansible.builtin.command: echo later
      async: 30
      poll: 0
      register: begun
    - name: Look
      ansible.builtin.async_status: {jid: "{{ begun.ansible_job_id }}"}
      register: look
      until: look.finished
      retries: 50
      delay: 0.2
"""
FAILING = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Ignored
      ansible.builtin.command: /bin/false
      ignore_errors: true
    - block:
        - name: Fails
          ansible.builtin.command: ls /nowhere
      rescue:
        - name: Mended
          ansible.builtin.debug: {msg: "{{ ansible_failed_task.name }}"}
      always:
        - name: Always
          ansible.builtin.debug: {msg: always}
    - name: Undefined
      ansible.builtin.debug: {msg: "{{ there_is.no_such }}"}
    - name: Not reached
      ansible.builtin.debug: {msg: not reached}
"""
FILES = """
- hosts: all
  gather_facts: false
  vars:
    here: "{{ playbook_dir }}/files"
  tasks:
    - name: Directory
      ansible.builtin.file: {path: "{{ here }}", state: directory, mode: "0750"}
    - name: Copy
      ansible.builtin.copy: {content: "a {{ 1 + 1 }}\\n", dest: "{{ here }}/a", mode: "0640"}
      notify: Told
    - name: Line
      ansible.builtin.lineinfile: {path: "{{ here }}/a", line: b}
    - name: Look
      ansible.builtin.stat: {path: "{{ here }}/a"}
      register: found
    - name: Facts
      ansible.builtin.assert: {that: [found.stat.size == 6, found.stat.mode == '0640']}
    - name: Read
      ansible.builtin.slurp: {src: "{{ here }}/a"}
  handlers:
    - name: Told
      ansible.builtin.debug: {msg: told}
"""
WARNING = """
- hosts: all
  gather_facts: false
  vars: {empty: ""}
  tasks:
    - name: Warn
      ansible.builtin.debug: {msg: "{{ empty }}"}
      when: "{{ empty == '' }}"
    - name: Not a bool
      ansible.builtin.debug: {msg: x}
      tags: [one]
- hosts: nowhere
  tasks: []
"""
VAULTED = """
- hosts: all
  gather_facts: false
  vars:
    secret: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      3962623963326630613239323938333834363634646530646666653139333533
  tasks:
    - name: Show
      ansible.builtin.debug: {msg: "{{ secret }}"}
"""
NOT_YAML = "- hosts: all\n  tasks:\n    - name: 'not closed\n"
NO_MODULE = "- hosts: all\n  gather_facts: false\n  tasks:\n    - no.such.module: {}\n"
ROLES = """
- hosts: all
  gather_facts: false
  vars_files: [vars/more.yml]
  roles: [{role: beside, given: 3}]
  tasks:
    - name: Included
      ansible.builtin.include_tasks: tasks/more.yml
      loop: [1, 2]
    - ansible.builtin.import_tasks: tasks/more.yml
      vars: {item: static}
    - ansible.builtin.include_role: {name: beside}
      vars: {given: 4}
"""
PLUGINS = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Filter
      ansible.builtin.debug: {msg: "{{ 'x' | shout }} {{ 'x' | b64encode }} {{ 3 is odder }}"}
    - name: A debug of our own
      debug: {msg: ours}
    - name: Module
      ours: {}
    - name: Lookup
      command: "echo {{ lookup('env', 'HOME') }} {{ lookup('ansible.builtin.env', 'HOME') }}"
"""
FILES_OF_ROLES = {
    "site.yml": ROLES,
    "vars/more.yml": "more: from a file\n",
    "tasks/more.yml": "- name: More\n  ansible.builtin.debug: {msg: '{{ more }} {{ item }}'}\n",
    "roles/beside/defaults/main.yml": "given: 1\nother: 2\n",
    "roles/beside/tasks/main.yml": "- name: In the role\n  ansible.builtin.command: echo {{ given }} {{ other }}\n"
    "  notify: handled\n",
    "roles/beside/handlers/main.yml": "- name: Handled\n  listen: handled\n"
    "  ansible.builtin.debug: {msg: '{{ given }}'}\n",
}
FILES_OF_PLUGINS = {
    "site.yml": PLUGINS,
    "filter_plugins/core.py": "class FilterModule:\n    def filters(self):\n"
    "        return {'shout': str.upper, 'b64encode': lambda text: 'ours'}\n",
    "test_plugins/odd.py": "class TestModule:\n    def tests(self):\n"
    "        return {'odder': lambda value: value % 2 == 1}\n",
    "action_plugins/debug.py": "from ansible.plugins.action import ActionBase\n\n\nclass ActionModule(ActionBase):\n"
    "    def run(self, tmp=None, task_vars=None):\n        return {'msg': 'a debug of our own', 'changed': True}\n",
    "lookup_plugins/env.py": "from ansible.plugins.lookup import LookupBase\n\n\nclass LookupModule(LookupBase):\n"
    "    def run(self, terms, variables=None, **options):\n        return ['an env of our own']\n",
    "library/ours.py": "#!/usr/bin/python\nimport json\n"
    "print(json.dumps({'changed': False, 'msg': 'a module of our own'}))\n",
}
SETTINGS = "[defaults]\nroles_path = shared\nforks = 7\nerror_on_undefined_vars = true\n"
CAPTURED_SETTINGS = "[defaults]\nfilter_plugins = elsewhere\nstrategy = free\ncallbacks_enabled = ours\n"


def jobs(base: Path) -> dict[str, dict[str, Any]]:
    """Return jobs of all kinds by name."""

    def repository(name: str, files: dict[str, str]) -> dict[str, Any]:
        (base / name).mkdir(parents=True)
        made = GitRepository(base / name)
        made.commit("All", files)
        made.publish()
        return {"repository": {"url": made.url, "defaultPlaybook": "site.yml"}}

    three = [{**host, "hostVars": {**host["hostVars"], "number": n}} for n, host in enumerate(local_hosts(*"abc"))]
    settings = {
        "site.yml": "- hosts: all\n  gather_facts: false\n  roles: [elsewhere]\n",
        "shared/elsewhere/tasks/main.yml": "- name: Within\n  ansible.builtin.debug: {msg: '{{ ansible_forks }}'}\n",
    }
    captured = {
        "site.yml": SAY % "{{ 'x' | whisper }}",
        "elsewhere/ours.py": "class FilterModule:\n    def filters(self):\n        return {'whisper': str.lower}\n",
        "callback_plugins/ours.py": "from ansible.plugins.callback import CallbackBase\n\n\n"
        "class CallbackModule(CallbackBase):\n    CALLBACK_VERSION = 2.0\n    CALLBACK_TYPE = 'aggregate'\n"
        "    CALLBACK_NAME = 'ours'\n    CALLBACK_NEEDS_ENABLED = True\n"
        "    def v2_playbook_on_stats(self, stats):\n        self._display.display('said by a callback of our own')\n",
    }
    return {
        "debug": {"playbook": SAY % "{{ inventory_hostname }}"},
        "facts": {"playbook": FACTS},
        "loops": {"playbook": LOOPS},
        "lookups": {"playbook": LOOKUPS},
        "process": {"playbook": PROCESS},
        "free": {"playbook": FREE, "hosts": three},
        "serial": {"playbook": SERIAL, "hosts": three},
        "async": {"playbook": ASYNC},
        "failing": {"playbook": FAILING},
        "unreachable": {
            "playbook": SAY % "x" + "    - ansible.builtin.command: id\n",
            "hosts": [{"id": "far", "hostVars": {"ansible_host": "127.0.0.1", "ansible_port": 1}}],
        },
        "files": {"playbook": FILES},
        "warning": {"playbook": WARNING},
        "tags": {"playbook": WARNING, "playbookTags": ["one"]},
        "vault": {"playbook": VAULTED},
        "not YAML": {"playbook": NOT_YAML},
        "no module": {"playbook": NO_MODULE},
        "properties": {"playbook": SAY % "{{ given }}", "properties": {"given": "{{ 1 + 1 }}"}},
        "roles": repository("roles", FILES_OF_ROLES),
        "plugins": repository("plugins", FILES_OF_PLUGINS),
        "settings": repository("settings", {**settings, "ansible.cfg": SETTINGS}),
        "captured settings": repository("captured", {**captured, "ansible.cfg": CAPTURED_SETTINGS}),
    }


NAMES = (
    "debug facts loops lookups process free serial async failing unreachable files warning tags vault not_YAML"
    " no_module properties roles plugins settings captured_settings"
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    engines = Engines(tmp_path_factory.mktemp("engines"))
    yield engines
    engines.close()


@pytest.fixture(scope="module")
def pairs(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[EngineRun, EngineRun]]:
    all_jobs = jobs(tmp_path_factory.mktemp("repositories"))
    warm, cold = (engines.run_all(engine, all_jobs) for engine in (Engine.WARM, Engine.COLD))
    return {name: (warm[name], cold[name]) for name in all_jobs}


@pytest.mark.parametrize("name", [name.replace("_", " ") for name in NAMES.split()])
def test_a_warm_run_tells_what_a_cold_one_tells(pairs: dict[str, tuple[EngineRun, EngineRun]], name: str) -> None:
    warm, cold = (run.told() for run in pairs[name])
    if len(warm["events"]) > 0 and name in ("free", "serial"):
        for told in (warm, cold):
            # Hosts take turns as they will.
            told["events"].sort(key=lambda event: json.dumps(event, sort_keys=True))

    assert warm == cold
    assert cold["events"] or name in ("not YAML", "no module")


def test_every_kind_of_job_is_compared(pairs: dict[str, tuple[EngineRun, EngineRun]]) -> None:
    assert {name.replace(" ", "_") for name in pairs} == set(NAMES.split())


def test_a_captured_setting_makes_a_cold_start_and_another_one_does_not(
    pairs: dict[str, tuple[EngineRun, EngineRun]],
) -> None:
    why = {name: warm.why_cold for name, (warm, _) in pairs.items() if warm.why_cold}
    assert why == {"captured settings": "DEFAULT_FILTER_PLUGIN_PATH differs"}
    (said,) = pairs["settings"][0].messages("runner_on_ok")
    assert said["msg"] == "7"
    assert "said by a callback of our own" in pairs["captured settings"][0].end["output"]


def test_plugins_of_a_repository_come_before_those_loaded_ahead(
    pairs: dict[str, tuple[EngineRun, EngineRun]],
) -> None:
    said = {message["task"]: message["msg"] for message in pairs["plugins"][0].messages("runner_on_ok")}
    assert said["Filter"].startswith("X ")
    assert said["A debug of our own"] == "a debug of our own"
    assert said["Module"] == "a module of our own"
    assert said["Lookup"].startswith("an env of our own /")


PAYLOAD = """
- hosts: near
  gather_facts: false
  tasks:
    - name: Look
      ansible.builtin.shell: |
        {{ ansible_playbook_python }} - $PPID <<'END'
        import base64, io, re, sys, zipfile
        program = open(f"/proc/{sys.argv[1]}/cmdline").read().split(chr(0))[1]
        text = re.search("[A-Za-z0-9+/=]{5000,}", open(program).read())[0]
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(text)))
        print(*(f"{name} {archive.read(name)[:4]}" for name in archive.namelist() if name.endswith("/basic.pyc")))
        END
"""


def test_a_warm_run_sends_bytecode_with_its_modules_when_every_host_is_this_machine(engines: Engines) -> None:
    near, far = local_hosts("near"), {"id": "far", "hostVars": {"ansible_host": "127.0.0.1", "ansible_port": 1}}

    def sent(engine: Engine, *hosts: dict[str, Any]) -> str:
        (said,) = engines.run(engine, PAYLOAD, hosts=hosts).messages("runner_on_ok")
        return str(said["res"]["stdout"])

    assert sent(Engine.WARM, *near) == f"ansible/module_utils/basic.pyc {MAGIC_NUMBER!r}"
    assert sent(Engine.WARM, *near, far) == ""
    assert sent(Engine.COLD, *near) == ""


SPOILING = """
import gc, locale, os, random, signal, sys
import ansible.constants as C

def spoil(text):
    os.environ["LEFT_BEHIND"] = text
    os.umask(0)
    random.seed(1)
    sys.path.insert(0, "/left/behind")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    C.set_constant("DEFAULT_FORKS", 99)
    C.LEFT_BEHIND = text
    return text

class FilterModule:
    def filters(self):
        return {"spoil": spoil}
"""
LOOKING = """
import os, random, signal, sys
import ansible.constants as C

def look(text):
    return {
        "environment": sorted(name for name in os.environ if name not in ("CTL_RUNNER_SPOOL",)),
        "umask": oct(os.umask(0o22)),
        "path": sys.path,
        "sigterm": str(signal.getsignal(signal.SIGTERM)) == str(signal.SIG_IGN),
        "forks": C.DEFAULT_FORKS,
        "behind": hasattr(C, "LEFT_BEHIND"),
        "modules": "ansible_left_behind" in sys.modules,
    }

class FilterModule:
    def filters(self):
        return {"look": look}
"""


def test_nothing_of_a_run_is_left_to_the_next(engines: Engines, tmp_path: Path) -> None:
    repository = GitRepository(tmp_path)
    repository.commit("Spoil", {"site.yml": SAY % "{{ secret | spoil }}", "filter_plugins/own.py": SPOILING})
    repository.git("checkout", "--quiet", "-b", "look")
    gate = Gate(tmp_path / "gate")
    waiting = SAY % "{{ 1 | look }}" + f"    - {gate.task}\n"
    repository.commit("Look", {"site.yml": waiting, "filter_plugins/own.py": LOOKING})
    repository.publish()
    source = {"url": repository.url, "defaultPlaybook": "site.yml"}
    canary, other = "canary-of-the-first-run-3141592653", "canary-of-the-second-run-2718281828"
    with gate:
        cold = engines.begin(Engine.COLD, repository={**source, "branch": "look"}, properties={"secret": other})
        gate.await_task()
        gate.open()
        assert cold.end["exit_code"] == 0, cold.end
        first = engines.run(
            Engine.WARM, repository={**source, "branch": "trunk"}, properties={"secret": canary, "password": canary}
        )
        assert first.end["exit_code"] == 0, first.end
        (tmp_path / "gate.reached").unlink()
        second = engines.begin(Engine.WARM, repository={**source, "branch": "look"}, properties={"secret": other})
        gate.await_task()
        zygote = zygote_of(engines)
        memories = {
            pid: memory_of(pid)
            for pid in (second.process.pid, zygote, *(found.pid for found in descendants_of(second.process.pid)))
            if b"ansible-playbook" in arguments_of(pid) or pid in (second.process.pid, zygote)
        }
        gate.open()
        assert second.end["exit_code"] == 0, second.end

    assert len(memories) >= 3
    assert not any(canary.encode() in memory for memory in memories.values())
    # A search that finds nothing must be one that would have found it.
    assert [pid for pid, memory in memories.items() if other.encode() in memory] == [
        pid for pid in memories if pid != zygote
    ]
    looks = [run.messages("runner_on_ok")[0]["res"]["msg"] for run in (second, cold)]
    assert looks[0] == looks[1]


def test_each_run_has_random_numbers_of_its_own(engines: Engines) -> None:
    playbook = SAY % "{{ 1000000000 | random }} {{ lookup('password', '/dev/null') }} {{ range(99) | shuffle }}"
    said = [engines.run(Engine.WARM, playbook).messages("runner_on_ok")[0]["msg"].split() for _ in range(2)]
    assert all(one != other for one, other in zip(said[0][:2], said[1][:2], strict=True))


def test_runs_outlive_their_zygote_and_the_next_has_a_new_one(engines: Engines, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = engines.begin(Engine.WARM, SAY % "x" + f"    - {gate.task}\n")
        gate.await_task()
        zygote = zygote_of(engines)
        os.kill(zygote, signal.SIGKILL)
        next_run = engines.run(Engine.WARM, SAY % "next")
        assert not run.has_ended
        gate.open()

    assert run.end["exit_code"] == 0
    assert next_run.end["exit_code"] == 0
    assert zygote_of(engines) != zygote


def test_a_zygote_killed_while_it_imports_is_followed_by_another(tmp_path: Path) -> None:
    engines = Engines(tmp_path)
    starter = engines.starter(Engine.WARM)
    with engines.in_environment():
        starter.start()
        until(lambda: starter._zygote, "no zygote is started")
        killed = zygote_of(engines)
        os.kill(killed, signal.SIGKILL)
        assert engines.begin_here(Engine.WARM, SAY % "x").end["exit_code"] == 0
    assert zygote_of(engines) != killed
    engines.close()


def test_changed_files_make_a_new_zygote(engines: Engines) -> None:
    engines.run(Engine.WARM, SAY % "before")
    zygote = zygote_of(engines)
    plugin = Path(__file__).parents[2] / "ctl_jupyter/service/engine/plugins/inventory/ctl_runner_hosts.py"
    status = plugin.stat()
    try:
        os.utime(plugin, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        assert engines.run(Engine.WARM, SAY % "after").end["exit_code"] == 0
        assert zygote_of(engines) != zygote
    finally:
        os.utime(plugin, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_processes_of_a_warm_run_are_marked(engines: Engines, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = engines.begin(Engine.WARM, SAY % "x" + f"    - {gate.task}\n")
        gate.await_task()
        family = {run.process.pid, *(process.pid for process in descendants_of(run.process.pid))}
        assert {process.pid for process in marked_with(f"CTL_RUNNER_SPOOL={run.spool}")} == family
        assert len(family) >= 4
        gate.open()
    assert run.end["exit_code"] == 0


def test_a_zygote_does_not_grow(engines: Engines) -> None:
    def figures() -> tuple[int, int, int]:
        pid = zygote_of(engines)
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return int(rollup[rollup.index("Rss:") + 1]), descriptors, len(descendants_of(pid))

    def run_some(count: int) -> None:
        for _ in range(count):
            assert engines.run(Engine.WARM, SAY % "x").end["exit_code"] == 0
        until(lambda: not descendants_of(zygote_of(engines)), "supervisors stay")

    run_some(5)
    memory, *others = figures()
    run_some(45)
    more_memory, *others_after = figures()
    assert more_memory - memory < 1024, "KiB"
    assert others_after == others


def test_auto_starts_cold_where_warm_cannot_be(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Ansible says something while it is imported, and each run has to say it."""
    settings = tmp_path / "ansible.cfg"
    settings.write_text("[defaults]\nlog_path = /nowhere/at/all.log\n")
    engines = Engines(tmp_path)
    with engines.in_environment(ANSIBLE_CONFIG=str(settings)), caplog.at_level("INFO"):
        auto = engines.starter(Engine.AUTO)
        auto.start()
        run = engines.begin_here(Engine.AUTO, SAY % "x")
        assert run.end["exit_code"] == 0
        assert "/nowhere/at/all.log" in run.end["output"]
        with pytest.raises(OSError, match="no warm engine"):
            engines.begin_here(Engine.WARM, SAY % "x")
    engines.close()
    assert any("runs are started cold" in record.message for record in caplog.records)


@pytest.mark.parametrize(
    ("engine", "said"),
    [("cold", "runs are started cold: it was told so"), ("auto", "runs are started warm, forked from process")],
)
def test_the_log_says_which_engine_runs(tmp_path: Path, engine: str, said: str) -> None:
    with EmbeddedRunner(tmp_path) as service:
        service.start(engine)
        with service.log_in() as api:
            assert api.run(SAY % "x", LOCAL).status == "SUCCESS"
        until(lambda: said in (service.home / "service.log").read_text(), "the log does not say it")
        service.stop()


def zygote_of(engines: Engines) -> int:
    zygote = engines.starter(Engine.WARM)._zygote
    assert zygote is not None
    return zygote.pid


def arguments_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""
