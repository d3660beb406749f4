/** The numbers on the page of ngx_http_stub_status_module. */
export interface StubStatus {
  readonly active: number;
  readonly accepted: number;
  readonly handled: number;
  readonly requests: number;
  readonly reading: number;
  readonly writing: number;
  readonly waiting: number;
}

/** Counters of 64 bits have 20 digits at most. */
const PAGE =
  /^Active connections: (\d{1,20}) ?\r?\nserver accepts handled requests ?\r?\n ?(\d{1,20}) (\d{1,20}) (\d{1,20}) ?\r?\nReading: (\d{1,20}) Writing: (\d{1,20}) Waiting: (\d{1,20})\s{0,8}$/;

/** NGINX counts with 64 bits, so no counter is larger. */
const ABOVE_COUNTERS = 2 ** 64;

/** Reads the page; undefined if it is none. Counters beyond 2^53 are rounded, as every scrape rounds them. */
export function parseStubStatus(page: string): StubStatus | undefined {
  const found = PAGE.exec(page);
  if (found === null) return undefined;
  const numbers = found.slice(1).map(Number);
  if (numbers.some((number) => number > ABOVE_COUNTERS)) return undefined;
  const [active = NaN, accepted = NaN, handled = NaN, requests = NaN, reading = NaN, writing = NaN, waiting = NaN] =
    numbers;
  return { active, accepted, handled, requests, reading, writing, waiting };
}
