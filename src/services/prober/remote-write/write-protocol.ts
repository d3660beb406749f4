import type { ServiceLog } from '../../../log/service-log.js';
import type { RemoteMetadata, RemoteSample } from '../../../metrics/protobuf/remote-sample.js';
import { REMOTE_WRITE_1, writeRequest1Steps } from '../../../metrics/protobuf/remote-write-1.js';
import { REMOTE_WRITE_2, writeRequest2Steps } from '../../../metrics/protobuf/remote-write-2.js';
import type { Clock } from '../../../values/clock.js';
import { encodeSnappyBlock } from '../../../values/codec/snappy-encoder.js';
import { inSlices } from '../../../values/in-slices.js';
import type { WriteAnswer, Written } from './write-answer.js';

/** The versions of remote write that can be sent. */
export const WRITE_VERSIONS = ['1.0', '2.0'] as const;

/** A version of remote write. */
export type WriteVersion = (typeof WRITE_VERSIONS)[number];

/** A request, and what it has. */
export interface Outgoing {
  readonly version: WriteVersion;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly sent: Written;
}

/** The outcome of a request. */
export type Verdict =
  /** The number of samples that were not written, by the receiver's own count. */
  | { readonly kind: 'taken'; readonly missing: number }
  | { readonly kind: 'refused'; readonly missing: number; readonly problem: string }
  | Extract<WriteAnswer, { kind: 'later' }>
  /** The receiver does not know this version: the samples can be sent by another one, at once. */
  | { readonly kind: 'unsupported' };

/** The settings of the protocol. */
export interface ProtocolDeps {
  /** The version that is sent unless the receiver does not know it. */
  readonly preferred: WriteVersion;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Returns type and help of the metrics, by name. */
  readonly metadata: () => ReadonlyMap<string, RemoteMetadata>;
}

/** How often metadata goes along by 1.0. */
const METADATA_SECONDS = 60;
/** A receiver that did not know 2.0 is asked again after so long: it may be another one by then. */
const AGAIN_SECONDS = 3600;

/** Writes requests in the version that the receiver knows, and reads its answers by the rules of that version. */
export class WriteProtocol {
  readonly #deps: ProtocolDeps;
  #metadataAt = -Infinity;
  /** The time until which requests use version 1.0. */
  #fallbackUntil = -Infinity;
  /** Whether the receiver has shown that it knows 2.0. */
  #isConfirmed = false;

  constructor(deps: ProtocolDeps) {
    this.#deps = deps;
  }

  /** Writes one request. */
  async request(samples: readonly RemoteSample[]): Promise<Outgoing> {
    const { preferred, clock, metadata } = this.#deps;
    const version = clock.monotonicSeconds() < this.#fallbackUntil ? '1.0' : preferred;
    const isSecond = version === '2.0';
    const steps = isSecond ? writeRequest2Steps(samples, metadata()) : writeRequest1Steps(samples, this.#due());
    const body = encodeSnappyBlock(await inSlices(steps));
    const histograms = samples.filter(({ value }) => typeof value === 'object').length;
    const sent = { samples: samples.length - histograms, histograms };
    return { version, headers: isSecond ? REMOTE_WRITE_2 : REMOTE_WRITE_1, body, sent };
  }

  /**
   * Judges the answer to a request. In version 2.0 the receiver says how much it has written. A receiver that does not
   * say so speaks 1.0, whatever else it answers (remote write 2.0, "Required Written Response Headers"). A 415 says the
   * same, and a 400 may ("Unsupported Request Content").
   */
  judge(answer: WriteAnswer, { version, sent }: Outgoing): Verdict {
    if (answer.kind === 'later') return answer;
    const { written } = answer;
    if (version === '1.0') return { ...answer, missing: answer.kind === 'taken' ? 0 : sent.samples + sent.histograms };
    if (written !== undefined) this.#isConfirmed = true;
    if (this.#isUnsupported(answer)) {
      this.#fallbackUntil = this.#deps.clock.monotonicSeconds() + AGAIN_SECONDS;
      const err = answer.kind === 'taken' ? 'its answer does not say what was written' : answer.problem;
      this.#deps.log.warn('The receiver does not know remote write 2.0, results go by 1.0', { err });
      return { kind: 'unsupported' };
    }
    const missing = missingOf(sent, written ?? { samples: 0, histograms: 0 });
    return { ...answer, missing };
  }

  #isUnsupported(answer: Exclude<WriteAnswer, { kind: 'later' }>): boolean {
    if (answer.kind === 'taken') return answer.written === undefined;
    return answer.status === 415 || (answer.status === 400 && !this.#isConfirmed);
  }

  /** Returns the metadata that is due. Version 1.0 sends metadata apart from the samples. */
  #due(): Iterable<RemoteMetadata> {
    const now = this.#deps.clock.monotonicSeconds();
    if (now - this.#metadataAt < METADATA_SECONDS) return [];
    this.#metadataAt = now;
    return this.#deps.metadata().values();
  }
}

function missingOf(sent: Written, written: Written): number {
  const { samples, histograms } = sent;
  return Math.max(0, samples - written.samples) + Math.max(0, histograms - written.histograms);
}
