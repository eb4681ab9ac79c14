import { randomUUID } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { type Backend, type Platform, platforms } from '../../support/backend.ts';
import { type Program, programs, shipped } from '../../support/program.ts';
import { canaries, createSite, type Site, type SiteOptions } from './site.ts';

/** One column of the table: a program that talks to a Kubernetes. */
interface Stage {
  readonly platform: Platform;
  readonly program: Program;
}

/** What ships runs on the real API server, the bundle on the embedded one; `TEST_MATRIX=full` runs every pair. */
const stages: readonly Stage[] =
  process.env.TEST_MATRIX === 'full'
    ? platforms.flatMap((platform) => programs.map((program) => ({ platform, program })))
    : platforms.map((platform) => ({
        platform,
        program: platform.name === 'kubernetes' || platforms.length === 1 ? shipped : (programs[0] as Program),
      }));

export interface ContractOptions {
  readonly sandbox?: SandboxOptions;
  /** Only on this platform. */
  readonly only?: Platform['name'];
}

type Body = (t: ExecutionContext, site: Site, backend: Backend, program: Program) => Promise<void>;

/** Declares one test of the contract: it gets a namespace of its own. */
export type Declare = (name: string, body: Body, options?: SiteOptions & { only?: Platform['name'] }) => void;

/**
 * Declares tests of the contract for every stage; all of a file share one backend a stage and run one after the other.
 * @param name of the group
 */
export function contract(name: string, declare: (declare: Declare) => void, options: ContractOptions = {}): void {
  for (const { platform, program } of stages) {
    if (options.only !== undefined && options.only !== platform.name) continue;
    let started: Promise<Backend> | undefined;
    const start = () => {
      started ??= platform.start(options.sandbox);
      return started;
    };
    test.after.always(`${name}: the end [${platform.name}]`, async () => {
      await (await started)?.stop();
    });
    declare((title, body, { only, ...siteOptions } = {}) => {
      if (only !== undefined && only !== platform.name) return;
      test.serial(`${name}: ${title} [${platform.name}, ${program.name}]`, async (t) => {
        t.timeout(120_000);
        const backend = await start();
        let site: Site | undefined;
        try {
          site = await createSite(backend, program, siteOptions);
          await body(t, site, backend, program);
        } finally {
          await site?.remove();
        }
      });
    });
  }
}

export const image = `registry.test/bosh/stemcell@sha256:${'a'.repeat(64)}`;

const networks = { default: { type: 'dynamic', cloud_properties: {}, dns: ['8.8.8.8'], default: ['dns', 'gateway'] } };

/** What a Director puts into `env`, secrets included. */
export function directorEnv(group?: string): Record<string, unknown> {
  const names = group === undefined ? {} : { group, groups: [group] };
  const pem = `-----BEGIN PRIVATE KEY-----\n${canaries.privateKey}\n-----END PRIVATE KEY-----\n`;
  return { bosh: { password: canaries.password, mbus: { cert: { private_key: pem } }, ...names } };
}

export interface VmOptions {
  readonly agentId?: string;
  readonly image?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly disks?: readonly string[];
  readonly env?: Readonly<Record<string, unknown>>;
}

/** Arguments of create_vm for a machine on the backend's own node. */
export function vmArguments(backend: Backend, options: VmOptions = {}): readonly unknown[] {
  const properties = { node_labels: backend.nodeLabels, ...options.properties };
  const { agentId = randomUUID(), disks = [], env = directorEnv() } = options;
  return [agentId, options.image ?? image, properties, options.networks ?? networks, disks, env];
}

/** Creates a machine and gives its CID. */
export async function createVm(site: Site, options: VmOptions = {}): Promise<string> {
  const [cid] = await site.ok<[string]>('create_vm', vmArguments(site.backend, options));
  return cid;
}
