-- The loads that had a window, each once.
SELECT
    call_key, session_id, skill, skill_version, trigger, agent, started, ended, window_ms,
    tokens_input, tokens_output, tokens_cache_read, cost, tool_calls, failed_tool_calls
FROM skill_metrics
WHERE kind = 'load' AND outcome = 'succeeded' AND counted = 1 AND window_ms IS NOT NULL
      AND session_id IS NOT NULL AND call_key IS NOT NULL
