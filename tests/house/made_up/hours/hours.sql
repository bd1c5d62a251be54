-- hours: one row an hour of the day (UTC) in which calls began.
--   hour   0–23
--   calls  calls that began in it
SELECT started / 3600000 % 24 AS hour, count(*) AS calls
FROM calls
WHERE started IS NOT NULL
GROUP BY 1
ORDER BY 1
