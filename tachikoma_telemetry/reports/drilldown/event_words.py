"""What an event says, in a few words, from its fields."""

from __future__ import annotations

from typing import Any

from ...visible import visible
from .. import figures
from ..sections.timeline.details import fields_of


def event_words(body: str | None) -> tuple[str, bool | None]:
    """What it says, and whether that is good; None when it says neither.

    Of a damaged `body`, its fields as JSON, nothing is known.
    """
    fields = fields_of(body)
    good = _good(fields)
    words = [_text(fields, name) for name in ("stage", "intent", "format", "mode", "outcome")]
    words.append(_number(fields))
    if good is not None and "outcome" not in fields:
        words.append("✓" if good else "✗")
    if (actual := _text(fields, "actual")) and actual != _text(fields, "intent"):
        words.append(f"was {actual}")
    if isinstance(wave := fields.get("wave"), int):
        words.append(f"wave {wave}")
    criteria = fields.get("failed_criteria")
    if isinstance(criteria, list):
        words.append(", ".join(visible(str(each)) for each in criteria))
    if isinstance(size := fields.get("size"), int | float):
        words.append(f"{figures.amount(size)} {_text(fields, 'unit')}".rstrip())
    if isinstance(confidence := fields.get("confidence"), int | float):
        words.append(figures.share(confidence))
    words.append(_text(fields, "error_type") or _text(fields, "reason"))
    if isinstance(took := fields.get("duration_ms"), int | float):
        words.append(figures.duration(took))
    return " ".join(each for each in words if each), good


def _good(fields: dict[str, Any]) -> bool | None:
    for name in ("passed", "success", "correct"):
        if isinstance(fields.get(name), bool):
            return bool(fields[name])
    if "verdict" in fields:
        return bool(fields["verdict"] == "pass")
    if "outcome" in fields:
        return bool(fields["outcome"] == "succeeded")
    return None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return visible(value) if isinstance(value, str) else ""


def _number(fields: dict[str, Any]) -> str:
    """Which one, and of how many: ``2/3``. Chunks are numbered from 0, all else from 1."""
    number, of = fields.get("index", fields.get("attempt")), fields.get("max", fields.get("total"))
    if not isinstance(number, int):
        return ""
    number += "total" in fields or "size" in fields
    return f"{number:,}/{of:,}" if isinstance(of, int) else f"{number:,}"
