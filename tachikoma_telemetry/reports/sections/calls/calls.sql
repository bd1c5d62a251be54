-- calls: one row a tool call, in the order they started; a fork's copies are left out.
--   session_id   its session
--   call_id      as the model gave it: unique neither here nor in its session
--   tool         its name; of an invalid call, the one it asked for
--   skill        the skill it loads, else the one that its events name (prepared/call_skills.sql),
--                else the one in whose window it ran; null without any
--   outcome      succeeded failed timed_out invalid cancelled abandoned running
--   reason       why, in a few words; null when there is nothing to say
--   started      ms since the epoch; null when it never did
--   duration_ms  ms; null when it did not end
--   model        provider/model of its message
--   call_key     unique: the id of its part; by it its events are found (prepared/call_events.sql)
SELECT
    c.session_id,
    c.call_id,
    c.tool,
    coalesce(c.skill, n.skill, c.active_skill) AS skill,
    coalesce(o.outcome, c.outcome) AS outcome,
    c.reason,
    c.started,
    c.duration_ms,
    c.model,
    c.call_key
FROM calls c
LEFT JOIN call_outcomes o ON o.call_key = c.call_key
LEFT JOIN call_skills n ON n.call_key = c.call_key
WHERE c.counted = 1
ORDER BY c.started NULLS LAST, c.call_key
