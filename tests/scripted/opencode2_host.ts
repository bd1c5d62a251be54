// OpenCode 2 as far as a plugin sees it, written after its source (tool.ts, shell.ts, tool/plugin/shell.ts,
// plugin/{module,hooks}.ts, session/environment.ts): argument one is the plugin, two the steps as JSON, see
// opencode2_host.py.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

const [file, input] = process.argv.slice(-2)
const { directory, names_session, copies, others, history, history_ms, steps } = JSON.parse(readFileSync(input, "utf8"))

type Hook = (event: any) => unknown
let hooks = new Map<string, Hook[]>()
let subscribers: ((event: any) => void)[] = []
let cleanups: (() => unknown)[] = []

// One after the other, on one event, and nothing that they throw is caught.
async function trigger(domain: string, name: string, event: any) {
  for (const hook of hooks.get(`${domain}.${name}`) ?? []) await hook(event)
  return event
}

const domain = (name: string, more = {}) => ({
  ...more,
  hook: async (hook: string, callback: Hook) => {
    const key = `${name}.${hook}`
    hooks.set(key, [...(hooks.get(key) ?? []), callback])
    return { dispose: async () => {} }
  },
})

// What other plugins were seen to do.
const OTHERS: Record<string, (ctx: any) => Promise<unknown>> = {
  "rewrites created": (ctx) =>
    ctx.shell.hook("create.before", (event: any) => void (event.command = `rtk ${event.command}`)),
  "rewrites input": (ctx) =>
    ctx.tool.hook("execute.before", (event: any) => {
      if (event.tool === "shell") event.input = { ...event.input, command: `rtk ${event.input.command}` }
    }),
  "copies environment": (ctx) => ctx.shell.hook("create.before", (event: any) => void (event.env = { ...event.env })),
}

async function load(number: number) {
  hooks = new Map()
  subscribers = []
  const context = async (session: string) => {
    await new Promise((resolve) => setTimeout(resolve, history_ms))
    if (history === "fail") throw new Error("no such session")
    return history === "hang" ? new Promise(() => {}) : (history[session] ?? [])
  }
  const ctx = {
    app: { name: "opencode", version: "2.0.22", channel: "latest" },
    location: { directory, project: { id: "p", directory, canonical: directory } },
    tool: domain("tool"),
    shell: domain("shell"),
    session: domain("session", { context: ({ sessionID }: any) => context(sessionID) }),
    event: {
      async *subscribe({ signal }: { signal: AbortSignal }) {
        const waiting: any[] = []
        let wake = () => {}
        subscribers.push((event) => (waiting.push(event), wake()))
        signal.addEventListener("abort", () => wake())
        while (!signal.aborted) {
          if (waiting.length) yield waiting.shift()
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    },
  }
  await OTHERS[others.before]?.(ctx)
  for (let copy = 0; copy < copies; copy++) {
    const loaded = (await import(`${file}?${number}.${copy}`)).default
    if (typeof loaded !== "object" || typeof loaded.id !== "string" || typeof loaded.setup !== "function")
      throw new Error("Plugin must export a default definition with an id and an effect or setup function.")
    cleanups.push((await loaded.setup(ctx)) ?? (() => {}))
  }
  await OTHERS[others.after]?.(ctx)
}

const calls = new Map<string, any>()
const contextOf = ({ sessionID, agent, messageID, id }: any) => ({ sessionID, agent, messageID, id })

const STEPS: Record<string, (step: any) => Promise<unknown>> = {
  // The model's call begins: `execute.before`.
  async begin(step) {
    const event = await trigger("tool", "execute.before", { tool: step.tool, ...contextOf(step), input: step.input })
    calls.set(step.key, { step, event })
  },

  // The tool `shell` creates its command, is permitted or not, and starts it.
  async create(step) {
    const { step: call, event } = calls.get(step.key)
    const { input } = event
    const timeout = input.background === true ? (input.timeout ?? 0) : (input.timeout ?? 120_000)
    return create({ ...input, timeout }, step, (invocation) => {
      invocation.env.AGENT = "1"
      invocation.env.OPENCODE = "1"
      invocation.env.AI_AGENT ||= "opencode"
      if (names_session) invocation.env.OPENCODE_SESSION_ID = call.sessionID
      return !step.denied
    })
  },

  // The user's `!command`, or one of the API.
  typed: (step) => create(step, step, () => true),

  // A call ends: `execute.after`. Refusals by the user, interrupts and unknown tools do not come here.
  async end(step) {
    const { step: call, event } = calls.get(step.key)
    const { tool, input } = event
    const result = { content: [], metadata: step.metadata ?? {} }
    const how = step.status === "error" ? { status: "error", error: {} } : { status: "completed", result }
    await trigger("tool", "execute.after", { tool, ...contextOf(call), input, ...how })
  },

  async hook({ domain, name, event }) {
    await trigger(domain, name, event)
  },

  async event({ type, data }) {
    for (const subscriber of subscribers) subscriber({ id: "evt_1", type, created: 1, data })
    await new Promise((resolve) => setTimeout(resolve, 5))
  },

  async restart() {
    for (const cleanup of cleanups.splice(0)) await cleanup()
    restarts++
    await load(restarts)
  },
}

async function create(input: any, step: any, before: (invocation: any) => boolean) {
  const invocation = {
    command: input.command,
    cwd: input.workdir ?? directory,
    timeout: input.timeout ?? 0,
    shell: "/bin/sh",
    // The environment of the terminal that the session's user works in, if it is known.
    env: { ...(step.client ?? process.env), TERM: "xterm-256color", OPENCODE_TERMINAL: "1" },
  }
  const began = performance.now()
  await trigger("shell", "create.before", invocation)
  const milliseconds = performance.now() - began
  if (!before(invocation)) return { denied: true, milliseconds }
  if (Object.values(invocation.env).some((value) => typeof value !== "string")) throw new Error("no text")
  const started = spawnSync("/usr/bin/env", ["-0"], { env: invocation.env, encoding: "utf8" })
  const seen = started.stdout.split("\0").filter(Boolean)
  return { environment: seen.filter((line) => /^(TACHIKOMA|OPENCODE_S)/.test(line)), command: invocation.command, milliseconds }
}

let restarts = 0
await load(0)
const results = []
for (const step of steps) results.push((await STEPS[step.op](step)) ?? null)
for (const cleanup of cleanups) await cleanup()
console.log(JSON.stringify(results))
process.exit(0)
