/** The one shape of everything that goes wrong: a stable code, what happened, and what to do next. */

/** 1 the lab is wrong or a check failed · 2 wrong usage · 3 the host cannot · 4 a step failed. */
export type ExitCode = 1 | 2 | 3 | 4

export class Failure extends Error {
  readonly code: string
  readonly remedy: string
  readonly exitCode: ExitCode

  constructor(code: string, exitCode: ExitCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
    this.exitCode = exitCode
    this.remedy = remedy
  }
}

/** One row of a room's table of failures. `text` and `next` are printed as they are, so both are whole sentences. */
export interface FailureRow<Details> {
  readonly exit: ExitCode
  readonly text: (details: Details) => string
  readonly next: (details: Details) => string
}

// `never` as the parameter accepts rows of any details: function parameters are contravariant.
export type FailureTable = Readonly<Record<string, FailureRow<never>>>

type DetailsOf<Row> = Row extends FailureRow<infer Details> ? Details : never

/** Makes the room's one way to fail: `throw fail('host-lost', { host })`, with details checked against the code. The manual is made from `table`. */
export function failuresOf<Table extends FailureTable>(table: Table) {
  const fail = <Code extends keyof Table & string>(
    code: Code,
    details: DetailsOf<Table[Code]>,
    cause?: unknown,
  ): Failure => {
    const row = table[code] as unknown as FailureRow<DetailsOf<Table[Code]>>
    return new Failure(code, row.exit, row.text(details), row.next(details), cause)
  }
  return Object.assign(fail, { table })
}
