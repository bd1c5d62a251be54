-- The unified store. Two layers:
--   facts    sessions, messages, calls, events, legacy_metrics: what was read, one row a thing, by
--            its own id
--   metrics  skill_metrics, also_active, iteration_metrics, iteration_criteria, edit_metrics,
--            rlm_metrics, intent_metrics: what follows from the facts, derived again when they change
-- Beside them, message_sums and call_sums hold sums of each session, for reports of the whole.
-- Times are ms since the epoch, durations ms, booleans 0 or 1, unknown is NULL. No text that a
-- user or a model wrote is kept but names and titles; files and commands only as digests.

CREATE TABLE merge_state (
    source      TEXT NOT NULL PRIMARY KEY,  -- the path of a database, journal or spill file
    kind        TEXT NOT NULL,              -- database | journal | spill
    state       TEXT NOT NULL,              -- JSON: where the next merge goes on
    malformed   INTEGER NOT NULL,           -- rows or lines that could not be read
    dropped     INTEGER NOT NULL DEFAULT 0, -- values of other rows and lines that can't be right
    unknown     TEXT NOT NULL DEFAULT '{}', -- JSON: kinds of rows that this version does not know,
                                            -- and how many there were
    merged      INTEGER NOT NULL            -- when it was last read
);

CREATE TABLE sessions (
    session_id       TEXT NOT NULL PRIMARY KEY,
    parent_id        TEXT,     -- the session that began it: by a `task` call, or in a command
    parent_call_id   TEXT,     -- of one begun in a command: the id that the model gave that call
    project_id       TEXT,
    directory        TEXT,
    title            TEXT,
    version          TEXT,     -- of OpenCode
    created          INTEGER,
    updated          INTEGER,
    archived         INTEGER,
    todos            INTEGER,  -- NULL when the database keeps none
    todos_completed  INTEGER,
    source           TEXT NOT NULL
);

CREATE TABLE messages (
    message_id          TEXT NOT NULL PRIMARY KEY,
    session_id          TEXT NOT NULL,
    role                TEXT,     -- user | assistant | skill | idle | compaction: the last three are
                                  -- rows of 2.x
    directory           TEXT,     -- the folder it ran in, where its session moved since
    created             INTEGER,
    completed           INTEGER,
    updated             INTEGER,
    provider            TEXT,
    model               TEXT,     -- provider/model
    agent               TEXT,
    tokens_input        INTEGER,
    tokens_output       INTEGER,
    tokens_reasoning    INTEGER,
    tokens_cache_read   INTEGER,
    tokens_cache_write  INTEGER,
    cost                REAL,
    error_type          TEXT,
    turn_outcome        TEXT,     -- of an idle row: succeeded failed interrupted
    active_skill        TEXT,              -- the skill in whose window it is; NULL outside of any
    read_skill          TEXT,              -- always NULL: a /skill command is a load among the calls
    opens_turn          INTEGER NOT NULL,  -- a user message with a text or command of the user
    copied              INTEGER NOT NULL,  -- a fork's copy of an earlier message
    counted             INTEGER NOT NULL DEFAULT 1,  -- 0 for a copy whose original is here
    source              TEXT NOT NULL
);

