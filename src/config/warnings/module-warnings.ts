import type { RawModule } from '../../values/raw-config.js';
import type { ConfigWarning } from '../loaded-config.js';

/** A warning, and the path from the module to the key that it is about. */
export interface ModuleWarning extends ConfigWarning {
  readonly path: readonly string[];
}

/** Finds keys of a module that work but are deprecated or misleading. */
export function* moduleWarnings(name: string, { http, dns }: RawModule): Generator<ModuleWarning> {
  const fields = { module: name };
  if (http.no_follow_redirects !== undefined) {
    const message =
      'no_follow_redirects is deprecated and will be removed in the next release. It is replaced by follow_redirects.';
    yield { message, fields, path: ['http', 'no_follow_redirects'] };
  }
  if (http.enable_http3) {
    const message = 'enable_http3 is set, but Sonde does not speak HTTP/3 yet: probes of this module fail.';
    yield { message, fields, path: ['http', 'enable_http3'] };
  }
  for (const section of ['validate_answer_rrs', 'validate_authority_rrs', 'validate_additional_rrs'] as const) {
    if ((dns[section].fail_if_all_match_regexp ?? []).length === 0) continue;
    const message =
      'fail_if_all_match_regexp is the opposite of its name: as with blackbox_exporter, a probe fails unless every record matches.';
    yield { message, fields: { ...fields, section }, path: ['dns', section, 'fail_if_all_match_regexp'] };
  }
}
