import test from 'ava';
import { delegateOf } from './attachments.ts';

const bridge = { cniVersion: '0.4.0', name: 'lan', type: 'bridge', ipam: { type: 'static' } };

test('a plugin is told the addresses that a pod asks for, if it can be told', (t) => {
  const text = JSON.stringify({ ...bridge, capabilities: { ips: true } });
  t.deepEqual(delegateOf(text, { name: 'lan', ips: ['10.1.0.7/24', 'fd00::7/64'], mac: '02:00:00:00:00:07' }, 1), {
    interface: 'net2',
    configuration: { ...bridge, runtimeConfig: { ips: ['10.1.0.7/24', 'fd00::7/64'] } },
  } as never);
  t.deepEqual(delegateOf(text, { name: 'lan' }, 0), { interface: 'net1', configuration: bridge });
  t.deepEqual(delegateOf(JSON.stringify(bridge), { name: 'lan', ips: ['10.1.0.7/24'] }, 0), {
    interface: 'net1',
    configuration: bridge,
  });
});
