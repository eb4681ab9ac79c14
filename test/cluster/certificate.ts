import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, identifier, integer, octets, sequence, set, tagged, text, time } from './der.ts';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** Kubernetes takes it as the user's name. */
  readonly commonName: string;
  /** Kubernetes takes each as a group. */
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses a server answers to; without any the certificate is a client's. */
  readonly names?: readonly string[];
  /** Defaults: an hour ago (clocks differ) and 365 days from now. Tests of expired certificates give their own. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));
const HOUR = 3_600_000;

function subject(request: CertificateRequest): Buffer {
  const groups = (request.organizations ?? []).map((name) => set(sequence(identifier('2.5.4.10'), text(name))));
  return sequence(...groups, set(sequence(identifier('2.5.4.3'), text(request.commonName))));
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(identifier(oid), ...(critical ? [boolean(true)] : []), octets(value));
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return tagged(0x87, Buffer.from(name.split('.').map(Number)));
  return tagged(0x82, Buffer.from(name, 'ascii'));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function derOf(pemText: string): Buffer {
  return Buffer.from(pemText.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function keyPair(): { key: string; publicInfo: Buffer } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, publicInfo: pair.publicKey.export({ type: 'spki', format: 'der' }) };
}

function assemble(
  request: CertificateRequest,
  issuer: Buffer,
  signer: string,
  extensions: Buffer[],
  info: Buffer,
): string {
  const begin = request.notBefore ?? new Date(Date.now() - HOUR);
  const end = request.notAfter ?? new Date(Date.now() + 365 * 24 * HOUR);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    issuer,
    sequence(time(begin), time(end)),
    subject(request),
    info,
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, createPrivateKey(signer));
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bits(signature)));
}

function keyIdentifier(publicInfo: Buffer): Buffer {
  return createHash('sha1').update(publicInfo).digest();
}

/** A self-signed certificate authority on a P-256 key. */
export function createAuthority(commonName: string): Certificate {
  const { key, publicInfo } = keyPair();
  const request = { commonName };
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
    extension('2.5.29.14', false, octets(keyIdentifier(publicInfo))),
  ];
  return { cert: assemble(request, subject(request), key, extensions, publicInfo), key };
}

/** The subject of a certificate as DER, read back so that issuer and subject match to the byte. */
function subjectOf(cert: string): Buffer {
  const der = derOf(cert);
  // Certificate > TBSCertificate > version, serial, algorithm, issuer, validity, subject
  let at = enter(der, enter(der, 0));
  for (let skipped = 0; skipped < 5; skipped++) at = after(der, at);
  return der.subarray(at, after(der, at));
}

function header(der: Buffer, at: number): { start: number; size: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, size: first };
  const count = first & 0x7f;
  return { start: at + 2 + count, size: der.readUIntBE(at + 2, count) };
}

function enter(der: Buffer, at: number): number {
  return header(der, at).start;
}

function after(der: Buffer, at: number): number {
  const { start, size } = header(der, at);
  return start + size;
}

/**
 * A certificate signed by an authority: for a server when the request has names, for a client when it has none.
 * @param authority as made by createAuthority
 */
export function issueCertificate(authority: Certificate, request: CertificateRequest): Certificate {
  const { key, publicInfo } = keyPair();
  const authorityInfo = createPublicKey(authority.cert).export({ type: 'spki', format: 'der' });
  const names = request.names ?? [];
  const purpose = names.length > 0 ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
  const extensions = [
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(identifier(purpose))),
    extension('2.5.29.35', false, sequence(tagged(0x80, keyIdentifier(authorityInfo)))),
    ...(names.length > 0 ? [extension('2.5.29.17', false, sequence(...names.map(alternativeName)))] : []),
  ];
  return { cert: assemble(request, subjectOf(authority.cert), authority.key, extensions, publicInfo), key };
}
