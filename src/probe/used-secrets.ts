import { isSecretName } from '../values/masked-text.js';
import { Secret } from '../values/secret.js';
import { bothMasks, longLines, maskedForms, maskOf, type TextMask } from './text-mask.js';

/**
 * The most lines that are masked by themselves, of all secrets of a probe: the longest keys have as many. A server may
 * redirect to URLs with passwords of thousands, and each costs a search of every text.
 */
const MOST_LINES = 200;

/**
 * The secrets of one probe: a server may repeat what it was given, so they are masked in all that is told of the probe,
 * wherever they came from (module, variable, file or data source).
 */
export class UsedSecrets {
  readonly #ofModule: TextMask | undefined;
  readonly #values = new Set<string>();
  /** Those that are not among the forms yet: no probe looks for all of them again when one comes. */
  #latest: string[] = [];
  readonly #forms = new Set<string>();
  #lines = 0;
  #mask: TextMask | undefined;
  #isMade = false;

  /** `ofModule` masks what is known without a probe. */
  constructor(ofModule?: TextMask) {
    this.#ofModule = ofModule;
  }

  /** Records a secret that the probe is about to use. Returns it. */
  use(secret: Secret): Secret {
    const value = secret.reveal();
    if (this.#values.has(value)) return secret;
    this.#values.add(value);
    this.#latest.push(value);
    return secret;
  }

  /** The mask for all of them; undefined where there is nothing to mask. */
  get mask(): TextMask | undefined {
    if (this.#isMade && this.#latest.length === 0) return this.#mask;
    for (const value of this.#latest) this.#take(value);
    this.#latest = [];
    this.#mask = bothMasks(this.#ofModule, maskOf(this.#forms));
    this.#isMade = true;
    return this.#mask;
  }

  #take(value: string): void {
    const lines = this.#lines < MOST_LINES ? longLines(value).slice(0, MOST_LINES - this.#lines) : [];
    this.#lines += lines.length;
    for (const form of [value, ...lines].flatMap(maskedForms)) this.#forms.add(form);
  }
}

/** The part of a probe's context that the use of a secret needs. */
export interface SecretUser {
  readonly signal: AbortSignal;
  readonly secrets: Pick<UsedSecrets, 'use'>;
}

/** Records no secrets: for those that are never shown anywhere, and for what only looks like one. */
export const NOT_NOTED: SecretUser['secrets'] = { use: (secret) => secret };

/** The value of one cookie in a header of several. */
const COOKIE = /=([^;]*)/g;
/** The most cookies of a header that are masked by themselves: parameters of a client may be in it. */
const MOST_COOKIES = 50;

/**
 * Records what a header holds whose name says that it holds credentials, as `/config` masks it: the value, its last
 * word, which is what follows a scheme, and what cookies hold. A server may repeat each.
 */
export function noteHeader(name: string, value: string, secrets: SecretUser['secrets']): void {
  if (!isSecretName(name)) return;
  for (const each of [value, value.slice(value.lastIndexOf(' ') + 1)]) secrets.use(new Secret(each));
  if (!/cookie/i.test(name)) return;
  let cookies = 0;
  for (const [, cookie = ''] of value.matchAll(COOKIE)) {
    secrets.use(new Secret(cookie));
    if (++cookies === MOST_COOKIES) break;
  }
}