CREATE TABLE calls (
    call_key       TEXT NOT NULL PRIMARY KEY,  -- the id of its part; v2:<message>:<call id> in v2
    session_id     TEXT NOT NULL,
    message_id     TEXT NOT NULL,
    call_id        TEXT,              -- as the model gave it, blanks stripped; not unique
    tool           TEXT,              -- for an invalid call the tool it names; NULL for a load that is
                                      -- no tool call: the user's
    shell          INTEGER NOT NULL DEFAULT 0,  -- 1: a command that ran, or was to run, in a shell
    outcome        TEXT NOT NULL,     -- succeeded failed timed_out invalid cancelled running
    reason         TEXT,              -- exit 3 | timeout | unavailable tool | invalid arguments |
                                      -- an error's first words
    started        INTEGER,
    ended          INTEGER,
    duration_ms    INTEGER,
    exit_code      INTEGER,
    model          TEXT,              -- provider/model of its message
    agent          TEXT,
    updated        INTEGER,
    skill          TEXT,              -- the skill that a `skill` call names
    trigger        TEXT,              -- of a load: model | user | nested
    skill_version  TEXT,              -- SHA-256 of the loaded text
    context_chars  INTEGER,           -- characters of the loaded text
    file_digest    TEXT,              -- of the one file that an edit names
    command_digest TEXT,              -- of a shell command
    script_skill   TEXT,              -- the skill of which the command runs a file
    script         TEXT,              -- that file, as named in the skill's folder
    script_decides INTEGER,           -- 1 when the call's exit code is that file's own; 0 when a pipe
                                      -- or what comes after hides it
    parent_call    TEXT,              -- the key of the call that made this one (`execute` of 2.x)
    child_id       TEXT,              -- the session that a `task` call ran
    read_skill     TEXT,              -- the skill whose SKILL.md a `read` call read
    active_skill   TEXT,              -- the skill in whose window it ran; NULL outside of any
    copied         INTEGER NOT NULL DEFAULT 0,  -- as its message
    counted        INTEGER NOT NULL DEFAULT 1,
    source         TEXT NOT NULL
);

CREATE TABLE events (
    event_id       TEXT NOT NULL PRIMARY KEY,
    type           TEXT NOT NULL,
    time           INTEGER NOT NULL,
    run_id         TEXT,   -- as the event says; see run below
    skill          TEXT,
    session_id     TEXT,   -- as the event says; see session below
    call_id        TEXT,
    skill_call_id  TEXT,
    model          TEXT,
    agent          TEXT,
    opencode       INTEGER NOT NULL,
    project        TEXT,              -- the root of the project whose journal held it
    match          TEXT NOT NULL,     -- exact inferred orphan ambiguous none
    call_key       TEXT,              -- the call it belongs to: exact and inferred only
    session        TEXT,              -- that call's session
    run            TEXT,              -- the run it is of: run_id, or <run_id>@<its first event> where
                                      -- a name chosen by hand was another run's before; of an end
                                      -- that names no run the event_id: it is one by itself
    label_of       TEXT,              -- for a label, the event it is about
    body           TEXT NOT NULL,     -- the fields of its type, JSON
    source         TEXT NOT NULL
);

-- One row a skill activation (a load and the window after it) or a skill run (recorded, or a shell
-- call that ran a file of the skill).
CREATE TABLE skill_metrics (
    metric_id            TEXT NOT NULL PRIMARY KEY,  -- load:<call_key> | run:<run_id>
    kind                 TEXT NOT NULL,    -- load | run
    source               TEXT NOT NULL DEFAULT 'event',  -- of a run: event | call
    skill                TEXT,
    skill_version        TEXT,
    trigger              TEXT,             -- of a load: model | user | nested
    session_id           TEXT,             -- of a run: of the call it was recorded in
    call_key             TEXT,
    run_id               TEXT,             -- here and below: the run of its events; of a run of
                                           -- source call: call:<call_key>
    parent_run_id        TEXT,             -- as its start says
    model                TEXT,
    agent                TEXT,
    started              INTEGER,
    ended                INTEGER,
    last_seen            INTEGER,          -- of a run: its last event, labels aside
    last_call            TEXT,             -- of a run: the call of its end, else of its last event
    left_open            INTEGER,          -- of a run: 1 when the last process left it to another
    processes            TEXT,             -- of a run: which processes began or continued it, where all
                                           -- of them say so; blanks between
    outcome              TEXT,  -- load: succeeded failed invalid cancelled running; run: succeeded
                                -- failed escalated cancelled, or of the call that its process died
                                -- in; NULL while neither has ended it: it depends on the report's time
    reason               TEXT,
    error_type           TEXT,
    load_ms              INTEGER,  -- of a load: the call's own duration
    window_ms            INTEGER,  -- of a load: from its end to the end of the last message inside,
                                   -- of one that was killed to the last sign of life in it; and of
                                   -- each turn that is its own again, from the user's message on
    run_ms               REAL,     -- of a run; NULL when neither a start nor its end says it
    context_chars        INTEGER,
    tokens_input         INTEGER,  -- of a load: attributed, of the messages inside; a message counts
                                   -- once a skill, for the last load of its innermost window;
                                   -- of a run of source call: of its message, which counts once a
                                   -- skill, for the first of its runs there
    tokens_output        INTEGER,
    tokens_cache_read    INTEGER,
    cost                 REAL,
    tool_calls           INTEGER,  -- of a load: inside its window
    failed_tool_calls    INTEGER,
    run_tokens_input     INTEGER,  -- of a run: as the run itself reported
    run_tokens_output    INTEGER,
    iterations           INTEGER,  -- of a run: events; of one without a name as its end says
    retries              INTEGER,
    counted              INTEGER NOT NULL  -- 0: a fork's copy of a load, whose window still counts
);

