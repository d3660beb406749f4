import type { Deviation } from './deviation.js';

/** The looks at one case: a difference of the programs shows in each of them, one of the moment does not. */
const LOOKS = 3;

/**
 * What the last look found, after up to three: the first that is `fine` ends it. A busy machine makes the peer send a
 * request again, say.
 */
export async function lookAgain(
  look: () => Promise<readonly Deviation[]>,
  fine: (found: readonly Deviation[]) => boolean,
): Promise<readonly Deviation[]> {
  let found = await look();
  for (let looks = 1; looks < LOOKS && !fine(found); looks++) found = await look();
  return found;
}
