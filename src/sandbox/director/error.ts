/** An error as a Director answers it: `{code, description}`. Codes and statuses: bosh-director, lib/bosh/director/errors.rb. */
export class DirectorError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(kind: ErrorKind, message: string) {
    super(message);
    [this.code, this.status] = kinds[kind];
  }
}

const kinds = {
  TaskNotFound: [10000, 404],
  TaskCancelled: [10001, 200],
  ContextIdViolatedMax: [70010, 400],
  DeploymentNotFound: [70000, 404],
  InstanceNotFound: [70001, 404],
  DeploymentIgnoredInstancesModification: [190020, 400],
  RpcTimeout: [450002, 400],
  DeletingPersistentDiskError: [520000, 400],
  AttachDiskErrorUnknownInstance: [520001, 400],
  AttachDiskInvalidInstanceState: [520003, 400],
  UnauthorizedToAccessDeployment: [600000, 401],
} as const;

type ErrorKind = keyof typeof kinds;

/** The code of any error: 100 for those that are not a Director's own. */
export function codeOf(error: unknown): number {
  return error instanceof DirectorError ? error.code : 100;
}
