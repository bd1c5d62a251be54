-- Made when the events of a first merge are in and matched, for the same reason.

CREATE INDEX IF NOT EXISTS events_call ON events (session_id, call_id);
CREATE INDEX IF NOT EXISTS events_session ON events (session);
CREATE INDEX IF NOT EXISTS events_run ON events (run);
CREATE INDEX IF NOT EXISTS events_key ON events (call_key) WHERE call_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_open ON events (match) WHERE match <> 'exact';
CREATE INDEX IF NOT EXISTS events_label ON events (label_of) WHERE label_of IS NOT NULL;
-- Those that name a call without its session, and those that name none: by what may match them.
CREATE INDEX IF NOT EXISTS events_named ON events (call_id)
    WHERE session_id IS NULL AND call_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_loose ON events (time)
    WHERE call_id IS NULL AND (opencode = 1 OR session_id IS NOT NULL);
-- The expression is that of a scope, see edits.py.
CREATE INDEX IF NOT EXISTS events_edits
    ON events (coalesce(session, session_id, 'run:' || run, 'project:' || coalesce(project, '')))
    WHERE type = 'edit_format';
