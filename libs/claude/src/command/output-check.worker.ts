import { parentPort, workerData } from 'node:worker_threads';
import { Errors } from 'typebox/schema';

const { schema, value } = workerData as { readonly schema: object; readonly value: unknown };
const [, errors] = Errors(schema, value);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
parentPort?.postMessage(errors.map(({ instancePath, message }) => ({ path: instancePath, reason: message })));
