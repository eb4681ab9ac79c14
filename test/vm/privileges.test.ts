import test from 'ava';
import { securityContext } from '../../src/vm/privileges.ts';
import { parseVmProperties } from '../../src/vm/properties.ts';

test('a machine is privileged unless its properties say otherwise, in so many words', (t) => {
  t.true(parseVmProperties({}).privileged);
  t.false(parseVmProperties({ privileged: false }).privileged);
  // a text is true to a program: a machine that was to have fewer rights would have all of them
  t.throws(() => parseVmProperties({ privileged: 'false' }), { message: /cloud_properties\.privileged/ });
});

test('without privileges a machine has no right over its node beyond mounts and its own network', (t) => {
  const { privileged, capabilities } = securityContext(false);
  t.false(privileged);
  t.deepEqual(capabilities?.drop, ['ALL'], 'else the runtime adds its own');
  const { add = [] } = capabilities ?? {};
  t.is(new Set(add).size, add.length);
  for (const name of ['ALL', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_TIME', 'SYS_BOOT', 'MKNOD', 'SYSLOG', 'BPF']) {
    t.false(add.includes(name), name);
  }
});

test('what a machine without privileges cannot be confined by is off, the rest is on', (t) => {
  const { seccompProfile, appArmorProfile, runAsUser } = securityContext(false);
  t.is(seccompProfile?.type, 'RuntimeDefault');
  t.is(appArmorProfile?.type, 'Unconfined', "the runtimes' profile denies mount");
  t.is(runAsUser, 0);
});
