"""`tachikoma-telemetry doctor`: `command` prints what each check of the other modules found."""
