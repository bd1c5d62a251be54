-- legacy: the predecessor's totals, one row a skill, a model with a format, all recursive runs, or an
-- intent. They have no sessions and no times: no filter but --skill and --model applies, and they are
-- never added to what was measured since.
--   kind             skill, edit, rlm or intent
--   name             of the skill, the model or the intent; null for rlm
--   format           of edits; else null
--   uses             invocations, edits, runs or classifications; null when the file did not say
--   attempts         of edits; of rlm its chunks; else null
--   succeeded        invocations or attempts that succeeded, intents known to be right
--   escalated        of intents: how often the user was asked
--   iterations       of skills
--   tokens           a sum; null when the file did not say
--   duration_ms      a sum, ms
--   confidence_mean  of intents, 0-1
--   first            when the file was begun, as it says
--   last             when it was written last, as it says
SELECT
    kind,
    nullif(name, '') AS name,
    nullif(format, '') AS format,
    uses,
    attempts,
    succeeded,
    escalated,
    iterations,
    tokens,
    duration_ms,
    confidence AS confidence_mean,
    first,
    last
FROM legacy_metrics
ORDER BY kind, name NULLS LAST, format NULLS LAST, source
