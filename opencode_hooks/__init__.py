"""What `tachikoma-telemetry init` puts into OpenCode: a plugin and the ``/telemetry`` command."""

from opencode_hooks.installer import (
    Change,
    Installed,
    config_dir,
    install,
    remove,
    status,
)
from tachikoma_telemetry.errors import ForeignFileError

__all__ = [
    "Change",
    "ForeignFileError",
    "Installed",
    "config_dir",
    "install",
    "remove",
    "status",
]
