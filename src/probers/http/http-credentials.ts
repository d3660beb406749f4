export interface RawCredentials {
  readonly basic_auth?: {
    readonly username?: string;
    readonly username_file?: string;
    readonly username_ref?: string;
    readonly password?: string;
    readonly password_file?: string;
    readonly password_ref?: string;
  } | null;
  readonly authorization?: {
    readonly type?: string;
    readonly credentials?: string;
    readonly credentials_file?: string;
    readonly credentials_ref?: string;
  } | null;
  readonly bearer_token?: string;
  readonly bearer_token_file?: string;
}

/** What a module authenticates its requests with. */
export interface Credentials {
  /** The value of the Authorization header, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly header: (signal: AbortSignal) => Promise<string>;
}

/** The credentials of a module; undefined if it has none (oauth2 is apart: its token is asked for over the network). */
export function compileCredentials(_raw: RawCredentials): Credentials | undefined {
  throw new Error('not built yet');
}

export type RawHttpHeaders = Readonly<
  Record<
    string,
    {
      readonly values?: readonly string[];
      readonly secrets?: readonly string[];
      readonly files?: readonly string[];
    } | null
  >
>;

/** The module's `http_headers`. */
export interface HttpHeaders {
  /** Name (canonical) and value of each header, files read anew; rejects with a ProbeFailure of the phase setup. */
  readonly headers: (signal: AbortSignal) => Promise<readonly (readonly [string, string])[]>;
}

export function compileHttpHeaders(_raw: RawHttpHeaders): HttpHeaders {
  throw new Error('not built yet');
}
