import { COMMON_FLAGS, type FlagDefinition, type ParsedFlags, UsageError } from '../flags/flag-definition.js';

/** A service that can run in the prober's process, with the flags that it has alone. */
export interface Companion {
  readonly name: string;
  /** A noun for help texts, such as `the prober`. */
  readonly what: string;
  readonly flags: readonly FlagDefinition[];
}

/**
 * The flags of the process, which its services share: it has one log, and what guards one address guards all. Sockets
 * of systemd belong to the prober.
 */
const SHARED = new Set([...COMMON_FLAGS.map(({ name }) => name), 'log.level', 'log.format', 'web.config.file']);
const NOT_BESIDE = 'web.systemd-socket';

const WEB = 'web.';

/**
 * The flags of a companion as the prober's command has them: `web.x` is `<name>.x`, all others keep their names.
 * Only the one that turns it on is in `--help`; the rest is in that of the companion's own command.
 */
export function companionFlags(companion: Companion): readonly FlagDefinition[] {
  const { name, what, flags } = companion;
  return flags
    .filter((flag) => !SHARED.has(flag.name) && flag.name !== NOT_BESIDE)
    .map((flag) => {
      if (flag.name !== 'web.listen-address')
        return { ...flag, name: nameBeside(companion, flag.name), isHidden: true };
      return {
        name: `${name}.listen-address`,
        kind: flag.kind,
        shown: '""',
        help: `Run ${what} in this process too, and listen here for it, such as at \`${flag.shown ?? ''}\`. It takes the flags of \`sonde ${name}\`, with --${name}.x for its --web.x.`,
      };
    });
}

/**
 * The part of the command line that belongs to a companion, with the companion's own names for the flags; undefined if
 * the companion does not run. It runs only with an address other than "". Throws UsageError if a companion that does
 * not run has flags, because the user expects it to run.
 */
export function flagsOfCompanion(
  { values }: ParsedFlags,
  companion: Companion,
  defaultAddress = '',
): ParsedFlags | undefined {
  const picked = new Map<string, readonly string[]>();
  const given: string[] = [];
  for (const { name } of companion.flags) {
    const beside = nameBeside(companion, name);
    const found = values.get(beside);
    if (found === undefined || name === NOT_BESIDE) continue;
    picked.set(name, found);
    if (!SHARED.has(name)) given.push(beside);
  }
  const turnedOn = nameBeside(companion, 'web.listen-address');
  const addresses = (values.get(turnedOn) ?? [defaultAddress]).filter((address) => address !== '');
  if (addresses.length > 0) return { values: picked.set('web.listen-address', addresses), operands: [] };
  const [idle] = given.filter((name) => name !== turnedOn);
  if (idle === undefined) return undefined;
  throw new UsageError(`flag '--${idle}' is for ${companion.what}, which runs only with --${turnedOn}`);
}

function nameBeside(companion: Companion, flag: string): string {
  return flag.startsWith(WEB) && !SHARED.has(flag) ? `${companion.name}.${flag.slice(WEB.length)}` : flag;
}
