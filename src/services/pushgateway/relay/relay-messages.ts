import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import type { Companion } from '../../running-service.js';

/** The body of a request: its blocks, which change hands, or the answer where it cannot be had. */
export type RelayedBytes =
  { readonly blocks: readonly Uint8Array<ArrayBuffer>[] } | { readonly status: number; readonly message: string };

/** A request as it goes to the thread that answers it. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
}

/** A message from the thread with the sockets to the thread that answers. */
export type ToEngine =
  /** The body comes along where it was there already. */
  | { readonly kind: 'request'; readonly id: number; readonly head: RequestHead; readonly body?: RelayedBytes }
  | { readonly kind: 'body'; readonly id: number; readonly body: RelayedBytes }
  /** This many bytes of the answer were taken. */
  | { readonly kind: 'taken'; readonly id: number; readonly bytes: number }
  /** The client left before it had its answer. */
  | { readonly kind: 'gone'; readonly id: number }
  | { readonly kind: 'gathered'; readonly families: readonly MetricFamily[]; readonly droppedLogLines: number }
  /** `/-/healthy` or `/-/ready` was answered. */
  | { readonly kind: 'answered'; readonly handler: string; readonly status: number }
  | { readonly kind: 'bug'; readonly stack: string }
  | { readonly kind: 'beside'; readonly services: readonly Companion[] }
  | { readonly kind: 'stop' };

/** A message from the thread that answers to the thread with the sockets. */
export type FromEngine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'wants body'; readonly id: number }
  | { readonly kind: 'head'; readonly id: number; readonly status: number; readonly headers: OutgoingHttpHeaders }
  | { readonly kind: 'piece'; readonly id: number; readonly bytes: Uint8Array }
  /** The answer is cut off: its client takes nothing. */
  | { readonly kind: 'cut'; readonly id: number }
  /** The rest of the answer. */
  | { readonly kind: 'end'; readonly id: number; readonly bytes: Uint8Array }
  /** A whole answer. */
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly status: number;
      readonly headers: OutgoingHttpHeaders;
      readonly bytes: Uint8Array;
    }
  /** Why pushes cannot be kept from now on; without a problem they can. */
  | { readonly kind: 'keeping'; readonly problem: string | undefined }
  | { readonly kind: 'wants families' }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'quit' };
