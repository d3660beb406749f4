/** The slots of a cluster (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/). */
const SLOTS = 16_384;
/** Redis recommends a thousand nodes at most. */
const MOST_NODES = 2000;
const MOST_INFO_CHARACTERS = 1024 * 1024;
const LARGEST_PORT = 65_535;

/**
 * Checks replies that the client library asks for by itself, and then believes: it would set a trillion slots, and
 * throw at a list that is none. Key: the command. Each returns the reply, or throws an Error, which the library gives
 * to whoever has asked.
 */
export const REPLY_CHECKS: Readonly<Record<string, (reply: unknown) => unknown>> = {
  cluster: checkSlots,
  info: (reply) => {
    if (typeof reply === 'string' && reply.length > MOST_INFO_CHARACTERS) throw new Error('INFO is too long');
    return reply;
  },
};

/** Of all that CLUSTER gives, only SLOTS is asked for. */
function checkSlots(reply: unknown): unknown {
  if (!Array.isArray(reply)) throw wrong('no list');
  const nodes = new Set<string>();
  let slots = 0;
  for (const range of reply as readonly unknown[]) {
    if (!Array.isArray(range)) throw wrong('a range that is none');
    const [from, to, ...served] = range as readonly unknown[];
    if (!isWithin(from, SLOTS - 1) || !isWithin(to, SLOTS - 1)) throw wrong('a slot that there is not');
    slots += Math.max(0, to - from + 1);
    if (slots > SLOTS) throw wrong('slots that overlap');
    for (const node of served) nodes.add(nodeName(node));
    if (nodes.size > MOST_NODES) throw wrong(`more than ${MOST_NODES} nodes`);
  }
  return reply;
}

/** The host may be missing where a node does not know it; such a node is passed over. */
function nodeName(node: unknown): string {
  if (!Array.isArray(node)) throw wrong('a node that is none');
  const [host, port] = node as readonly unknown[];
  if ((host !== null && typeof host !== 'string') || !isWithin(port, LARGEST_PORT)) throw wrong('a node that is none');
  return `${host ?? ''}:${port}`;
}

function isWithin(value: unknown, largest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= largest;
}

function wrong(what: string): Error {
  return new Error(`CLUSTER SLOTS gives ${what}`);
}
