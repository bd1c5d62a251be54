"""The journal: every event of a project, in one file that is a JSON document at rest.

``format`` says what the file looks like; ``append`` writes it, ``spill`` keeps what could not be
written in time and ``absorb`` moves it in, ``read`` streams the journal, ``repair`` restores it,
``prune`` thins it out. They know nothing of what an event means, only that it is one line.
"""
