import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1Probe } from '@kubernetes/client-node/dist/gen/models/V1Probe.js';
import type { V1Volume } from '@kubernetes/client-node/dist/gen/models/V1Volume.js';
import { type ApiObject, view } from '../object.ts';
import { quantity } from '../quantity.ts';
import { expectQuantities } from '../validation/storage.ts';

/** Refuses quantities Go could not decode. @throws ApiStatus 400 */
export function decodePod(pod: ApiObject): void {
  for (const container of containersOf(view<V1PodSpec>(pod.spec ?? {}))) {
    expectQuantities(container.resources?.limits, 'Pod');
    expectQuantities(container.resources?.requests, 'Pod');
  }
}

/** Defaults of k8s.io/kubernetes pkg/apis/core/v1/defaults.go, as far as they show in the answer. */
export function defaultPodSpec(pod: ApiObject): void {
  pod.spec ??= {};
  const spec = view<V1PodSpec>(pod.spec);
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  spec.enableServiceLinks ??= true;
  if (spec.serviceAccount && !spec.serviceAccountName) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const container of containersOf(spec)) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
}

function defaultContainer(container: V1Container): void {
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.imagePullPolicy ??=
    /:[^/@]+$|@/.test(container.image ?? '') && !/:latest$/.test(container.image ?? '') ? 'IfNotPresent' : 'Always';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ??= 'v1';
  }
  // Limits become requests where none are given.
  for (const [name, limit] of Object.entries(container.resources.limits ?? {})) {
    container.resources.requests ??= {};
    container.resources.requests[name] ??= limit;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
}

function defaultProbe(probe: V1Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.httpGet) {
    probe.httpGet.path ??= '/';
    probe.httpGet.scheme ??= 'HTTP';
  }
}

function defaultVolume(volume: V1Volume): void {
  for (const source of [volume.secret, volume.configMap, volume.projected, volume.downwardAPI]) {
    if (source) source.defaultMode ??= 0o644;
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) volume.emptyDir = {};
}

/** All containers that run something, init containers first. */
function containersOf(spec: V1PodSpec): V1Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

/** Guaranteed, Burstable or BestEffort, from cpu and memory of all containers. */
export function qosClass(spec: V1PodSpec): string {
  const containers = containersOf(spec);
  const given = (list: Record<string, string> | undefined, name: string) => quantity(list?.[name]) ?? 0n;
  const names = ['cpu', 'memory'];
  const any = containers.some(({ resources }) =>
    names.some((name) => given(resources?.requests, name) > 0n || given(resources?.limits, name) > 0n),
  );
  if (!any) return 'BestEffort';
  const exact = containers.every(({ resources }) =>
    names.every((name) => {
      const limit = given(resources?.limits, name);
      return limit > 0n && given(resources?.requests, name) === limit;
    }),
  );
  return exact ? 'Guaranteed' : 'Burstable';
}
