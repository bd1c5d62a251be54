"""Which OpenCode call this process runs in, as OpenCode's plugin puts it into the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..vocabulary import ids


class Identity(NamedTuple):
    """What is known of the OpenCode call that this process runs in; None is unknown."""

    session_id: str | None = None
    call_id: str | None = None
    skill: str | None = None
    skill_call_id: str | None = None
    model: str | None = None
    agent: str | None = None
    run_id: str | None = None
    opencode: bool = False


def identity() -> Identity:
    """The identity in the environment, as the OpenCode plugin sets it for each shell call.

    OpenCode 2 names the session itself, from one of its first releases on: that counts where the
    plugin named none.
    """
    get = os.environ.get
    # OpenCode sets OPENCODE=1 for every command it runs, in every version measured.
    opencode = get("OPENCODE") == "1"
    return Identity(
        get("TACHIKOMA_SESSION_ID") or (get("OPENCODE_SESSION_ID") if opencode else None) or None,
        (get("TACHIKOMA_CALL_ID") or "").strip() or None,
        get("TACHIKOMA_SKILL") or None,
        (get("TACHIKOMA_SKILL_CALL_ID") or "").strip() or None,
        get("TACHIKOMA_MODEL") or None,
        get("TACHIKOMA_AGENT") or None,
        get("TACHIKOMA_RUN_ID") or None,
        opencode,
    )


def activation_run_id(known: Identity, skill: object) -> str | None:
    """The run of `skill` in the activation that this process works for; None outside of OpenCode.

    An activation is a session and the call that loaded the skill there; without such a call, the
    session. The id follows from them, so nothing has to be carried from one command to the next.
    """
    session = (known.session_id or "").strip()
    if not session or not isinstance(skill, str) or not skill.strip():
        return None
    # OpenSSL, 4 ms: only code that records inside of OpenCode pays for it.
    from hashlib import sha256

    call = (known.skill_call_id or "").strip()
    named = f"{session}\0{call}\0{skill.strip()}"
    return ids.of_activation(sha256(named.encode("utf-8", "surrogatepass")).hexdigest())


def replaced(known: Identity, named: Mapping[str, object]) -> Identity:
    """`known` with the values of `named` instead, except those that are None.

    Raises:
        ValueError: for a name that an identity does not have.
    """
    values: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    return known._replace(**values) if values else known
