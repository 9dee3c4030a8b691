/** The tables of the database of classes. */

export const classSchemaVersion = 1

/** What a seat can be in; the middle ones are left again by whoever went into them, or by whoever finds him dead. */
export const seatStates = [
  'waiting',
  'making',
  'running',
  'freezing',
  'frozen',
  'thawing',
  'resetting',
  'closing',
  'closed',
  'failed',
] as const

export type SeatState = (typeof seatStates)[number]

export const classStates = ['open', 'closing', 'closed'] as const

export type ClassState = (typeof classStates)[number]

const words = (all: readonly string[]) => all.map((one) => `'${one}'`).join(', ')

/** Times are milliseconds since 1970; columns with `_json` hold what the engine made of them. */
export const classSchema = `
CREATE TABLE classes (
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN (${words(classStates)})),
  seats INTEGER NOT NULL,
  opens_ms INTEGER,
  closes_ms INTEGER,
  quota_ms INTEGER,
  idle_ms INTEGER,
  power_json TEXT,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE templates (
  class TEXT NOT NULL REFERENCES classes (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  lab TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  site TEXT NOT NULL,
  memory_mib INTEGER NOT NULL,
  own INTEGER NOT NULL,
  PRIMARY KEY (class, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE seats (
  class TEXT NOT NULL REFERENCES classes (name) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  lab TEXT NOT NULL UNIQUE,
  template INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN (${words(seatStates)})),
  because TEXT NOT NULL,
  target TEXT,
  mover_json TEXT,
  used_ms INTEGER NOT NULL DEFAULT 0,
  extra_ms INTEGER NOT NULL DEFAULT 0,
  running_since_ms INTEGER,
  last_used_ms INTEGER,
  secret_salt TEXT,
  secret_hash TEXT,
  handed_ms INTEGER,
  PRIMARY KEY (class, number),
  FOREIGN KEY (class, template) REFERENCES templates (class, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  class TEXT NOT NULL,
  number INTEGER NOT NULL,
  holder_json TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  FOREIGN KEY (class, number) REFERENCES seats (class, number) ON DELETE CASCADE
) STRICT;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  class TEXT NOT NULL REFERENCES classes (name) ON DELETE CASCADE,
  number INTEGER,
  at_ms INTEGER NOT NULL,
  was TEXT,
  became TEXT NOT NULL,
  because TEXT NOT NULL
) STRICT;

CREATE TABLE grades (
  id INTEGER PRIMARY KEY,
  class TEXT NOT NULL,
  number INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  position INTEGER NOT NULL,
  exercise TEXT NOT NULL,
  points INTEGER NOT NULL,
  earned INTEGER NOT NULL,
  seen TEXT NOT NULL,
  FOREIGN KEY (class, number) REFERENCES seats (class, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX journal_of_class ON journal (class, id);
CREATE INDEX grades_of_class ON grades (class, number, at_ms)
`
