-- legacy: the predecessor's totals, one row a skill, a model with a format, all recursive runs, or an
-- intent. They have no sessions and no times: no filter but --skill and --model applies, and they are
-- never added to what was measured since.
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
