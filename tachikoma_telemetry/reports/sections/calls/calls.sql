-- calls: one row a tool call, in the order they started; a fork's copies are left out.
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
