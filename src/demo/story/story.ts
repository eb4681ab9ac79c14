/** What the story has learnt so far: CIDs by the name it gives them. */
export type Names = Readonly<Record<string, string>>;

/** One step of a machine's life: a CPI call, told. */
export interface Step {
  readonly title: string;
  /** Two lines at most: why a Director does this, what to look at. */
  readonly why: string;
  readonly method: string;
  readonly args: (names: Names) => readonly unknown[];
  /** Name of the CID that the answer carries. */
  readonly learns?: string;
  /** A file that the machine's agent writes before the call. */
  readonly agentWrites?: { readonly path: string; readonly content: string };
  /** The CPI must not do it. */
  readonly refused?: true;
  /** The process is killed once the machine's pod is gone, and the call is made a second time. */
  readonly killedHalfway?: true;
  /** A file of the machine to show afterwards. */
  readonly shows?: string;
}

const agentId = '3f6c7a52-9d1e-4b7a-8c55-0d2f6e1b9a40';
const updateSettings = '/var/vcap/bosh/update_settings.json';
const image = 'ghcr.io/cloudfoundry/ubuntu-noble-stemcell';
const digest = `sha256:${'5e'.repeat(32)}`;

/** The life of one machine, in the order in which a Director calls. */
export const story: readonly Step[] = [
  {
    title: 'What can you do?',
    why: 'A Director asks this before every single call, so the answer needs no cluster.',
    method: 'info',
    args: () => [],
  },
  {
    title: 'Upload a light stemcell',
    why: 'A stemcell is an image. This one names its digest, so every machine runs the same bytes.',
    method: 'create_stemcell',
    args: () => ['/var/vcap/data/tmp/image', { image_reference: image, digest }],
    learns: 'stemcell',
  },
  {
    title: 'Create a VM',
    why: 'A privileged Pod with an agent in it. Its address on the manual network belongs to a Service, so it outlives every pod.',
    method: 'create_vm',
    args: ({ stemcell }) => [
      agentId,
      stemcell,
      { resources: { requests: { cpu: '500m', memory: '1Gi' } }, ephemeral_disk: { size: 4096 } },
      {
        default: {
          type: 'manual',
          ip: '10.96.0.50',
          netmask: '255.255.0.0',
          gateway: '10.96.0.1',
          dns: [],
          default: ['dns', 'gateway'],
        },
      },
      [],
      { bosh: { group: 'director-redis-redis', mbus: { cert: { certificate: 'the bootstrap certificate' } } } },
    ],
    learns: 'vm',
  },
  {
    title: 'Tell it who it is',
    why: 'Metadata becomes labels to select by; whole, it is in an annotation, since redis/… is no legal label.',
    method: 'set_vm_metadata',
    args: ({ vm }) => [vm, { deployment: 'redis', instance_group: 'redis', name: `redis/${agentId}`, index: '0' }],
  },
  {
    title: 'Create a persistent disk',
    why: 'A claim. Its class waits for the first consumer, so the CPI does not wait for a volume.',
    method: 'create_disk',
    args: ({ vm }) => [10240, {}, vm],
    learns: 'disk',
  },
  {
    title: 'Attach it',
    why: "Kubernetes cannot change a running pod's volumes. An attachment beside it mounts the disk into a folder that the machine has: the machine runs on.",
    method: 'attach_disk',
    args: ({ vm, disk }) => [vm, disk],
    agentWrites: { path: updateSettings, content: '{"mbus":{"cert":"the permanent certificate"}}' },
    shows: 'update_settings.json',
  },
  {
    title: 'Create a second disk',
    why: 'For the next step.',
    method: 'create_disk',
    args: ({ vm }) => [20480, {}, vm],
    learns: 'second',
  },
  {
    title: 'Attach it, and kill the CPI in the middle',
    why: 'The worst moment: half of it is made. The record knows what shall be; the same call again finishes it.',
    method: 'attach_disk',
    args: ({ vm, second }) => [vm, second],
    killedHalfway: true,
    shows: 'update_settings.json',
  },
  {
    title: 'Reboot',
    why: 'The container starts again in the same pod: same address, same disks, /var/vcap kept.',
    method: 'reboot_vm',
    args: ({ vm }) => [vm],
  },
  {
    title: 'Delete the second disk, too early',
    why: 'It is still attached. Deleting a claim cannot be undone, so the CPI refuses and names the user.',
    method: 'delete_disk',
    args: ({ second }) => [second],
    refused: true,
  },
  {
    title: 'Delete the VM',
    why: 'Everything of the machine goes, its record last. Its disks stay.',
    method: 'delete_vm',
    args: ({ vm }) => [vm],
  },
  { title: 'Delete the first disk', why: 'Now nobody has it.', method: 'delete_disk', args: ({ disk }) => [disk] },
  {
    title: 'Delete the second disk',
    why: 'And nothing is left.',
    method: 'delete_disk',
    args: ({ second }) => [second],
  },
];
