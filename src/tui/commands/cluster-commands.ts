import { isUnderWay } from '../action.ts';
import type { Command } from '../command.ts';
import { ask } from '../mode.ts';
import type { Session } from '../session.ts';
import { connectTo, type Shell, say, sessionOf } from '../shell.ts';

/** Which cluster and namespace the console looks at. */
export const clusterCommands: readonly Command[] = [
  {
    id: 'cluster.context',
    title: 'Another context of the kubeconfig',
    group: 'Go to',
    keys: ['c'],
    words: ['context', 'ctx'],
    argument: { name: 'CONTEXT', values: () => [] },
    refused: whileActing,
    run: chooseContext,
  },
  {
    id: 'cluster.namespace',
    title: 'Another namespace, or all of them',
    group: 'Go to',
    keys: ['n'],
    words: ['namespace', 'ns'],
    argument: { name: 'NAMESPACE', values: () => ['all'] },
    refused: (shell) =>
      sessionOf(shell.store.getState()) === undefined ? 'there is no cluster yet' : whileActing(shell),
    run: chooseNamespace,
  },
];

function whileActing(shell: Shell): string | undefined {
  return isUnderWay(shell) ? 'an action is under way here: :action shows it' : undefined;
}

async function chooseContext(shell: Shell, name: string): Promise<void> {
  const contexts = await shell.source.contexts();
  if (name !== '') {
    if (!contexts.includes(name)) throw new Error(`no context ${name} in the kubeconfig`);
    return connectTo(shell, { context: name });
  }
  const current = sessionOf(shell.store.getState())?.context;
  ask(
    shell,
    'Context',
    contexts.map((context) => ({
      label: context,
      hint: context === current ? 'this one' : '',
      run: () => void connectTo(shell, { context }),
    })),
  );
}

async function chooseNamespace(shell: Shell, name: string): Promise<void> {
  const session = sessionOf(shell.store.getState());
  if (session === undefined) return;
  const { context } = session;
  const go = (namespace: string) =>
    connectTo(shell, namespace === 'all' ? { context, allNamespaces: true } : { context, namespace });
  if (name !== '') return go(name);
  say(shell, 'reading the namespaces');
  const namespaces = await namespacesOf(session);
  shell.store.setState({ toast: undefined });
  ask(
    shell,
    'Namespace',
    ['all', ...namespaces].map((namespace) => ({
      label: namespace,
      hint: namespace === (session.namespace ?? 'all') ? 'this one' : '',
      run: () => void go(namespace),
    })),
  );
}

interface NameList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

async function namespacesOf({ cluster }: Session): Promise<readonly string[]> {
  const { items } = await cluster.json<NameList>({ method: 'GET', path: '/api/v1/namespaces', metadataOnly: true });
  return items.map(({ metadata }) => metadata.name);
}
