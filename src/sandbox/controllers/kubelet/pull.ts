import type { ApiObject } from '../../api/object.ts';
import type { Record } from '../events.ts';
import type { PodRuntime } from './runtime.ts';

/** Images called `...missing...` cannot be pulled; names that are no references are refused. */
export function pullFault(image: string): string | undefined {
  if (/[A-Z\s]/.test(image.split(':')[0] ?? '')) return 'InvalidImageName';
  if (!image.includes('missing')) return undefined;
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

/** What a kubelet says and reports about an image it cannot get: first the error, then that it waits. */
export function sayPullFault(record: Record, pod: ApiObject, runtime: PodRuntime, image: string, fault: string): void {
  if (fault === 'InvalidImageName') {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    record(pod, 'Warning', 'InspectFailed', message);
    runtime.waiting = { reason: 'InvalidImageName', message };
    return;
  }
  if (runtime.waiting?.reason === 'ErrImagePull') {
    record(pod, 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
    record(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff');
    runtime.waiting = {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${fault}`,
    };
    return;
  }
  if (runtime.waiting?.reason === 'ImagePullBackOff') return;
  record(pod, 'Normal', 'Pulling', `Pulling image "${image}"`);
  record(pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${fault}`);
  record(pod, 'Warning', 'Failed', 'Error: ErrImagePull');
  runtime.waiting = { reason: 'ErrImagePull', message: fault };
}
