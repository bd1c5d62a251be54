"""`tachikoma-telemetry report`: `command` joins its options, one module each group.

`filter_options` choose the rows, `output_options` the form and the file, `section_options` are what
only one section takes, and `merge_options` what is merged before.
"""
