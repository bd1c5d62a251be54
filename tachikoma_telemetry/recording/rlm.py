"""A recursive language model run over chunks, in waves of parallel workers."""

from __future__ import annotations

from collections.abc import Callable

from .chunk import Chunk
from .misspelling import forgiving


class RlmRun:
    """Chunks that know their wave, for workers that have no context of their own.

        rlm = run.rlm(total=len(chunks), size=50_000, workers=5)

        def work(index):
            with rlm.chunk(index) as chunk:
                chunk.tokens = ask(chunks[index])

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(work, range(len(chunks))))

    With more than one worker the mode is ``parallel`` and chunk 0 to workers - 1 are wave 1;
    otherwise it is ``sequential``, without waves.
    """

    def __init__(
        self, rlm_chunk: Callable[..., Chunk], size: int | None, workers: int, **shared: object
    ) -> None:
        self._rlm_chunk = rlm_chunk
        self._size = size
        self._workers = workers
        self._shared = shared

    @forgiving
    def chunk(
        self,
        index: int,
        /,
        size: int | None = None,
        *,
        wave: int | None = None,
        **attributes: object,
    ) -> Chunk:
        """Time chunk `index`; use it as ``with`` or ``async with``.

        Args:
            index: which chunk, from 0.
            size: of this one; None is that of all.
            wave: from 1; None follows from `index` and the number of workers.
            **attributes: small scalars.

        """
        parallel = isinstance(self._workers, int) and self._workers > 1
        if parallel and wave is None and isinstance(index, int):
            wave = 1 + index // self._workers
        return self._rlm_chunk(
            index,
            size=self._size if size is None else size,
            mode="parallel" if parallel else "sequential",
            wave=wave,
            **self._shared,
            **attributes,
        )
