"""What `init` installs for Python: see opencode_hooks.python_library."""
