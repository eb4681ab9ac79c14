import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { programs } from '../support/program.ts';
import { checkResult, methodNames, parseResponse } from './support/director.ts';
import { runCpi } from './support/process.ts';

// What a Director sees before any cluster is reached. The configuration names a server that nothing listens at: a call that tries it says so.

const folder = mkdtempSync(join(tmpdir(), 'protocol-'));
const configFile = join(folder, 'cpi.json');
const canary = 'canary-token-d41d8c';
const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'one',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'u', user: { token: canary } }],
  contexts: ['one', 'two'].map((name) => ({ name, context: { cluster: 'c', user: 'u', namespace: 'bosh' } })),
};
const config = { kubeconfig, agent: { mbus: 'nats://10.0.0.6:4222' } };
writeFileSync(configFile, JSON.stringify(config));
test.after.always(() => rmSync(folder, { recursive: true }));

const context = { director_uuid: 'x', request_id: 'cpi-000001' };
const cid = 'agent-f66d842d-15b0-413f-bf9d-502218611f66';

for (const program of programs) {
  const run = (request: unknown, file = configFile) =>
    runCpi(program, ['--config', file], request, { canaries: [canary] });
  const contract = (name: string, body: (t: ExecutionContext) => Promise<void>) =>
    test.serial(`${program.name}: ${name}`, body);
  const failure = async (request: unknown, file?: string) => {
    const { error, result } = await run(request, file);
    if (error === null) throw new Error(`succeeded: ${JSON.stringify(result)}`);
    return { type: error.type.replace('Bosh::Clouds::', ''), message: error.message, retry: error.ok_to_retry };
  };

  for (const [what, version] of [
    ['without a version, as a Director asks first', undefined],
    ['with version 1, as the CLI asks', 1],
    ['with version 2', 2],
    ['with version 3', 3],
  ] as const) {
    contract(`info ${what}, without a configuration`, async (t) => {
      const request = { method: 'info', arguments: [], context, api_version: version };
      const { result, error } = await runCpi(program, [], request);
      t.is(error, null);
      checkResult('info', result);
      t.is((result as { api_version: number }).api_version, 3);
    });
  }

  contract('wrong requests are CpiErrors that name what is wrong and quote nothing', async (t) => {
    const requests: readonly [string, RegExp][] = [
      ['', /stdin was empty/],
      ['{"method": "has_vm", "arguments": ["canary', /not JSON/],
      ['[]', /one JSON object/],
      [JSON.stringify({ arguments: [], context }), /method/],
      [JSON.stringify({ method: 'has_vm', arguments: {}, context }), /arguments/],
      [JSON.stringify({ method: 'has_vm', arguments: [cid] }), /context/],
    ];
    for (const [request, expected] of requests) {
      const { type, message } = await failure(request);
      t.is(type, 'CpiError');
      t.regex(message, expected);
      t.notRegex(message, /canary/);
    }
  });

  contract('an unknown version of the API says which are known', async (t) => {
    for (const version of [1, 4]) {
      const { type, message } = await failure({ method: 'has_vm', arguments: [cid], context, api_version: version });
      t.is(type, 'NotSupported');
      t.regex(message, /versions 2 and 3/);
    }
  });

  contract('methods that are not ours are NotImplemented, a slip names the nearest', async (t) => {
    for (const method of ['create_network', 'delete_network', 'configure_networks', 'current_vm_id', 'toString', 'x']) {
      t.is((await failure({ method, arguments: [], context, api_version: 2 })).type, 'NotImplemented', method);
    }
    const { type, message } = await failure({ method: 'has_vn', arguments: [cid], context, api_version: 2 });
    t.is(type, 'NotImplemented');
    t.regex(message, /did you mean has_vm\?/);
  });

  contract('every method says how many arguments it takes, before it asks a cluster', async (t) => {
    for (const method of methodNames) {
      const tooMany = Array.from({ length: 9 }, () => 'x');
      const { type, message } = await failure({ method, arguments: tooMany, context, api_version: 2 });
      t.is(type, 'CpiError', method);
      t.regex(message, new RegExp(`^${method}: expected .* got 9`));
      if (method === 'info') continue;
      const none = await failure({ method, arguments: [], context, api_version: 2 });
      t.regex(none.message, new RegExp(`^${method}: expected .* got 0`));
    }
  });

  const wrongArguments: readonly [string, readonly unknown[], RegExp][] = [
    ['has_vm', [7], /vm_cid: expected string, got a number/],
    ['has_vm', [null], /vm_cid: expected string, got null/],
    ['has_vm', [''], /vm_cid/],
    ['has_vm', ['A_B'], /VM CID "A_B": expected <name> or <context>:<name>/],
    ['has_vm', ['../../secrets'], /VM CID/],
    ['delete_disk', [['disk-1']], /disk_cid: expected string, got a list/],
    ['create_disk', ['100', {}], /size: expected number, got a string/],
    ['create_disk', [0, {}], /size: must be at least 1 MiB/],
    ['create_disk', [1.5, {}], /size: must be a whole number/],
    ['create_disk', [1, []], /cloud_properties: expected Object, got a list/],
    ['resize_disk', ['disk-1', null], /new_size/],
    ['set_vm_metadata', [cid, 'x'], /metadata: expected Object, got a string/],
    ['create_vm', ['a', 'b', 'x', {}, [], {}], /cloud_properties: expected Object, got a string/],
    ['create_vm', ['a', 'b', {}, { n: { type: 7 } }, [], {}], /networks\.n\.type: expected string, got a number/],
    ['create_vm', ['a', 'b', {}, {}, [7], {}], /disk_cids\[0\]: expected string, got a number/],
    ['create_vm', ['A/B', 'b', {}, {}, [], {}], /agent_id/],
    ['calculate_vm_cloud_properties', [{ ram: 1, cpu: -1, ephemeral_disk_size: 1 }], /vm_resources\.cpu: must not be/],
    ['create_stemcell', ['/nowhere', {}], /cloud_properties\.image: required/],
    ['create_stemcell', ['/nowhere', { image: 'a b' }], /expected registry\/repository/],
  ];
  contract('wrong types of arguments are told by name', async (t) => {
    for (const [method, args, expected] of wrongArguments) {
      const { type, message } = await failure({ method, arguments: args, context, api_version: 2 });
      t.is(type, 'CpiError', message);
      t.regex(message, expected);
    }
  });

  const wrongProperties: readonly [string, readonly unknown[], RegExp][] = [
    [
      'create_disk',
      [1, { storage_clas: 'x' }],
      /cloud_properties\.storage_clas: unknown, did you mean storage_class\?/,
    ],
    ['create_disk', [1, { access_mode: 'RWO' }], /cloud_properties\.access_mode: expected/],
    ['create_vm', ['a', 'b', { availabilty_zone: 'x' }, {}, [], {}], /did you mean availability_zone\?/],
    [
      'create_vm',
      ['a', 'b', { services: [{ name: 'x', ports: [{ prot: 1 }] }] }, {}, [], {}],
      /services\[0\]\.ports\[0\]\.prot: unknown, did you mean port\?/,
    ],
    ['create_vm', ['a', 'b', { ephemeral_disk: { class: 'x' } }, {}, [], {}], /ephemeral_disk\.size: required/],
    [
      'create_vm',
      ['a', 'b', {}, { n: { type: 'manual', ip: '10.0.0.1', cloud_properties: { stategy: 'x' } } }, [], {}],
      /networks\.n\.cloud_properties\.stategy: unknown, did you mean strategy\?/,
    ],
    [
      'create_vm',
      ['a', 'b', {}, { n: { type: 'manual', cloud_properties: {} } }, [], {}],
      /networks\.n\.ip: expected an IP address/,
    ],
  ];
  contract('an unknown property names the nearest one, a wrong one its path', async (t) => {
    for (const [method, args, expected] of wrongProperties) {
      const { type, message } = await failure({ method, arguments: args, context, api_version: 2 });
      t.is(type, 'CpiError', message);
      t.regex(message, expected);
    }
  });

  contract('configurations that cannot be used are named with their path and flaw', async (t) => {
    const request = { method: 'has_vm', arguments: [cid], context, api_version: 2 };
    const file = join(folder, 'wrong.json');
    const flaws: readonly [string, RegExp][] = [
      ['{', /wrong\.json is not JSON/],
      [JSON.stringify({ ...config, agent: undefined }), /wrong\.json: agent: required/],
      [JSON.stringify({ ...config, disk: {} }), /disk: unknown, did you mean disks\?/],
      [JSON.stringify({ ...config, kubeconfig: 'a: [' }), /configuration: kubeconfig: /],
      [
        JSON.stringify({ ...config, kubeconfig: { ...kubeconfig, clusters: [] } }),
        /context one names cluster c, which is not/,
      ],
      [
        JSON.stringify({ ...config, default_context: 'three' }),
        /context three is not in the kubeconfig; known contexts: one, two/,
      ],
    ];
    for (const [text, expected] of flaws) {
      writeFileSync(file, text);
      const { type, message } = await failure(request, file);
      t.is(type, 'CpiError', message);
      t.regex(message, expected);
    }
    const { message } = await failure(request, join(folder, 'absent.json'));
    t.regex(message, /absent\.json: ENOENT/);
    const { error } = await runCpi(program, [], request);
    t.regex(error?.message ?? '', /--config FILE/);
  });

  contract('a context that no configuration has lists the known ones', async (t) => {
    const { type, message } = await failure({ method: 'has_vm', arguments: [`three:${cid}`], context, api_version: 2 });
    t.is(type, 'CpiError');
    t.regex(message, /three.*known contexts: one, two/);
  });

  contract('what needs no cluster answers without one', async (t) => {
    const digested = `registry.test/a/b:1@sha256:${'a'.repeat(64)}`;
    const calls: readonly [string, readonly unknown[], unknown][] = [
      ['create_stemcell', ['/nowhere', { image: digested, name: 'bosh-noble', version: '1.484' }], digested],
      ['create_stemcell', ['/nowhere', { image: digested }, { tags: { team: 'a b/c' } }], digested],
      ['delete_stemcell', ['registry.test/a/b:1'], null],
      ['calculate_vm_cloud_properties', [{ ram: 1024, cpu: 2, ephemeral_disk_size: 2048 }], undefined],
    ];
    for (const [method, args, expected] of calls) {
      const { result, error } = await run({ method, arguments: args, context, api_version: 3 });
      t.is(error, null);
      checkResult(method, result);
      if (expected !== undefined) t.deepEqual(result, expected);
    }
  });

  contract('a request longer than a pipe holds, with text of every kind', async (t) => {
    const filler = 'x€😀"\\\n'.repeat(40_000);
    const { type, message } = await failure({ method: 'has_vm', arguments: [filler], context, api_version: 2 });
    t.is(type, 'CpiError');
    t.true(message.length > 0);
  });

  contract('a request that comes late and in pieces through a pipe that does not block', async (t) => {
    const fifo = join(folder, `${program.name}.fifo`);
    execFileSync('mkfifo', [fifo]);
    const stdin = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, constants.O_WRONLY);
    const [command = '', ...first] = await program.command();
    const child: ChildProcess = spawn(command, [...first, 'cpi'], { env: {}, stdio: [stdin, 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    const closed = new Promise((resolve) => child.on('close', resolve));
    const text = JSON.stringify({ method: 'info', arguments: [], context });
    await sleep(700);
    writeSync(writer, text.slice(0, 10));
    await sleep(200);
    writeSync(writer, text.slice(10));
    // the last writer closes: end of the request
    closeSync(writer);
    t.is(await closed, 0);
    t.is(parseResponse(stdout).error, null);
    closeSync(stdin);
  });

  contract('a caller that does not read its log loses no answer', async (t) => {
    const [command = '', ...first] = await program.command();
    const child = spawn(command, [...first, 'cpi', '--config', configFile], { env: {}, stdio: 'pipe' });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    const request = { method: 'delete_stemcell', arguments: ['registry.test/a/b:1'], context, api_version: 2 };
    child.stdin.end(JSON.stringify(request));
    t.is(await new Promise((resolve) => child.on('close', resolve)), 0);
    t.is(parseResponse(stdout).error, null);
  });
}
