/** A socket in /proc/net/tcp, udp or a similar file. */
export interface TableSocket {
  /** The number of its TCP state (include/net/tcp_states.h). */
  readonly state: number;
  readonly txQueueBytes: number;
  readonly rxQueueBytes: number;
}

/**
 * A line such as `  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 …`: number, local and remote address, state,
 * queues.
 */
const LINE = /^ *\d+: [\dA-F]+:[\dA-F]+ [\dA-F]+:[\dA-F]+ ([\dA-F]{2}) ([\dA-F]+):([\dA-F]+)/gm;

/** Yields the sockets of a table one after the other: a busy host has tens of thousands. */
export function* socketsOf(table: string): Generator<TableSocket> {
  for (const [, state = '', tx = '', rx = ''] of table.matchAll(LINE)) {
    yield {
      state: Number.parseInt(state, 16),
      txQueueBytes: Number.parseInt(tx, 16),
      rxQueueBytes: Number.parseInt(rx, 16),
    };
  }
}
