import test from 'ava';
import { rightsFor } from './workspace.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const objects = rightsFor('mine');

test('what lives in a namespace goes to the namespace, bindings point into it', (t) => {
  for (const { metadata } of objects.filter(({ kind }) => !kind.startsWith('Cluster')))
    t.is(metadata.namespace, 'mine');
  for (const { subjects } of objects.filter(({ kind }) => kind.endsWith('Binding'))) {
    t.deepEqual(
      subjects?.map(({ namespace }) => namespace),
      ['mine'],
    );
  }
});

test('two namespaces do not take each other the binding', (t) => {
  const names = [...objects, ...rightsFor('yours')].filter(({ kind }) => kind === 'ClusterRoleBinding');
  t.is(new Set(names.map(({ metadata }) => metadata.name)).size, 2);
});

test('the rights have no wildcard, and none over rights, nodes or namespaces', (t) => {
  for (const { rules } of objects as unknown as { rules?: readonly Rule[] }[]) {
    for (const { apiGroups, resources, verbs } of rules ?? []) {
      t.false([...apiGroups, ...resources, ...verbs].includes('*'));
      t.false(apiGroups.includes('rbac.authorization.k8s.io'));
      t.deepEqual(
        resources.filter((name) => ['nodes', 'namespaces', 'serviceaccounts'].includes(name)),
        [],
      );
    }
  }
});

test('machines run under an account that is bound to nothing', (t) => {
  t.true(objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'bosh-vm'));
  const bound = objects.flatMap(({ subjects }) => (subjects ?? []) as readonly { readonly name?: string }[]);
  t.false(bound.some(({ name }) => name === 'bosh-vm'));
});
