-- session_projects: the project of each session, over the whole store: a session that began before a
-- period is in its project all the same.
--   session_id  the session
--   project     OpenCode's id of the project; of a folder without git, which has none, the folder
SELECT
    session_id,
    CASE WHEN project_id IS NULL OR project_id = 'global' THEN directory ELSE project_id END
        AS project
FROM sessions
