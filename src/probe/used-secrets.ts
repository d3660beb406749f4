import type { Secret } from '../values/secret.js';
import { bothMasks, type TextMask, textMask } from './text-mask.js';

/**
 * The secrets of one probe: a server may repeat what it was given, so they are masked in all that is told of the probe,
 * wherever they came from (module, variable, file or data source).
 */
export class UsedSecrets {
  readonly #ofModule: TextMask | undefined;
  readonly #values: string[] = [];
  #mask: TextMask | undefined;
  #isMade = false;

  /** `ofModule` masks what is known without a probe. */
  constructor(ofModule?: TextMask) {
    this.#ofModule = ofModule;
  }

  /** Records a secret that the probe is about to use. Returns it. */
  use(secret: Secret): Secret {
    const value = secret.reveal();
    if (this.#values.includes(value)) return secret;
    this.#values.push(value);
    this.#isMade = false;
    return secret;
  }

  /** The mask for all of them; undefined where there is nothing to mask. */
  get mask(): TextMask | undefined {
    if (!this.#isMade) this.#mask = bothMasks(this.#ofModule, textMask(this.#values));
    this.#isMade = true;
    return this.#mask;
  }
}

/** The part of a probe's context that the use of a secret needs. */
export interface SecretUser {
  readonly signal: AbortSignal;
  readonly secrets: Pick<UsedSecrets, 'use'>;
}

/** Records no secrets: for those that are never shown anywhere, and for what only looks like one. */
export const NOT_NOTED: SecretUser['secrets'] = { use: (secret) => secret };
