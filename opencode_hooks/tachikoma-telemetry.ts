// tachikoma-telemetry plugin 3
// Installed by `tachikoma-telemetry init`, which replaces it by newer versions: changes made here are lost.
//
// Says to every shell command of OpenCode where it runs, so that what a skill records there can be joined to
// OpenCode's own record of the same call:
//
//   TACHIKOMA_SESSION_ID         the session
//   TACHIKOMA_CALL_ID            the shell call, without surrounding blanks
//   TACHIKOMA_SKILL              the skill last loaded in that session, and
//   TACHIKOMA_SKILL_CALL_ID      the call that loaded it
//   TACHIKOMA_MODEL              provider/model
//   TACHIKOMA_AGENT              the agent, of a subagent its own
//   TACHIKOMA_PROJECT            the folder whose .opencode/telemetry holds the journal
//   TACHIKOMA_PARENT_SESSION_ID  of an OpenCode that a shell call of another one started: that one's session
//   TACHIKOMA_PARENT_CALL_ID     and call
//   PYTHONPATH                   as it is, with the library that `init` put beside this plugin at its end
//
// What is not known is absent, never empty and never a guess. Nothing here may disturb OpenCode: whatever goes wrong,
// a command just gets less. In the telemetry folder, if there is one, the plugin leaves a sign of life and which
// sessions were started by which call of another session: docs/opencode-2.md has the form of both.
//
// OpenCode 1 calls `server`, OpenCode 2 `setup`. The file has one export, and imports of Node only.

