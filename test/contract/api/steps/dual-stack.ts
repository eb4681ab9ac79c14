import type { Step } from '../steps.ts';

const path = '/api/v1/namespaces/{ns}/services';

function service(name: string, object: string, spec: object): Step {
  const ports = [{ port: 80 }];
  return {
    name,
    method: 'POST',
    path,
    body: { metadata: { name: object }, spec: { selector: { a: 'b' }, ports, ...spec } },
  };
}

const six = { ipFamilies: ['IPv6'] };
const single = { ipFamilyPolicy: 'SingleStack' };

/** Services on a cluster that has addresses of both families, version 4 first. */
export const dualStack: readonly Step[] = [
  service('fixed address', 'a', { clusterIP: '{net6}7', ...six, ...single }),
  { name: 'its address object', method: 'GET', path: '/apis/networking.k8s.io/v1/ipaddresses/{net6}7' },
  service('family by the address', 'b', { clusterIP: '{net6}8' }),
  service('taken address', 'c', { clusterIP: '{net6}7', ...six }),
  service('address outside', 'c', { clusterIP: 'fd99::7', ...six }),
  service('address of the network', 'c', { clusterIP: 'fd00:10:96::', ...six }),
  service('address of the other family', 'c', { clusterIP: '{net6}9', ipFamilies: ['IPv4'], ...single }),
  service('any address', 'c', six),
  service('both preferred', 'd', { ipFamilyPolicy: 'PreferDualStack' }),
  service('both required, version 6 first', 'e', { ipFamilyPolicy: 'RequireDualStack', ...six }),
  { name: 'delete', method: 'DELETE', path: `${path}/a` },
  service('address free again', 'f', { clusterIP: '{net6}7' }),
];
