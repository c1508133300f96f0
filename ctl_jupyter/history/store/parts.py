"""A directory of parts: Parquet files that are written once, renamed into place, and never changed.

What there is follows from the names and the files alone; nothing tells of them that two processes could fight over.
A name says, besides chance: the part's stamp, which is greater than that of every part before it; how many rows it
has; and the span that they are in (positions, or times). Of two parts that hold the same thing the one with the
greater stamp is right. So a merged part takes the stamp of the newest that it is made of, and may stand beside them.

A part that cannot be read is set aside: ``.damaged`` behind its name, which still says what is no longer known.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ctl_jupyter.history.store.disk import (
    locked,
    private_directory,
    remove_leftovers,
    sync_directory,
    temporary_file,
)
from ctl_jupyter.history.store.errors import StoreFull, StoreUnusable, translated
from ctl_jupyter.history.store.rows import typed

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["Content", "OpenPart", "Part", "PartDirectory"]

T = TypeVar("T")

#: Of what a part holds; another version's parts are not read. Add one when the meaning of a column changes.
VERSION = 1
#: Parts that may stand beside each other before some are merged.
MANY_PARTS = 16
#: Newest parts that are merged whatever their sizes, so that there are fewer afterwards.
AT_LEAST = 8
#: Rows of the largest part that merging makes: what a process must hold while it merges.
LARGEST = 1_000_000
#: How often a reader lists again when parts are merged under its hands.
TRIES = 100
NAME = re.compile(r"([0-9a-f]{16})-(\d+)-(\d+)-(\d+)-([0-9a-f]{8})\.parquet(\.damaged)?")


class Part(NamedTuple):
    """The name of a part; in the order in which they were written."""

    stamp: int
    #: First and last position of a list, or time in epoch milliseconds; 0 and 0 without rows.
    first: int
    last: int
    rows: int
    chance: str

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.stamp:016x}-{self.rows}-{self.first}-{self.last}-{self.chance}.parquet"


@dataclass(frozen=True)
class Content:
    """What a part is to hold.

    Parameters
    ----------
    tables
        Written one behind the other, each in row groups of its own.
    rows, span
        As the name says them.
    facts
        What holds for the part as a whole.
    group
        Rows of a row group.
    """

    tables: Sequence["pa.Table"]
    rows: int
    span: tuple[int, int]
    facts: Mapping[str, str] = field(default_factory=dict)
    group: int = 1 << 16


class OpenPart:
    """A part that is open for reading, also when its file is deleted meanwhile."""

    def __init__(self, part: Part, file: "pq.ParquetFile", schema: "pa.Schema") -> None:
        self.part = part
        self.file = file
        self._schema = schema
        metadata = file.metadata.metadata or {}
        self.facts = {key.decode(): value.decode() for key, value in metadata.items() if key != b"ARROW:schema"}

    @property
    def is_ours(self) -> bool:
        """Whether it has the columns of the schema, and means by them what this version does."""
        return self.version == VERSION and self.facts.get("columns") == _mark(self._schema)

    @property
    def version(self) -> int:
        """Which version of the package's parts it is of; 0 when it does not say."""
        found = self.facts.get("version", "0")
        return int(found) if found.isdigit() else 0

    def read(self, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None) -> "pa.Table":
        """Return rows of the part: all, or those of some row groups."""
        with _damage_found(self.part):
            if groups is None:
                return typed(self.file.read(columns), self._schema)
            return typed(self.file.read_row_groups(list(groups), columns), self._schema)


