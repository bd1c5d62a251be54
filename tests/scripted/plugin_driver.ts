// Runs the plugin outside of OpenCode: argument one is the plugin, two the steps as JSON, see plugin_driver.py.
import { readFileSync } from "node:fs"

const [plugin, input] = process.argv.slice(-2)
const { opencode, messages, steps } = JSON.parse(readFileSync(input, "utf8"))
const exported = await import(plugin)
const client = {
  _client: { get: async () => ({ data: { healthy: true, version: "1.18.33" } }) },
  session: {
    messages: async ({ path }) => {
      if (messages === "hang") return new Promise(() => {})
      if (messages === "fail") throw new Error("no such session")
      return { data: messages[path.id] ?? [] }
    },
  },
}
// Which of both it is depends on the runtime: see the plugin.
const hooks = await (exported.default.server ?? exported.default)(opencode === null ? null : { client, ...opencode })
const results = []
for (const [hook, input, output] of steps) {
  const began = performance.now()
  await hooks[hook](input, output)
  results.push({ output, milliseconds: performance.now() - began })
}
const inherited = Object.keys(process.env).filter((name) => /^(TACHIKOMA_|OPENCODE_S)/.test(name))
await new Promise((resolve) => setTimeout(resolve, 20)) // the sign of life, which no hook waits for
console.log(JSON.stringify({ exports: Object.keys(exported), hooks: Object.keys(hooks), results, inherited }))
process.exit(0)
