-- patterns: one row a sequence of two or three calls and a session in which it ended, with what it is
-- held against: the calls of the same tool in that session, of three calls those after the same
-- `before`. The usual rate is that of all sessions. Python adds the sessions up and keeps the
-- sequences that fail beyond chance (sequences.py).
--   all_calls     calls that it is among, in that session
--   all_failed    of these, those that failed
--   usual_calls   calls that it is among, in all sessions
--   usual_failed  of these, those that failed
--   spread        how far the failures of whole sessions are from the usual, squared and summed
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
    SELECT session_id, before_last, before, tool, count(failure) AS n, sum(failure) AS s
    FROM sequences
    WHERE before <> '(start)' AND failure IS NOT NULL
    GROUP BY session_id, before_last, before, tool
),
twos AS (
    SELECT session_id, before, tool, count(failure) AS n, sum(failure) AS s
    FROM sequences
    WHERE failure IS NOT NULL
    GROUP BY session_id, before, tool
),
ones AS (
    SELECT session_id, tool, sum(n) AS n, sum(s) AS s
    FROM twos
    GROUP BY session_id, tool
),
pools AS (
    SELECT NULL AS before, tool, n, s FROM ones
    UNION ALL
    SELECT before, tool, n, s FROM twos
),
usual AS (
    SELECT
        before, tool, sum(n) AS n, sum(s) AS s, sum(s) * 1e0 / sum(n) AS rate,
        sum(s * s) - 2e0 * sum(s) / sum(n) * sum(s * n)
            + 1e0 * sum(s) * sum(s) / sum(n) / sum(n) * sum(n * n) AS spread
    FROM pools
    GROUP BY before, tool
),
counts AS (
    SELECT p.session_id, NULL AS before_last, p.before, p.tool, p.n, p.s, o.n AS all_n, o.s AS all_s, NULL AS among
    FROM twos p
    JOIN ones o ON o.session_id = p.session_id AND o.tool = p.tool
    UNION ALL
    SELECT t.session_id, t.before_last, t.before, t.tool, t.n, t.s, p.n, p.s, t.before
    FROM threes t
    JOIN twos p ON p.session_id = t.session_id AND p.before = t.before AND p.tool = t.tool
)
SELECT
    c.before_last,
    c.before,
    c.tool,
    c.n AS calls,
    c.s AS failed,
    c.all_n AS all_calls,
    c.all_s AS all_failed,
    u.n AS usual_calls,
    u.s AS usual_failed,
    u.rate AS usual_rate,
    u.spread
FROM counts c
JOIN usual u ON u.tool = c.tool AND u.before IS NOT DISTINCT FROM c.among
ORDER BY c.tool NULLS LAST, c.before NULLS LAST, c.before_last NULLS FIRST, c.session_id NULLS LAST
