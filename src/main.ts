#!/usr/bin/env node
const usage = `kubernetes-cpi: a BOSH CPI for Kubernetes

  kubernetes-cpi [console]           every BOSH machine and disk of a cluster, live; console --help has its options
  kubernetes-cpi vms|disks|stemcells the same as a table or --json, once; --help has their options
  kubernetes-cpi drift               where BOSH and Kubernetes disagree, once, for cron and CI; --help has its options
  kubernetes-cpi orphan DISK         takes a disk away from its machine and keeps it; --help has adopt, delete and list
  kubernetes-cpi reattach DISK VM    gives a disk to a machine, the one that had it or another
  kubernetes-cpi repair FINDING      mends what drift has found; all three show their plan first
  kubernetes-cpi cpi --config FILE   answer one CPI call: request on stdin, response on stdout
  kubernetes-cpi stemcell COMMAND    build images of stemcells, push them, look at them; stemcell --help has the commands
  kubernetes-cpi demo                the console on an embedded cluster, nothing needed; demo --help has its options
  kubernetes-cpi info [--json]       versions, and where the configuration, the log and the kubeconfig are
  kubernetes-cpi --help              this text
`;

/** Chooses the mode; each is loaded only when asked for, since a Director starts this program for every call. */
async function main([mode, ...args]: readonly string[]): Promise<void> {
  switch (mode) {
    case 'cpi':
      return (await import('./cpi/run.ts')).runCpi(args);
    case 'demo':
      return (await import('./demo/demo.ts')).runDemo(args);
    case undefined:
    case 'console':
      return (await import('./views/console.ts')).runConsole(args);
    case 'vms':
    case 'disks':
    case 'stemcells':
      return (await import('./commands/list.ts')).runList(mode, args);
    case 'drift':
      return (await import('./commands/drift.ts')).runDrift(args);
    case 'orphan':
      return (await import('./commands/orphan.ts')).runOrphan(args);
    case 'reattach':
      return (await import('./commands/reattach.ts')).runReattach(args);
    case 'repair':
      return (await import('./commands/repair.ts')).runRepair(args);
    case 'stemcell':
      return (await import('./commands/stemcell.ts')).runStemcell(args);
    case 'info':
      return (await import('./commands/info.ts')).runInfo(args);
    case '--help':
    case 'help':
      process.stdout.write(usage);
      return;
    default:
      // Options without a word are the console's.
      if (mode.startsWith('-')) return (await import('./views/console.ts')).runConsole([mode, ...args]);
      process.stderr.write(`kubernetes-cpi: no command ${mode}\n\n${usage}`);
      process.exitCode = 2;
  }
}

await main(process.argv.slice(2));