import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, realpathSync, renameSync } from "node:fs"
import { statSync, unlinkSync, writeSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, join, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"

const PLUGIN = 3 // as in the first line

const NAMES = [
  "TACHIKOMA_SESSION_ID",
  "TACHIKOMA_CALL_ID",
  "TACHIKOMA_SKILL",
  "TACHIKOMA_SKILL_CALL_ID",
  "TACHIKOMA_MODEL",
  "TACHIKOMA_AGENT",
  "TACHIKOMA_PROJECT",
  "TACHIKOMA_PARENT_SESSION_ID",
  "TACHIKOMA_PARENT_CALL_ID",
]

// A server can run for months: beyond these numbers, what was used longest ago is forgotten.
const MOST_SESSIONS = 500
const MOST_CALLS = 500

// How far back a session is searched for a skill that an earlier process loaded, and how long a command waits.
const MESSAGES_SEARCHED = 200
const MILLISECONDS_WAITED = 300

// A command does not start with a NUL in a variable, nor with one of more than 128 kB, and an id or a name may come
// from a model or a file that holds anything. A variable must not be empty, either.
const LONGEST = 256 // characters, as many as an event keeps
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

type Skill = { name: string; callID?: string }
type Session = { model?: string; agent?: string; skill?: Skill; recalled?: Promise<void> }
type Call = { session: string; callID?: string; served?: boolean; asking?: string }

// What a hook is handed differs between the versions of OpenCode, so nothing is taken for granted.
type Loose = any

// An OpenCode that a command of another one started has inherited that command's ids: they are its parent's, and
// wrong for its own commands. This file may be loaded twice in a process, for a project and for all: what the first
// copy took away, it leaves under `PARENT` for the second.
type Parent = { session: string; callID?: string; project?: string }
const PARENT = Symbol.for("tachikoma-telemetry.parent")
const inherited = takeParent(globalThis, process.env)

// OpenCode 1.

const server = async (opencode: Loose) => {
  const sessions = new Map<string, Session>()
  const calls = new Map<string, Call>() // bash calls that began and have not ended
  let named = false // whether this OpenCode says for which call it wants an environment
  const project = projectRoot(opencode?.directory)
  const alive = signOfLife("v1", project, versionOf(opencode))

  function remembered(sessionID: string): Session {
    const known = sessions.get(sessionID)
    if (!known) noteChild(sessionID, inherited, project)
    const session = known ?? {}
    keepNewest(sessions, sessionID, session, MOST_SESSIONS)
    return session
  }

  function began(sessionID: unknown, callID: unknown): void {
    const session = text(sessionID)
    if (session) keepNewest(calls, `${session} ${callID}`, { session, callID: text(callID) }, MOST_CALLS)
  }

  function ended(sessionID: unknown, callID: unknown): void {
    calls.delete(`${text(sessionID)} ${callID}`)
  }

  // OpenCode 1.2.1 does not say for which call it wants an environment, and its calls do not ask in the order in which
  // they began. One call under way: it is that call, unless it had its environment already or still waits for the
  // user's permission; then a terminal is being opened. Several: all that can be known is their session.
  function onlyCandidate(): { session?: string; callID?: string } {
    const [first, ...others] = calls.values()
    if (!first || named) return {}
    if (others.some((call) => call.session !== first.session)) return {}
    if (others.length > 0) return { session: first.session }
    if (first.served || first.asking) return {}
    first.served = true
    return first
  }

  // A session may have loaded its skill in an earlier process (`opencode run -c`) or before it was forked.
  function recalled(sessionID: string): Promise<void> {
    const session = remembered(sessionID)
    session.recalled ??= (async () => {
      const query = { limit: MESSAGES_SEARCHED }
      const answer = await opencode.client.session.messages({ path: { id: sessionID }, query })
      const parts: Loose[] = (answer?.data ?? []).flatMap((message: Loose) => message?.parts ?? [])
      const last = parts.filter((part) => isSkill(part?.tool) && part.state?.status === "completed").at(-1)
      if (last) session.skill ??= skillOf(last.tool, last.callID, last.state.input, last.state.output)
    })().catch(() => {})
    return session.recalled
  }

  return {
    "chat.params": quietly(async (input) => {
      const sessionID = text(input.sessionID)
      const agent = nameOf(input.agent?.name) ?? nameOf(input.agent)
      // The title of a session is asked for in its name by another agent, and maybe of another model.
      const wanted = nameOf(input.message?.agent)
      if (!sessionID || (wanted && agent !== wanted)) return
      Object.assign(remembered(sessionID), { agent, model: modelOf(input.model?.providerID, input.model?.id) })
      void recalled(sessionID)
    }),

    "tool.execute.before": quietly(async (input) => {
      if (input.tool === "bash") began(input.sessionID, input.callID)
    }),

    // Only when the tool succeeded; of a failure the event below tells.
    "tool.execute.after": quietly(async (input, output) => {
      const sessionID = text(input.sessionID)
      if (input.tool === "bash") ended(sessionID, input.callID)
      if (!sessionID || !isSkill(input.tool)) return
      const skill = skillOf(input.tool, input.callID, { ...output?.metadata, ...input.args }, output?.output)
      if (skill) remembered(sessionID).skill = skill
    }),

    event: quietly(async ({ event }) => {
      const about = event?.properties ?? {}
      switch (event?.type) {
        case "message.part.updated": {
          const part = about.part
          if (part?.type !== "tool" || part.tool !== "bash") return
          const { sessionID, callID, state } = part
          if (state?.status === "completed" || state?.status === "error") ended(sessionID, callID)
          // A command that the user typed (`!ls`) is a bash call without tool.execute.before.
          else if (state?.status === "running" && !calls.has(`${sessionID} ${callID}`)) began(sessionID, callID)
          return
        }
        case "permission.asked": {
          const call = calls.get(`${about.sessionID} ${about.tool?.callID}`)
          if (call) call.asking = text(about.id)
          return
        }
        case "permission.replied":
          for (const call of calls.values()) if (call.asking === about.requestID) delete call.asking
          return
        case "message.updated": {
          const info = about.info
          if (info?.role !== "assistant" || info.summary || info.time?.completed || !text(info.sessionID)) return
          const session = remembered(info.sessionID)
          session.agent ??= nameOf(info.agent) ?? nameOf(info.mode)
          session.model ??= modelOf(info.providerID, info.modelID)
          return
        }
        case "session.idle":
          for (const [key, call] of calls) if (call.session === about.sessionID) calls.delete(key)
          return
        case "session.deleted":
          sessions.delete(about.info?.id)
      }
    }),

    "shell.env": quietly(async (input, output) => {
      const known = text(input.sessionID)
      if (known) named = true
      const { session: sessionID, callID } = known ? { session: known, callID: text(input.callID) } : onlyCandidate()
      alive()
      handOver(output.env, { project, parent: inherited })
      if (!sessionID) return
      await atMost(MILLISECONDS_WAITED, recalled(sessionID))
      handOver(output.env, { sessionID, callID, session: remembered(sessionID) })
    }),
  }
}

// The version is what OpenCode's server answers; it must not be asked before the plugins are loaded.
async function versionOf(opencode: Loose): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return (await opencode.client._client.get({ url: "/global/health" })).data.version
}

// OpenCode 2. `setup` runs once for each folder, and its hooks see what happens there.

