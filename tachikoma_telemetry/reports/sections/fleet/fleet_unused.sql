-- fleet_unused: one row a skill that machines have installed (the table `fleet_installed`) and that none
-- of them ever used, over all that was exported.
WITH used AS (
    SELECT DISTINCT i.skill
    FROM fleet_installed i
    JOIN skill_uses u ON u.skill = i.skill OR u.skill = i.id
)
SELECT i.skill, count(DISTINCT i.machine) AS machines, count(DISTINCT m.person) AS people
FROM fleet_installed i
JOIN fleet_machines m ON m.machine = i.machine
LEFT JOIN used u ON u.skill = i.skill
WHERE u.skill IS NULL
GROUP BY i.skill
ORDER BY machines DESC, i.skill NULLS LAST
