import type { User } from './auth.ts';
import { decodeObject } from './decode.ts';
import type { Answer, Handling } from './handle.ts';
import { view } from './object.ts';
import { isAllowed } from './rbac.ts';
import type { ApiRequest } from './request.ts';
import { methodNotAllowed } from './status.ts';

interface AccessReview {
  readonly resourceAttributes?: {
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

/** Reviews: what may the caller do, who is the caller. */
export function answerVirtual({ cluster }: Handling, request: ApiRequest, user: User, body: string): Answer {
  if (request.verb !== 'create') throw methodNotAllowed();
  const review = decodeObject(body, request.resource);
  if (request.resource.plural === 'selfsubjectreviews') {
    return { code: 201, body: { ...review, status: { userInfo: { username: user.name, groups: user.groups } } } };
  }
  const asked = view<AccessReview>(review.spec ?? {}).resourceAttributes ?? {};
  const allowed = isAllowed(cluster.store, user, {
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    plural: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
  });
  return { code: 201, body: { ...review, status: { allowed } } };
}
