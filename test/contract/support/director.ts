import assert from 'node:assert/strict';
import type { CpiResponse } from '../../support/process.ts';

// Source: cloudfoundry/bosh, src/bosh-director/lib/clouds/external_cpi.rb, KNOWN_RPC_ERRORS: any other type fails the task as "unknown error"
const knownErrors = [
  'CpiError',
  'NotSupported',
  'NotImplemented',
  'CloudError',
  'VMNotFound',
  'NetworkNotFound',
  'NoDiskSpace',
  'DiskNotAttached',
  'DiskNotFound',
  'VMCreationFailed',
].map((name) => `Bosh::Clouds::${name}`);

/**
 * What a Director and the CLI demand of every answer, whatever was asked: one JSON document and nothing else, the three keys, known error types.
 * @throws AssertionError
 */
export function parseResponse(stdout: string): CpiResponse {
  const response = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(Object.keys(response).sort(), ['error', 'log', 'result']);
  assert.equal(typeof response.log, 'string');
  if (response.error === null) return response as unknown as CpiResponse;
  const error = response.error as Record<string, unknown>;
  assert.ok(knownErrors.includes(String(error.type)), `error type ${error.type}`);
  assert.equal(typeof error.message, 'string');
  assert.notEqual(error.message, '');
  assert.equal(typeof error.ok_to_retry, 'boolean');
  assert.equal(response.result, null);
  return response as unknown as CpiResponse;
}

type Shape = (value: unknown) => boolean;
const text: Shape = (value) => typeof value === 'string' && value !== '';
const truth: Shape = (value) => typeof value === 'boolean';
const nothing: Shape = (value) => value === null;
const hash: Shape = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const whole: Shape = (value) => Number.isInteger(value);
const listOf =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === null || value === undefined || shape(value);

/**
 * What each method takes and gives. Sources: cloudfoundry/docs-bosh, content/cpi-api-v2-method; what bosh-director's wrapper and bosh-cli's cloud.go check:
 * an empty hint is an error, the first element of create_vm's list is the CID.
 */
const methods: Readonly<Record<string, { readonly takes: readonly Shape[]; readonly gives: Shape }>> = {
  info: {
    takes: [],
    gives: (value) => {
      const { api_version: version, stemcell_formats: formats } = (value ?? {}) as Record<string, unknown>;
      return whole(version) && listOf(text)(formats);
    },
  },
  create_stemcell: { takes: [text, hash, maybe(hash)], gives: text },
  delete_stemcell: { takes: [text], gives: nothing },
  create_vm: {
    takes: [text, text, hash, hash, listOf(text), hash],
    gives: (value) => Array.isArray(value) && value.length === 2 && text(value[0]) && hash(value[1]),
  },
  delete_vm: { takes: [text], gives: nothing },
  has_vm: { takes: [text], gives: truth },
  reboot_vm: { takes: [text], gives: nothing },
  set_vm_metadata: { takes: [text, hash], gives: nothing },
  calculate_vm_cloud_properties: { takes: [hash], gives: hash },
  create_disk: { takes: [whole, hash, maybe(text)], gives: text },
  delete_disk: { takes: [text], gives: nothing },
  has_disk: { takes: [text], gives: truth },
  attach_disk: { takes: [text, text], gives: (value) => text(value) || hash(value) },
  detach_disk: { takes: [text, text], gives: nothing },
  get_disks: { takes: [text], gives: listOf(text) },
  set_disk_metadata: { takes: [text, hash], gives: nothing },
  resize_disk: { takes: [text, whole], gives: nothing },
  update_disk: { takes: [text, whole, hash], gives: (value) => nothing(value) || text(value) },
  snapshot_disk: { takes: [text, hash], gives: text },
  delete_snapshot: { takes: [text], gives: nothing },
};

/** Every method that is implemented. */
export const methodNames: readonly string[] = Object.keys(methods);

/** Whether a call is one that a Director could make. @throws AssertionError */
export function checkArguments(method: string, args: readonly unknown[]): void {
  const { takes = [] } = methods[method] ?? {};
  assert.ok(args.length <= takes.length, `${method}: ${args.length} arguments`);
  for (const [index, shape] of takes.entries()) assert.ok(shape(args[index]), `${method}: argument ${index}`);
}

/** Whether a result is what a Director reads. @throws AssertionError */
export function checkResult(method: string, result: unknown): void {
  assert.ok(methods[method]?.gives(result), `${method}: ${JSON.stringify(result)} is no result of it`);
}