// A shell call of the agent that began. `shared`: when a command like it was created, another call was as likely.
type Begun = { event: Loose; session: string; callID?: string; served?: boolean; shared?: boolean }

const SHELL_MILLISECONDS = 120_000 // OpenCode's timeout for a command that names none and stays in the foreground

const setup = async (ctx: Loose) => {
  const sessions = new Map<string, Session>()
  const begun = new Map<string, Begun>()
  const project = projectRoot(ctx?.location?.directory)
  const alive = signOfLife("v2", project, Promise.resolve(ctx?.app?.version))
  let named = false // whether this OpenCode writes the session into the environment of the agent's commands

  function remembered(sessionID: string): Session {
    const session = sessions.get(sessionID) ?? {}
    keepNewest(sessions, sessionID, session, MOST_SESSIONS)
    return session
  }

  // Call ids are the model's, and some models count them from the start in each message.
  const key = (call: Loose) => `${call.sessionID} ${call.messageID} ${call.id ?? call.callID}`

  function forget(sessionID: unknown): void {
    for (const [name, call] of begun) if (call.session === sessionID) begun.delete(name)
  }

  function loaded(sessionID: unknown, name: unknown, callID?: unknown): void {
    const session = text(sessionID)
    const skill = nameOf(name)
    if (session && skill) remembered(session).skill = { name: skill, callID: text(callID) }
  }

  // What the session had loaded before this process saw it, as far back as the last compaction.
  function recalled(sessionID: string): Promise<void> {
    const session = remembered(sessionID)
    session.recalled ??= (async () => {
      const answer = await ctx.session.context({ sessionID })
      const messages: Loose[] = (Array.isArray(answer) ? answer : (answer?.data ?? [])).slice(-MESSAGES_SEARCHED)
      const last = messages.flatMap(loadsOf).at(-1)
      if (last) session.skill ??= last
    })().catch(() => {})
    return session.recalled
  }

  // The calls that may be about to run this command.
  function candidates(command: Loose): Begun[] {
    const here = ctx?.location?.directory ?? "."
    return [...begun.values()].filter(({ event, served }) => {
      const wanted = event.input ?? {}
      return (
        !served &&
        wanted.command === command.command &&
        (wanted.timeout ?? (wanted.background === true ? 0 : SHELL_MILLISECONDS)) === command.timeout &&
        resolve(here, wanted.workdir ?? ".") === resolve(here, command.cwd ?? ".")
      )
    })
  }

  function serve(env: Loose, sessionID: string, found: Begun[], parent: Parent | undefined): Begun | undefined {
    const only = found.length === 1 && !found[0]?.shared ? found[0] : undefined
    if (only) only.served = true
    else for (const call of found) call.shared = true
    for (const name of NAMES) if (!/PROJECT|PARENT/.test(name)) delete env[name]
    handOver(env, { sessionID, callID: only?.callID, session: remembered(sessionID) })
    noteChild(sessionID, parent, project)
    return only
  }

  // After all hooks, OpenCode 2.0.22 (and some before it) writes OPENCODE_SESSION_ID into the environment of a command
  // of the agent, and of no other. Whose command it is, is therefore known in that moment, and not before.
  function whenNamed(env: Loose, then: (sessionID: string) => void): void {
    const plain = { configurable: true, enumerable: true, writable: true }
    Object.defineProperty(env, "OPENCODE_SESSION_ID", {
      configurable: true,
      enumerable: false, // until it has a value, nothing of it reaches the command
      get: () => undefined,
      set: (value: unknown) => {
        Object.defineProperty(env, "OPENCODE_SESSION_ID", { ...plain, value })
        named = true
        try {
          const sessionID = text(value)
          if (sessionID) then(sessionID)
        } catch {}
      },
    })
  }

  const hooks: [domain: string, name: string, hook: (event: Loose) => void | Promise<void>][] = [
    [
      "tool",
      "execute.before",
      (event) => {
        const session = text(event.sessionID)
        if (event.tool !== "shell" || !session) return
        // The event itself: plugins behind this one may change its input.
        const call = { event, session, callID: text(event.id ?? event.callID) }
        keepNewest(begun, key(event), call, MOST_CALLS)
        void recalled(session)
      },
    ],
    [
      "tool",
      "execute.after",
      (event) => {
        begun.delete(key(event))
        if (event.tool === "skill" && event.status === "completed")
          loaded(event.sessionID, event.input?.id, event.id ?? event.callID)
      },
    ],
    [
      "shell",
      "create.before",
      async (event) => {
        const env = event.env
        // What OpenCode itself, or the terminal that the user works in, inherited from a command of another session.
        const parent = takeParent(env, env)
        alive()
        handOver(env, { project, parent })
        const found = candidates(event)
        const possible = new Set((found.length ? found : [...begun.values()]).map((call) => call.session))
        let early: Begun | undefined
        whenNamed(env, (sessionID) => {
          if (early) early.served = false
          const own = found.filter((call) => call.session === sessionID && !call.served)
          // A plugin before this one may have rewritten the command: then it is the session's only call that waits.
          const waiting = [...begun.values()].filter((call) => call.session === sessionID && !call.served)
          serve(env, sessionID, own.length ? own : waiting, parent)
        })
        await atMost(MILLISECONDS_WAITED, Promise.all([...possible].slice(-9).map(recalled)))
        const [sessionID, ...others] = new Set(found.map((call) => call.session))
        // An OpenCode that names the session will still do so: a command that it does not name is not the agent's.
        if (named || !sessionID || others.length > 0) return
        early = serve(env, sessionID, found.filter((call) => !call.served), parent)
      },
    ],
    [
      "session",
      "context", // a request of the agent: of titles and summaries there are hooks of other names
      (event) => {
        const sessionID = text(event.sessionID)
        if (!sessionID) return
        forget(sessionID) // a session asks again when all calls of the last answer ended
        const model = modelOf(event.model?.providerID, event.model?.id)
        Object.assign(remembered(sessionID), { agent: nameOf(event.agent), model })
        void recalled(sessionID)
      },
    ],
    [
      "session",
      "prompt",
      (event) => {
        for (const skill of event.prompt?.skills ?? []) loaded(event.sessionID, skill?.id)
      },
    ],
  ]

  function happened(event: Loose): void {
    const about = event?.data ?? {}
    switch (event?.type) {
      case "session.skill.activated":
        return loaded(about.sessionID, about.id ?? about.name)
      case "session.tool.failed": // a call that was refused before it ran has no execute.after
        return void begun.delete(key({ ...about, messageID: about.assistantMessageID }))
      case "session.execution.succeeded":
      case "session.execution.failed":
      case "session.execution.interrupted":
        return forget(about.sessionID)
      case "session.deleted":
        sessions.delete(about.sessionID)
        return forget(about.sessionID)
    }
  }

  const stopped = new AbortController()
  for (const [domain, name, hook] of hooks)
    try {
      await ctx[domain].hook(name, quietly(hook))
    } catch {} // a version without it
  void listen(ctx, stopped.signal, happened)
  return () => stopped.abort()
}

