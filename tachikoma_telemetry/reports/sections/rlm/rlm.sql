-- rlm: one row a skill and mode of its chunks. A run's time is the time in which its chunks ran: the
-- union of the intervals of each wave, summed over its waves (chunks without a wave are one). Chunks
-- outside of any run that were recorded in one call count as one run here; without a call, each
-- counts by itself. Chunks without a time are left out of wall_ms and speedup.
--   finished  chunks whose end is known
WITH counts AS (
    SELECT
        skill, mode,
        count(DISTINCT run_id) AS runs,
        count(*) AS chunks,
        sum(CASE WHEN success = 1 THEN 1 ELSE 0 END) AS s,
        sum(CASE WHEN success = 0 THEN 1 ELSE 0 END) AS failed,
        sum(CASE WHEN success IS NOT NULL THEN 1 ELSE 0 END) AS n,
        -- In whole numbers, whose sum does not depend on the order of the rows.
        sum(CAST(duration_ms AS BIGINT))
            + sum(CAST(round((duration_ms - CAST(duration_ms AS BIGINT)) * 1e6) AS BIGINT)) / 1e6 AS chunk_ms,
        sum(tokens) AS tokens,
        count(tokens) AS tokens_n,
        sum(CAST(round(accuracy * 1e9) AS BIGINT)) / (count(accuracy) * 1e9) AS accuracy_mean,
        count(accuracy) AS accuracy_n,
        CASE WHEN min(unit) = max(unit) THEN min(unit) END AS unit
    FROM rlm_metrics
    GROUP BY skill, mode
),
measures AS (
    SELECT skill, mode, 'size' AS measure, size * 1e0 AS value FROM rlm_metrics WHERE size IS NOT NULL
    UNION ALL
    SELECT skill, mode, 'time', duration_ms FROM rlm_metrics WHERE duration_ms IS NOT NULL
),
ranked AS (
    SELECT
        skill, mode, measure, value,
        row_number() OVER (PARTITION BY skill, mode, measure ORDER BY value) AS rn,
        count(*) OVER (PARTITION BY skill, mode, measure) AS n
    FROM measures
),
percentiles AS (
    SELECT
        skill, mode,
        CAST(max(CASE WHEN measure = 'size' AND rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
            THEN value END) AS BIGINT) AS chunk_size_p50,
        max(CASE WHEN measure = 'time' AND rn * 100 >= 50 * n AND (rn - 1) * 100 < 50 * n
            THEN value END) AS duration_p50_ms,
        max(CASE WHEN measure = 'time' AND rn * 100 >= 95 * n AND (rn - 1) * 100 < 95 * n
            THEN value END) AS duration_p95_ms
    FROM ranked
    GROUP BY skill, mode
),
-- From the first end of the wave on: ms since the epoch leave a float no more than 0.0002 ms.
timed AS (
    SELECT skill, mode, coalesce(run_id, call_key, named_call, event_id) AS work, wave, event_id,
           duration_ms,
           time - min(time) OVER (
               PARTITION BY skill, mode, coalesce(run_id, call_key, named_call, event_id), wave
           ) AS ended
    FROM rlm_metrics
    WHERE duration_ms IS NOT NULL
),
intervals AS (
    SELECT skill, mode, work, wave, ended - duration_ms AS started, ended, event_id
    FROM timed
),
-- Gaps and islands: an interval that begins after all earlier ones have ended begins an island. The
-- time from the first start to the last end of a wave would count gaps in which nothing ran, as
-- between two calls of one run that both number their waves from 1.
reach AS (
    SELECT
        skill, mode, work, wave, started, ended, event_id,
        max(ended) OVER (
            PARTITION BY skill, mode, work, wave ORDER BY started, ended, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM intervals
),
islands AS (
    SELECT
        skill, mode, work, wave, started, ended,
        sum(CASE WHEN ended_before >= started THEN 0 ELSE 1 END) OVER (
            PARTITION BY skill, mode, work, wave ORDER BY started, ended, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS island
    FROM reach
),
stretches AS (
    SELECT skill, mode, max(ended) - min(started) AS wall
    FROM islands
    GROUP BY skill, mode, work, wave, island
),
walls AS (
    SELECT skill, mode, sum(wall) AS wall_ms FROM stretches GROUP BY skill, mode
)
SELECT
    c.skill AS skill,
    c.mode AS mode,
    c.runs,
    c.chunks,
    c.s AS succeeded,
    p.chunk_size_p50,
    p.duration_p50_ms,
    p.duration_p95_ms,
    w.wall_ms,
    c.chunk_ms * 1e0 / nullif(w.wall_ms, 0e0) AS speedup,
    c.tokens,
    c.tokens * 1e0 / nullif(c.tokens_n, 0) AS tokens_per_chunk,
    c.accuracy_mean,
    c.accuracy_n,
    c.unit,
    c.failed,
    c.n AS finished,
    c.s * 1e0 / nullif(c.n, 0) AS success_rate
FROM counts c
LEFT JOIN percentiles p
    ON p.skill IS NOT DISTINCT FROM c.skill AND p.mode IS NOT DISTINCT FROM c.mode
LEFT JOIN walls w ON w.skill IS NOT DISTINCT FROM c.skill AND w.mode IS NOT DISTINCT FROM c.mode
ORDER BY c.skill NULLS LAST, c.mode NULLS LAST