class PartDirectory:
    """The parts in one directory.

    Parameters
    ----------
    path
        Need not be there before something is added.
    schema
        Of the files; a part with another one is as good as not there.
    encodings
        Parquet's encodings of columns, by name; the others are plain or, where Arrow's type says so, a dictionary.
    """

    def __init__(self, path: Path, schema: "pa.Schema", encodings: Mapping[str, str]) -> None:
        self.path = path
        self._naming = path / "naming.lock"
        self._schema = schema
        self._encodings = dict(encodings)

    def parts(self) -> list[Part]:
        """Return the parts there are, oldest first."""
        return [part for part, damaged in self._listed() if not damaged]

    def damaged(self) -> list[Part]:
        """Return those that were set aside, oldest first."""
        return [part for part, damaged in self._listed() if damaged]

    def size(self) -> int:
        """Return the bytes of all files in the directory."""
        total = 0
        with translated(self.path), suppress(FileNotFoundError):
            for path in self.path.iterdir():
                with suppress(FileNotFoundError):
                    total += path.stat().st_size
        return total

    def reading(self, work: Callable[[list[OpenPart]], T]) -> T:
        """Return what is worked out from all parts of this version, oldest first.

        The work is done again when a part turns out to be damaged; that part is not among them then.
        """
        with translated(self.path):
            for _ in range(TRIES):
                with suppress(_Changed, FileNotFoundError), ExitStack() as stack:
                    try:
                        return work([part for part in self._open_all(stack) if part.is_ours])
                    except _Damaged as damage:
                        self._set_aside(damage.part)
        raise StoreUnusable(f"The histories in {self.path} change faster than they can be read: try again.")

    def add(self, content: Content) -> None:
        """Put a new part into place: it is whole and on the disk, or not there.

        Raises
        ------
        StoreFull, StoreUnusable
            When it cannot be written; what was there before stays as it was.
        """
        with translated(self.path):
            private_directory(self.path)
            # Nobody puts another part into place between the look at the greatest stamp and the name.
            with temporary_file(self.path, self._encode(content)) as temporary, locked(self._naming, wait=True):
                before = max((part.stamp for part, _ in self._listed()), default=0)
                temporary.rename(self._place(content, max(time.time_ns(), before + 1)))
            sync_directory(self.path)

    def tidy(self, merge: Callable[[list[OpenPart]], Content]) -> None:
        """Merge parts when there are many, and remove what killed processes left behind.

        Left to the next time when another process is at it or the disk is full.
        """
        if not self.path.is_dir():
            return
        with translated(self.path):
            remove_leftovers(self.path)
        if len(self._window()) > 1:
            with suppress(StoreFull), self.changing(wait=False) as alone:
                window = self._window() if alone else []
                if len(window) > 1:
                    self._merge(window, merge)

    @contextmanager
    def changing(self, *, wait: bool = True) -> Iterator[bool]:
        """Be the only one that replaces or deletes parts while the block runs; say whether that is so."""
        with translated(self.path):
            private_directory(self.path)
            with locked(self.path / "changing.lock", wait=wait) as alone:
                yield alone

    def replace(self, old: Sequence[Part], content: Content | None) -> None:
        """Put a part into the place of others, which are deleted when it is there; for within `changing`.

        Parameters
        ----------
        old
            Neighbours, oldest first.
        content
            Nothing takes their place when ``None``.
        """
        with translated(self.path):
            if content is not None:
                with temporary_file(self.path, self._encode(content)) as temporary:
                    temporary.rename(self._place(content, old[-1].stamp))
                sync_directory(self.path)
            for part in old:
                (self.path / part.file_name).unlink(missing_ok=True)

    def forget_damaged(self, parts: Sequence[Part]) -> None:
        """Delete parts that were set aside, when nothing follows from their names any more."""
        for part in parts:
            _aside(self.path / part.file_name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete every part, whatever its version, also those set aside."""
        if self.path.is_dir():
            with self.changing():
                for part, damaged in self._listed():
                    path = self.path / part.file_name
                    (_aside(path) if damaged else path).unlink(missing_ok=True)
                remove_leftovers(self.path)

    def _listed(self) -> list[tuple[Part, bool]]:
        with translated(self.path):
            try:
                matches = [NAME.fullmatch(path.name) for path in self.path.iterdir()]
            except FileNotFoundError:
                return []
        return sorted(
            (Part(int(match[1], 16), int(match[3]), int(match[4]), int(match[2]), match[5]), bool(match[6]))
            for match in matches
            if match
        )

    def _place(self, content: Content, stamp: int) -> Path:
        return self.path / self._named(content, stamp).file_name

    def _named(self, content: Content, stamp: int) -> Part:
        return Part(stamp, *content.span, content.rows, secrets.token_hex(4))

    def _open_all(self, stack: ExitStack) -> list[OpenPart]:
        """Open the parts; no listing of a directory that changes meanwhile can be trusted, two equal ones can."""
        parts = self.parts()
        opened = [self._open(part, stack) for part in parts]
        if self.parts() != parts:
            raise _Changed
        return opened

    def _open(self, part: Part, stack: ExitStack) -> OpenPart:
        import pyarrow.parquet as pq

        with _damage_found(part):
            path = self.path / part.file_name
            file = stack.enter_context(pq.ParquetFile(path, page_checksum_verification=True))
            return OpenPart(part, file, self._schema)

    def _set_aside(self, part: Part) -> None:
        path = self.path / part.file_name
        with suppress(FileNotFoundError):
            path.rename(_aside(path))

    def _encode(self, content: Content) -> memoryview:
        import pyarrow as pa
        import pyarrow.parquet as pq

        facts = {**content.facts, "version": str(VERSION), "columns": _mark(self._schema)}
        dictionaries = [column.name for column in self._schema if pa.types.is_dictionary(column.type)]
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(
            sink,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=dictionaries,
            column_encoding=self._encodings or None,
            dictionary_pagesize_limit=1 << 23,
            write_page_checksum=True,
        ) as writer:
            writer.add_key_value_metadata(facts)
            for table in content.tables:
                writer.write_table(table, row_group_size=content.group)
        return memoryview(sink.getvalue())

    def _window(self) -> list[Part]:
        """Return the newest parts that are to be merged: none when there are few.

        A part is among them when those newer than it have together as many rows: so each row is written again only
        as often as the size of its part doubles.
        """
        parts = [part for part in self.parts() if part.rows < LARGEST]
        if len(parts) <= MANY_PARTS:
            return []
        window: list[Part] = []
        rows = 0
        for part in reversed(self.parts()):
            if rows + part.rows > LARGEST or (len(window) >= AT_LEAST and part.rows > rows):
                break
            window.insert(0, part)
            rows += part.rows
        return window

    def _merge(self, window: list[Part], merge: Callable[[list[OpenPart]], Content]) -> None:
        with suppress(FileNotFoundError), ExitStack() as stack:
            try:
                opened = [self._open(part, stack) for part in window]
                # Those of an older version are of no use to anybody; a newer version's are somebody else's.
                old = [part.part for part in opened if part.version < VERSION or part.is_ours]
                ours = [part for part in opened if part.is_ours]
                if len(old) > 1 and ours:
                    self.replace(old, merge(ours))
            except _Damaged as damage:
                self._set_aside(damage.part)


class _Changed(Exception):
    """The directory is another one than a moment ago."""


class _Damaged(Exception):
    """A part cannot be read."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self.part = part


@contextmanager
def _damage_found(part: Part) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        # What the operating system refuses has a number; what Arrow finds in a file has none.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _Damaged(part) from error


def _mark(schema: "pa.Schema") -> str:
    """Return what is the same for equal columns of equal types only."""
    return " ".join(f"{field.name}:{field.type}" for field in schema)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")
