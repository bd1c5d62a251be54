"""An attack on the promises: no event is lost, nothing stops a merge, and the numbers are right.

    writers     processes that record are killed; what they were told is written is there, once
    merges      merges are killed, or run beside each other; the store is the old one or the new
    faults      system calls fail, disks are full; an acknowledged event is there
    rows        recorded databases with broken rows; what is not broken is as it was
    databases   databases of OpenCode and ours with other bytes in them
    values      random events and random files, and every report in every form
    histories   random histories against `tests.reference`, merged whole and in pieces

Each has ``attack(seed, folder, size)``, which returns what it did, counted, and fails with an
AssertionError; `ENOUGH` says how much of it makes a whole attack. ``python -m tests.attack`` runs
them; a few small ones are ordinary tests (`test_attack`).
"""
