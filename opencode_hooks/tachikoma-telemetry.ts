// tachikoma-telemetry plugin 3
// Installed by `tachikoma-telemetry init`, which replaces it by newer versions: changes made here are lost.
//
// Tells every `bash` command of OpenCode where it stands, so that what a skill records there can be joined to
// OpenCode's own record of the same call:
//
//   TACHIKOMA_SESSION_ID     the session
//   TACHIKOMA_CALL_ID        the bash call, without surrounding blanks
//   TACHIKOMA_SKILL          the skill last loaded in that session, and
//   TACHIKOMA_SKILL_CALL_ID  the call that loaded it
//   TACHIKOMA_MODEL          provider/model
//   TACHIKOMA_AGENT          the agent, of a subagent its own
//   TACHIKOMA_PROJECT        the folder whose .opencode/telemetry holds the journal
//   PYTHONPATH               as it is, with the library that `init` put beside this plugin at its end
//
// What is not known is absent, never empty and never a guess. Nothing here may disturb OpenCode: whatever goes
// wrong, a command just gets less. OpenCode calls every function that this file exports: there must be only one.

import { existsSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, join, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"

const NAMES = [
  "TACHIKOMA_SESSION_ID",
  "TACHIKOMA_CALL_ID",
  "TACHIKOMA_SKILL",
  "TACHIKOMA_SKILL_CALL_ID",
  "TACHIKOMA_MODEL",
  "TACHIKOMA_AGENT",
  "TACHIKOMA_PROJECT",
]

// A server can run for months: beyond these numbers, what was used longest ago is forgotten.
const MOST_SESSIONS = 500
const MOST_CALLS = 500

// How far back a session is searched for a skill that an earlier process loaded, and how long a command waits.
const MESSAGES_SEARCHED = 200
const MILLISECONDS_WAITED = 300

type Skill = { name: string; callID?: string }
type Session = { model?: string; agent?: string; skill?: Skill; recalled?: Promise<void> }
type Call = { session: string; callID?: string; served?: boolean; asking?: string }

// What a hook is handed differs between the versions of OpenCode, so nothing is taken for granted.
type Loose = any

export const TachikomaTelemetry = async (opencode: Loose) => {
  // An OpenCode that a bash command of another one started has inherited that command's ids: here they are wrong.
  for (const name of NAMES) delete process.env[name]

  const sessions = new Map<string, Session>()
  const calls = new Map<string, Call>() // bash calls that began and have not ended
  let named = false // whether this OpenCode says for which call it wants an environment
  const project = projectRoot(opencode?.directory)

  function remembered(sessionID: string): Session {
    const session = sessions.get(sessionID) ?? {}
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
      const set = (name: string, value: string | undefined) => value && (output.env[name] = value)
      set("TACHIKOMA_PROJECT", project)
      set("PYTHONPATH", withLibrary(output.env.PYTHONPATH ?? process.env.PYTHONPATH))
      if (!sessionID) return
      set("TACHIKOMA_SESSION_ID", sessionID)
      set("TACHIKOMA_CALL_ID", callID)
      await atMost(MILLISECONDS_WAITED, recalled(sessionID))
      const session = remembered(sessionID)
      set("TACHIKOMA_MODEL", session.model)
      set("TACHIKOMA_AGENT", session.agent)
      set("TACHIKOMA_SKILL", session.skill?.name)
      set("TACHIKOMA_SKILL_CALL_ID", session.skill?.callID)
    }),
  }
}

// OpenCode does not catch what a hook throws, and does not await every hook.
function quietly(hook: (input: Loose, output: Loose) => Promise<void>) {
  return async (input: Loose, output?: Loose): Promise<void> => {
    try {
      await hook(input ?? {}, output)
    } catch {}
  }
}

// A command does not start with a NUL in a variable, nor with one of more than 128 kB, and an id or a name may come
// from a model or a file that holds anything. A variable must not be empty, either.
const LONGEST = 256 // characters, as many as an event keeps
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

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

async function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
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
