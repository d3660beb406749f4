/** The cookies of one probe. */
export interface CookieJar {
  /** The value of the Cookie header for a request to `url`; undefined if there is nothing to send. */
  readonly header: (url: string) => string | undefined;
  /** Keeps what a response from `url` set; cookies that are not acceptable are ignored. */
  readonly store: (url: string, setCookieHeaders: readonly string[]) => void;
}

export function createCookieJar(): Promise<CookieJar> {
  return Promise.reject(new Error('not built yet'));
}
