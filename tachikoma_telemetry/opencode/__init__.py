"""How OpenCode stores its history; no other room knows it.

locate        where its databases are
source        one of them opened: which storage versions it holds
storage       the adapters of the storage versions; a new one is added there
watermark     how far a storage was read
shapes        what every storage version is read into
json_storage  before 1.2: a folder of JSON files
v1            1.2 to 1.18: session, message, part
v2            2.x: session_v2, session_message
readers       reading a large database of 1.x with several processes
worker        what such a process runs
outcome       what a call's status, exit code and error amount to
"""
