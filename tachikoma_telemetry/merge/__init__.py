"""The merge: joins the journal's events to OpenCode's calls, into the unified store.

store     the unified store: open, migrate, what lies in it
load      rows of OpenCode's databases and events of the journals into the fact tables
match     which call an event belongs to
copies    which rows of a fork count
windows   which messages and calls a loaded skill was active for
derive    the metric tables, from the facts
merge     all of it, in one transaction
"""
