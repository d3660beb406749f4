import { type FlagDefinition, type ParsedFlags, UsageError } from '../../flags/flag-definition.js';

/** A flag of upstream that has no effect here. */
export interface UnservedFlag {
  readonly name: string;
  readonly kind: FlagDefinition['kind'];
  readonly envar?: string;
  readonly saysAnything?: FlagDefinition['saysAnything'];
  /**
   * `refuse` where the service would be another without it (open to everybody, say), `warn` where only the metrics that
   * it asks for are missing, `pass` where nothing is.
   */
  readonly does: 'refuse' | 'warn' | 'pass';
  /** A switch that is on by default. */
  readonly isOn?: true;
  /** Why, and what to do. */
  readonly reason: string;
}

/** A flag on the command line that has no effect, or a part of its value, and why. */
export interface FlagWarning {
  readonly flag: string;
  readonly reason: string;
}

/** Hidden definitions of the flags, so that command lines written for upstream still work. */
export function unservedDefinitions(unserved: readonly UnservedFlag[]): readonly FlagDefinition[] {
  return unserved.map(({ name, kind, envar, saysAnything, reason }) => ({
    name,
    kind,
    isHidden: true,
    help: `Not served: ${reason}`,
    ...(envar !== undefined && { envar }),
    ...(saysAnything && { saysAnything }),
  }));
}

/** The warnings for flags without effect. Throws UsageError for flags whose absence would change the service. */
export function readUnserved({ values }: ParsedFlags, unserved: readonly UnservedFlag[]): readonly FlagWarning[] {
  const given = unserved.filter((flag) => isAsking(flag, values.get(flag.name)?.at(-1) ?? ''));
  const refused = given.find(({ does }) => does === 'refuse');
  if (refused !== undefined) throw new UsageError(`flag '--${refused.name}' is not served: ${refused.reason}`);
  return given
    .filter(({ does }) => does === 'warn')
    .map(({ name, isOn, reason }) => ({ flag: `--${isOn === true ? 'no-' : ''}${name}`, reason }));
}

/** Whether the flag asks for anything: a switch with its default value, or an empty text, does not. */
function isAsking({ kind, isOn }: UnservedFlag, text: string): boolean {
  return text !== '' && (kind !== 'switch' || text === String(isOn !== true));
}
