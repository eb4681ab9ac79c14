import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bosh } from './cli.ts';

/** Of the deployment, the release and the stemcell: all that the suite makes and takes away again. */
export const ours = 'cpi-test';

/** The disk types, sizes in MiB: the third differs from the second in more than its size, so that no Director resizes it. */
export const disks = {
  small: { size: 128, properties: {} },
  bigger: { size: 256, properties: {} },
  other: { size: 384, properties: { storage_class: 'local-wffc' } },
} as const;

/** What is asked of the deployment. */
export interface Wish {
  /** Machines with a persistent disk, on the pods' own network. */
  readonly stores: number;
  readonly disk: keyof typeof disks;
  /** Version of the stemcell. */
  readonly stemcell: string;
}

/** What the suite hands to the CLI, in a folder of its own that goes with the process. */
export function fixtures(serviceCidr: string) {
  const folder = mkdtempSync(join(tmpdir(), 'director-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [first, second] = serviceCidr.split('.');
  const net = `${first}.${second}.50`;

  function file(name: string, content: unknown): string {
    const path = join(folder, name);
    // JSON is YAML
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  return {
    /** Addresses promised to the machines of group `fixed`. */
    addresses: [`${net}.10`, `${net}.11`],

    /** A release whose package was never compiled before. */
    async release(): Promise<string> {
      const source = join(folder, 'release');
      cpSync(join(import.meta.dirname, 'release'), source, { recursive: true });
      writeFileSync(join(source, 'src/ticker/run'), randomUUID());
      const tarball = join(folder, 'release.tgz');
      await bosh('create-release', '--force', '--dir', source, '--name', ours, '--version', '1', '--tarball', tarball);
      return tarball;
    },

    /** A light stemcell: no more than the name of an image. */
    stemcell(image: string, version: string): string {
      const source = join(folder, `stemcell-${version}`);
      mkdirSync(source);
      writeFileSync(join(source, 'image'), '');
      const manifest = {
        name: ours,
        version,
        api_version: 3,
        bosh_protocol: '1',
        sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        operating_system: 'test',
        stemcell_formats: ['kubernetes-light'],
        cloud_properties: { image },
      };
      writeFileSync(join(source, 'stemcell.MF'), JSON.stringify(manifest));
      const tarball = `${source}.tgz`;
      execFileSync('tar', ['-C', source, '-czf', tarball, 'stemcell.MF', 'image']);
      return tarball;
    },

    cloudConfig(): string {
      const manual = {
        az: 'z1',
        range: `${net}.0/24`,
        gateway: `${net}.1`,
        static: [`${net}.10-${net}.20`],
        dns: [],
        cloud_properties: { strategy: 'service', ports: [22, 8080] },
      };
      return file('cloud-config', {
        azs: [{ name: 'z1' }],
        // without a share of the node's processors an agent waits for everything else that runs there, and its Director for the agent
        vm_types: [
          { name: 'default', cloud_properties: { resources: { requests: { cpu: '250m', memory: '128Mi' } } } },
        ],
        disk_types: Object.entries(disks).map(([name, { size, properties }]) => ({
          name,
          disk_size: size,
          cloud_properties: properties,
        })),
        networks: [
          { name: 'pods', type: 'dynamic', subnets: [{ az: 'z1', dns: [] }] },
          { name: 'manual', type: 'manual', subnets: [manual] },
        ],
        compilation: { workers: 2, az: 'z1', reuse_compilation_vms: true, vm_type: 'default', network: 'pods' },
      });
    },

    manifest({ stores, disk, stemcell }: Wish): string {
      const group = {
        azs: ['z1'],
        vm_type: 'default',
        stemcell: 'default',
        jobs: [{ name: 'ticker', release: ours }],
      };
      const watch = '1000-60000';
      return file('manifest', {
        name: ours,
        releases: [{ name: ours, version: 'latest' }],
        stemcells: [{ alias: 'default', name: ours, version: stemcell }],
        // as many at once as there are machines
        update: { canaries: 0, max_in_flight: 4, canary_watch_time: watch, update_watch_time: watch, serial: false },
        tags: { team: 'a b/c' },
        instance_groups: [
          {
            ...group,
            name: 'store',
            instances: stores,
            persistent_disk_type: disk,
            networks: [{ name: 'pods' }],
          },
          { ...group, name: 'fixed', instances: 2, networks: [{ name: 'manual', static_ips: this.addresses }] },
        ],
      });
    },
  };
}
