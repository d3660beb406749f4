import { ConfigError } from '../../values/config-error.js';
import type { RawQueryResponse } from '../../values/raw-config.js';

/** What upstream demands of the steps of a dialogue. */
export function* queryResponseRules(steps: readonly RawQueryResponse[]): Generator<ConfigError> {
  for (const [index, { expect, expect_bytes: expectBytes }] of steps.entries()) {
    if (expect !== undefined && expectBytes !== '') {
      yield new ConfigError('expect and expect_bytes are mutually exclusive', [index, 'expect_bytes']);
    }
  }
}
