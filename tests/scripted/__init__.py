"""A real OpenCode, driven by a scripted model on loopback.

``versions`` brings the pinned binaries, ``model_server`` plays the model, ``sandbox`` is the world
one OpenCode lives in. ``scenario`` says what happens there, turn by turn (``turn``), ``play`` lets
it happen, and ``history`` is what is left: live (``fixtures``) or recorded (``record`` makes and
``recordings`` unpacks). ``serving`` and ``plugin_driver`` are for tests of the plugin alone.
"""
