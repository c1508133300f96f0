"""A store that is in memory and gone with it: parts as those on the disk, and nothing of them there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ctl_jupyter.history.store.account import Store
from ctl_jupyter.history.store.lists import ExecutionList
from ctl_jupyter.history.store.parts import Content, OpenPart, Part, PartDirectory

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["StoreInMemory"]


class PartsInMemory(PartDirectory):
    """Parts as those of a directory that is not there; of one process."""

    def __init__(self, path: Path, schema: "pa.Schema", encodings: Mapping[str, str]) -> None:
        super().__init__(path, schema, encodings)
        self._content: dict[Part, memoryview] = {}

    def size(self) -> int:
        """Return the bytes of all parts."""
        return sum(len(content) for content in self._content.values())

    def add(self, content: Content) -> None:
        """Put a new part to the others."""
        stamp = max((part.stamp for part in self._content), default=0) + 1
        self._content[self._named(content, stamp)] = self._encode(content)

    def tidy(self, merge: Callable[[list[OpenPart]], Content]) -> None:
        """Merge parts when there are many."""
        window = self._window()
        if len(window) > 1:
            self._merge(window, merge)

    @contextmanager
    def changing(self, *, wait: bool = True) -> Iterator[bool]:
        """Let the block run: nobody else is there, whoever waits or not."""
        del wait
        yield True

    def replace(self, old: Sequence[Part], content: Content | None) -> None:
        """Put a part into the place of others."""
        added = {} if content is None else {self._named(content, old[-1].stamp): self._encode(content)}
        self._content = {part: its for part, its in self._content.items() if part not in old} | added

    def clear(self) -> None:
        """Drop every part."""
        self._content = {}

    def _listed(self) -> list[tuple[Part, bool]]:
        return [(part, False) for part in sorted(self._content)]

    def _open(self, part: Part, stack: ExitStack) -> OpenPart:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = stack.enter_context(pq.ParquetFile(pa.BufferReader(self._content[part])))
        return OpenPart(part, file, self._schema)


class StoreInMemory(Store):
    """What `Store` does, without a file: a full disk is no matter, and nothing is left of it when it is gone."""

    parts: ClassVar[type[PartDirectory]] = PartsInMemory

    def __init__(self) -> None:
        super().__init__(Path("memory"))

    def __repr__(self) -> str:
        return "<Store in memory>"

    def _all_lists(self) -> list[ExecutionList]:
        return list(self._lists.values())
