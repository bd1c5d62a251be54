-- failed_criteria: what goes into the field `failed_criteria` of the rows of `iterations`.
--   skill      as in `iterations`
--   stage      as in `iterations`
--   criterion  the criterion that failed
--   count      iterations that failed it
SELECT i.skill, i.stage, c.criterion, count(*) AS count
FROM iteration_criteria c
JOIN iteration_metrics i ON i.event_id = c.event_id
GROUP BY i.skill, i.stage, c.criterion
ORDER BY i.skill NULLS LAST, i.stage NULLS LAST, count(*) DESC, c.criterion
