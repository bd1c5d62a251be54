"""How OpenCode stores things, and nobody else needs to know.

locate        where its databases are
database      opening one read-only, and telling what is in it
storage       which storage versions a place holds; a new one is added there
shapes        the few shapes that every storage version is read into
json_storage  before 1.2: a folder of JSON files
v1            1.2 to 1.18: session, message, part
v2            2.x: session_v2, session_message
outcome       what a call's status, exit code and error amount to
"""
