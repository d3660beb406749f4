import { dirname } from 'node:path';
import { formatProblems, lineFinder } from '../../config/config-problem.js';
import { readWebConfig } from '../../config/read-web-config.js';
import type { Finding } from '../../config/schema/finding.js';
import type { WebConfig } from '../../config/web-config.js';
import { type FileContent, WatchedFile } from '../../files/watched-file.js';
import type { Clock } from '../../values/clock.js';
import { atOnce, inSlices } from '../../values/in-slices.js';

/** The web config file at one moment: the same object as long as the file is the same. */
export type WebFileState =
  | {
      readonly usable: true;
      readonly config: WebConfig;
      /** A mistake as a line `file:line:col: key: message`. */
      readonly place: (finding: Finding) => string;
    }
  /** A line a mistake. */
  | { readonly usable: false; readonly problems: readonly string[] };

/** Where a service has its TLS and users from. */
export interface WebConfigSource {
  /** What they are now. */
  fresh(): Promise<WebFileState>;
}

/** A changed file is seen after this time at the latest. */
const CHECK_SECONDS = 1;

/** The web config file, looked at for requests and handshakes, but read only when it has changed. */
export class WebFile implements WebConfigSource {
  readonly #path: string;
  readonly #file: WatchedFile;
  #last: { readonly content: FileContent; readonly state: Promise<WebFileState> } | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#file = new WatchedFile(path, { clock, checkSeconds: CHECK_SECONDS, isStrict: true });
  }

  /** The file, at most a second old. */
  async fresh(): Promise<WebFileState> {
    const content = await this.#file.fresh();
    if (this.#last?.content !== content) this.#last = { content, state: this.#read(content) };
    return this.#last.state;
  }

  async #read(content: FileContent): Promise<WebFileState> {
    if (!content.readable) return { usable: false, problems: [content.problem] };
    const { text } = content;
    const result = await readWebConfig(text, dirname(this.#path));
    const lineAt = await inSlices(lineFinder(text));
    if ('problems' in result) {
      return { usable: false, problems: await inSlices(formatProblems(result.problems, this.#path, lineAt)) };
    }
    const { config, locate } = result;
    const place = (finding: Finding): string =>
      atOnce(formatProblems([locate(finding)], this.#path, lineAt)).join('\n');
    return { usable: true, config, place };
  }
}

/** TLS and users that do not change; a mistake is told without a place. */
export function unchangingConfig(config: WebConfig): WebConfigSource {
  const state: WebFileState = { usable: true, config, place: ({ message }) => message };
  return { fresh: () => Promise.resolve(state) };
}
