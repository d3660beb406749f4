import { ConfigError, type PathStep } from '../../values/config-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import { ownValue } from '../../values/own-value.js';
import { closest } from '../../values/suggest.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';
import { outsideOfCelTexts } from './cel-outside.js';
import { hasCredentials } from './module-credentials.js';
import { fillPlaceholders } from './placeholders.js';
import type { DeclaredParam } from './read-params.js';
import type { TemplatePlace } from './template-places.js';

/** A module with its parameters and the places where they stand. */
export interface JudgedTemplate {
  readonly params: readonly DeclaredParam[];
  readonly places: readonly TemplatePlace[];
  readonly given: unknown;
  readonly shape: Shape;
  readonly prober: string;
}

/** Bounds the length of what a client can have a module filled with. */
const MOST_PLACEHOLDERS = 100;

/** Keys that say whether a connection is encrypted. */
const ENCRYPTION: ReadonlySet<PathStep> = new Set(['tls', 'starttls', 'dns_over_tls']);

/** Finds what is wrong with the use of parameters in a module. */
export function* templateMistakes(template: JudgedTemplate): Generator<ConfigError> {
  const uses = template.places.flatMap(({ params }) => params);
  if (uses.length > MOST_PLACEHOLDERS) {
    // Thousands are not judged one by one.
    yield new ConfigError(`there are more than ${MOST_PLACEHOLDERS} placeholders in the module`, ['params']);
    return;
  }
  for (const place of template.places) yield* placeMistakes(place, template.params);
  for (const { name, key } of template.params) {
    if (key !== undefined || uses.includes(name)) continue;
    const message = `nothing uses the parameter; give it a \`key\`, or write \${param.${name}} where it is to stand`;
    yield new ConfigError(message, ['params', name]);
  }
  yield* credentialMistakes(template);
}

function* placeMistakes(
  { path, text, params: names, place }: TemplatePlace,
  params: readonly DeclaredParam[],
): Generator<ConfigError> {
  if ('refused' in place) {
    yield new ConfigError(`no parameter may stand here: ${place.refused}`, path);
    return;
  }
  if (place.kind === 'regexp' && /\\\$\{param\./.test(text)) {
    yield new ConfigError('a backslash before ${param.…} would change what its value means; leave it out', path);
  }
  if (place.kind === 'cel' && !standsAlone(text)) {
    const why = 'in CEL a value is a string or number by itself: leave out the quotes, and what touches ${param.…}';
    yield new ConfigError(why, path);
  }
  for (const name of new Set(names)) {
    const param = params.find((each) => each.name === name);
    if (param === undefined) {
      yield new ConfigError(unknownName(name, params), path);
    } else if (!param.required && param.defaultText === undefined) {
      yield new ConfigError(
        `the parameter ${goQuote(name)} stands here, so it needs a default or \`required: true\``,
        path,
      );
    }
  }
}

/** Within a string, or behind the `r` of one, a value could end it and go on as a part of the expression. */
function standsAlone(expression: string): boolean {
  const marked = fillPlaceholders(expression, () => MARK);
  const outside = outsideOfCelTexts(marked);
  const count = (text: string): number => text.split(MARK).length;
  return count(outside) === count(marked) && !TOUCHED.test(outside);
}

const MARK = '\u{10fffd}';
const TOUCHED = /[\w"]\u{10fffd}|\u{10fffd}[\w"\u{10fffd}]/u;

function unknownName(name: string, params: readonly DeclaredParam[]): string {
  const names = params.map((param) => param.name);
  const meant = closest(name, names);
  const start = `there is no parameter ${goQuote(name)} below \`params:\``;
  const hint = 'write $${param.…} for the text itself';
  return meant === undefined ? `${start}; ${hint}` : `${start}; did you mean "${meant}"?`;
}

/** A client must not choose where the module's credentials are sent, or whether the connection is encrypted. */
function* credentialMistakes({ params, places, given, shape, prober }: JudgedTemplate): Generator<ConfigError> {
  const block = shape.kind === 'struct' ? shape.properties.get(prober) : undefined;
  const value = isContainer(given) ? ownValue(given, prober) : undefined;
  if (block === undefined || !hasCredentials(value, block)) return;
  for (const { name, type, key, isNarrow } of params) {
    if (key?.to === 'module' && key.path.some((step) => ENCRYPTION.has(step))) {
      yield new ConfigError('the module has credentials, which this could have sent in the clear', [
        'params',
        name,
        'key',
      ]);
    }
    const isHostPart = key?.to === 'request' ? key.part !== 'path' : key?.kind === 'host';
    const standsInHost = places.some(
      ({ place, params: names }) => 'kind' in place && place.kind === 'host' && names.includes(name),
    );
    if (isNarrow || !(isHostPart || standsInHost || type === 'host' || type === 'port')) continue;
    const message =
      'the module has credentials, so a parameter that is a host or a port needs a `pattern`, or the type enum';
    yield new ConfigError(message, ['params', name]);
  }
}
