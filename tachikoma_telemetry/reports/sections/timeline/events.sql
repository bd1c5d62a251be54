-- events: one row an event, by time; where several have one, a run's start comes first and its end
-- last.
--   event_id    its id
--   type        its type
--   time        when, ms since the epoch
--   skill       the skill that it names; NULL when it names none
--   session_id  the session of its call, else the one that it names
--   call_key    the call that it joined; NULL without
--   body        the fields of its type, JSON
SELECT event_id, type, time, skill, coalesce(session, session_id) AS session_id, call_key, body
FROM events
ORDER BY time, CASE type WHEN 'skill_run_started' THEN -1 WHEN 'skill_run_finished' THEN 1 ELSE 0 END, body, event_id
