import type { Clock } from '../../values/clock.js';
import type { AccessToken, Oauth2Client } from './http-oauth2.js';
import type { Asker } from './http-oauth2-endpoint.js';

/** A token, and whether it has been used before. */
export interface ReusedToken extends AccessToken {
  readonly isOld: boolean;
}

/** Keeps a token for further requests as long as it is good. */
export interface TokenReuse {
  /** Rejects as Oauth2Client does. */
  readonly token: (asker: Asker) => Promise<ReusedToken>;
  /** Drops a token that the server no longer accepts: the next call asks for a new one. */
  readonly forget: () => void;
}

/** A token is not used in the last seconds of its life: it has to arrive (Go's oauth2 package keeps as many). */
const SPARE_SECONDS = 10;

/** Makes a keeper of tokens for a caller that asks for one at a time. */
export function reuseTokens(client: Oauth2Client, clock: Pick<Clock, 'monotonicSeconds'>): TokenReuse {
  let held: { readonly token: AccessToken; readonly untilSeconds: number } | undefined;
  return {
    token: async (asker) => {
      const now = clock.monotonicSeconds();
      if (held !== undefined && now < held.untilSeconds) return { ...held.token, isOld: true };
      const token = await client.token(asker);
      const { lifetimeSeconds = Infinity } = token;
      held = { token, untilSeconds: now + lifetimeSeconds - SPARE_SECONDS };
      return { ...token, isOld: false };
    },
    forget: () => {
      held = undefined;
    },
  };
}
