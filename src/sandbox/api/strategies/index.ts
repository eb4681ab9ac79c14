import { type Resource, resourceKey } from '../resources.ts';
import type { FieldReader } from '../selectors.ts';
import type { Strategy } from '../strategy.ts';
import { pathSegment } from '../validation/names.ts';
import { claims } from './claims.ts';
import { events } from './events.ts';
import { namespaces } from './namespaces.ts';
import { pods } from './pods.ts';
import { secrets } from './secrets.ts';
import { serviceAddresses, services } from './services.ts';
import { disruptionBudgets, leases, quotas, serviceCidrs, storageClasses, volumeAttributesClasses } from './simple.ts';
import { volumes } from './volumes.ts';

const rights: Strategy = { nameRule: pathSegment, createOnUpdate: true };

const strategies: Readonly<Record<string, Strategy>> = {
  '/namespaces': namespaces,
  '/pods': pods,
  '/secrets': secrets,
  '/services': services,
  '/persistentvolumeclaims': claims,
  '/persistentvolumes': volumes,
  '/events': events,
  '/nodes': { fields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) } },
  '/serviceaccounts': { returnsDeleted: true },
  '/resourcequotas': quotas,
  'policy/poddisruptionbudgets': disruptionBudgets,
  'storage.k8s.io/storageclasses': storageClasses,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClasses,
  'storage.k8s.io/volumeattachments': { returnsDeleted: true, conditionalUpdate: true },
  'networking.k8s.io/ipaddresses': serviceAddresses,
  'networking.k8s.io/servicecidrs': serviceCidrs,
  'coordination.k8s.io/leases': leases,
  'rbac.authorization.k8s.io/roles': rights,
  'rbac.authorization.k8s.io/rolebindings': rights,
  'rbac.authorization.k8s.io/clusterroles': rights,
  'rbac.authorization.k8s.io/clusterrolebindings': rights,
};

const plain: Strategy = {};

/** What is special about a resource. */
export function strategyOf(resource: Resource): Strategy {
  return strategies[resourceKey(resource)] ?? plain;
}

/** The fields lists of a resource can be selected by. */
export function fieldReaders(resource: Resource): Record<string, FieldReader> {
  return {
    'metadata.name': (object) => object.metadata.name,
    ...(resource.namespaced || !resource.custom
      ? { 'metadata.namespace': (object) => object.metadata.namespace ?? '' }
      : {}),
    ...strategyOf(resource).fields,
  };
}
