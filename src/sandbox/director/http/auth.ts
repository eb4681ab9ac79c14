import { createHash, timingSafeEqual } from 'node:crypto';

/** A local user of a Director. */
export interface User {
  readonly name: string;
  readonly password: string;
  /** `read`: scope bosh.read alone. */
  readonly scope: 'admin' | 'read';
}

/** Who asks, by HTTP basic authentication; undefined when it is nobody we know. */
export function authenticate(users: readonly User[], header: string | undefined): User | undefined {
  const [, encoded] = /^Basic (.+)$/i.exec(header ?? '') ?? [];
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return users.find((user) => user.name === name && isSame(user.password, password ?? ''));
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
