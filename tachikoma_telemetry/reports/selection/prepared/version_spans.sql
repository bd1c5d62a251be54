-- version_spans: which span of use of its version each load belongs to, over the whole store. A span
-- lasts as long as a project loads one version of a skill, of several people with one of them; A, B and A again are three. The newest
-- version of a skill is that of the span that was loaded last.
--   metric_id      the load
--   skill          its skill
--   skill_version  SHA-256 of the text it loaded
--   project        of its session (prepared/session_projects.sql); empty when not known
--   person         whose load it is, of several people; empty in the store of one
--   started        when it was loaded, ms since the epoch
--   span           metric_id of the first load of its span
WITH loads AS (
    SELECT m.metric_id, m.skill, m.skill_version, coalesce(p.project, '') AS project,
           coalesce(y.person, '') AS person, m.started
    FROM skill_metrics m
    LEFT JOIN row_people y ON y.row_key = m.metric_id
    LEFT JOIN session_projects p ON p.session_id = m.session_id
    WHERE m.kind = 'load' AND m.outcome = 'succeeded' AND m.skill_version IS NOT NULL
      AND m.skill IS NOT NULL AND m.started IS NOT NULL
),
marked AS (
    SELECT
        metric_id, skill, skill_version, project, person, started,
        CASE WHEN skill_version = lag(skill_version) OVER (
            PARTITION BY skill, person, project ORDER BY started, metric_id) THEN 0 ELSE 1 END AS first
    FROM loads
),
numbered AS (
    SELECT
        metric_id, skill, skill_version, project, person, started,
        sum(first) OVER (
            PARTITION BY skill, person, project ORDER BY started, metric_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM marked
)
SELECT
    metric_id, skill, skill_version, project, person, started,
    first_value(metric_id) OVER (
        PARTITION BY skill, person, project, number ORDER BY started, metric_id) AS span
FROM numbered
