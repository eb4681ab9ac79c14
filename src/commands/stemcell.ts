/** A command line that cannot be meant: exit status 2. */
export class UsageError extends Error {}

const usage = `kubernetes-cpi stemcell: makes images of stemcells, and light stemcells that name them

  kubernetes-cpi stemcell build --from SOURCE --image REFERENCE [--output FOLDER]
                               SOURCE: a stemcell tarball (warden), or a root file system as tar or folder
  kubernetes-cpi stemcell push BUILT|STEMCELL [REFERENCE]
                               into a registry: what build made, or a stemcell tarball at once
  kubernetes-cpi stemcell inspect FILE|FOLDER|REFERENCE [--json]
                               what a stemcell says of itself

Options of build
  --image REFERENCE      where the image will be: registry/repository:tag; the light stemcell names it by digest
  --output FOLDER        made anew: image/ (OCI image layout) and NAME-VERSION.tgz (light stemcell); ./stemcell
  --os NAME              of a root file system: its operating system, as ubuntu-noble
  --version VERSION      of a root file system: its version, as 1.484
  --architecture NAME    of a root file system: amd64 or arm64

Options of push and inspect
  --ca FILE              certificates to trust beside the well-known ones, PEM
  --plain-http           the registry speaks no TLS
Who you are is what docker login keeps: $DOCKER_CONFIG/config.json (~/.docker), credential helpers too.

Exit status: 0, 1 when it failed (nothing half-made stays), 2 when the command line is wrong
`;

/** `kubernetes-cpi stemcell build|push|inspect`. */
export async function runStemcell([command, ...args]: readonly string[]): Promise<void> {
  if (command === undefined || command === '--help' || command === '-h' || args.includes('--help')) {
    process.stdout.write(usage);
    if (command === undefined) process.exitCode = 2;
    return;
  }
  try {
    process.stdout.write(await run(command, args));
  } catch (error) {
    const wrongLine =
      error instanceof UsageError || /^ERR_PARSE_ARGS/.test((error as NodeJS.ErrnoException).code ?? '');
    const hint = wrongLine ? '\nSee kubernetes-cpi stemcell --help' : '';
    process.stderr.write(`kubernetes-cpi stemcell ${command}: ${(error as Error).message}${hint}\n`);
    process.exitCode = wrongLine ? 2 : 1;
  }
}

async function run(command: string, args: readonly string[]): Promise<string> {
  switch (command) {
    case 'build':
      return (await import('./stemcell-build.ts')).buildStemcell(args);
    case 'push':
      return (await import('./stemcell-push.ts')).pushStemcell(args);
    case 'inspect':
      return (await import('./stemcell-inspect.ts')).inspectStemcell(args);
    default:
      throw new UsageError('there are build, push and inspect');
  }
}
