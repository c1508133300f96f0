"""Runs Ansible: one supervisor process per execution, detached, its events in a spool file.

`spool`, `redact`, `processes`, `workspace` and `supervisor` use the standard library alone: they run in the
supervisor, which starts without site-packages so that it costs next to nothing.
"""
