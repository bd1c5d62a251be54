"""The merge: joins the journal's events to OpenCode's calls, in the unified store.

facts    what OpenCode's databases and the journals hold, the call and run of each event, the copies
         of forks: the first layer of schema.sql
metrics  what follows from the facts, the second layer
changes  what a merge changed, and so has to be matched and derived again

merge    all of it, in one transaction: `sources` reads, `derivation` matches and derives

`facts` and `metrics` do not import each other; only `derivation` imports both.
"""
