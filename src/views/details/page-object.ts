import type { ApiObject } from '../../tui/machine-io/followed-object.ts';
import { type Shell, sessionOf } from '../../tui/shell.ts';
import { yamlOf } from './yaml-lines.ts';

/** Shows an object as YAML in the operator's pager. @param path of the object, e.g. `/api/v1/namespaces/bosh/pods/agent-1` */
export async function pageObject(shell: Shell, path: string): Promise<void> {
  const session = sessionOf(shell.store.getState());
  if (session === undefined) return;
  const [{ page }, object] = await Promise.all([
    import('../../tui/machine-io/pager.ts'),
    session.cluster.json<ApiObject>({ method: 'GET', path }),
  ]);
  const text = await yamlOf([object]);
  await shell.terminal.lend(() => page(text));
}
