import type { IncomingMessage } from 'node:http';
import { unauthorized } from './status.ts';

/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Everybody is this one where no tokens are configured. */
const administrator: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

export interface Authenticator {
  /** @throws ApiStatus 401 */
  authenticate(message: IncomingMessage): User;
  /** Makes a token valid from now on. */
  add(token: string, user: User): void;
}

/** @param tokens bearer tokens and their users; undefined lets everybody in as administrator */
export function createAuthenticator(tokens?: Readonly<Record<string, User>>): Authenticator {
  const known = new Map(Object.entries(tokens ?? {}));
  return {
    authenticate(message) {
      const token = /^Bearer (.+)$/.exec(message.headers.authorization ?? '')?.[1];
      const user = token === undefined ? undefined : known.get(token);
      if (user !== undefined) return user;
      if (tokens === undefined) return administrator;
      throw unauthorized();
    },
    add: (token, user) => known.set(token, user),
  };
}

/** The user a ServiceAccount's token stands for. */
export function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
