"""JSON by orjson; by the standard library where commands of OpenCode have no orjson."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps", "loads"]

try:
    from orjson import dumps, loads
except ImportError:

    def loads(text: bytes | bytearray | memoryview | str, /) -> Any:
        """What `text` holds; as strict as orjson.

        Raises:
            ValueError: it is no JSON.
        """
        try:
            if not isinstance(text, str):
                text = bytes(text).decode()
            return json.loads(text, parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error

    # orjson's has more parameters, which nothing here uses.
    def dumps(value: Any, /) -> bytes:  # type: ignore[misc]
        """`value` as JSON, without blanks."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()

    def _refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")
