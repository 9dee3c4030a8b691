/** The database of classes: one SQLite file in which every change of a seat stands beside the line that journals it. */
import { chmod, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { type ClassRows, openRows } from './class-rows.ts'
import { classSchema, classSchemaVersion } from './class-schema.ts'
import { failStore, fileFailure } from './errors.ts'
import { type Roots, sitePaths } from './paths.ts'

/** Longer than any transaction of ours takes: another command may be writing. */
const waitMs = 10_000

/** What is read or written in one `change` is read or written together, or not at all. */
export interface ClassDatabase extends Disposable {
  read<Result>(work: (rows: ClassRows) => Result): Result
  /** Everything that `work` writes is on the disk when this returns; when it throws, nothing of it is. */
  change<Result>(work: (rows: ClassRows) => Result): Result
}

/** Fails with `state-damaged`, `state-newer`, `not-writable` or `disk-full`. */
export async function openClassDatabase(roots: Roots): Promise<ClassDatabase> {
  const path = sitePaths(roots).classes
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileFailure('make the folder of the classes', path, error)
  }
  // Loaded here: no other command needs it.
  const sqlite = await import('node:sqlite')
  const file = new ClassFile(path, () => new sqlite.DatabaseSync(path, { timeout: waitMs }))
  // It holds hashes of what opens seats.
  await chmod(path, 0o600)
  return file
}

class ClassFile implements ClassDatabase {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #rows: ClassRows

  constructor(path: string, open: () => DatabaseSync) {
    this.#path = path
    this.#database = this.#guarded('open the database of classes', () => {
      const database = open()
      try {
        prepare(database, path)
      } catch (error) {
        database.close()
        throw error
      }
      return database
    })
    this.#rows = openRows(this.#database)
  }

  read<Result>(work: (rows: ClassRows) => Result): Result {
    return this.#transaction('BEGIN', 'read the database of classes', work)
  }

  change<Result>(work: (rows: ClassRows) => Result): Result {
    // Taken before anything is read, so that what was read still holds when it is written by.
    return this.#transaction('BEGIN IMMEDIATE', 'write the database of classes', work)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #transaction<Result>(begin: string, doing: string, work: (rows: ClassRows) => Result): Result {
    return this.#guarded(doing, () => {
      this.#database.exec(begin)
      try {
        const result = work(this.#rows)
        this.#database.exec('COMMIT')
        return result
      } catch (error) {
        // Where the disk is full SQLite has rolled back already.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  #guarded<Result>(doing: string, work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw databaseFailure(doing, this.#path, error)
    }
  }
}

function prepare(database: DatabaseSync, path: string): void {
  // A committed line must outlive a power cut: seats are made and taken away by it.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (found > classSchemaVersion) throw failStore('state-newer', { path, version: found })
  if (found === classSchemaVersion) return
  database.exec('BEGIN IMMEDIATE')
  // Another command may have been faster.
  const now = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (now === 0) database.exec(`${classSchema}; PRAGMA user_version = ${classSchemaVersion}`)
  database.exec('COMMIT')
}

/** Result codes of SQLite (https://sqlite.org/rescode.html): the lower eight bits say what kind of trouble it is. */
const kinds: Readonly<Record<number, 'damaged' | 'full' | 'closed'>> = {
  8: 'closed',
  11: 'damaged',
  13: 'full',
  14: 'closed',
  26: 'damaged',
}

function databaseFailure(doing: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return error
  const kind = kinds[error.errcode & 0xff]
  if (kind === 'damaged') {
    return failStore('state-damaged', { path, what: 'The database of classes', reason: error.message }, error)
  }
  if (kind === 'full') return failStore('disk-full', { doing, path }, error)
  if (kind === 'closed') return failStore('not-writable', { doing, path }, error)
  return failStore('store-trouble', { doing, path, reason: error.message }, error)
}
