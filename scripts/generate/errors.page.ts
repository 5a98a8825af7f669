import { ERROR_CODES, ERROR_KINDS, errorRow } from '@steward/claude';
import { page, table } from './markdown.js';

const FIXERS = { user: 'you', operator: 'the operator', provider: 'the model provider', us: 'Steward' };

export function errorsPage(): string {
  const rows = ERROR_CODES.toSorted().map((code) => {
    const { kind, retryable, fixedBy, message } = errorRow(code);
    const text = typeof message === 'string' ? message : message({});
    return [
      `<a id="${code}"></a>\`${code}\``,
      String(ERROR_KINDS[kind].status),
      kind,
      retryable ? 'yes' : 'no',
      FIXERS[fixedBy],
      text,
    ];
  });
  const kinds = Object.entries(ERROR_KINDS).map(([kind, { status, about }]) => [kind, String(status), about]);
  return page(
    '# Errors',
    'HTTP answers with `application/problem+json` (RFC 9457), Socket.IO with `{ ok: false, error }`, a run with `error` and the event `run.failed` or `run.cancelled`: all carry one of these codes. `errors[]` names each wrong field; `details` holds facts of the case. Judge by `code`, never by the text.',
    table(['code', 'HTTP', 'kind', 'retryable', 'who can fix it', 'message'], rows),
    '## Kinds',
    table(['kind', 'HTTP', 'meaning'], kinds),
  );
}
