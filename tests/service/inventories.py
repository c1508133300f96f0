"""One and the same account in every form that Ansible takes an inventory in."""

from pathlib import Path

__all__ = ["CANARY", "KINDS", "write_inventory"]

#: Stands in every inventory as a password, and must never be answered or shown.
CANARY = "canary-a7f3c1"

VARIABLES = f"""
ansible_connection: local
greeting: "hello {{{{ inventory_hostname }}}}"
db_password: {CANARY}
"""
INI = f"""
lonely
[web]
web1 datacenter=WA1 network=10.1.0.0/24 ansible_host=10.1.0.11
web2 datacenter=WA1 network=front
[db]
db1 location=CA1 ansible_host=db1.example.org
[prod:children]
web
db
[all:vars]
ansible_connection=local
greeting="hello {{{{ inventory_hostname }}}}"
db_password={CANARY}
"""
YAML = f"""
all:
  vars: {{ansible_connection: local, greeting: "hello {{{{ inventory_hostname }}}}", db_password: {CANARY}}}
  hosts:
    lonely:
  children:
    prod:
      children:
        web:
          hosts:
            web1: {{datacenter: WA1, network: 10.1.0.0/24, ansible_host: 10.1.0.11}}
            web2: {{datacenter: WA1, network: front}}
        db:
          hosts:
            db1: {{location: CA1, ansible_host: db1.example.org}}
"""
SCRIPT = f"""#!/bin/sh
cat <<END
{{"all": {{"hosts": ["lonely"], "vars": {{"ansible_connection": "local",
  "greeting": "hello {{{{ inventory_hostname }}}}", "db_password": "{CANARY}"}}}},
 "web": {{"hosts": ["web1", "web2"]}}, "db": {{"hosts": ["db1"]}}, "prod": {{"children": ["web", "db"]}},
 "_meta": {{"hostvars": {{
   "web1": {{"datacenter": "WA1", "network": "10.1.0.0/24", "ansible_host": "10.1.0.11"}},
   "web2": {{"datacenter": "WA1", "network": "front"}},
   "db1": {{"location": "CA1", "ansible_host": "db1.example.org"}}}}}}}}
END
"""
FLAT = """
lonely
web1 role=web datacenter=WA1 network=10.1.0.0/24 ansible_host=10.1.0.11
web2 role=web datacenter=WA1 network=front
db1 role=db location=CA1 ansible_host=db1.example.org
"""
CONSTRUCTED = """
plugin: ansible.builtin.constructed
strict: false
keyed_groups:
  - {key: role, prefix: "", separator: "", parent_group: prod}
"""
KINDS = ["ini", "yaml", "directory", "script", "constructed"]


def write_inventory(kind: str, base: Path) -> Path:
    """Write the account as a kind of inventory below an empty directory and return its path."""
    if kind == "ini":
        return _file(base / "hosts.ini", INI)
    if kind == "yaml":
        return _file(base / "hosts.yml", YAML)
    if kind == "script":
        script = _file(base / "hosts.sh", SCRIPT)
        script.chmod(0o700)
        return script
    _file(base / "group_vars" / "all.yml", VARIABLES)
    if kind == "directory":
        _file(base / "1.ini", "lonely\n[web]\nweb[1:2]\n[db]\ndb1\n[prod:children]\nweb\ndb\n")
        _file(base / "group_vars" / "web" / "place.yml", "datacenter: WA1\n")
        _file(base / "host_vars" / "web1.yml", "{network: 10.1.0.0/24, ansible_host: 10.1.0.11}\n")
        _file(base / "host_vars" / "web2.yml", "{network: front}\n")
        _file(base / "host_vars" / "db1.yml", "{location: CA1, ansible_host: db1.example.org}\n")
    else:
        _file(base / "1.ini", FLAT)
        _file(base / "2.yml", CONSTRUCTED)
    return base


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
