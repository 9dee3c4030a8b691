/** The rows of the database of classes, and what is asked of them: each call is one statement. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { ClassState, SeatState } from './class-schema.ts'
import type { ProcessIdentity } from './process-identity.ts'

export interface ClassRow {
  readonly name: string
  readonly state: ClassState
  /** How many seats are wanted. */
  readonly seats: number
  readonly opensMs?: number
  readonly closesMs?: number
  /** Running time that each seat has. */
  readonly quotaMs?: number
  /** Time without anybody after which a seat stands still; absent: it does not for that. */
  readonly idleMs?: number
  /** What the lab file calls a power schedule. */
  readonly power?: unknown
  readonly createdMs: number
}

export interface TemplateRow {
  readonly position: number
  readonly lab: string
  readonly snapshot: string
  readonly site: string
  /** Of all machines of level 0 together. */
  readonly memoryMiB: number
  /** The snapshot was taken for the class and goes with it. */
  readonly isOwn: boolean
}

export interface SeatRow {
  readonly class: string
  /** From 1. */
  readonly number: number
  readonly lab: string
  /** Position of its template. */
  readonly template: number
  readonly state: SeatState
  /** Why it is in that state, for people. */
  readonly because: string
  /** Where a reset leads to. */
  readonly target?: string
  /** The process that is changing it, or was when it died. */
  readonly mover?: ProcessIdentity
  /** Running time until `runningSinceMs`. */
  readonly usedMs: number
  /** Running time that it got beyond the quota of the class. */
  readonly extraMs: number
  readonly runningSinceMs?: number
  readonly lastUsedMs?: number
  readonly secret?: { readonly salt: string; readonly hash: string }
  /** When its secret was handed out; absent while nobody has seen it. */
  readonly handedMs?: number
}

export interface SessionRow {
  readonly id: number
  readonly number: number
  readonly holder: ProcessIdentity
  readonly sinceMs: number
}

export interface JournalRow {
  readonly id: number
  /** Absent where it is about the class itself. */
  readonly number?: number
  readonly atMs: number
  readonly was?: string
  readonly became: string
  readonly because: string
}

export interface GradeRow {
  readonly number: number
  readonly atMs: number
  /** Of the exercise, from 0. */
  readonly position: number
  readonly exercise: string
  readonly points: number
  readonly earned: number
  readonly seen: string
}

export interface ClassRows {
  classes(): readonly ClassRow[]
  class(name: string): ClassRow | undefined
  putClass(row: ClassRow): void
  /** Everything about it goes. */
  removeClass(name: string): void
  templates(name: string): readonly TemplateRow[]
  addTemplate(name: string, row: TemplateRow): void
  seats(name: string): readonly SeatRow[]
  seat(name: string, number: number): SeatRow | undefined
  putSeat(row: SeatRow): void
  sessions(name: string): readonly SessionRow[]
  addSession(name: string, row: Omit<SessionRow, 'id'>): number
  removeSession(id: number): void
  journal(name: string): readonly JournalRow[]
  note(name: string, row: Omit<JournalRow, 'id'>): void
  grades(name: string): readonly GradeRow[]
  addGrade(name: string, row: GradeRow): void
}

type Row = Readonly<Record<string, unknown>>

export function openRows(database: DatabaseSync): ClassRows {
  const all = (sql: string, ...values: SQLInputValue[]): Row[] => database.prepare(sql).all(...values)
  const insert = (table: string, row: Row): number => Number(put(database, table, row))
  const seatsOf = (where: string, ...values: SQLInputValue[]) =>
    all(`SELECT * FROM seats WHERE ${where} ORDER BY number`, ...values).map(seatOf)
  return {
    classes: () => all('SELECT * FROM classes ORDER BY name').map(classOf),
    class: (name) => all('SELECT * FROM classes WHERE name = ?', name).map(classOf)[0],
    putClass: (row) => void insert('classes', writtenClass(row)),
    removeClass: (name) => {
      // A seat names its template, so that it goes first.
      for (const table of ['seats', 'classes'] as const)
        database.prepare(`DELETE FROM ${table} WHERE ${table === 'seats' ? 'class' : 'name'} = ?`).run(name)
    },
    templates: (name) =>
      all('SELECT * FROM templates WHERE class = ? ORDER BY position', name).map(templateOf),
    addTemplate: (name, { memoryMiB, isOwn, ...row }) =>
      void insert('templates', { class: name, ...row, memory_mib: memoryMiB, own: Number(isOwn) }),
    seats: (name) => seatsOf('class = ?', name),
    seat: (name, number) => seatsOf('class = ? AND number = ?', name, number)[0],
    putSeat: (row) => void insert('seats', writtenSeat(row)),
    sessions: (name) => all('SELECT * FROM sessions WHERE class = ? ORDER BY id', name).map(sessionOf),
    addSession: (name, { number, holder, sinceMs }) =>
      insert('sessions', {
        class: name,
        number,
        holder_json: JSON.stringify(holder),
        since_ms: sinceMs,
      }),
    removeSession: (id) => void database.prepare('DELETE FROM sessions WHERE id = ?').run(id),
    journal: (name) => all('SELECT * FROM journal WHERE class = ? ORDER BY id', name).map(journalOf),
    note: (name, { atMs, ...row }) => void insert('journal', { class: name, at_ms: atMs, ...row }),
    grades: (name) =>
      all('SELECT * FROM grades WHERE class = ? ORDER BY number, at_ms, position', name).map(gradeOf),
    addGrade: (name, { atMs, ...row }) => void insert('grades', { class: name, at_ms: atMs, ...row }),
  }
}