// OpenCode cuts off who listens too slowly; then this listens again.
async function listen(ctx: Loose, signal: AbortSignal, happened: (event: Loose) => void): Promise<void> {
  while (typeof ctx?.event?.subscribe === "function") {
    try {
      for await (const event of ctx.event.subscribe({ signal }))
        try {
          happened(event)
        } catch {}
    } catch {}
    if (signal.aborted) return
    await new Promise<void>((resolve) => setTimeout(resolve, 5_000).unref())
  }
}

// The skills that a message loads, in its order: by the model, by the user, or with the user's text.
function loadsOf(message: Loose): Skill[] {
  const named = (id: unknown, callID?: unknown): Skill[] => {
    const name = nameOf(id)
    return name ? [{ name, callID: text(callID) }] : []
  }
  if (message?.type === "skill") return named(message.skill)
  if (message?.type === "user") return (message.skills ?? []).flatMap((skill: Loose) => named(skill?.id))
  return (message?.content ?? []).flatMap((part: Loose) =>
    part?.type === "tool" && part.name === "skill" && part.state?.status === "completed"
      ? named(part.state.input?.id, part.id)
      : [],
  )
}

// What each version loads. OpenCode 2 wants an object, of all exports the one named `default`. OpenCode before 1.14
// wants functions, and 1.2.1 does not even start with anything else; it does not say its version to a plugin, but it
// is known by the Bun that it was built with: up to 1.3.11 (in 1.3.2), from 1.14 on 1.3.13.
function wantsFunction(): boolean {
  const [major, minor = 0, patch = 0] = String((globalThis as Loose).Bun?.version ?? "2").split(".").map(Number)
  return major === 1 && (minor < 3 || (minor === 3 && patch < 12))
}

