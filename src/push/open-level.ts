import { ClassicLevel } from 'classic-level';

/** A LevelDB of texts and bytes. */
export type Level = ClassicLevel<string, Buffer>;

/** Opens the LevelDB in `folder`; a new one where `create` says so, else the one that is there. Rejects with LevelDB's error as the cause. */
export async function openLevel(folder: string, { create }: { readonly create: boolean }): Promise<Level> {
  const level = makeLevel(folder);
  await level.open({ createIfMissing: create, errorIfExists: create });
  return level;
}

/**
 * Rejects if another process has the LevelDB in `folder` open, or if it cannot be locked. LevelDB takes its lock before it sees that there is
 * a database, which it is told to take for an error, so that it reads and writes nothing else.
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

/** LevelDB's own attempt to make a database of what is left of one; what it cannot use goes into the folder `lost` inside. */
export function repairLevel(folder: string): Promise<void> {
  return ClassicLevel.repair(folder);
}

function makeLevel(folder: string): Level {
  return new ClassicLevel<string, Buffer>(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
}