-- One row a message and a skill in whose window it is besides that of its `active_skill`: a skill
-- that was loaded in the same message as another one, or by the session that began this subagent.
CREATE TABLE also_active (
    session_id  TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    skill       TEXT NOT NULL,
    PRIMARY KEY (session_id, message_id, skill)
);

-- One row an iteration or a retry: an event, or a shell command that was repeated in the same turn
-- after it had failed, where no event was recorded in either call.
CREATE TABLE iteration_metrics (
    event_id     TEXT NOT NULL PRIMARY KEY,  -- of an inferred retry: call:<call_key>
    source       TEXT NOT NULL DEFAULT 'event',  -- event | call
    kind         TEXT NOT NULL,   -- iteration | retry
    run_id       TEXT,
    skill        TEXT,
    session_id   TEXT,            -- of the call it was recorded in; exact and inferred only
    call_key     TEXT,
    match        TEXT,            -- NULL for an inferred retry
    model        TEXT,
    time         INTEGER NOT NULL,
    stage        TEXT,
    number       INTEGER,         -- index of the iteration, attempt of the retry; from 1. One that
                                  -- the event left out is by order within the run and stage
    maximum      INTEGER,         -- said once, it holds in the run and stage
    passed       INTEGER,
    score        REAL,
    duration_ms  REAL,
    tokens       INTEGER,
    reason       TEXT,
    error_type   TEXT
);

-- One row a criterion that an iteration failed.
CREATE TABLE iteration_criteria (
    event_id   TEXT NOT NULL,
    criterion  TEXT NOT NULL,
    PRIMARY KEY (event_id, criterion)
);

-- One row an attempt to edit: an event, or a call that no event describes.
CREATE TABLE edit_metrics (
    attempt_id   TEXT NOT NULL PRIMARY KEY,  -- event:<event_id> | call:<call_key>
    source       TEXT NOT NULL,   -- event | call
    scope        TEXT NOT NULL,   -- what an edit_id is unique in: the session, else the run
    edit         TEXT NOT NULL,   -- the chain of attempts it belongs to
    attempt      INTEGER NOT NULL,-- which of the chain, from 1, by time
    last         INTEGER NOT NULL,-- 1 for the chain's last attempt
    format       TEXT,
    success      INTEGER,         -- NULL when the event did not say
    model        TEXT,            -- as the data had it
    model_key    TEXT,            -- what models are compared by: the id without its provider
    run_id       TEXT,
    skill        TEXT,
    session_id   TEXT,
    call_key     TEXT,            -- the call that was this attempt, or recorded it
    match        TEXT,            -- NULL for a call
    time         INTEGER NOT NULL,
    tokens       INTEGER,
    duration_ms  REAL,
    error_type   TEXT
);