const plugin = { id: "tachikoma-telemetry", setup, server }
export default (wantsFunction() ? server : plugin) as typeof plugin

// Writes what is known into the environment of a command.
type Known = { project?: string; parent?: Parent; sessionID?: string; callID?: string; session?: Session }

function handOver(env: Loose, { project, parent, sessionID, callID, session }: Known): void {
  const set = (name: string, value: string | undefined) => value && (env[name] = value)
  set("TACHIKOMA_PROJECT", project)
  set("PYTHONPATH", withLibrary(text(env.PYTHONPATH) ?? process.env.PYTHONPATH))
  set("TACHIKOMA_PARENT_SESSION_ID", parent?.session)
  set("TACHIKOMA_PARENT_CALL_ID", parent?.callID)
  set("TACHIKOMA_SESSION_ID", sessionID)
  set("TACHIKOMA_CALL_ID", callID)
  set("TACHIKOMA_MODEL", session?.model)
  set("TACHIKOMA_AGENT", session?.agent)
  set("TACHIKOMA_SKILL", session?.skill?.name)
  set("TACHIKOMA_SKILL_CALL_ID", session?.skill?.callID)
}

// Takes the ids of another OpenCode out of an environment, and leaves them in `place`. OPENCODE_SESSION_ID is what an
// OpenCode 2 without this plugin hands to its commands; the recording library reads it, too.
function takeParent(place: Loose, env: Loose): Parent | undefined {
  const session = text(env.TACHIKOMA_SESSION_ID) ?? text(env.OPENCODE_SESSION_ID)
  const found = session && { session, callID: text(env.TACHIKOMA_CALL_ID), project: env.TACHIKOMA_PROJECT }
  for (const name of [...NAMES, "OPENCODE_SESSION_ID"]) delete env[name]
  const [parent] = (place[PARENT] ??= [found])
  return parent || undefined
}

// What is left in the telemetry folder: nothing that grows for ever, and nothing through a planted link or pipe.

const HOUR = 3_600_000
const CHILDREN_BYTES = 1 << 20 // then a new file begins, beside the one before it

// Says that the plugin was loaded, and, not more than once an hour, that it is still at work.
function signOfLife(api: string, project: string | undefined, version: Promise<unknown>): () => void {
  const loaded = Date.now()
  let heard = 0
  let opencode: string | undefined
  const say = () => {
    const now = Date.now()
    if (now - heard < HOUR) return
    heard = now
    const folder = telemetryFolder(project)
    if (folder) replace(join(folder, `plugin-${api}.json`), { plugin: PLUGIN, api, opencode, loaded, heard })
  }
  const known = version.then((value) => void (opencode = nameOf(value))).catch(() => {})
  void atMost(2_000, known).then(say)
  return () => void (heard && say())
}

const noted = new Map<string, true>()

// In the project of the parent: there is the call, and the run of a skill that it belongs to.
function noteChild(session: string, parent: Parent | undefined, project: string | undefined): void {
  if (!parent || parent.session === session) return
  const line = { session_id: session, parent_session_id: parent.session, parent_call_id: parent.callID }
  const key = JSON.stringify(line)
  if (noted.has(key)) return
  keepNewest(noted, key, true, MOST_SESSIONS)
  const folder = telemetryFolder(parent.project) ?? telemetryFolder(project)
  if (folder) append(join(folder, "nested-sessions"), { ...line, time: Date.now() })
}

// As tachikoma_telemetry.project.telemetry_dir, if it exists and is this user's: the plugin makes no folders.
function telemetryFolder(project: unknown): string | undefined {
  if (/^\s*(off|0|false|no|disabled)\s*$/i.test(process.env.TACHIKOMA_TELEMETRY ?? "")) return undefined
  if (typeof project !== "string" || !project) return undefined
  const moved = (process.env.TACHIKOMA_TELEMETRY_DIR ?? "").replace(/^~(?=\/|$)/, homedir())
  const folder = moved ? resolve(project, moved) : join(project, ".opencode", "telemetry")
  try {
    const found = statSync(folder)
    return found.isDirectory() && isOwn(found.uid) ? folder : undefined
  } catch {
    return undefined
  }
}

function replace(path: string, content: object): void {
  const unfinished = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    write(unfinished, constants.O_EXCL, content)
    renameSync(unfinished, path)
  } catch {
    try {
      unlinkSync(unfinished)
    } catch {}
  }
}

