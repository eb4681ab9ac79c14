import { isDeepStrictEqual } from 'node:util';
import { type ApiUnderTest, eventually, type RawAnswer, type RawRequest } from './backends.ts';

/** Answers so far, by the name of the step. */
export type Seen = Readonly<Record<string, RawAnswer>>;

/** One request of a script. `{ns}`, `{net}`, `{net6}` and `{port}` stand for what the run chose. */
export interface Step {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string | ((seen: Seen) => string);
  readonly body?: object | string | ((seen: Seen) => object);
  /** Asked again until it holds: for what controllers of the cluster do, or see, a little later. */
  readonly until?: (answer: RawAnswer) => boolean;
  /** `merge`, `json` or `strategic` patches; any other content type as it is. */
  readonly type?: string;
}

export interface Chosen {
  readonly ns: string;
  readonly net: string;
  /** Beginning of free Service addresses of version 6: one more digit makes one. */
  readonly net6: string;
  readonly port: number;
}

/** Metadata of the object a step was answered with. */
export function metadataOf(seen: Seen, step: string): { uid: string; resourceVersion: string; continue?: string } {
  const answer = seen[step];
  if (answer === undefined) throw new Error(`no step ${step} before this one`);
  return answer.body.metadata as ReturnType<typeof metadataOf>;
}

const PATCHES: Readonly<Record<string, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/** Runs a script. @returns the answers by step, with what differs from run to run replaced by words */
export async function play(
  api: ApiUnderTest,
  steps: readonly Step[],
  chosen: Chosen,
): Promise<Record<string, unknown>> {
  const seen: Record<string, RawAnswer> = {};
  const answers: Record<string, unknown> = {};
  for (const step of steps) {
    const path = typeof step.path === 'function' ? step.path(seen) : step.path;
    const body = typeof step.body === 'function' ? step.body(seen) : step.body;
    const request: RawRequest = {
      method: step.method,
      path: fill(path, chosen),
      ...(body === undefined ? {} : { body: fillAll(body, chosen) }),
      ...(step.type === undefined ? {} : { contentType: PATCHES[step.type] ?? step.type }),
    };
    let answer = await api.call(request);
    const { until } = step;
    await eventually(async () => {
      if (until === undefined || until(answer)) return true;
      answer = await api.call(request);
      return until(answer);
    });
    seen[step.name] = answer;
    answers[step.name] = normalise({ status: answer.status, body: answer.body }, chosen);
  }
  return answers;
}

function fill(text: string, { ns, net, net6, port }: Chosen): string {
  return text
    .replaceAll('{ns}', ns)
    .replaceAll('{net}', net)
    .replaceAll('{net6}', net6)
    .replaceAll('{port}', String(port));
}

function fillAll(value: unknown, chosen: Chosen): unknown {
  if (typeof value === 'string') return value === '{port}' ? chosen.port : fill(value, chosen);
  if (Array.isArray(value)) return value.map((item) => fillAll(item, chosen));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, chosen)]));
}

const DROPPED = ['managedFields'];

/** Replaces identities, times and free choices of the server. Diffs of Go structs in messages are cut off. */
export function normalise(value: unknown, chosen: Chosen): unknown {
  if (typeof value === 'string') return normaliseText(value, chosen);
  if (typeof value === 'number') return value >= 30_000 && value <= 32_767 ? 'PORT' : value;
  if (Array.isArray(value)) return value.map((item) => normalise(item, chosen));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !DROPPED.includes(key));
  const sorted = kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([key, item]) => [normaliseText(key, chosen), normaliseField(key, item, chosen)]),
  );
}

function normaliseField(key: string, value: unknown, chosen: Chosen): unknown {
  if (key === 'resourceVersion') return 'REVISION';
  if (key === 'continue') return value === '' ? '' : 'TOKEN';
  const normalised = normalise(value, chosen);
  if (key !== 'causes' || !Array.isArray(normalised)) return normalised;
  // The real server validates some things twice or more, and lists each time as a cause of its own.
  return normalised.filter(
    (cause, index) => normalised.findIndex((other) => isDeepStrictEqual(other, cause)) === index,
  );
}

function normaliseText(text: string, { ns, net, net6, port }: Chosen): string {
  return (
    text
      .replaceAll(ns, 'NAMESPACE')
      .replaceAll(net, 'NET')
      .replaceAll(net6, 'NET6')
      .replaceAll(String(port), 'PORT')
      .replace(/\n@@[\s\S]*/, '')
      // Structs are shown with the names of Go's fields.
      .replace(/(Invalid value|Duplicate value): \{.*?\}(?=: [a-z]|$|\])/g, '$1: {}')
      .replace(/in scheme "[^"]*"/g, 'in scheme "NAME"')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replace(/10\.96\.\d+\.\d+/g, 'ADDRESS')
      .replace(/fd00:10:96::[0-9a-f]+/g, 'ADDRESS6')
      .replace(/kube-api-access-\w{5}/g, 'kube-api-access-SUFFIX')
      .replace(/(generated-)[a-z0-9]{5}/g, '$1SUFFIX')
      .replace(/current: \d+/g, 'current: REVISION')
      .replace(/in record \(\d+\)/g, 'in record (REVISION)')
  );
}
