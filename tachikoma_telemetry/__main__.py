"""``python -m tachikoma_telemetry``: the command, where the console script is not on the PATH."""

from .cli import main

if __name__ == "__main__":
    main()
