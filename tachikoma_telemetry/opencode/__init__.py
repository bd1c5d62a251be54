"""How OpenCode stores its history; no other room knows it.

locate        where its databases are
source        one of them opened: which storage versions it holds
storage       the adapters of the storage versions; a new one is added there
watermark     how far a storage was read
shapes        what every storage version is read into
json_storage  before 1.2: a folder of JSON files
v1            1.2 to 1.18: session, message, part
v2            2.x: session_v2, session_message; v2_row reads its rows, v2_session says which are
              copies and where they ran, v2_message and v2_call what is in them, v2_outcome and
              v2_background how calls ended
readers       reading a large database with several processes
worker        what such a process runs
script_command  which file of which skill a shell command runs, split by shell_words and read by
              interpreters; skill_folders knows where skills are that loads found
unknown       rows, parts and states that no adapter knows, counted
outcome       what a call's status, exit code and error amount to
"""
