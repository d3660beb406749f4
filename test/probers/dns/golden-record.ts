/** A record of test/golden/dns-rr-text.json, and what blackbox_exporter 0.28 made of it. */
export interface GoldenRecord {
  readonly type: string;
  readonly number: number;
  readonly class?: number;
  readonly ttl?: number;
  /** In hexadecimal digits; a pointer to the question's name (x.test) where absent. */
  readonly owner?: string;
  readonly rdata: string;
  /** The text that patterns see; null if the message was refused. */
  readonly text: string | null;
}
