-- Each holds few of its table's rows: to keep it while they come in costs less than to look at all of
-- them once more.

CREATE INDEX IF NOT EXISTS messages_turns ON messages (session_id, created) WHERE opens_turn = 1;
CREATE INDEX IF NOT EXISTS messages_copied ON messages (session_id) WHERE copied = 1;
CREATE INDEX IF NOT EXISTS messages_open ON messages (source)
    WHERE role = 'assistant' AND completed IS NULL;
CREATE INDEX IF NOT EXISTS messages_idle ON messages (session_id) WHERE role = 'idle';
CREATE INDEX IF NOT EXISTS messages_errors ON messages (session_id)
    WHERE error_type IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_moved ON messages (session_id, directory)
    WHERE directory IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_read ON messages (read_skill) WHERE read_skill IS NOT NULL;

CREATE INDEX IF NOT EXISTS calls_copied ON calls (session_id) WHERE copied = 1;
CREATE INDEX IF NOT EXISTS calls_open ON calls (source) WHERE outcome = 'running';
CREATE INDEX IF NOT EXISTS calls_child ON calls (child_id) WHERE child_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_read ON calls (read_skill) WHERE read_skill IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_skill ON calls (session_id) WHERE skill IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_script ON calls (session_id) WHERE script_skill IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_failed ON calls (session_id)
    WHERE shell = 1 AND outcome IN ('failed', 'timed_out');
CREATE INDEX IF NOT EXISTS calls_tasks ON calls (session_id) WHERE child_id IS NOT NULL;
-- Longer than ten minutes, see match.py.
CREATE INDEX IF NOT EXISTS calls_long ON calls (started)
    WHERE shell = 1 AND ended - started > 600000;
