import type { RawRemoteWrite } from '../../../config/remote-write/raw-remote-write.js';
import type { Label } from '../../../metrics/metric-family.js';
import type { BucketForm } from '../schedule/duration-counts.js';

/** Where the receiver is described: by the command line, as the keys of a file, or by a file. */
export type WriteSource =
  { readonly kind: 'flags'; readonly given: GivenWrite } | { readonly kind: 'file'; readonly path: string };

/** Values of keys that the command line gives; defaults are filled in later. */
export type GivenWrite = Readonly<Partial<Record<keyof RawRemoteWrite, unknown>>>;

/** The options of remote write on the command line. */
export interface RemoteWriteOptions {
  readonly source: WriteSource;
  /** The folder of the queue. */
  readonly queue: string;
  /** The limit of the queue on disk. */
  readonly queueBytes: number;
  /** Labels that all series get which have none of that name. */
  readonly externalLabels: readonly Label[];
  /** The buckets of histograms that are sent. */
  readonly histograms: BucketForm;
}
