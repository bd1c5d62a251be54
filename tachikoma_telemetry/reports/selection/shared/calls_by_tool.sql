-- calls_by_tool: calls_by_name, by the name that the tool is counted under.
--   tool         see tool_names
--   recorded     the name as recorded
--   outcome      as in calls_by_name
--   duration_ms  likewise
--   calls        likewise
SELECT n.name AS tool, c.tool AS recorded, c.outcome AS outcome, c.duration_ms, c.calls
FROM calls_by_name c
JOIN tool_names n ON n.tool IS NOT DISTINCT FROM c.tool
