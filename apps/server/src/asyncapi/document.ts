import { type OpenAPIObject } from '@nestjs/swagger';
import { API_PREFIX } from '../http/openapi/api.decorators.js';
import { BORROWED, CLIENT_MESSAGES, SERVER_MESSAGES } from './gateway.messages.js';
import {
  borrowedSchemas,
  EVENT_TYPES,
  eventSchemas,
  object,
  READER_EVENT_TYPES,
  ref,
  type Schema,
  type Schemas,
} from './schemas.js';

type Part = Readonly<Record<string, unknown>>;
type Parts = Readonly<Record<string, Part>>;

/** AsyncAPI 3.0, as much of it as we write. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: Part;
  readonly defaultContentType: string;
  readonly servers: Parts;
  readonly channels: Readonly<Record<string, Part & { readonly address: string; readonly messages: Parts }>>;
  readonly operations: Parts;
  readonly components: {
    readonly schemas: Schemas;
    readonly messages: Readonly<
      Record<string, { readonly name: string; readonly summary: string; readonly payload: Schema }>
    >;
    readonly securitySchemes: Parts;
  };
}

const ABOUT = [
  'Everything that Steward sends by itself: over Socket.IO 4 (namespace `/claude`, WebSocket transport only) and as Server-Sent Events.',
  'Both carry the same events from the same log. Readers pass over event types that they do not know.',
  'Errors carry a `code` of docs/errors.md. The HTTP calls are in /openapi.json.',
].join(' ');

const host = { host: '{host}', variables: { host: { default: '127.0.0.1:8080' } } };
const security = (...names: readonly string[]) =>
  names.map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));
/** Names of messages and operations take no colons. */
const keyOf = (event: string): string => event.replace(':', '.');
const messageIn = (channel: string, key: string) => ({ $ref: `#/channels/${channel}/messages/${key}` });

/** Made from the tables of events and messages, so that it cannot be stale. */
export function asyncApiDocument(openApi: OpenAPIObject, version: string): AsyncApiDocument {
  const schemas = { ...borrowedSchemas(openApi, BORROWED), ...eventSchemas() };
  const messages = { ...socketMessages(), ...streamMessages(schemas) };
  const onSocket = Object.keys(socketMessages());
  const onStreams = [...EVENT_TYPES, ...READER_EVENT_TYPES];
  return {
    asyncapi: '3.1.0',
    info: { title: 'Steward', version, description: ABOUT },
    defaultContentType: 'application/json',
    servers: {
      socket: { ...host, protocol: 'ws', description: 'Socket.IO 4.', security: security('token') },
      http: { ...host, protocol: 'http', description: 'Server-Sent Events.', security: security('bearer', 'apiKey') },
    },
    channels: {
      claude: channelOf('socket', '/claude', 'The Socket.IO namespace.', onSocket),
      run: channelOf('http', `/${API_PREFIX}/processes/{id}/events`, 'A run, to its terminal event.', onStreams),
      session: channelOf(
        'http',
        `/${API_PREFIX}/sessions/{id}/events`,
        'The runs of a session, until it is closed.',
        onStreams,
      ),
      feed: channelOf('http', `/${API_PREFIX}/events`, 'All runs of the caller, without deltas.', onStreams),
    },
    operations: { ...socketOperations(), ...streamOperations(onStreams) },
    components: {
      schemas,
      messages,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key; a server without any needs none.' },
        apiKey: { type: 'httpApiKey', in: 'header', name: 'x-api-key' },
        token: { type: 'apiKey', in: 'user', description: 'An API key in the handshake: `auth: { token }`.' },
      },
    },
  };
}

function channelOf(server: string, address: string, description: string, keys: readonly string[]) {
  return {
    address,
    description,
    servers: [{ $ref: `#/servers/${server}` }],
    ...(address.includes('{id}') ? { parameters: { id: { description: 'Id of what is followed.' } } } : {}),
    messages: Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }])),
  };
}

function socketMessages() {
  const refused = object({ ok: { type: 'boolean', const: false }, error: ref('ProblemDto') });
  const accepted = object({ ok: { type: 'boolean', const: true } });
  const sent = Object.entries(CLIENT_MESSAGES).flatMap(([name, { about, payload, answer }]) => [
    [keyOf(name), { name, summary: about, payload }] as const,
    [
      `${keyOf(name)}.ack`,
      {
        name: `${name} acknowledgement`,
        summary: `What ${name} answers.`,
        payload: { oneOf: [{ allOf: [accepted, answer] }, refused] },
      },
    ] as const,
  ]);
  const got = Object.entries(SERVER_MESSAGES).map(
    ([name, { about, payload }]) => [keyOf(name), { name, summary: about, payload }] as const,
  );
  return Object.fromEntries([...sent, ...got]);
}

function streamMessages(schemas: Schemas) {
  const types = [...EVENT_TYPES, ...READER_EVENT_TYPES];
  return Object.fromEntries(
    types.map((type) => [type, { name: type, summary: String(schemas[type]?.['description']), payload: ref(type) }]),
  );
}

function socketOperations(): Parts {
  const inClaude = { $ref: '#/channels/claude' };
  const received = Object.entries(CLIENT_MESSAGES).map(([name, { about }]) => {
    const key = keyOf(name);
    const reply = { channel: inClaude, messages: [messageIn('claude', `${key}.ack`)] };
    return [key, { action: 'receive', channel: inClaude, summary: about, messages: [messageIn('claude', key)], reply }];
  });
  const sent = Object.entries(SERVER_MESSAGES).map(([name, { about }]) => {
    const key = keyOf(name);
    return [key, { action: 'send', channel: inClaude, summary: about, messages: [messageIn('claude', key)] }];
  });
  return Object.fromEntries([...received, ...sent]) as Parts;
}

function streamOperations(keys: readonly string[]): Parts {
  const operation = (name: string, summary: string) => ({
    action: 'send',
    channel: { $ref: `#/channels/${name}` },
    summary,
    messages: keys.map((key) => messageIn(name, key)),
  });
  return {
    followRun: operation('run', 'Follow a run; `id:` is the seq.'),
    followSession: operation('session', 'Follow a session; `id:` is the position.'),
    followAll: operation('feed', 'Follow all of one’s own runs; `id:` is the position.'),
  };
}
