import type { Step } from '../steps.ts';

const path = '/api/v1/namespaces/{ns}/services';
const addresses = '/apis/networking.k8s.io/v1/ipaddresses';

function service(name: string, object: string, spec: object): Step {
  return { name, method: 'POST', path, body: { metadata: { name: object }, spec: { selector: { a: 'b' }, ...spec } } };
}

const ports = [{ port: 80 }];

/** Services: addresses, ports, types. */
export const services: readonly Step[] = [
  service('fixed address', 'a', { clusterIP: '{net}.7', ports, publishNotReadyAddresses: true }),
  { name: 'its address object', method: 'GET', path: `${addresses}/{net}.7` },
  service('again', 'a', { clusterIP: '{net}.7', ports }),
  service('again with another address', 'a', { clusterIP: '{net}.8', ports }),
  { name: 'which was given back', method: 'GET', path: `${addresses}/{net}.8` },
  service('taken address', 'b', { clusterIP: '{net}.7', ports }),
  service('address outside', 'b', { clusterIP: '192.0.2.1', ports }),
  service('no address', 'b', { clusterIP: 'x', ports }),
  service('any address', 'b', { ports }),
  service('headless', 'c', { clusterIP: 'None', ports }),
  service('bad name', '3c', { ports }),
  service('dotted name', 'c.d', { ports }),
  service('no ports', 'd', {}),
  service('two ports without names', 'd', { ports: [{ port: 80 }, { port: 81 }] }),
  service('the same port twice', 'd', {
    ports: [
      { port: 80, name: 'a' },
      { port: 80, name: 'b' },
    ],
  }),
  service('the same name twice', 'd', {
    ports: [
      { port: 80, name: 'a' },
      { port: 81, name: 'a' },
    ],
  }),
  service('bad port', 'd', { ports: [{ port: 70_000 }] }),
  service('bad protocol', 'd', { ports: [{ port: 80, protocol: 'ICMP' }] }),
  service('bad type', 'd', { type: 'Nothing', ports }),
  service('two protocols', 'd', {
    ports: [
      { port: 53, name: 'a' },
      { port: 53, name: 'b', protocol: 'UDP' },
    ],
  }),
  service('node port', 'e', { type: 'NodePort', ports: [{ port: 80, nodePort: '{port}' }] }),
  service('taken node port', 'f', { type: 'NodePort', ports: [{ port: 80, nodePort: '{port}' }] }),
  service('node port outside', 'f', { type: 'NodePort', ports: [{ port: 80, nodePort: 1000 }] }),
  service('any node port', 'f', { type: 'NodePort', ports }),
  service('load balancer', 'g', { type: 'LoadBalancer', ports }),
  {
    name: 'another address',
    method: 'PATCH',
    path: `${path}/a`,
    body: { spec: { clusterIP: '{net}.9' } },
    type: 'merge',
  },
  {
    name: 'another selector',
    method: 'PATCH',
    path: `${path}/a`,
    body: { spec: { selector: { a: 'c' } } },
    type: 'merge',
  },
  {
    name: 'another port',
    method: 'PATCH',
    path: `${path}/a`,
    body: { spec: { ports: [{ port: 81 }] } },
    type: 'merge',
  },
  { name: 'delete', method: 'DELETE', path: `${path}/a` },
  { name: 'address object gone', method: 'GET', path: `${addresses}/{net}.7` },
  service('address free again', 'h', { clusterIP: '{net}.7', ports }),
];
