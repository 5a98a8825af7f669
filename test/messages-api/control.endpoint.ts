import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Journal } from './journal.store.js';
import type { MessageAnswerer } from './message.answerer.js';
import { readJson } from './request/request.reader.js';
import type { Weather } from './script/weather.rule.js';
import { sendJson } from './wire/response.headers.js';

export const CONTROL_PATH = '/_script/';

/** What tests in other processes ask of the server and tell it. */
export async function control(
  journal: Journal,
  answerer: MessageAnswerer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = `${request.method} ${request.url?.slice(CONTROL_PATH.length)}`;
  try {
    const body = (await readJson(request)).value;
    switch (call) {
      case 'GET journal':
        return sendJson(response, 200, journal.list());
      case 'GET served':
        return sendJson(response, 200, journal.served());
      case 'POST reset':
        journal.reset();
        answerer.reset();
        return sendJson(response, 200, { ok: true });
      case 'POST weather':
        answerer.setWeather((body as Weather | null | undefined) ?? undefined);
        return sendJson(response, 200, { ok: true });
      default:
        return sendJson(response, 404, { error: `There is no ${call} here.` });
    }
  } catch (error) {
    sendJson(response, 400, { error: (error as Error).message });
  }
}
