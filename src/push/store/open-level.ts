import type { ClassicLevel } from 'classic-level';

/** A LevelDB whose keys are texts and whose values are bytes. */
export type Level = ClassicLevel<string, Buffer>;

/**
 * Opens the LevelDB in `folder`: a new one if `create` is set, otherwise the existing one; with `mayExist` whichever it
 * is. Rejects with an error whose
 * cause is LevelDB's.
 */
export async function openLevel(
  folder: string,
  { create, mayExist = false }: { readonly create: boolean; readonly mayExist?: boolean },
): Promise<Level> {
  const level = makeLevel(await loaded(), folder);
  await level.open({ createIfMissing: create, errorIfExists: create && !mayExist });
  return level;
}

/**
 * Rejects if another process has the LevelDB in `folder` open, or if it cannot be locked. LevelDB takes the lock before
 * it looks for a database. Here an existing database is an error for it, so it reads and writes nothing else.
 */
export async function assertUnlocked(folder: string): Promise<void> {
  const level = makeLevel(await loaded(), folder);
  try {
    await level.open({ createIfMissing: true, errorIfExists: true });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && cause.message.includes('error_if_exists')) return;
    throw error;
  }
  await level.close();
}

/**
 * Runs LevelDB's own repair of a damaged database. It moves files that it cannot use into the folder `lost` inside. Its
 * tables must be intact (damaged-tables.ts).
 */
export async function runLevelRepair(folder: string): Promise<void> {
  const library = await loaded();
  await library.repair(folder);
}

/** The library is some twenty files with native code, which services that keep nothing on disk do without. */
async function loaded(): Promise<typeof ClassicLevel> {
  const library = await import('classic-level');
  return library.ClassicLevel;
}

/** The library opens by itself, with options of its own, what is not opened in the same turn. */
function makeLevel(Library: typeof ClassicLevel, folder: string): Level {
  return new Library<string, Buffer>(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
}