/** Columns that make a row the same one; the others are written over. */
const keys: Readonly<Record<string, readonly string[]>> = { classes: ['name'], seats: ['class', 'number'] }

/** Names of columns come from this file only. Returns the row's id, where it has one. */
function put(database: DatabaseSync, table: string, row: Row): number | bigint {
  const columns = Object.keys(row)
  const key = keys[table]
  const others = columns.filter((one) => !key?.includes(one))
  const replace =
    key &&
    ` ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.map((one) => `${one} = excluded.${one}`).join(', ')}`
  const places = columns.map(() => '?').join(', ')
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})${replace ?? ''}`
  const values = Object.values(row).map((value) => (value ?? null) as SQLInputValue)
  return database.prepare(sql).run(...values).lastInsertRowid
}

function writtenClass(row: ClassRow): Row {
  const { name, state, seats, power } = row
  return {
    name,
    state,
    seats,
    opens_ms: row.opensMs,
    closes_ms: row.closesMs,
    quota_ms: row.quotaMs,
    idle_ms: row.idleMs,
    power_json: jsonOf(power),
    created_ms: row.createdMs,
  }
}

function writtenSeat(row: SeatRow): Row {
  const { number, lab, template, state, because, target, secret } = row
  return {
    class: row.class,
    number,
    lab,
    template,
    state,
    because,
    target,
    mover_json: jsonOf(row.mover),
    used_ms: row.usedMs,
    extra_ms: row.extraMs,
    running_since_ms: row.runningSinceMs,
    last_used_ms: row.lastUsedMs,
    secret_salt: secret?.salt,
    secret_hash: secret?.hash,
    handed_ms: row.handedMs,
  }
}

function classOf(row: Row): ClassRow {
  const { name, state, seats } = row
  return {
    ...({ name, state, seats } as Pick<ClassRow, 'name' | 'state' | 'seats'>),
    ...present({
      opensMs: row.opens_ms,
      closesMs: row.closes_ms,
      quotaMs: row.quota_ms,
      idleMs: row.idle_ms,
      power: parsed(row.power_json),
    }),
    createdMs: Number(row.created_ms),
  }
}

function templateOf({ position, lab, snapshot, site, memory_mib, own }: Row): TemplateRow {
  const named = { position, lab, snapshot, site } as Pick<
    TemplateRow,
    'position' | 'lab' | 'snapshot' | 'site'
  >
  return { ...named, memoryMiB: Number(memory_mib), isOwn: own === 1 }
}

function seatOf(row: Row): SeatRow {
  const { number, lab, template, state, because, secret_salt: salt, secret_hash: hash } = row
  const plain = { class: row.class, number, lab, template, state, because }
  return {
    ...(plain as unknown as Omit<SeatRow, 'usedMs' | 'extraMs'>),
    usedMs: Number(row.used_ms),
    extraMs: Number(row.extra_ms),
    ...present({
      target: row.target,
      mover: parsed(row.mover_json),
      runningSinceMs: row.running_since_ms,
      lastUsedMs: row.last_used_ms,
      secret: typeof salt === 'string' && typeof hash === 'string' ? { salt, hash } : null,
      handedMs: row.handed_ms,
    }),
  }
}

function sessionOf({ id, number, holder_json, since_ms }: Row): SessionRow {
  const holder = parsed(holder_json) as ProcessIdentity
  return { id: Number(id), number: Number(number), holder, sinceMs: Number(since_ms) }
}

function journalOf({ id, number, at_ms, was, became, because }: Row): JournalRow {
  const always = { id: Number(id), atMs: Number(at_ms), became: String(became), because: String(because) }
  return { ...always, ...present({ number, was }) }
}

function gradeOf({ number, at_ms, position, exercise, points, earned, seen }: Row): GradeRow {
  const row = { number, position, exercise, points, earned, seen }
  return { ...(row as unknown as Omit<GradeRow, 'atMs'>), atMs: Number(at_ms) }
}

/** Columns without a value are left away. */
function present(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

function jsonOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function parsed(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null
}
