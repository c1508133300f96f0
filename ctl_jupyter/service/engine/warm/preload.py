"""What every run would do alike, done once: imports, the modules of plugins, the documentation of Ansible's own ones.

Only pure results are kept. What takes Ansible's machinery to get is worked out in a process of its own, which hands
over the results and ends, so that the zygote's plugin loaders are as new as after an import.
"""

import os
import pickle
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import ansible
import ansible.cli.playbook
import ansible.executor.process.worker
from ansible import constants
from ansible.plugins import get_plugin_class, loader
from ansible.utils.collection_loader import _collection_finder

__all__ = ["Preloaded", "preload"]

#: Ansible's own plugins that are worth having at hand, by loader; ``None`` for all of them.
WANTED: dict[str, frozenset[str] | None] = {
    "action_loader": None,
    "become_loader": None,
    "cache_loader": frozenset({"memory"}),
    "callback_loader": None,
    "connection_loader": None,
    "filter_loader": None,
    "inventory_loader": frozenset({"host_list", "ini", "yaml"}),
    "lookup_loader": None,
    "shell_loader": None,
    "strategy_loader": frozenset({"linear", "free", "host_pinned"}),
    "test_loader": None,
    "vars_loader": None,
}

#: What Ansible imports while it runs: some of it in each of the processes that run a task, and so for every task anew.
LATER_IMPORTS = (
    "ansible.module_utils._internal._json._profiles._module_legacy_c2m",
    "ansible.module_utils._internal._json._profiles._module_legacy_m2c",
    "ansible.playbook.handler_task_include",
    "multiprocessing.popen_fork",
    "multiprocessing.synchronize",
)

#: Plugin class and file → the options that the plugin's documentation defines, ``None`` for none.
Options = dict[tuple[str, str], dict[str, Any] | None]


class Preloaded:
    """What was loaded ahead, and how a run comes by it."""

    def __init__(self, modules: dict[str, str], options: Options, routing: tuple[bytes, dict[str, Any]]) -> None:
        #: Module name → the file that it was loaded from; those that this process has not asked for yet.
        self._unclaimed = modules
        self._options = options
        self._routing = routing

    def install(self) -> None:
        """Have Ansible's loaders of this process take what is there."""
        load_module = loader.PluginLoader._load_module_source
        load_options = loader.PluginLoader._load_config_defs
        read_routing = _collection_finder._meta_yml_to_dict
        plain_fragments = not any(Path(path).expanduser().is_dir() for path in loader.fragment_loader.config)

        def load_module_source(self: Any, *, python_module_name: str, path: str) -> ModuleType:
            loaded_from = unclaimed.pop(python_module_name, None)
            if loaded_from is not None and loaded_from != path:
                # Another plugin of the same name comes first here, and a cold start would not have loaded ours.
                del sys.modules[python_module_name]
            module: ModuleType = load_module(self, python_module_name=python_module_name, path=path)
            return module

        def load_config_defs(self: Any, name: str, module: ModuleType, path: str) -> None:
            kind = get_plugin_class(self.class_name) if self.class_name else ""
            own_fragments = not plain_fragments or loader.fragment_loader._extra_dirs
            if (kind, path) not in options or own_fragments:
                load_options(self, name, module, path)
            elif (found := options[kind, path]) and not constants.config.has_configuration_definition(kind, name):
                constants.config.initialize_plugin_configuration_definitions(kind, name, found)

        def meta_yml_to_dict(text: bytes | str, content_id: Any) -> Any:
            return routing if text == routing_text else read_routing(text, content_id)

        unclaimed, options, (routing_text, routing) = self._unclaimed, self._options, self._routing
        loader.PluginLoader._load_module_source = load_module_source
        loader.PluginLoader._load_config_defs = load_config_defs
        _collection_finder._meta_yml_to_dict = meta_yml_to_dict


def preload(own_plugins: dict[str, Path]) -> Preloaded:
    """Load ahead what is the same for every run.

    Parameters
    ----------
    own_plugins
        Loader → the file of a plugin of ours.
    """
    for name in LATER_IMPORTS:
        import_module(name)
    imported = set(sys.modules)
    modules = dict(_load_modules(own_plugins))
    text = Path(ansible.__file__).with_name("config").joinpath("ansible_builtin_runtime.yml").read_bytes()
    routing = _collection_finder._meta_yml_to_dict(text, None)
    # What Ansible imports itself is there in a cold start, too.
    unclaimed = {name: path for name, path in modules.items() if name not in imported}
    return Preloaded(unclaimed, _options_of(own_plugins), (text, routing))


def _files(own_plugins: dict[str, Path]) -> Iterator[tuple[Any, str]]:
    for name, wanted in WANTED.items():
        plugin_loader = getattr(loader, name)
        package = Path(import_module(plugin_loader.package).__file__ or "").parent
        for file in sorted(package.glob("*.py")):
            if file.stem != "__init__" and (wanted is None or file.stem in wanted):
                yield plugin_loader, str(file)
    for name, file in own_plugins.items():
        yield getattr(loader, name), str(file)


def _load_modules(own_plugins: dict[str, Path]) -> Iterator[tuple[str, str]]:
    for plugin_loader, path in _files(own_plugins):
        context = loader.PluginLoadContext(plugin_loader.type, plugin_loader.package)
        context.plugin_resolved_path = path
        name = context._make_legacy_python_module_name()
        plugin_loader._load_module_source(python_module_name=name, path=path)
        yield name, path


def _options_of(own_plugins: dict[str, Path]) -> Options:
    """Return what the documentation of plugins defines, worked out by a child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(_work_out_options(own_plugins), pipe)
        except BaseException as error:  # noqa: BLE001 -- this process must not go on as the zygote
            os.write(2, f"{error!r}\n".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    options: Options = pickle.loads(data)  # noqa: S301 -- from this process's own child
    return options


def _work_out_options(own_plugins: dict[str, Path]) -> Options:
    loader.init_plugin_loader([])
    found: Options = {}
    for plugin_loader, path in _files(own_plugins):
        kind = get_plugin_class(plugin_loader.class_name)
        name = Path(path).stem
        context = loader.PluginLoadContext(plugin_loader.type, plugin_loader.package)
        context.plugin_resolved_path = path
        plugin_loader._load_config_defs(name, sys.modules[context._make_legacy_python_module_name()], path)
        found[kind, path] = constants.config.get_configuration_definitions(kind, name) or None
    return found
