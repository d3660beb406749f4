import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';

const PIECE_BYTES = 64 * 1024;

/**
 * Reads a file of at most `most` bytes as UTF-8, in pieces, since one of the kernel does not say how long it is. Throws
 * Node's error, or EFBIG.
 */
export function readText(path: string, most: number): string {
  const descriptor = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; ;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const got = readSync(descriptor, piece);
      if (got === 0) return Buffer.concat(pieces).toString();
      bytes += got;
      if (bytes > most) throw tooLong(path);
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The same without blocking the event loop. */
export async function readTextLater(path: string, most: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; ;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES));
      if (bytesRead === 0) return Buffer.concat(pieces).toString();
      bytes += bytesRead;
      if (bytes > most) throw tooLong(path);
      pieces.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** The error for a file that is longer than it may be. */
export function tooLong(path: string): Error {
  const facts = { errno: -constants.errno.EFBIG, code: 'EFBIG', syscall: 'read', path };
  return Object.assign(new Error(`EFBIG: file too large, read '${path}'`), facts);
}
