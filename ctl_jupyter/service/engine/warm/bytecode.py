"""Modules that run on this machine get bytecode with them.

Ansible sends a module as an archive of sources, among them its whole ``module_utils``, and Python compiles all of that
anew for each task and host: of the 227 ms of CPU that ``command`` takes to run ``echo``, 90 ms. Beside each source
that is a file of a package installed here, the bytecode goes into the archive that Python already has of it. A Python
of another version passes over it and takes the source. The archive grows from 180 to 490 KB, which is nothing on one
machine and something on a slow line: hosts elsewhere get sources alone.
"""

import struct
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo
from zlib import crc32

import ansible
from ansible.executor import module_common

__all__ = ["send_bytecode"]

PACKAGES = Path(ansible.__file__).parents[1]
#: In front of bytecode: that of which Python version, of a source of which time and size.
HEADER = struct.Struct("<4sIII")
#: The same for bytecode that is taken as it is.
UNCHECKED = HEADER.pack(MAGIC_NUMBER, 1, 0, 0)


def send_bytecode() -> None:
    """Have this process add bytecode to every module that it sends."""
    add_module = module_common._add_module_to_zip

    def add_module_and_bytecode(archive: ZipFile, date_time: Any, *arguments: Any, **options: Any) -> None:
        add_module(archive, date_time, *arguments, **options)
        for source in list(archive.infolist()):
            bytecode = _bytecode_of(source)
            if bytecode:
                archive.writestr(module_common._make_zinfo(f"{source.filename}c", date_time, zf=archive), bytecode)

    module_common._add_module_to_zip = add_module_and_bytecode


def _bytecode_of(source: ZipInfo) -> bytes | None:
    """Return what Python keeps of a source, if there is any and it is of just this text."""
    path = PACKAGES / source.filename
    try:
        text, status = path.read_bytes(), path.stat()
        compiled = Path(cache_from_source(str(path))).read_bytes()
    except OSError:
        return None
    known_by = HEADER.pack(MAGIC_NUMBER, 0, int(status.st_mtime) & 0xFFFFFFFF, len(text) & 0xFFFFFFFF)
    if crc32(text) != source.CRC or not compiled.startswith(known_by):
        return None
    return UNCHECKED + compiled[HEADER.size :]
