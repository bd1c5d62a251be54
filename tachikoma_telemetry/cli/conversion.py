"""The conversion of options' values to their types, without pydantic where a word is enough.

Later versions of typer convert every value by pydantic, also one that is not given. To import it
takes half as long as a whole short command.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperGroup


class SparingGroup(TyperGroup):
    """A group of commands whose own options are converted sparingly."""

    # A context is click's class in some versions of typer, and typer's own in others.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse them."""
        spare_conversion(self.get_params(ctx))
        return super().parse_args(ctx, args)


def spare_conversion(parameters: Iterable[Any]) -> None:
    """Let these parameters take what is not given, words and plain paths as they are.

    Nothing changes for others, in a version of typer that converts by itself, and the second time.
    """
    for each in parameters:
        described = getattr(each, "type_descriptor", None)
        done = isinstance(each.process_value, partial)
        if described is not None and not done and not _is_special(each, described.parameter_info):
            kind, many = described.annotation, each.multiple or each.nargs == -1
            kind = get_args(kind)[0] if many else kind
            each.process_value = partial(_processed, each, each.process_value, kind=kind, many=many)


def _is_special(parameter: Any, info: Any) -> bool:
    """Whether more than its type decides which values a parameter takes."""
    of_path = info.exists or info.writable or info.resolve_path
    of_path = of_path or not info.file_okay or not info.dir_okay
    return bool(parameter.required or info.parser or of_path)


def _processed(
    parameter: Any,
    process: Callable[[Any, Any], Any],
    context: Any,
    given: Any,
    *,
    kind: Any,
    many: bool,
) -> Any:
    words = () if given is None else given if many else (given,)
    if words and not (kind is str or (kind is Path and all(map(_is_usable, words)))):
        return process(context, given)
    made = tuple(kind(word) for word in words)
    value = made if many else next(iter(made), None)
    return parameter.callback(context, parameter, value) if parameter.callback else value


def _is_usable(path: str) -> bool:
    """Whether it can be read, or is not there: typer refuses others."""
    return os.access(path, os.R_OK) or not os.path.exists(path)
