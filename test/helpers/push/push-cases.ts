import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../peer.js';

/** What a recorded answer has to look like. */
export interface RecordedAnswer {
  readonly status?: number | readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly body_re?: string;
  /** Everything pushed that a scrape shows, `<now>` for a time. */
  readonly lines?: readonly string[];
}

export interface RecordedStep {
  readonly action?: 'SCRAPE' | 'EXIT';
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly body_base64?: string;
  readonly expect?: RecordedAnswer;
  /** Where version 1.11 answers otherwise. */
  readonly expect_1_11?: RecordedAnswer;
}

/** One case that was recorded from the real Pushgateway. */
export interface RecordedCase {
  readonly id: string;
  readonly title: string;
  readonly flags: readonly string[];
  readonly steps: readonly RecordedStep[];
  /** Read from the source of 1.11, not recorded; its scrapes name some of the lines. */
  readonly source_derived?: boolean;
}

const FILE = join(REPOSITORY, 'test/fixtures/pushgateway-cases.json');

export function readRecordedCases(): readonly RecordedCase[] {
  // The file's shape is the interface above.
  return JSON.parse(readFileSync(FILE, 'utf8')) as RecordedCase[];
}

export function stepHeaders({ headers = [] }: RecordedStep): Readonly<Record<string, string>> {
  return Object.fromEntries(
    headers.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

export function stepBody({ body, body_base64: base64 }: RecordedStep): string | Buffer | undefined {
  return base64 === undefined ? body : Buffer.from(base64, 'base64');
}
