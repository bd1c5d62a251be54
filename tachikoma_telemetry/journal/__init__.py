"""The journal: every event of a project, in one file that is a JSON document at rest.

``format`` says what the file looks like; ``append`` writes it, ``spill`` keeps what could not be
written in time, ``read`` streams it, ``repair`` mends it, ``prune`` thins it out. They know nothing
of what an event means, only that it is one line.
"""
