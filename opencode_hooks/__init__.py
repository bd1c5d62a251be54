"""What `tachikoma-telemetry init` puts into OpenCode: a plugin and the ``/telemetry`` command."""

from opencode_hooks.installer import (
    Change,
    InstalledFile,
    config_dir,
    install,
    remove,
    status,
)
from opencode_hooks.sign_of_life import SignOfLife, signs_of_life
from tachikoma_telemetry.errors import ForeignFileError

__all__ = [
    "Change",
    "ForeignFileError",
    "InstalledFile",
    "SignOfLife",
    "config_dir",
    "install",
    "remove",
    "signs_of_life",
    "status",
]
