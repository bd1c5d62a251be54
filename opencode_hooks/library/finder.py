# tachikoma-telemetry library @VERSION@
# Installed by `tachikoma-telemetry init`, which replaces it: changes made here are lost.
"""`import tachikoma_telemetry` for the commands that OpenCode runs.

OpenCode's plugin puts the folder around this package at the end of PYTHONPATH. That is still before
site-packages, so this module makes way: if another copy is installed, it becomes that one.
Otherwise it becomes the copy in the folder beside it, of the modules that recording needs. An
interpreter that is too old for it gets functions that do nothing.

Any Python can read this file.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_ROOMS = os.path.join(_HERE, "@ROOMS@")
_OLDEST = (3, 10)


def _is_library(folder):
    """Whether this is the folder of a library of ours: a project and OpenCode may have one each."""
    return os.path.isfile(os.path.join(folder, __name__, "too_old.py"))


def _installed():
    """How to load another copy; None when there is none."""
    folders = [folder for folder in sys.path if not _is_library(folder or os.curdir)]
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(__name__, folders)
        except Exception:  # what another program put there; the import goes on without it
            continue
        # A folder without __init__.py has no loader that could load anything.
        if spec is None or not spec.origin or not os.path.isfile(spec.origin):
            continue
        if not _is_library(os.path.dirname(os.path.dirname(spec.origin))):
            return spec
    return None


def _become(spec):
    """Make this module the one that `spec` loads."""
    module = sys.modules[__name__]
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__file__ = spec.origin
    module.__path__ = list(spec.submodule_search_locations or [])
    module.__package__ = spec.parent
    spec.loader.exec_module(module)


def _find():
    from importlib.util import spec_from_file_location

    spec = _installed()
    if spec is None and sys.version_info >= _OLDEST and os.path.isdir(_ROOMS):
        start = os.path.join(_ROOMS, "__init__.py")
        spec = spec_from_file_location(__name__, start, submodule_search_locations=[_ROOMS])
    return spec


if sys.version_info < (3, 6):
    raise ImportError("tachikoma_telemetry needs a newer Python")
_spec = _find()
if _spec is not None:
    _become(_spec)
else:
    from .too_old import *  # noqa: F403
    from .too_old import telemetry  # noqa: F401
