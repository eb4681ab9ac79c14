import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { backends, serviceNetwork, serviceNetwork6 } from './backends.ts';
import { scripts } from './steps/index.ts';
import { play } from './steps.ts';

/*
 * Every script was played on a real API server and its answers are kept beside this file. The embedded API must give
 * the same answers, always; the real one must still give them, where there is one.
 * RECORD=1 with TEST_KUBECONFIG writes the answers of the real one anew.
 */
for (const backend of backends) {
  for (const [name, steps] of Object.entries(scripts)) {
    const file = new URL(`recorded/${name}.json`, import.meta.url);
    const run = backend.unavailable === undefined ? test : test.skip;
    run(`${backend.name}: ${name}${backend.unavailable ? ` (${backend.unavailable})` : ''}`, async (t) => {
      const api = await backend.start();
      try {
        const chosen = {
          ns: api.namespace,
          net: serviceNetwork(),
          net6: serviceNetwork6(),
          port: randomInt(30_100, 32_700),
        };
        const answers = await play(api, steps, chosen);
        if (backend.name === 'real' && process.env.RECORD) {
          writeFileSync(file, `${JSON.stringify(answers, undefined, 1)}\n`);
        }
        const recorded = JSON.parse(readFileSync(file, 'utf8'));
        const different = steps.filter(({ name }) => !isDeepStrictEqual(answers[name], recorded[name]));
        const pick = (from: Record<string, unknown>) =>
          Object.fromEntries(different.map(({ name }) => [name, from[name]]));
        t.deepEqual(pick(answers), pick(recorded));
      } finally {
        await api.stop();
      }
    });
  }
}
