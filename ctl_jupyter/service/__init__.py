"""The embedded Runner: http (routes) → store (database) → dispatch (queue, states) → engine (runs Ansible)."""
