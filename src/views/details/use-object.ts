import { useEffect, useState } from 'react';
import { type FollowedObject, followObject, type ObjectPlace } from '../../tui/machine-io/followed-object.ts';
import type { Session } from '../../tui/session.ts';

const unknown: FollowedObject = { object: undefined, freshness: { state: 'syncing', read: 0, about: undefined } };

/** An object, followed as long as the component is on the screen. */
export function useObject(session: Session | undefined, place: ObjectPlace | undefined): FollowedObject {
  const [state, setState] = useState(unknown);
  const { collection, name, kind, metadataOnly = false } = place ?? {};
  useEffect(() => {
    setState(unknown);
    if (session === undefined || collection === undefined || name === undefined || kind === undefined) return;
    return followObject(session.cluster, { collection, name, kind, metadataOnly }, setState);
  }, [session, collection, name, kind, metadataOnly]);
  return state;
}
