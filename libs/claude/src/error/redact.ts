const MASK = '[redacted]';

/** What looks like a credential, whoever it belongs to. */
const PATTERNS = [
  /\bsk-ant-[A-Za-z0-9_-]{6,}/g,
  /\bstwm?_[A-Za-z0-9_-]{16,}/g,
  /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /((?:api[_-]?key|auth[_-]?token|secret|password)["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi,
];

/** A text that may be shown or logged: known secrets and everything that looks like one are masked. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets) if (secret.length >= 6) shown = shown.replaceAll(secret, MASK);
  for (const pattern of PATTERNS) {
    shown = shown.replace(pattern, (_whole, kept: unknown) =>
      typeof kept === 'string' && /[=:]/.test(kept) ? kept + MASK : MASK,
    );
  }
  return shown;
}
