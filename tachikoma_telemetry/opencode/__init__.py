"""How OpenCode stores things, and nobody else needs to know.

locate    where its databases are
database  opening one read-only, and telling what is in it
shapes    the few shapes that every storage version is read into
outcome   what a call's status, exit code and error amount to
v1        the storage of OpenCode 1.2 to 1.18: session, message, part
"""
