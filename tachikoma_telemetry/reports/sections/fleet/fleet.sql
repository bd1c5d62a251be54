-- fleet: one row a machine that exports (the table `fleet_machines`), what is chosen of it, and when it
-- was last heard of.
WITH seen AS (
    SELECT
        f.machine, count(s.session_id) AS sessions, max(f.active) AS last_activity
    FROM fleet_sessions f
    LEFT JOIN sessions s ON s.session_id = f.session_id
    GROUP BY f.machine
)
SELECT
    m.machine, m.person, coalesce(n.sessions, 0) AS sessions, n.last_activity,
    m.exported AS last_export, m.usual_gap_ms, m.version
FROM fleet_machines m
LEFT JOIN seen n ON n.machine = m.machine
ORDER BY m.machine
