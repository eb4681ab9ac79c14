import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as generated from '@kubernetes/client-node/dist/gen/models/ObjectSerializer.js';
import test from 'ava';
import { bundle } from '../../scripts/build/bundle.ts';
import { compile } from '../../scripts/build/executable.ts';
import { root } from '../../scripts/root.ts';

const main = join(root, 'src/main.ts');
const infoCall = '{"method":"info","arguments":[],"context":{"director_uuid":"x"}}';

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'kubernetes-cpi-build-'));
}

test('the bundle serializes and deserializes every type as the generated client does', async (t) => {
  const folder = scratch();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, 'entry.ts');
  const serializer = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models/ObjectSerializer.js');
  writeFileSync(entry, `export { ObjectSerializer } from '${serializer}';`);
  await bundle(entry, join(folder, 'entry.mjs'), 'node');
  const { ObjectSerializer } = (await import(join(folder, 'entry.mjs'))) as Pick<typeof generated, 'ObjectSerializer'>;

  const models = Object.entries(generated as unknown as Record<string, { attributeTypeMap?: readonly Attribute[] }>);
  let compared = 0;
  for (const [type, { attributeTypeMap }] of models) {
    if (attributeTypeMap === undefined) continue;
    const wire = sample(attributeTypeMap, 'baseName');
    const typed = sample(attributeTypeMap, 'name');
    t.deepEqual(
      { ...ObjectSerializer.deserialize(wire, type, '') },
      { ...generated.ObjectSerializer.deserialize(wire, type, '') },
      type,
    );
    t.deepEqual(
      ObjectSerializer.serialize(typed, type, ''),
      generated.ObjectSerializer.serialize(typed, type, ''),
      type,
    );
    compared += 1;
  }
  t.true(compared > 500, `${compared} types`);
  t.deepEqual(ObjectSerializer.deserialize({ any: 1 }, 'NoSuchType', ''), { any: 1 });
  t.deepEqual(ObjectSerializer.deserialize({ any: 1 }, 'constructor', ''), { any: 1 });
});

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
}

/** A value for every attribute of a type that needs no other type; nested types come up as types of their own. */
function sample(attributes: readonly Attribute[], key: 'name' | 'baseName'): Record<string, unknown> {
  const values: Record<string, unknown> = { string: 'text', number: 7, boolean: true, IntOrString: 5 };
  return Object.fromEntries(
    attributes.map((attribute) => {
      const date = key === 'name' ? new Date(1e12) : new Date(1e12).toISOString();
      return [attribute[key], attribute.type === 'Date' ? date : values[attribute.type]];
    }),
  );
}

test('a module behind an await import() stays unevaluated, and so do modules of Node that only it needs', async (t) => {
  const folder = scratch();
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'entry.ts'),
    `const log: string[] = [];
     Object.assign(globalThis, { log });
     const get = process.getBuiltinModule;
     process.getBuiltinModule = ((id: string) => (log.push(id), get(id))) as typeof get;
     export async function steps() {
       const before = [...log];
       await import('./lazy.ts');
       return { before, after: log };
     }`,
  );
  writeFileSync(
    join(folder, 'lazy.ts'),
    `import { request } from 'node:https'; (globalThis as any).log.push('lazy ' + typeof request);`,
  );
  await bundle(join(folder, 'entry.ts'), join(folder, 'entry.mjs'), 'node');
  const { steps } = (await import(join(folder, 'entry.mjs'))) as { steps: () => Promise<unknown> };
  t.deepEqual(await steps(), { before: [], after: ['node:https', 'lazy function'] });
});

test('the bundle answers info on Node without any file beside it', async (t) => {
  const folder = scratch();
  t.teardown(() => rmSync(folder, { recursive: true }));
  await bundle(main, join(folder, 'cpi.mjs'), 'node');
  const answer = execFileSync(process.execPath, [join(folder, 'cpi.mjs'), 'cpi'], {
    input: infoCall,
    cwd: folder,
    env: {},
  });
  t.is(JSON.parse(answer.toString()).result.api_version, 3);
});

test('an executable is the same bytes wherever and whenever it is built, and takes nothing from the folder it is run in', async (t) => {
  const folder = scratch();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const hashes: string[] = [];
  for (const place of ['a', 'b/deeper']) {
    mkdirSync(join(folder, place), { recursive: true });
    await compile(main, join(folder, place, 'cpi'));
    hashes.push(
      createHash('sha256')
        .update(readFileSync(join(folder, place, 'cpi')))
        .digest('hex'),
    );
  }
  t.is(hashes[0], hashes[1]);

  const run = join(folder, 'run');
  mkdirSync(run);
  writeFileSync(join(run, '.env'), 'BUN_INSPECT_PRELOAD=./trap.js\nNODE_OPTIONS=--nonsense\n');
  writeFileSync(join(run, 'bunfig.toml'), 'preload = ["./trap.js"]\n');
  writeFileSync(join(run, 'trap.js'), 'console.log("trapped"); process.exit(9);');
  const answer = execFileSync(join(folder, 'a/cpi'), ['cpi'], { input: infoCall, cwd: run, env: {} });
  t.is(JSON.parse(answer.toString()).result.api_version, 3);
});
