import { readFileSync } from 'node:fs';
import { PACKAGE_ROOT } from '../../files/package-root.js';
import { ownValue } from '../../values/own-value.js';

/** The values that the schema allows at one place of a file, with its `$ref`s resolved. */
export type Shape = Common &
  (
    | { readonly kind: 'struct'; readonly properties: ReadonlyMap<string, Shape>; readonly textIs?: string }
    | { readonly kind: 'map'; readonly values: Shape; readonly secretNames: boolean }
    | { readonly kind: 'list'; readonly items: Shape }
    | { readonly kind: 'text'; readonly format?: string; readonly secret: boolean; readonly mayLogIn: boolean }
    | { readonly kind: 'integer' | 'boolean' | 'any' }
  );

interface Common {
  /**
   * The value of an absent key; undefined if absence has a meaning of its own. The default of an object is filled in
   * further by its properties.
   */
  readonly default?: unknown;
  /** The name of the schema, such as `http.schema.json` or `basic_auth`; undefined for an inline schema. */
  readonly name?: string;
  /** Upstream does not have this key. Its default is not shown, so that the output equals upstream's. */
  readonly sondeOnly?: true;
  /** A key without a value is a mistake; elsewhere it counts as absent, as upstream has it. */
  readonly needsValue?: true;
}

/** The parts of JSON Schema that the files in schemas/ use. */
interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly format?: string;
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly 'x-text-is'?: string;
  readonly 'x-secret-names'?: boolean;
  readonly 'x-sonde-only'?: boolean;
  readonly 'x-needs-value'?: boolean;
  readonly 'x-may-log-in'?: boolean;
}

/** The folder of the schema files, relative to the compiled dist/src/config. */
const SCHEMAS = new URL('schemas/', PACKAGE_ROOT);

/** Reads a schema file and everything that it refers to. */
export function readShape(fileName: string): Shape {
  return new ShapeReader().read({ $ref: fileName }, fileName);
}

class ShapeReader {
  readonly #files = new Map<string, JsonSchema>();

  read(reference: JsonSchema, fromFile: string): Shape {
    const { schema, file, name } = this.#follow(reference, fromFile);
    const common = {
      ...(schema.default !== undefined && { default: schema.default }),
      ...(name !== undefined && { name }),
      ...(schema['x-sonde-only'] === true && { sondeOnly: true as const }),
      ...(schema['x-needs-value'] === true && { needsValue: true as const }),
    };
    return { ...common, ...this.#content(schema, file) };
  }

  #content(schema: JsonSchema, file: string): Shape {
    switch (mainType(schema)) {
      case 'object':
        return this.#object(schema, file);
      case 'array':
        return { kind: 'list', items: this.read(schema.items ?? {}, file) };
      case 'string': {
        const secret = schema.writeOnly === true;
        const mayLogIn = schema['x-may-log-in'] === true;
        return { kind: 'text', secret, mayLogIn, ...(schema.format !== undefined && { format: schema.format }) };
      }
      case 'integer':
        return { kind: 'integer' };
      case 'boolean':
        return { kind: 'boolean' };
      default:
        return { kind: 'any' };
    }
  }

  #object(schema: JsonSchema, file: string): Shape {
    if (schema.properties === undefined) {
      const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
      return { kind: 'map', values: this.read(values, file), secretNames: schema['x-secret-names'] === true };
    }
    const properties = Object.entries(schema.properties).map(([key, value]) => [key, this.read(value, file)] as const);
    const textIs = schema['x-text-is'];
    return { kind: 'struct', properties: new Map(properties), ...(textIs !== undefined && { textIs }) };
  }

  /** Follows `$ref`. Keywords beside it win over those of its target. */
  #follow(
    schema: JsonSchema,
    file: string,
  ): { readonly schema: JsonSchema; readonly file: string; readonly name?: string } {
    if (schema.$ref === undefined) return { schema, file };
    const [target = '', pointer = ''] = schema.$ref.split('#');
    const inFile = target === '' ? file : target;
    const steps = pointer.split('/').slice(1);
    const found = this.#follow(steps.reduce(child, this.#file(inFile)), inFile);
    const name = steps[0] === 'properties' ? found.name : (steps[1] ?? inFile);
    return { schema: { ...found.schema, ...schema }, file: found.file, ...(name !== undefined && { name }) };
  }

  #file(name: string): JsonSchema {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    // The files are part of the program, and the generator of the raw types fails on keywords that this type does not
    // have.
    const schema = JSON.parse(readFileSync(new URL(name, SCHEMAS), 'utf8')) as JsonSchema;
    this.#files.set(name, schema);
    return schema;
  }
}

function child(schema: JsonSchema, step: string): JsonSchema {
  const found = ownValue(schema as Readonly<Record<string, JsonSchema | undefined>>, step);
  if (found === undefined) throw new Error(`Cannot follow a schema reference: there is no "${step}"`);
  return found;
}

/** Returns the type without null and, where a text is only short for an object, without text. */
function mainType(schema: JsonSchema): string | undefined {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.find((type) => type !== 'null' && (schema['x-text-is'] === undefined || type !== 'string'));
}
