import { flag, type Infer, inline, integer, list, map, message, one, quantity, text, time } from './protobuf.ts';

/** The parts of Kubernetes objects that an overview of a cluster shows, with their places in protobuf (generated.proto of k8s.io/api and apimachinery). */

const objectMeta = message({
  name: one(1, text),
  namespace: one(3, text),
  uid: one(5, text),
  resourceVersion: one(6, text),
  creationTimestamp: one(8, time),
  deletionTimestamp: one(9, time),
  labels: map(11, text),
  annotations: map(12, text),
});

const objectReference = message({ kind: one(1, text), namespace: one(2, text), name: one(3, text), uid: one(4, text) });

const condition = message({
  type: one(1, text),
  status: one(2, text),
  lastTransitionTime: one(4, time),
  reason: one(5, text),
  message: one(6, text),
});

const containerState = message({
  waiting: one(1, message({ reason: one(1, text), message: one(2, text) })),
  running: one(2, message({})),
  terminated: one(
    3,
    message({
      exitCode: one(1, integer),
      signal: one(2, integer),
      reason: one(3, text),
      message: one(4, text),
    }),
  ),
});

const containerStatus = message({
  name: one(1, text),
  state: one(2, containerState),
  lastState: one(3, containerState),
  ready: one(4, flag),
  restartCount: one(5, integer),
  started: one(9, flag),
});

const container = message({ name: one(1, text), image: one(2, text), restartPolicy: one(24, text) });

const volumeSource = message({ persistentVolumeClaim: one(10, message({ claimName: one(1, text) })) });

export const podShape = message({
  metadata: one(1, objectMeta),
  spec: one(
    2,
    message({
      volumes: list(1, message({ source: inline(2, volumeSource) })),
      containers: list(2, container),
      initContainers: list(20, container),
      nodeName: one(10, text),
    }),
  ),
  status: one(
    3,
    message({
      phase: one(1, text),
      conditions: list(2, condition),
      message: one(3, text),
      reason: one(4, text),
      podIP: one(6, text),
      podIPs: list(12, message({ ip: one(1, text) })),
      containerStatuses: list(8, containerStatus),
      initContainerStatuses: list(10, containerStatus),
    }),
  ),
});
export type Pod = Infer<typeof podShape>;
export type ContainerStatus = Infer<typeof containerStatus>;

export const claimShape = message({
  metadata: one(1, objectMeta),
  spec: one(
    2,
    message({
      resources: one(2, message({ requests: map(2, quantity) })),
      volumeName: one(3, text),
      storageClassName: one(5, text),
    }),
  ),
  status: one(3, message({ phase: one(1, text), capacity: map(3, quantity), conditions: list(4, condition) })),
});
export type Claim = Infer<typeof claimShape>;

export const volumeShape = message({
  metadata: one(1, objectMeta),
  spec: one(
    2,
    message({
      capacity: map(1, quantity),
      claimRef: one(4, objectReference),
      persistentVolumeReclaimPolicy: one(5, text),
      storageClassName: one(6, text),
    }),
  ),
  status: one(3, message({ phase: one(1, text), message: one(2, text), reason: one(3, text) })),
});
export type Volume = Infer<typeof volumeShape>;

const servicePort = message({
  name: one(1, text),
  protocol: one(2, text),
  port: one(3, integer),
  nodePort: one(5, integer),
});

export const serviceShape = message({
  metadata: one(1, objectMeta),
  spec: one(
    2,
    message({
      ports: list(1, servicePort),
      selector: map(2, text),
      clusterIP: one(3, text),
      type: one(4, text),
      externalIPs: list(5, text),
      loadBalancerIP: one(8, text),
      publishNotReadyAddresses: one(13, flag),
      clusterIPs: list(18, text),
    }),
  ),
  status: one(
    3,
    message({
      loadBalancer: one(1, message({ ingress: list(1, message({ ip: one(1, text), hostname: one(2, text) })) })),
    }),
  ),
});
export type Service = Infer<typeof serviceShape>;

export const eventShape = message({
  metadata: one(1, objectMeta),
  involvedObject: one(2, objectReference),
  reason: one(3, text),
  message: one(4, text),
  firstTimestamp: one(6, time),
  lastTimestamp: one(7, time),
  count: one(8, integer),
  type: one(9, text),
  eventTime: one(10, time),
  series: one(11, message({ count: one(1, integer), lastObservedTime: one(2, time) })),
});
export type Event = Infer<typeof eventShape>;

export const nodeShape = message({
  metadata: one(1, objectMeta),
  spec: one(2, message({ unschedulable: one(4, flag) })),
  status: one(3, message({ allocatable: map(2, quantity), conditions: list(4, condition) })),
});
export type Node = Infer<typeof nodeShape>;

export const storageClassShape = message({
  metadata: one(1, objectMeta),
  provisioner: one(2, text),
  reclaimPolicy: one(4, text),
  allowVolumeExpansion: one(6, flag),
  volumeBindingMode: one(7, text),
});
export type StorageClass = Infer<typeof storageClassShape>;

/** Objects of any kind of which the server sends no more than this (meta/v1 PartialObjectMetadata). */
export const metadataShape = message({ metadata: one(1, objectMeta) });
export type Metadata = Infer<typeof metadataShape>;
