import { contract } from '../contract/support/contract.ts';
import { apply, expected, newModel } from './model.ts';
import { observe } from './observe.ts';
import { readRecording } from './recording.ts';
import { translate } from './translation.ts';

/** What a Director goes on after, where the recorded CPI could not do a thing either. */
const tolerated = ['NotImplemented', 'NotSupported'];

contract('replay', (declare) => {
  for (const name of ['director', 'create-env'] as const) {
    declare(`every call of ${name}'s recorded sessions means here what it meant there`, async (t, site, backend) => {
      t.timeout(600_000);
      const calls = readRecording(name);
      const { arguments: argumentsOf, learn, cid } = translate(calls, backend);
      const model = newModel();
      for (const [index, call] of calls.entries()) {
        const { step, method, response, context, apiVersion } = call;
        const place = `call ${index + 1}, ${method} (${step})`;
        const vm = model.vms.get(cid(call.arguments[0]));
        if (method === 'has_vm' && response.result === false && vm !== undefined) {
          // somebody deleted the pod behind the Director, which then asked
          vm.alive = false;
          const path = `/api/v1/namespaces/${site.namespace}/pods/${cid(call.arguments[0])}`;
          await backend.admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
        }
        const args = argumentsOf(call);
        const options = { context, apiVersion };
        if (response.error === null) {
          const result = await site.ok<unknown>(method, args, options);
          learn(call, result);
          apply(model, method, args, result);
          if (typeof response.result === 'boolean') t.is(result, response.result, place);
          if (method === 'attach_disk') t.is(result, `/mnt/${args[1]}`, place);
        } else {
          const { type, message } = await site.fails(method, args, options);
          t.true(tolerated.includes(type), `${place}: ${type}: ${message}`);
        }
        if (method !== 'info') t.deepEqual(await observe(site), expected(model), place);
      }
      const { machines, records, disks, addresses, snapshots } = await observe(site);
      t.deepEqual([machines, records, disks, addresses, snapshots], [{}, [], {}, [], []], 'nothing is left at the end');
    });
  }
});
