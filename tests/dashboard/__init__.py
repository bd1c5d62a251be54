"""The dashboard, driven by Textual's pilot on real stores."""
