import { ClassicLevel } from 'classic-level';

/** A LevelDB whose keys are texts and whose values are bytes. */
export type Level = ClassicLevel<string, Buffer>;

/**
 * Opens the LevelDB in `folder`: a new one if `create` is set, otherwise the existing one. Rejects with an error whose
 * cause is LevelDB's.
 */
export async function openLevel(folder: string, { create }: { readonly create: boolean }): Promise<Level> {
  const level = makeLevel(folder);
  await level.open({ createIfMissing: create, errorIfExists: create });
  return level;
}

/**
 * Rejects if another process has the LevelDB in `folder` open, or if it cannot be locked. LevelDB takes the lock before
 * it looks for a database. Here an existing database is an error for it, so it reads and writes nothing else.
 */
export async function assertUnlocked(folder: string): Promise<void> {
  const level = makeLevel(folder);
  try {
    await level.open({ createIfMissing: true, errorIfExists: true });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && cause.message.includes('error_if_exists')) return;
    throw error;
  }
  await level.close();
}

/** Runs LevelDB's own repair of a damaged database. It moves files that it cannot use into the folder `lost` inside. */
export function repairLevel(folder: string): Promise<void> {
  return ClassicLevel.repair(folder);
}

function makeLevel(folder: string): Level {
  return new ClassicLevel<string, Buffer>(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
}
