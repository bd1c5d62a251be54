-- patterns: one row a sequence of two or three calls in a session, with what it is held against:
-- calls of the same tool after anything else, of three calls after the same `before` and anything
-- else before that. Python keeps those that fail beyond chance (sequences.py).
--   others         ended calls that it is held against
--   others_failed  of these, those that failed
WITH ended AS (
    SELECT
        c.session_id, n.name AS tool, c.started, c.call_key,
        CASE WHEN c.outcome IN ('failed', 'timed_out', 'invalid') THEN 1
             WHEN c.outcome = 'succeeded' THEN 0 END AS failure
    FROM calls c
    JOIN tool_names n ON n.tool = c.tool
    WHERE c.counted = 1 AND c.started IS NOT NULL
),
named AS (
    SELECT
        session_id, tool, started, call_key, failure,
        CASE WHEN failure = 1 THEN tool || '!' ELSE tool END AS label
    FROM ended
),
sequences AS (
    SELECT
        session_id, tool, failure,
        lag(label, 1, '(start)') OVER (PARTITION BY session_id ORDER BY started, call_key)
            AS before,
        lag(label, 2, '(start)') OVER (PARTITION BY session_id ORDER BY started, call_key)
            AS before_last
    FROM named
),
threes AS (
    SELECT
        before_last, before, tool,
        count(failure) AS n,
        sum(failure) AS s,
        count(DISTINCT CASE WHEN failure = 1 THEN session_id END) AS sessions
    FROM sequences
    WHERE before <> '(start)'
    GROUP BY before_last, before, tool
),
twos AS (
    SELECT
        before, tool,
        count(failure) AS n,
        sum(failure) AS s,
        count(DISTINCT CASE WHEN failure = 1 THEN session_id END) AS sessions
    FROM sequences
    GROUP BY before, tool
),
ones AS (
    SELECT tool, sum(n) AS n, sum(s) AS s, sum(s) * 1e0 / nullif(sum(n), 0) AS rate
    FROM twos
    GROUP BY tool
),
counts AS (
    SELECT NULL AS before_last, p.before, p.tool, p.n, p.s, p.sessions, o.rate AS usual_rate,
        o.n - p.n AS others, o.s - coalesce(p.s, 0) AS others_failed
    FROM twos p
    JOIN ones o ON o.tool = p.tool
    WHERE p.n >= 3
    UNION ALL
    SELECT t.before_last, t.before, t.tool, t.n, t.s, t.sessions, p.s * 1e0 / p.n,
        p.n - t.n, p.s - t.s
    FROM threes t
    JOIN twos p ON p.before = t.before AND p.tool = t.tool
    WHERE t.n >= 3
)
SELECT
    before_last,
    before,
    tool,
    n AS calls,
    s AS failed,
    s * 1e0 / n AS failure_rate,
    usual_rate,
    sessions,
    others,
    others_failed
FROM counts
ORDER BY s DESC, tool NULLS LAST, before NULLS LAST, before_last NULLS LAST
