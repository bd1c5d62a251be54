"""Telemetry for OpenCode skills.

    from tachikoma_telemetry import telemetry

    with telemetry.skill_run("code-agent") as run:
        run.iteration(stage="verify", index=1, max=3, passed=True)

Importing this opens no file and loads neither pydantic nor typer.
"""

from . import recording
from . import recording as telemetry
from .recording import *  # noqa: F403 - each name of it is one of ours, and written there

__version__ = "0.1.0"

__all__ = ["telemetry"]
__all__ += recording.__all__
