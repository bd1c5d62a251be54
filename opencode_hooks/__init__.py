"""What `tachikoma-telemetry init` puts into OpenCode: a plugin and the ``/telemetry`` command."""

from opencode_hooks.installer import (
    Change,
    ForeignFileError,
    Installed,
    config_dir,
    install,
    remove,
    status,
)

__all__ = [
    "Change",
    "ForeignFileError",
    "Installed",
    "config_dir",
    "install",
    "remove",
    "status",
]
