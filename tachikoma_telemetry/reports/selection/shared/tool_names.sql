-- tool_names: by which name each tool of the chosen calls is counted, so that the calls before and
-- after OpenCode renamed it count together.
--   tool  as recorded; null when unknown
--   name  of a tool that was renamed the newest of its names among these calls; else the same
WITH recorded AS (
    SELECT DISTINCT tool FROM calls_by_name
),
ranked AS (
    SELECT
        c.tool AS tool, r.family,
        row_number() OVER (PARTITION BY r.family ORDER BY r.rank DESC) AS rn
    FROM recorded c
    JOIN renamed_tools r ON r.tool = c.tool
)
SELECT c.tool AS tool, coalesce(n.tool, c.tool) AS name
FROM recorded c
LEFT JOIN renamed_tools r ON r.tool = c.tool
LEFT JOIN ranked n ON n.family = r.family AND n.rn = 1
