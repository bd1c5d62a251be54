-- Made after the rows of a first merge are in: sorting once costs a third of inserting in order.

CREATE INDEX IF NOT EXISTS sessions_parent ON sessions (parent_id);

CREATE INDEX IF NOT EXISTS messages_session ON messages (session_id, created);
CREATE INDEX IF NOT EXISTS messages_created ON messages (created);
-- For percentiles, as calls_durations below: no other statement asks for just this.
CREATE INDEX IF NOT EXISTS messages_durations ON messages (model, completed - created)
    WHERE counted = 1 AND role IN ('assistant', 'compaction') AND completed >= created;

CREATE INDEX IF NOT EXISTS calls_call ON calls (session_id, call_id);
CREATE INDEX IF NOT EXISTS calls_started ON calls (started);
-- The number first: numbers are compared faster than texts.
CREATE INDEX IF NOT EXISTS calls_durations ON calls (duration_ms, tool)
    WHERE counted = 1 AND outcome IN ('succeeded', 'failed', 'timed_out', 'invalid')
      AND duration_ms IS NOT NULL;

CREATE INDEX IF NOT EXISTS skill_metrics_session ON skill_metrics (session_id);
CREATE INDEX IF NOT EXISTS iteration_metrics_run ON iteration_metrics (run_id);
CREATE INDEX IF NOT EXISTS edit_metrics_edit ON edit_metrics (edit);
CREATE INDEX IF NOT EXISTS edit_metrics_scope ON edit_metrics (scope);
CREATE INDEX IF NOT EXISTS iteration_metrics_call ON iteration_metrics (session_id)
    WHERE source = 'call';
CREATE INDEX IF NOT EXISTS rlm_metrics_run ON rlm_metrics (run_id);
