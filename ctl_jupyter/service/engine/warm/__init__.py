"""Warm start: runs are forked from a process that has imported Ansible already.

A start of ``ansible-playbook`` spends nine tenths of its time on what is the same every time: imports, and the
documentation of Ansible's own plugins. So the service keeps a zygote, which does that once, and forks::

    service ──socket──→ zygote ──fork──→ supervisor ──fork──→ playbook
                          │                  │                   └ waits for its orders, settles its settings, becomes
                          │                  │                     ansible-playbook: in this process, or by exec
                          │                  └ reads the order from a pipe; all that the cold one does, the same code
                          └ one thread, no run's data, no plugin loader used; ends with the service

Why so, and what it rests on:

* The zygote never sees an order: the service hands it the reading end of a pipe, which only the supervisor reads.
  The playbook's process is forked *before* the supervisor reads it, so it holds no key or password that a cold
  start would not give it. It ends when its supervisor does (PDEATHSIG; the supervisor has one thread).
* The supervisor is the zygote's child in name alone: a session of its own, a sub-reaper, no descriptor shared. When
  the zygote or the service ends, it goes on. The zygote reads its start time before it can have ended, so that the
  service knows the process from any other. Nobody waits for it: the zygote ignores SIGCHLD, init never does.
* What Ansible keeps in its process (settings, plugin caches, ``CLIARGS``, vault, display) is untouched in the zygote.
  It imports modules and keeps results of pure functions of Ansible's own files, each under its file's path; what
  takes Ansible's machinery to get ran in a process of its own (`ctl_jupyter.service.engine.warm.preload`).
* About 59 settings are read while Ansible is imported, into defaults of classes and functions. They are not listed
  here: the import itself is watched. The playbook's process, in its directory and with its environment, works the
  settings out anew; does one of those differ (a repository's ``ansible.cfg``), it replaces itself by
  ``ansible-playbook`` with `exec`: the same process, the same descriptors, a cold start. Other settings are set anew
  in place.
* A plugin of a repository or a user may have a built-in one's name. Ansible goes by the module's name, so a module
  that was loaded ahead is given out only for the very file that it was loaded from.
* Forked processes have the zygote's ``/proc/PID/environ``. The mark by which a killed supervisor's leftovers are found
  is therefore written over a placeholder in that memory; where the kernel does not show it, there is no warm start.
* It uses private parts of Ansible. So it is for the tested versions alone (`VERSIONS`), and whatever is in doubt is a
  cold start: files of Ansible that changed, a zygote that said something while it imported, one that does not answer.
"""

#: The versions of ansible-core that the pairs of cold and warm runs were compared with.
VERSIONS = "2.19."
