"""Rows are plain tuples; their values are in the order of the fields of their shape."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable

import pytest

from tachikoma_telemetry.opencode.message import read_message
from tachikoma_telemetry.opencode.part import make_call
from tachikoma_telemetry.opencode.shapes import Call, Message


@pytest.mark.parametrize(("shape", "made_by"), [(Message, read_message), (Call, make_call)])
def test_values_are_named_as_the_fields(
    shape: type[Message | Call], made_by: Callable[..., object]
) -> None:
    """The variables of the row that the function returns have the names of the fields, in order."""
    rows = [
        tuple(ast.unparse(value) for value in node.value.elts)
        for node in ast.walk(ast.parse(inspect.getsource(made_by)))
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple)
    ]
    assert [shape._fields] == rows
