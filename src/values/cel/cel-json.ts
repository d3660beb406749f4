import type * as Cel from '@bufbuild/cel';

type Container = unknown[] | Map<string, unknown> | object;

/**
 * Parsed JSON as input of CEL. The library goes by names of fields that any text may have, and takes a field that is
 * null for none. Objects with such fields become maps, in the places where they were: these have what the text says and
 * nothing else.
 */
export function celJson(body: unknown, { celMap, isCelMap }: Pick<typeof Cel, 'celMap' | 'isCelMap'>): Cel.CelInput {
  const whole = [body];
  const open: Container[] = [whole];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    const put = parent;
    eachOf(parent, (key, value) => {
      if (typeof value !== 'object' || value === null || isCelMap(value)) return;
      if (!isMistaken(value)) {
        open.push(value);
        return;
      }
      // Parsed JSON consists of exactly the types that CEL takes as input.
      const fields = new Map(Object.entries(value as Record<string, Cel.CelInput>));
      open.push(fields);
      const map = Object.defineProperty(celMap(fields), 'has', { value: hasKey });
      if (put instanceof Map) put.set(String(key), map);
      else Object.defineProperty(put, key, { value: map });
    });
  }
  return whole[0] as Cel.CelInput;
}

function eachOf(parent: Container, take: (key: string | number, value: unknown) => void): void {
  if (Array.isArray(parent)) parent.forEach((value, index) => take(index, value));
  else for (const [key, value] of parent instanceof Map ? parent : Object.entries(parent)) take(key, value);
}

/**
 * Whether the library would take an object for a message of Protobuf, for no plain object, or for one without some of
 * its fields.
 */
function isMistaken(value: object): boolean {
  if (Array.isArray(value)) return false;
  return (
    Object.hasOwn(value, '$typeName') || Object.hasOwn(value, 'constructor') || Object.values(value).includes(null)
  );
}

function hasKey(this: Cel.CelMap, key: Parameters<Cel.CelMap['has']>[0]): boolean {
  return this.get(key) !== undefined;
}
