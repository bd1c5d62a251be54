-- The calls that count, each once.
--   step         1 when its message is a step that counts, and so a span
--   stepped      when its message began
--   overtaken    1 when it still runs, and a later message of the model shows that it never ends
SELECT
    c.call_key, c.session_id, c.message_id, c.call_id, c.tool, c.outcome, c.started, c.ended,
    c.duration_ms, c.exit_code, c.model, c.agent, c.updated, c.skill, c.trigger, c.skill_version,
    c.context_chars, c.script_skill, c.script, c.parent_call, c.read_skill, c.active_skill,
    m.role = 'assistant' AND m.counted = 1 AS step,
    m.created AS stepped,
    c.outcome = 'running' AND EXISTS (
        SELECT 1 FROM messages l
        WHERE l.session_id = c.session_id AND l.role = 'assistant'
              AND l.created > coalesce(c.started, m.created)
    ) AS overtaken
FROM calls c
LEFT JOIN messages m ON m.message_id = c.message_id
WHERE c.counted = 1
