/** How `exit`, `return`, `break` and `continue` leave what they stand in. */
export class Leave extends Error {
  readonly what: 'exit' | 'return' | 'break' | 'continue'
  readonly code: number

  constructor(what: Leave['what'], code: number) {
    super(what)
    this.what = what
    this.code = code
  }
}
