import { spawn, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { machineScripts } from '../../src/vm/scripts.ts';

export interface Machine {
  /** Starts a container of the pod: the entrypoint, then `init` (bash) in the place of the image's init. */
  start(init: string, options?: StartOptions): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** names of the disks in this pod; all of the machine's when absent */
  readonly disks?: readonly string[];
  readonly hotplug?: boolean;
  /** what happens on the node (bash) a second after the start: `attach DISK`, or to files in the pod's $folder */
  readonly later?: string;
}

interface MachineOptions {
  /** files beside the scripts, as the record's Secret holds them; `settings.json` is given unless named */
  readonly given?: Readonly<Record<string, string | undefined>>;
  /** files of the image, by their path below / */
  readonly image?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly disks?: readonly string[];
  /** files that are on the volume before the first start */
  readonly volume?: Readonly<Record<string, string>>;
}

const etc: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nvcap:x:1000:1000::/home/vcap:/bin/bash\n',
  'etc/group': 'root:x:0:\nvcap:x:1000:\n',
  'etc/hosts': '',
  'etc/hostname': '',
  'etc/resolv.conf': '',
};

/** Why these tests cannot run here, or undefined when they can. */
export function whyNotContainers(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux, for namespaces and mounts';
  const { status, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', '--net', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `this machine lets nobody make namespaces: ${stderr ?? ''}`.trim();
}

/**
 * A pod's folders for the entrypoint: its volume stays from one start to the next, its container layer does not.
 * Removed at the end of the test.
 */
export async function machine(t: ExecutionContext, options: MachineOptions = {}): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'machine-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const put = async (path: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode });
  };
  const given = { ...machineScripts, 'settings.json': '{"agent_id":"a1"}', ...options.given };
  for (const [name, text] of Object.entries(given)) {
    if (text !== undefined) await put(`bosh-cpi/${name}`, text);
  }
  await put('kubelet/hosts', '10.88.0.9 agent-a1\n');
  await put('kubelet/hostname', 'agent-a1\n');
  await put('kubelet/resolv.conf', 'search default.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\n');
  for (const [path, text] of Object.entries(options.volume ?? {})) await put(`volume/${path}`, text);
  for (const name of options.disks ?? []) await put(`disks/${name}/name`, name);
  await mkdir(join(folder, 'volume'), { recursive: true });

  const freshLayer = async (init: string): Promise<void> => {
    for (const each of ['root', 'upper', 'work']) await rm(join(folder, each), { recursive: true, force: true });
    const files = { ...etc, 'var/vcap/bosh/bin/sync-time': '#!/bin/bash\nchronyc -a makestep\n', ...options.image };
    for (const [path, text] of Object.entries(files)) await put(`root/${path}`, text);
    for (const [path, target] of Object.entries({
      'etc/alternatives/awk': realpathSync('/usr/bin/awk'),
      ...options.links,
    })) {
      await mkdir(dirname(join(folder, 'root', path)), { recursive: true });
      await rm(join(folder, 'root', path), { force: true });
      await symlink(target, join(folder, 'root', path));
    }
    for (const each of ['bosh-cpi', 'var/vcap/bosh/log', 'var/vcap/data'])
      await mkdir(join(folder, 'root', each), { recursive: true });
    for (const each of ['runsvdir-start', 'init'])
      await put(`upper/sbin/${each}`, `#!/bin/bash\n${init}\nexit 0\n`, 0o755);
    await chmod(join(folder, 'upper'), 0o755);
  };

  return {
    async start(init, { env = {}, disks = options.disks ?? [], hotplug = false, later = '' } = {}) {
      await freshLayer(init);
      const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', '--net'];
      const command = [
        'bash',
        join(import.meta.dirname, 'container.sh'),
        folder,
        hotplug ? 'hotplug' : 'recreate',
        later,
        ...disks,
      ];
      return await new Promise((resolve, reject) => {
        const child = spawn('unshare', [...namespaces, ...command], {
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const output = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => (output.stdout += chunk));
        child.stderr.on('data', (chunk) => (output.stderr += chunk));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, ...output }));
      });
    },
  };
}
