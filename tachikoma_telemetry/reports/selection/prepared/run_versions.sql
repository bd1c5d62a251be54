-- run_versions: the version of its skill that a run was of, over the whole store: a filter must not
-- hide the load that says it.
--   run_id         the run
--   skill_version  of the last load of its skill before it began: in its session; else in the one that
--                  its session was begun by, and so on, three up; else in its project. A run without a
--                  session is of the project whose journal held it. Null when none was
--   span           of that load (prepared/version_spans.sql)
WITH runs AS (
    SELECT run_id, skill, session_id, started
    FROM skill_metrics
    WHERE kind = 'run' AND skill IS NOT NULL AND started IS NOT NULL
),
rooted AS (
    SELECT r.run_id, r.skill, r.started, max(e.project) AS root
    FROM runs r
    LEFT JOIN events e ON e.run = r.run_id
    WHERE r.session_id IS NULL
    GROUP BY r.run_id, r.skill, r.started
),
roots AS (
    SELECT DISTINCT root FROM rooted WHERE root IS NOT NULL
),
below AS (
    SELECT r.root, s.session_id
    FROM roots r
    JOIN sessions s
        ON s.directory = r.root
        OR substr(s.directory, 1, length(r.root) + 1) = r.root || '/'
),
asked AS (
    SELECT run_id, skill, started, 1 AS place, 's:' || session_id AS name
    FROM runs WHERE session_id IS NOT NULL
    UNION ALL
    SELECT r.run_id, r.skill, r.started, 2, 's:' || s.parent_id
    FROM runs r
    JOIN sessions s ON s.session_id = r.session_id
    WHERE s.parent_id IS NOT NULL
    UNION ALL
    SELECT r.run_id, r.skill, r.started, 3, 's:' || t.parent_id
    FROM runs r
    JOIN sessions s ON s.session_id = r.session_id
    JOIN sessions t ON t.session_id = s.parent_id
    WHERE t.parent_id IS NOT NULL
    UNION ALL
    SELECT r.run_id, r.skill, r.started, 4, 's:' || u.parent_id
    FROM runs r
    JOIN sessions s ON s.session_id = r.session_id
    JOIN sessions t ON t.session_id = s.parent_id
    JOIN sessions u ON u.session_id = t.parent_id
    WHERE u.parent_id IS NOT NULL
    UNION ALL
    SELECT r.run_id, r.skill, r.started, 5, 'p:' || coalesce(p.project, '')
    FROM runs r
    LEFT JOIN session_projects p ON p.session_id = r.session_id
    WHERE r.session_id IS NOT NULL
    UNION ALL
    SELECT run_id, skill, started, 5,
           CASE WHEN root IS NULL THEN 'p:' ELSE 'r:' || root END
    FROM rooted
),
loads AS (
    SELECT v.skill, v.metric_id, v.started, v.project, m.session_id
    FROM version_spans v
    JOIN skill_metrics m ON m.metric_id = v.metric_id
    WHERE v.skill IN (SELECT skill FROM runs)
),
moments AS (
    SELECT skill, name, run_id, place, started, NULL AS metric_id, 1 AS later FROM asked
    UNION ALL
    SELECT skill, 's:' || session_id, NULL, 0, started, metric_id, 0 FROM loads
    UNION ALL
    SELECT skill, 'p:' || project, NULL, 0, started, metric_id, 0 FROM loads
    UNION ALL
    SELECT l.skill, 'r:' || b.root, NULL, 0, l.started, l.metric_id, 0
    FROM loads l
    JOIN below b ON b.session_id = l.session_id
),
numbered AS (
    SELECT
        skill, name, run_id, place, metric_id,
        sum(1 - later) OVER (
            PARTITION BY skill, name ORDER BY started, later, metric_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM moments
),
found AS (
    SELECT
        run_id, place,
        max(metric_id) OVER (PARTITION BY skill, name, number) AS metric_id
    FROM numbered
),
nearest AS (
    SELECT
        run_id, metric_id,
        row_number() OVER (
            PARTITION BY run_id
            ORDER BY CASE WHEN metric_id IS NULL THEN 1 ELSE 0 END, place) AS rn
    FROM found
    WHERE run_id IS NOT NULL
)
SELECT n.run_id, v.skill_version, v.span
FROM nearest n
LEFT JOIN version_spans v ON v.metric_id = n.metric_id
WHERE n.rn = 1
