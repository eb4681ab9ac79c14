import type { Freshness } from '../inventory/model.ts';
import type { Connection } from './state.ts';

/** What a screen without rows says: what is the case, and what to do about it, a paragraph each. */
export interface Saying {
  readonly title: string;
  readonly role?: 'problem' | 'dim';
  readonly advice: readonly string[];
}

/** Why nothing of a cluster can be shown yet, or any more; undefined when it can. */
export function troubleOf(connection: Connection, freshness: Freshness): Saying | undefined {
  if (connection.state === 'connecting') return { title: `${capital(connection.what)} …`, role: 'dim', advice: [] };
  if (connection.state === 'failed') {
    const advice = [connection.reason, 'Another context: c   quit: q'];
    return { title: 'There is no way to a cluster.', role: 'problem', advice };
  }
  const { server } = connection.session.cluster;
  switch (freshness.state) {
    case 'syncing':
      return { title: `Reading from ${server} …`, role: 'dim', advice: [] };
    case 'failed':
      return {
        title: 'The cluster cannot be read.',
        role: 'problem',
        advice: [freshness.reason, 'Try again: r   another context: c   another namespace: n'],
      };
    case 'stale':
      return { title: `There is no answer from ${server}.`, role: 'problem', advice: [freshness.reason] };
    case 'live':
      return undefined;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
