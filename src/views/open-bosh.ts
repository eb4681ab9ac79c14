import { auditFile } from '../actions/audit.ts';
import { createSite } from '../actions/site.ts';
import { consolePaths } from '../configuration/paths.ts';
import type { DirectorClient } from '../director/client.ts';
import { connectDirector } from '../director/client.ts';
import { startDirectorFeed } from '../director/feed.ts';
import type { DirectorTarget } from '../director/target.ts';
import { createDrift } from '../drift/drift.ts';
import type { Bosh, DirectorLink, Session } from '../tui/session.ts';

/** How a console finds its Director: undefined where none is named; throws when what is set is no way to one. */
export type FindDirector = () => Promise<DirectorTarget | undefined>;

/** Begins to read BOSH's side and to compare it with a session. A setting that is wrong is told, and Kubernetes goes on. */
export async function openBosh(
  { cluster, inventory, namespace }: Pick<Session, 'cluster' | 'inventory' | 'namespace'>,
  find: FindDirector,
): Promise<Bosh> {
  const { link, client } = await linkTo(find);
  const feed = link.state === 'there' ? link.feed : undefined;
  const drift = createDrift(inventory, feed, { namespace });
  const audit = auditFile(consolePaths(process.env).audit);
  return {
    director: link,
    drift,
    site: (gates) => createSite({ cluster, director: client, audit, ...gates }),
    close() {
      drift.close();
      feed?.close();
      client?.close();
    },
  };
}

interface Linked {
  readonly link: DirectorLink;
  readonly client: DirectorClient | undefined;
}

async function linkTo(find: FindDirector): Promise<Linked> {
  try {
    const target = await find();
    if (target === undefined) return { link: { state: 'none' }, client: undefined };
    const client = connectDirector(target);
    return { link: { state: 'there', feed: startDirectorFeed(client) }, client };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { link: { state: 'broken', reason }, client: undefined };
  }
}
