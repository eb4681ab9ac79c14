type JsonObject = Record<string, unknown>;

/**
 * Lists that Kubernetes merges by a key instead of replacing them (`patchMergeKey` in k8s.io/api), by the field's name.
 * Where one name has several keys in different places, the first key present in the elements is taken.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  env: ['name'],
  ports: ['containerPort', 'port'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  conditions: ['type'],
  addresses: ['type'],
  podIPs: ['ip'],
  hostIPs: ['ip'],
  ownerReferences: ['uid'],
  secrets: ['name'],
  taints: ['key'],
};

/** Lists of plain values that are merged as sets. */
const SETS: readonly string[] = ['finalizers', 'podCIDRs'];

/** Strategic merge patch: the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x` and merging by key. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') return without(patch, '$patch');
  if (patch.$patch === 'delete') return {};
  const base: JsonObject = isObject(target) ? { ...target } : {};
  const retained = patch.$retainKeys;
  if (Array.isArray(retained)) for (const key of Object.keys(base)) if (!retained.includes(key)) delete base[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$retainKeys' || key === '$patch' || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) removeValues(base, key.slice(key.indexOf('/') + 1), value);
    else if (value === null) delete base[key];
    else base[key] = Array.isArray(value) ? mergeList(key, base[key], value) : strategicMerge(base[key], value);
  }
  return base;
}

function removeValues(base: JsonObject, key: string, values: unknown): void {
  const current = base[key];
  if (Array.isArray(current) && Array.isArray(values)) base[key] = current.filter((value) => !values.includes(value));
}

function mergeList(field: string, current: unknown, patch: unknown[]): unknown[] {
  const existing = Array.isArray(current) ? current : [];
  if (SETS.includes(field)) return [...new Set([...existing, ...patch])];
  const sample = [...patch, ...existing].find(isObject);
  const key = (MERGE_KEYS[field] ?? []).find((name) => sample !== undefined && name in sample);
  if (key === undefined) return patch;
  if (patch.some((item) => isObject(item) && item.$patch === 'replace')) {
    return patch.filter((item) => !(isObject(item) && '$patch' in item));
  }
  const find = (list: readonly unknown[], item: JsonObject) =>
    list.findIndex((old) => isObject(old) && old[key] === item[key]);
  const items = patch.filter(isObject);
  const fromPatch = items
    .filter(({ $patch }) => $patch !== 'delete')
    .map((item) => strategicMerge(existing[find(existing, item)] ?? {}, item));
  const kept = existing.filter((old) => !isObject(old) || find(items, old) < 0);
  return interleave(kept, fromPatch, (item) => (isObject(item) ? find(existing, item) : -1));
}

/** Elements keep their old order among themselves; new ones come before what they cannot be compared with. */
function interleave(
  kept: readonly unknown[],
  patched: readonly unknown[],
  position: (item: unknown) => number,
): unknown[] {
  const merged: unknown[] = [];
  const [left, right] = [[...kept], [...patched]];
  while (left.length > 0 && right.length > 0) {
    const [a, b] = [position(left[0]), position(right[0])];
    merged.push(a >= 0 && b >= 0 && a < b ? left.shift() : right.shift());
  }
  return [...merged, ...left, ...right];
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _dropped, ...rest } = object;
  return rest;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
