"""What an interpreter sees: `tachikoma-telemetry doctor` runs this file as OpenCode would.

Its folder is first on the path then, not the project's, whose modules must not run here. Any Python
can read this file. It prints JSON.
"""

import json
import sys

seen = {"python": ".".join(str(number) for number in sys.version_info[:3])}
try:
    import tachikoma_telemetry

    seen["file"] = tachikoma_telemetry.__file__
    # Where it does nothing, it has no version.
    seen["version"] = getattr(tachikoma_telemetry, "__version__", None)
except Exception as error:
    seen["error"] = type(error).__name__ + ": " + str(error)
print(json.dumps(seen))
