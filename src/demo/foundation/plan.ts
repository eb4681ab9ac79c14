import { createHash } from 'node:crypto';

/** Machines that are alike. */
export interface InstanceGroup {
  readonly name: string;
  readonly instances: number;
  readonly cpu: string;
  readonly memory: string;
  /** Persistent disk of each, in MiB. */
  readonly disk?: number;
  /** Where its addresses are those of its pods; otherwise each machine keeps one that is its own. */
  readonly network?: 'dynamic';
}

export interface Deployment {
  readonly name: string;
  readonly stemcell: Stemcell;
  /** How long ago it was deployed, in hours. */
  readonly hoursAgo: number;
  /** First two numbers of the addresses after those of the service range. */
  readonly subnet: number;
  readonly groups: readonly InstanceGroup[];
}

export interface Stemcell {
  readonly image: string;
  readonly digest: string;
}

/** One machine that a deployment wants. */
export interface Instance {
  readonly deployment: Deployment;
  readonly group: InstanceGroup;
  readonly index: number;
  /** The instance's id, which stays when its VM is replaced. */
  readonly id: string;
  readonly zone: string;
  readonly address: string;
}

export const zones = ['z1', 'z2', 'z3'] as const;

function stemcell(line: string, version: string): Stemcell {
  const image = `ghcr.io/cloudfoundry/ubuntu-${line}-stemcell:${version}`;
  return { image, digest: `sha256:${createHash('sha256').update(image).digest('hex')}` };
}

const group = (name: string, instances: number, cpu: string, memory: string, disk?: number): InstanceGroup => ({
  name,
  instances,
  cpu,
  memory,
  ...(disk !== undefined && { disk }),
});

/** The stemcell whose image no registry has. */
export const absentStemcell = stemcell('jammy', '1.1012');

/** What the foundation consists of: 60 machines with 20 disks. */
export const deployments: readonly Deployment[] = [
  {
    name: 'zookeeper',
    stemcell: stemcell('noble', '1.181'),
    hoursAgo: 41 * 24 + 5,
    subnet: 40,
    groups: [group('zookeeper', 5, '500m', '1Gi', 10 * 1024)],
  },
  {
    name: 'cf',
    stemcell: stemcell('noble', '1.204'),
    hoursAgo: 12 * 24 + 3,
    subnet: 16,
    groups: [
      group('nats', 2, '200m', '512Mi', 1024),
      group('database', 3, '1', '4Gi', 100 * 1024),
      group('diego-api', 2, '500m', '2Gi'),
      group('uaa', 2, '500m', '2Gi'),
      group('singleton-blobstore', 1, '500m', '1Gi', 200 * 1024),
      group('api', 3, '1', '4Gi'),
      group('cc-worker', 2, '500m', '2Gi'),
      group('scheduler', 2, '500m', '2Gi'),
      group('router', 3, '1', '2Gi'),
      group('tcp-router', 2, '200m', '1Gi'),
      group('doppler', 4, '500m', '2Gi'),
      group('diego-cell', 11, '4', '16Gi'),
      group('log-api', 2, '200m', '1Gi'),
      group('log-cache', 2, '500m', '4Gi', 5 * 1024),
      group('credhub', 2, '200m', '1Gi'),
    ],
  },
  {
    name: 'concourse',
    stemcell: stemcell('jammy', '1.990'),
    hoursAgo: 52,
    subnet: 48,
    groups: [
      group('db', 1, '1', '4Gi', 50 * 1024),
      group('vault', 3, '200m', '1Gi', 5 * 1024),
      { ...group('web', 2, '1', '2Gi'), network: 'dynamic' },
      group('worker', 6, '2', '8Gi'),
    ],
  },
];

/** The machines of a deployment. */
export function instancesOf(deployment: Deployment): readonly Instance[] {
  let host = 9;
  return deployment.groups.flatMap((members, row) =>
    Array.from({ length: members.instances }, (_, index) => {
      host += 1;
      return {
        deployment,
        group: members,
        index,
        id: uuid('instance', deployment.name, members.name, index),
        zone: zones[(index + row) % zones.length] ?? zones[0],
        address: `10.96.${deployment.subnet}.${host}`,
      };
    }),
  );
}

/** A UUID that is always the same for the same words. */
export function uuid(...words: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(words.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
