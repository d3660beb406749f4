import { readFileSync } from 'node:fs';
import { remembered } from '../values/remembered.js';

const LOCAL = '/etc/localtime';
const ZONES = '/usr/share/zoneinfo';

/**
 * Returns the abbreviation of the time zone that is `offsetSeconds` east of Greenwich at present, such as CEST. Node
 * knows only the offset, so the name is read from the zone's file; `tz` is the variable TZ. Without a file it is UTC,
 * as in Go.
 */
export function zoneAbbreviation(tz: string | undefined, offsetSeconds: number): string {
  const rule = ruleOf(tz ?? LOCAL);
  if (rule === undefined) return 'UTC';
  const [standard, summer] = rule;
  if (summer !== undefined && summer.offsetSeconds === offsetSeconds) return summer.name;
  return standard.name;
}

interface NamedOffset {
  readonly name: string;
  readonly offsetSeconds: number;
}

type Rule = readonly [standard: NamedOffset, summer: NamedOffset | undefined];

const ruleOf = remembered((place): Rule | undefined => {
  if (place === '') return undefined;
  const name = place.replace(/^:/, '');
  return parseRule(footerOf(name.startsWith('/') ? name : `${ZONES}/${name}`));
});

/**
 * Reads the last line of a TZif file (RFC 8536, section 3.3): the rule after its last transition; "" if there is none.
 */
function footerOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trimEnd().split('\n').at(-1) ?? '';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

const NAME = '([A-Za-z]{3,}|<[-+\\w]+>)';
const OFFSET = '([-+]?\\d+(?::\\d+){0,2})';
const RULE = new RegExp(`^${NAME}${OFFSET}(?:${NAME}${OFFSET}?)?`);

/**
 * Parses POSIX notation: `CET-1CEST,M3.5.0,M10.5.0/3`. Offsets are west of Greenwich, and summer time is an hour ahead
 * by default.
 */
function parseRule(text: string): Rule | undefined {
  const [, name = '', offset = '', summerName, summerOffset] = RULE.exec(text) ?? [];
  if (name === '') return undefined;
  const standard = { name: plainName(name), offsetSeconds: secondsOf(offset) };
  if (summerName === undefined) return [standard, undefined];
  const offsetSeconds = summerOffset === undefined ? standard.offsetSeconds + 3600 : secondsOf(summerOffset);
  return [standard, { name: plainName(summerName), offsetSeconds }];
}

/** Names that are not words are in angle brackets, such as `<+0330>`. */
function plainName(name: string): string {
  return name.replace(/[<>]/g, '');
}

function secondsOf(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.replace(/^[-+]/, '').split(':').map(Number);
  const west = hours * 3600 + minutes * 60 + seconds;
  return offset.startsWith('-') ? west : -west;
}
