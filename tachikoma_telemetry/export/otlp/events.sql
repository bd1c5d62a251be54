-- The recorded events and what their spans hang on. A label is about another event, and is where
-- that one is.
--   about, about_body        of a label: the type and the fields of the event that it is about
--   carrier, call_session    the call that it belongs to, and that call's session
--   run_*                    the run that it belongs to
SELECT
    e.event_id, e.type, e.time, e.skill, e.model, e.agent, e.match, e.body, e.label_of,
    t.type AS about, t.body AS about_body,
    c.call_key AS carrier, c.session_id AS call_session,
    CASE WHEN e.label_of IS NULL THEN e.session_id ELSE t.session_id END AS session_id,
    CASE WHEN e.label_of IS NULL THEN e.run ELSE t.run END AS run,
    r.metric_id AS run_row, r.session_id AS run_session
FROM events e
LEFT JOIN events t ON t.event_id = e.label_of
LEFT JOIN calls c
    ON c.call_key = CASE WHEN e.label_of IS NULL THEN e.call_key ELSE t.call_key END
       AND c.counted = 1
LEFT JOIN skill_metrics r
    ON r.metric_id = 'run:' || CASE WHEN e.label_of IS NULL THEN e.run ELSE t.run END
       AND r.source = 'event'
