-- unused: one row an installed skill (the table `installed`) that was never used, was not used for
-- 30 days (2592000000 ms), or is used but records nothing.
WITH judged AS (
    SELECT
        i.skill AS skill, i.path, i.description_chars,
        coalesce(u.loads, 0) AS loads,
        coalesce(u.reads, 0) AS reads,
        coalesce(u.runs, 0) AS runs,
        CASE WHEN u.instrumented > 0 THEN 1 ELSE 0 END AS instrumented,
        u.last_used,
        CASE WHEN coalesce(u.loads + u.reads + u.runs + u.instrumented, 0) = 0 THEN 'never used'
             WHEN u.last_used < p.now - 2592000000 THEN 'long unused'
             -- What runs files of its own has a rate without a line of code.
             WHEN u.instrumented = 0 AND u.runs = 0 THEN 'not instrumented'
        END AS state
    FROM installed i
    CROSS JOIN parameters p
    LEFT JOIN skill_uses u ON u.skill = i.skill
)
SELECT
    skill, path, loads, reads, instrumented, last_used,
    CAST((description_chars + 3 - (description_chars + 3) % 4) / 4e0 AS BIGINT)
        AS description_tokens,
    runs, state
FROM judged
WHERE state IS NOT NULL
ORDER BY
    CASE state WHEN 'never used' THEN 0 WHEN 'long unused' THEN 1 ELSE 2 END, skill NULLS LAST, path
