import net from 'node:net';

/** A function that V8 12 brought. In that of Node 24 a copy of options is cheap, and this would make it dearer. */
const NEW_FUNCTION = 'fromAsync';

/** As many kinds of options as V8 tells apart at one place in the code are 4. */
const KINDS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** V8 notes what a place in the code sees only after the function has run a few times. */
const ROUNDS = 8;

/**
 * Makes sockets cheaper in Node 20. The constructor of a socket copies its options and adds three to the copy, and V8
 * makes new hidden classes for each such copy: they stay until the whole heap is collected, and no look at the copy is
 * a fast one, in all 7 µs and 1 KiB of a socket. Where V8 has seen options of more than 4 kinds, it copies them one by
 * one instead, and the classes are those of the copies before. So it is shown some.
 */
export function showSocketOptions(copiesWell = Object.hasOwn(Array, NEW_FUNCTION)): void {
  if (copiesWell) return;
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of KINDS) new net.Socket({ [kind]: true });
  }
}