-- One row a chunk of a recursive language model run.
CREATE TABLE rlm_metrics (
    event_id      TEXT NOT NULL PRIMARY KEY,
    run_id        TEXT,
    skill         TEXT,
    session_id    TEXT,
    call_key      TEXT,
    named_call    TEXT,              -- <session>/<call id> as the event names them, in the store or
                                     -- not; NULL when it names no call
    match         TEXT NOT NULL,
    model         TEXT,
    time          INTEGER NOT NULL,  -- its end
    chunk         INTEGER,           -- from 0; where the event says none, by order within the run
    total         INTEGER,
    size          INTEGER,
    unit          TEXT,
    mode          TEXT,
    wave          INTEGER,
    success       INTEGER,
    duration_ms   REAL,
    tokens        INTEGER,
    accuracy      REAL,
    content_type  TEXT,
    depth         INTEGER,
    error_type    TEXT
);

-- One row a classified request.
CREATE TABLE intent_metrics (
    event_id    TEXT NOT NULL PRIMARY KEY,
    run_id      TEXT,
    skill       TEXT,
    session_id  TEXT,
    call_key    TEXT,
    match       TEXT NOT NULL,
    model       TEXT,
    time        INTEGER NOT NULL,
    intent      TEXT,
    confidence  REAL,
    actual      TEXT,
    correct     INTEGER,
    escalated   INTEGER,
    strategy    TEXT,
    complexity        TEXT,  -- the router's estimate, where that is a word
    complexity_score  REAL   -- where it is a number
);

-- Totals from a `metrics.json` of the predecessor: history without sessions or times. One row a
-- skill, a model with a format, all recursive runs, or an intent.
CREATE TABLE legacy_metrics (
    source       TEXT NOT NULL,
    kind         TEXT NOT NULL,   -- skill | edit | rlm | intent
    name         TEXT NOT NULL,   -- of the skill, the model or the intent; empty for rlm
    format       TEXT NOT NULL,   -- of edits; else empty
    uses         INTEGER,         -- invocations, edits, runs or classifications
    attempts     INTEGER,         -- of edits; of rlm its chunks
    succeeded    INTEGER,         -- invocations or attempts that succeeded, intents known to be right
    escalated    INTEGER,
    iterations   INTEGER,
    tokens       INTEGER,
    duration_ms  REAL,            -- a sum
    confidence   REAL,            -- mean of the stated ones, 0-1
    first        TEXT,            -- when the file was begun, as it says
    last         TEXT,
    PRIMARY KEY (source, kind, name, format)
);

-- The messages that count, added up by session, role and model, and by whether a skill was active:
-- kept so that a report of everything does not add them up again.
CREATE TABLE message_sums (
    session_id          TEXT NOT NULL,
    role                TEXT,
    model               TEXT,              -- provider/model; NULL when the messages named none
    in_window           INTEGER NOT NULL,  -- 1 where a skill was active
    messages            INTEGER NOT NULL,
    tokens_input        INTEGER,           -- NULL when no message reported them; so below
    tokens_output       INTEGER,
    tokens_reasoning    INTEGER,
    tokens_cache_read   INTEGER,
    tokens_cache_write  INTEGER,
    cost                REAL,
    errors              INTEGER NOT NULL,  -- that ended in an error; those the user stopped did not
    created_first       INTEGER,
    created_last        INTEGER,
    ended_last          INTEGER,           -- the latest end, or start of those without an end
    PRIMARY KEY (session_id, role, model, in_window)
);

-- The tool calls that count, likewise, by session, tool and result. A load by the user is no tool
-- call.
CREATE TABLE call_sums (
    session_id     TEXT NOT NULL,
    in_window      INTEGER NOT NULL,
    tool           TEXT,              -- these as the calls have them
    outcome        TEXT NOT NULL,
    reason         TEXT,
    calls          INTEGER NOT NULL,
    started_first  INTEGER,           -- NULL when none started
    started_last   INTEGER,
    ended_last     INTEGER,           -- the latest end, or start of those without an end
    PRIMARY KEY (session_id, in_window, tool, outcome, reason)
);

-- Beside these, `origin` holds one text by which a merge knows a store that its user made.
