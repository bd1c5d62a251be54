-- The runs that skills recorded. A shell call that ran a skill's file is a call, and has a span.
SELECT
    run_id, parent_run_id, session_id, call_key, skill, model, agent, started, ended, last_seen,
    left_open, outcome, error_type, run_ms, run_tokens_input, run_tokens_output, iterations, retries
FROM skill_metrics
WHERE kind = 'run' AND source = 'event' AND run_id IS NOT NULL
