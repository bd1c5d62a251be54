-- run_versions: the version of its skill that a run was of, over the whole store: a filter must not
-- hide the load that says it.
--   run_id         the run
--   skill_version  of the last load of its skill before it began: in its session; else in the one that
--                  its session was begun by, and so on, three up; else in its project, of several people
--                  with the same one. A run without a session is of the project whose journal held
--                  it. Null when none was
--   span           of that load (prepared/version_spans.sql)
WITH runs AS (
    SELECT
        m.run_id AS run_id, m.skill AS skill, m.session_id AS session_id, m.started AS started,
        coalesce(y.person, '') AS person
    FROM skill_metrics m
    LEFT JOIN row_people y ON y.row_key = m.metric_id
    WHERE m.kind = 'run' AND m.skill IS NOT NULL AND m.started IS NOT NULL
),
rooted AS (
    SELECT
        r.run_id AS run_id, r.skill AS skill, r.started AS started, r.person AS person,
        max(e.project) AS root
    FROM runs r
    LEFT JOIN events e ON e.run = r.run_id
    WHERE r.session_id IS NULL
    GROUP BY r.run_id, r.skill, r.started, r.person
),
roots AS (
    SELECT DISTINCT person, root FROM rooted WHERE root IS NOT NULL
),
loads AS (
    SELECT
        v.skill AS skill, v.metric_id AS metric_id, v.started AS started, v.project AS project,
        v.person AS person, m.session_id AS session_id
    FROM version_spans v
    JOIN skill_metrics m ON m.metric_id = v.metric_id
    WHERE v.skill IN (SELECT skill FROM runs)
),
loaded AS (
    SELECT DISTINCT person, session_id FROM loads
),
below AS (
    SELECT r.person AS person, r.root AS root, s.session_id AS session_id
    FROM roots r
    JOIN loaded l ON l.person = r.person
    JOIN sessions s ON s.session_id = l.session_id
    WHERE s.directory = r.root OR substr(s.directory, 1, length(r.root) + 1) = r.root || '/'
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
    SELECT r.run_id, r.skill, r.started, 5, 'p:' || r.person || ':' || coalesce(p.project, '')
    FROM runs r
    LEFT JOIN session_projects p ON p.session_id = r.session_id
    WHERE r.session_id IS NOT NULL
    UNION ALL
    SELECT run_id, skill, started, 5,
           CASE WHEN root IS NULL THEN 'p:' || person || ':' ELSE 'r:' || person || ':' || root END
    FROM rooted
),
moments AS (
    SELECT skill, name, run_id, place, started, NULL AS metric_id, 1 AS later FROM asked
    UNION ALL
    SELECT skill, 's:' || session_id, NULL, 0, started, metric_id, 0 FROM loads
    UNION ALL
    SELECT skill, 'p:' || person || ':' || project, NULL, 0, started, metric_id, 0 FROM loads
    UNION ALL
    SELECT l.skill, 'r:' || b.person || ':' || b.root, NULL, 0, l.started, l.metric_id, 0
    FROM loads l
    JOIN below b ON b.session_id = l.session_id AND b.person = l.person
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
