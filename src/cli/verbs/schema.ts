/** `nestlab schema`: the JSON Schema of the lab file, for editors. */
import type { Verb } from '../verb.ts'

export const schema: Verb = {
  name: 'schema',
  summary: 'print the JSON Schema of the lab file, for editors',
  json: false,
  examples: [
    {
      line: 'nestlab schema > lab.schema.json',
      does: 'name it in a lab file: # yaml-language-server: $schema=…',
    },
  ],
  async run(call) {
    call.terminal.say(JSON.stringify(await call.services.schema(), undefined, 2))
    return 0
  },
}