function append(path: string, content: object): void {
  const file = `${path}.jsonl`
  try {
    const found = lstatSync(file, { throwIfNoEntry: false })
    if (found && found.size >= CHILDREN_BYTES && found.isFile()) renameSync(file, `${path}.1.jsonl`)
    write(file, constants.O_APPEND, content)
  } catch {}
}

// One write, so that lines of several processes do not mix.
function write(path: string, flags: number, content: object): void {
  const regular = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | flags | regular, 0o600)
  try {
    if (fstatSync(file).isFile()) writeSync(file, JSON.stringify(content) + "\n")
  } finally {
    closeSync(file)
  }
}

// OpenCode does not catch what a hook throws, and OpenCode 1 does not await every hook.
function quietly(hook: (input: Loose, output: Loose) => void | Promise<void>) {
  return async (input: Loose, output?: Loose): Promise<void> => {
    try {
      await hook(input ?? {}, output)
    } catch {}
  }
}

// A call id may have blanks around it: `"  functions.bash:2"`. Cut or without some characters it would be another id.
function text(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > LONGEST * 4) return undefined
  const trimmed = value.trim()
  return trimmed && trimmed.length <= LONGEST && trimmed.search(CONTROL) < 0 ? trimmed : undefined
}

// A name is still of use without what a variable can't hold.
function nameOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined
  return value.slice(0, LONGEST * 4).replace(CONTROL, " ").trim().slice(0, LONGEST).trim() || undefined
}

function modelOf(provider: unknown, model: unknown): string | undefined {
  const id = nameOf(model)
  return nameOf(id && nameOf(provider) ? `${nameOf(provider)}/${id}` : id)
}

// The tool `skill`, or `skills_<name>` of a skills plugin; no other tool with "skill" in its name.
function isSkill(tool: unknown): tool is string {
  return tool === "skill" || (typeof tool === "string" && tool.startsWith("skills_"))
}

// The plugin's tool has underscores where the skill's name has hyphens; its answer is "Launching skill: <name>".
function skillOf(tool: string, callID: unknown, input: Loose, output: unknown): Skill | undefined {
  const answer = typeof output === "string" ? output.trimStart() : ""
  const launched = answer.match(/^Launching skill: (.{1,1000})/)?.[1]
  const named = tool === "skill" ? (nameOf(input?.name) ?? nameOf(input?.id)) : nameOf(tool.slice("skills_".length))
  const name = nameOf(launched) ?? named
  return name ? { name, callID: text(callID) } : undefined
}

function keepNewest<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) if (map.size > most) map.delete(oldest)
}

async function atMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))
  await Promise.race([promise, late])
  clearTimeout(timer)
}

// An empty PYTHONPATH must not become an empty entry: that would be the command's working folder.
function withLibrary(path: string | undefined): string | undefined {
  const library = join(dirname(fileURLToPath(import.meta.url)), "..", "tachikoma-telemetry", "python")
  if (!existsSync(library) || path?.split(delimiter).includes(library)) return undefined
  return path ? path + delimiter + library : library
}

// As tachikoma_telemetry.project.find_root: the first folder upwards with .opencode or .git, the home folder and what
// is above it never, nor one of another user, else the folder itself. OpenCode's `worktree` will not do: it is "/"
// outside of git.
function projectRoot(directory: unknown): string | undefined {
  try {
    const start = real(typeof directory === "string" && directory ? directory : process.cwd())
    const home = real(process.env.HOME || homedir())
    for (let folder = start; ; folder = dirname(folder)) {
      if (home === folder || home.startsWith(folder === sep ? sep : folder + sep)) return start
      if (isRoot(folder)) return folder
      if (dirname(folder) === folder) return start
    }
  } catch {
    return undefined // OpenCode's own working folder was deleted, say
  }
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path) // it does not exist, or must not be looked at
  }
}

// Whether the folder and what marks it belong to this user: anyone may put an `.opencode` into /tmp.
function isRoot(folder: string): boolean {
  for (const name of [".opencode", ".git"]) {
    try {
      const found = statSync(join(folder, name))
      if ((name === ".git" || found.isDirectory()) && isOwn(found.uid)) return isOwn(statSync(folder).uid)
    } catch {}
  }
  return false
}

// To root, that includes the user who ran `sudo`, as in git.
function isOwn(uid: number): boolean {
  const user = process.geteuid?.()
  if (user === undefined || uid === user) return true
  return user === 0 && /^[0-9]+$/.test(process.env.SUDO_UID ?? "") && uid === Number(process.env.SUDO_UID)
}
