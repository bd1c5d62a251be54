-- calls: one row a tool call, in the order they started; a call that another one made has no start,
-- and comes after that one. A fork's copies are left out, and loads by the user, which are no calls.
WITH placed AS (
    SELECT
        c.session_id AS session_id, c.call_id AS call_id, c.tool AS tool, coalesce(c.skill, n.skill, c.active_skill) AS skill,
        coalesce(o.outcome, c.outcome) AS outcome, c.reason AS reason, c.started AS started, c.duration_ms AS duration_ms, c.model AS model,
        c.call_key AS call_key, c.parent_call AS parent_call, c.script_skill AS script_skill, c.script AS script,
        coalesce(c.started, p.started) AS began, coalesce(c.parent_call, c.call_key) AS place
    FROM calls c
    LEFT JOIN call_outcomes o ON o.call_key = c.call_key
    LEFT JOIN call_skills n ON n.call_key = c.call_key
    LEFT JOIN calls p ON p.call_key = c.parent_call
    WHERE c.counted = 1 AND (c.tool IS NOT NULL OR c.skill IS NULL)
)
SELECT
    session_id,
    call_id,
    tool,
    skill,
    outcome,
    reason,
    started,
    duration_ms,
    model,
    call_key,
    parent_call,
    script_skill,
    script
FROM placed
ORDER BY began NULLS LAST, place, call_key
