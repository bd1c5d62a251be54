"""`tachikoma-telemetry log`: recording from a shell, or from any language.

A skill may call it for each event, so it has to start fast: it uses argparse. The other commands
use typer, which takes twice as long to import as all of this.
"""
