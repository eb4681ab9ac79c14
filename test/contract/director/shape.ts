/** What a JSON value has to look like: a word for a plain one (`string|null`), `any`, a list of one shape, or an object with these keys in this order. */
export type Shape = string | readonly [Shape] | { readonly [key: string]: Shape };

/** An object of which some keys may be missing: those whose shape ends with `?`. */
function isOptional(shape: Shape | undefined): boolean {
  return typeof shape === 'string' && shape.endsWith('?');
}

/** How a value differs from its shape, a line each; empty when it does not. */
export function differences(value: unknown, shape: Shape, path = ''): readonly string[] {
  const at = path || 'the body';
  if (typeof shape === 'string') {
    const words = shape.replace('?', '').split('|');
    return words.includes('any') || words.includes(kindOf(value)) ? [] : [`${at} is ${kindOf(value)}, not ${shape}`];
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${at} is ${kindOf(value)}, not a list`];
    return value.flatMap((item, index) => differences(item, shape[0], `${path}[${index}]`));
  }
  if (kindOf(value) !== 'object') return [`${at} is ${kindOf(value)}, not an object`];
  const given = value as Record<string, unknown>;
  const keys = Object.keys(given);
  const wanted = Object.keys(shape).filter((key) => key in given || !isOptional(shape[key]));
  if (keys.join() !== wanted.join()) return [`${at} has the keys ${keys.join()}, not ${wanted.join()}`];
  return keys.flatMap((key) => differences(given[key], shape[key] ?? 'any', path === '' ? key : `${path}.${key}`));
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
